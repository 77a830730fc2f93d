"""Values on their way in and out: read as stored, compared in the column's own type."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.dialects.interface import Column, Identity, Value

__all__ = [
    "Column",
    "Identity",
    "Value",
    "after",
    "as_read",
    "as_text",
    "constant",
    "equals",
    "is_integer",
    "is_sendable",
    "keys",
    "within",
]

_INTEGER = re.compile(r"0|-?[1-9][0-9]*")


def as_read(column: Column, dialect: Dialect) -> Column:
    """Return the expression that reads a column: as stored on SQLite, its text elsewhere."""
    return dialect.as_read(column)


def equals(column: Column, value: str | None, dialect: Dialect) -> Column:
    """Return the condition that a column equals a value written as text; None means NULL."""
    return column.is_(None) if value is None else column == constant(column, value, dialect)


def constant(column: Column, value: str | None, dialect: Dialect) -> Column:
    """Return a value written as text as an expression of the column's type."""
    return sa.null() if value is None else dialect.constant(column, value)


def within(columns: Sequence[Column], identities: Collection[Identity], dialect: Dialect) -> Column:
    """Return the condition that columns are one of many values, in few parameters whatever their number."""
    return dialect.within(columns, identities)


def after(column: Column, value: Value, dialect: Dialect) -> Column:
    """Return the condition that a column lies behind a value read from it."""
    return dialect.after(column, value)


def keys(column: Column, texts: Iterable[str], dialect: Dialect) -> list[Identity]:
    """Turn record keys into values of the key's column, leaving out those that no row of that type can have."""
    found = (dialect.key(column, text) for text in texts if is_sendable(text))
    return [(value,) for value in found if value is not None]


def is_integer(text: str, bits: int) -> bool:
    """Whether a text is a whole number in its one canonical form, of at most so many bits beside the sign."""
    return _INTEGER.fullmatch(text) is not None and len(text) < 21 and -(2**bits) <= int(text) < 2**bits


def is_sendable(text: str) -> bool:
    """Whether a text can travel back to a database: Unicode throughout, and no NUL, at which SQLite's JSON ends."""
    if "\x00" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def as_text(value: Value) -> str:
    """Return a value as the text that stands for it in a record: a key, a reference, a name."""
    if value is None:
        return ""
    return value.hex() if isinstance(value, bytes) else str(value)
