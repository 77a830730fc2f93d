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
    "key_parts",
    "key_text",
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


def after(columns: Sequence[Column], values: Identity, dialect: Dialect) -> Column:
    """Return the condition that columns lie behind values read from them, the first column deciding first.

    Spelled out: not every database compares rows, and a bound on the first column alone lets an index serve it.
    """
    (column, *rest), (value, *others) = columns, values
    given = dialect.typed(column, value)
    if not rest:
        return column > given
    behind = sa.and_(column == given, after(rest, tuple(others), dialect))
    return sa.and_(column >= given, sa.or_(column > given, behind))


def keys(columns: Sequence[Column], texts: Iterable[str], dialect: Dialect) -> list[Identity]:
    """Turn record keys into values of the key's columns, leaving out those that no row of such types can have."""
    made = [dialect.key(column) for column in columns]
    sendable = filter(is_sendable, texts)
    if len(made) == 1:
        return [(value,) for value in map(made[0], sendable) if value is not None]
    split = (key_parts(text, len(made)) for text in sendable)
    found = (tuple([make(part) for make, part in zip(made, parts, strict=True)]) for parts in split if parts)
    return [values for values in found if None not in values]


def key_text(identity: Identity) -> str:
    """Return a key as the text that names a record.

    The text of a key of one column; of several, their texts with ``%`` and ``/`` written ``%25`` and ``%2F``, joined
    by ``/``, so that no two keys share one.
    """
    if len(identity) == 1:
        return as_text(identity[0])
    return "/".join(as_text(value).replace("%", "%25").replace("/", "%2F") for value in identity)


def key_parts(text: str, number: int) -> tuple[str, ...]:
    """Return the texts of a key's columns, or nothing where the text is no key of so many."""
    if number == 1:
        return (text,)
    parts = tuple(one.replace("%2F", "/").replace("%25", "%") for one in text.split("/"))
    return parts if len(parts) == number and key_text(parts) == text else ()


def is_integer(text: str, bits: int) -> bool:
    """Whether a text is a whole number in its one canonical form, of at most so many bits beside the sign."""
    return _INTEGER.fullmatch(text) is not None and len(text) < 21 and -(2**bits) <= int(text) < 2**bits


def is_sendable(text: str) -> bool:
    """Whether a text can travel back to a database: Unicode throughout, and no NUL, at which SQLite's JSON ends."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
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
