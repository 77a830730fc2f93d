"""What a database's refusal means for people: one sentence and a remedy, never a value from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from retentiond.domain.errors import LedgerRefused, RetentiondError

_BUSY = ("another process is writing to the ledger and did not finish in time", "try again")
_DAMAGED = ("the ledger is damaged or is no ledger", "restore it from a backup; dispose of nothing until then")
_FULL = ("the disk that holds the ledger is full", "make room and try again")
_WRITE = ("the ledger may not be written to by this user", "give the service's user the right to write it")
_BROKEN_RULE = ("what was to be written breaks a rule of the ledger, and nothing was written", "report this")
_CREDENTIAL = ("the database refused the ledger's credential", "correct the user or password of the ledger's URL")
_NO_DATABASE = ("the database of the ledger does not exist", "create it, or correct the ledger's URL")
_DISK = ("the disk that holds the ledger does not work as it should", "look at the disk before anything else")
_UNREACHABLE = ("the ledger's database does not answer", "start it, or correct the ledger's URL, and try again")
_TURNED_AWAY = ("the database turned the ledger away", "look into the database's own log")
_UNEXPECTED = ("the ledger's database refused a statement", "run a check of the ledger before going on")

_BY_SQLITE_NAME = {
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _DAMAGED,
    "SQLITE_FULL": _FULL,
    "SQLITE_READONLY": _WRITE,
    "SQLITE_PERM": _WRITE,
    "SQLITE_CANTOPEN": _WRITE,
    "SQLITE_IOERR": _DISK,
    "SQLITE_CONSTRAINT": _BROKEN_RULE,
}
"""Result codes by name, without what follows the second underscore (sqlite.org/rescode.html)."""

_BY_SQLSTATE = {
    "55P03": _BUSY,
    "57014": _BUSY,
    "40": _BUSY,
    "23": _BROKEN_RULE,
    "28": _CREDENTIAL,
    "3D": _NO_DATABASE,
    "42501": _WRITE,
    "25006": _WRITE,
    "53100": _FULL,
    "58": _DISK,
    "XX": _DAMAGED,
    "08": _UNREACHABLE,
    "57P": _UNREACHABLE,
    "53": _UNREACHABLE,
}
"""SQLSTATE codes and classes (PostgreSQL manual, appendix A)."""

_BY_WORDS = {
    "pg_hba": _CREDENTIAL,
    "password": _CREDENTIAL,
    "authentication": _CREDENTIAL,
    "role": _CREDENTIAL,
    "database": _NO_DATABASE,
}
"""libpq gives no SQLSTATE for a refused connection, only the server's FATAL line."""


@contextmanager
def refusing(place: str) -> Iterator[None]:
    """Turn what the database driver raises inside into a refusal for people.

    Raises:
        LedgerRefused: the driver raised; its own text, which may hold values, is dropped.
    """
    try:
        yield
    except PoolExhausted:
        raise LedgerRefused.about(place, *_BUSY) from None
    except DBAPIError as error:
        raise refusal(place, error) from None


def refusal(place: str, error: DBAPIError) -> RetentiondError:
    """Return the refusal that says what a driver's error means."""
    orig = error.orig
    name = str(getattr(orig, "sqlite_errorname", "") or "")
    if name:
        meaning = _BY_SQLITE_NAME.get("_".join(name.split("_")[:2]), _UNEXPECTED)
        return LedgerRefused.about(place, *meaning)
    state = str(getattr(orig, "sqlstate", "") or "")
    if state:
        known = [prefix for prefix in _BY_SQLSTATE if state.startswith(prefix)]
        return LedgerRefused.about(place, *(_BY_SQLSTATE[max(known, key=len)] if known else _UNEXPECTED))
    text = str(orig)
    if "FATAL" in text:
        reason = text.partition("FATAL")[2]
        for word, meaning in _BY_WORDS.items():
            if word in reason:
                return LedgerRefused.about(place, *meaning)
        return LedgerRefused.about(place, *_TURNED_AWAY)
    return LedgerRefused.about(place, *_UNREACHABLE)
