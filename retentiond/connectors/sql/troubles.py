"""What a database's error means for us, in words that hold no value, no statement and no address."""

from __future__ import annotations

from dataclasses import dataclass, replace

from retentiond.domain.errors import Fault, RetentiondError, StoreRefused, StoreUnavailable


@dataclass(frozen=True, slots=True)
class Trouble:
    """One error of a database, understood."""

    words: str
    again: bool = False
    """Trying again later may help."""
    lost: bool = False
    """The connection is gone: what became of an open transaction is not known."""
    remedy: str = ""
    contended: bool = False
    """Somebody else was in the way, and everything was taken back: it may be tried again in a moment."""
    of_rows: bool = False
    """Some of the rows are refused; without them the others may go."""
    is_unknown: bool = False
    """Nothing is known of it, or nothing but its number."""

    def raised(self, store: str) -> RetentiondError:
        """Return the error to raise for the store of this name."""
        refusal = StoreUnavailable if self.again or self.lost else StoreRefused
        return refusal(Fault(store, self.words, self.remedy))


LOCKED = Trouble("a row or table is locked by someone else", again=True, contended=True)
SLOW = Trouble("the database took longer than it is allowed", again=True)
SILENT = Trouble("a transaction was open for longer than the database allows", again=True)
DEADLOCK = Trouble("the database broke off a deadlock", again=True, contended=True)
SERIALISATION = Trouble("the rows changed while they were read", again=True, contended=True)
LOST = Trouble("the connection was lost", again=True, lost=True)
SHUTTING_DOWN = Trouble("the database is shutting down", again=True, lost=True)
FULL = Trouble("the database has run out of room or connections", again=True)
STILL_REFERRED = Trouble("other rows still refer to a row that was to go", of_rows=True)
CONSTRAINT = Trouble("a constraint of the database forbids it", of_rows=True)
UNFITTING = Trouble("a value does not fit the type of its column", of_rows=True)
READ_ONLY = Trouble("the database is read-only for this credential")
NOT_ALLOWED = Trouble(
    "the credential is not allowed to do this",
    remedy="grant its user SELECT on the mapped tables, and the one that disposes DELETE and UPDATE as well",
)
NOT_ACCEPTED = Trouble("the credential was not accepted", remedy="check the user and the password")
NO_DATABASE = Trouble("the database does not exist", remedy="check the URL")
NOT_AS_DEFINED = Trouble("a table, column or right is not as the definition says", remedy="run check")
NO_ANSWER = Trouble(
    "the database did not answer", again=True, remedy="check that it runs, and the host and port in the URL"
)
NOT_UNICODE = Trouble("a text could not be read or sent as Unicode", of_rows=True)
FORBIDDEN = Trouble("a rule inside the database forbids it", of_rows=True)
"""A trigger or procedure raised an error of its own."""
UNKNOWN = Trouble("the database refused a statement", remedy="run check", is_unknown=True)


def unknown(number: object) -> Trouble:
    """Return an error that nothing is known of but the number its database gives it."""
    return replace(UNKNOWN, words=f"{UNKNOWN.words}: its error {number}")
