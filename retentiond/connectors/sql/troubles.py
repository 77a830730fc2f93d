"""What a database's error means for us, in words that hold no value, no statement and no address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

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

    def raised(self, store: str) -> RetentiondError:
        """Return the error to raise for the store of this name."""
        refusal = StoreUnavailable if self.again or self.lost else StoreRefused
        return refusal(Fault(store, self.words, self.remedy))


_GRANT = "grant its user SELECT on the mapped tables, and the one that disposes DELETE and UPDATE as well"
_POSTGRESQL = {
    "55P03": Trouble("a row or table is locked by someone else", again=True),
    "57014": Trouble("the database took longer than it is allowed", again=True),
    "40P01": Trouble("the database broke off a deadlock", again=True),
    "40001": Trouble("the rows changed while they were read", again=True),
    "23503": Trouble("other rows still refer to a row that was to go"),
    "42501": Trouble("the credential is not allowed to do this", remedy=_GRANT),
    "25006": Trouble("the database is read-only for this credential"),
}
_POSTGRESQL_CLASSES = {
    "08": Trouble("the connection was lost", again=True, lost=True),
    "57": Trouble("the database is shutting down", again=True, lost=True),
    "53": Trouble("the database has run out of room or connections", again=True),
    "23": Trouble("a constraint of the database forbids it"),
    "22": Trouble("a value does not fit the type of its column"),
    "28": Trouble("the credential was not accepted", remedy="check the user and the password"),
    "3D": Trouble("the database does not exist", remedy="check the URL"),
    "42": Trouble("a table, column or right is not as the definition says", remedy="run check"),
}
_SQLITE = {
    3: Trouble("the file may not be read or written", remedy="check its owner and mode"),
    5: Trouble("the database is locked by someone else", again=True),
    6: Trouble("a table is locked by someone else", again=True),
    8: Trouble("the database is read-only for this credential"),
    9: Trouble("the database took longer than it is allowed", again=True),
    10: Trouble("the disk reported an error", again=True),
    11: Trouble("the file is damaged", remedy="have whoever keeps the store look at it"),
    13: Trouble("the disk is full", again=True),
    14: Trouble("the file cannot be opened", again=True, remedy="check that it is there and may be read"),
    19: Trouble("a constraint of the database forbids it"),
    26: Trouble("the file is not an SQLite database", remedy="check the path in the URL"),
}
_UNKNOWN = Trouble("the database refused a statement", remedy="run check")
_CREDENTIAL = ("authentication failed", "no password supplied", "no pg_hba.conf entry", "not permitted to log in")
_MISSING = ("database", "role", "user")


def understood(error: SQLAlchemyError) -> Trouble:
    """Say what an error of the database means."""
    if not isinstance(error, DBAPIError):
        return _UNKNOWN
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF, _UNKNOWN)
    state = getattr(error.orig, "sqlstate", None)
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    if state:
        return _POSTGRESQL_CLASSES.get(state[:2], _UNKNOWN)
    if error.connection_invalidated:
        return _POSTGRESQL_CLASSES["08"]
    return _UNKNOWN


def unopened(error: SQLAlchemyError) -> Trouble:
    """Say what an error on opening a connection means; a failed log-in carries no code, only words."""
    text = str(getattr(error, "orig", "")).lower()
    if any(phrase in text for phrase in _CREDENTIAL):
        return _POSTGRESQL_CLASSES["28"]
    if "does not exist" in text and any(word in text for word in _MISSING):
        return Trouble("the database or its user does not exist", remedy="check the URL")
    known = understood(error)
    return (
        known
        if known is not _UNKNOWN
        else Trouble(
            "the database did not answer", again=True, remedy="check that it runs, and the host and port in the URL"
        )
    )


@contextmanager
def in_words(store: str) -> Iterator[None]:
    """Turn every error of the database inside the block into a refusal of ours.

    Raises:
        StoreUnavailable: trying again may help.
        StoreRefused: it will not.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise understood(error).raised(store) from None
    except UnicodeError:
        raise Trouble("a text could not be read or sent as Unicode").raised(store) from None
