"""Values on their way in and out: read as stored, compared in the column's own type. The dialects differ only here."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import NullType, TypeEngine

from retentiond.connectors.sql.catalogue import declared

Value = str | int | float | bytes | None
"""A value as it is stored (SQLite), or its text under fixed session settings (PostgreSQL)."""

Identity = tuple[Value, ...]
"""What names one row of a table while a transaction lasts."""

Column = sa.ColumnElement[Any]

_INTEGERS = ((sa.SmallInteger, 15), (sa.BigInteger, 63), (sa.Integer, 31))
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def as_read(column: Column, dialect: str) -> Column:
    """Return the expression that reads a column: its text on PostgreSQL, as stored on SQLite."""
    if dialect == "sqlite" or _is_plain_text(column):
        return column
    return sa.cast(column, sa.Text)


def _is_plain_text(column: Column) -> bool:
    return type(column.type) in (sa.Text, sa.String, sa.VARCHAR, sa.TEXT)


def equals(column: Column, value: str | None, dialect: str) -> Column:
    """Return the condition that a column equals a value written as text; None means NULL."""
    return column.is_(None) if value is None else column == constant(column, value, dialect)


def constant(column: Column, value: str | None, dialect: str) -> Column:
    """Return a value written as text as an expression of the column's type."""
    if value is None:
        return sa.null()
    if dialect == "sqlite":
        if isinstance(declared(column), sa.Boolean) and value.lower() in ("true", "false"):
            return sa.literal(1 if value.lower() == "true" else 0, NullType())
        return sa.literal(value, NullType())
    # No cast for text: a cast to varchar(n) would cut the value to fit, and then it would match.
    if (isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)) or _is_nameless(column.type):
        return sa.literal(value, sa.Text())
    return sa.cast(sa.literal(value, sa.Text()), column.type)


def _is_nameless(kind: TypeEngine[Any]) -> bool:
    return isinstance(kind, NullType)


def within(columns: Sequence[Column], identities: Collection[Identity], dialect: str) -> Column:
    """Return the condition that columns are one of many values, as one parameter whatever their number.

    ``= ANY(array)`` and ``json_each`` stay under every limit on parameters and keep one plan.
    """
    if dialect == "sqlite":
        return _within_json(columns, identities)
    # A type without a name here (hstore, a foreign extension) is compared as text: slower, and right.
    shown = [sa.cast(column, sa.Text) if _is_nameless(column.type) else column for column in columns]
    arrays = [
        sa.cast(sa.literal([one[index] for one in identities], ARRAY(sa.Text)), ARRAY(column.type))
        for index, column in enumerate(shown)
    ]
    if len(shown) == 1:
        return shown[0] == sa.any_(arrays[0])
    names = [f"k{index}" for index in range(len(shown))]
    rows = sa.func.unnest(*arrays).table_valued(*names).render_derived()
    return sa.tuple_(*shown).in_(sa.select(*(rows.c[name] for name in names)))


def _within_json(columns: Sequence[Column], identities: Collection[Identity]) -> Column:
    plain = [one[0] if len(columns) == 1 else list(one) for one in identities]
    rows = sa.func.json_each(sa.literal(json.dumps(plain), sa.Text())).table_valued("value")
    if len(columns) == 1:
        return columns[0].in_(sa.select(rows.c.value))
    parts = (sa.func.json_extract(rows.c.value, f"$[{index}]") for index in range(len(columns)))
    return sa.tuple_(*columns).in_(sa.select(*parts))


def after(columns: Sequence[Column], values: Identity, dialect: str) -> Column:
    """Return the condition that columns lie behind values read from them, the first column deciding first.

    Spelled out: not every database compares rows, and a bound on the first column alone lets an index serve it.
    """
    (column, *rest), (value, *others) = columns, values
    given = _typed(column, value, dialect)
    if not rest:
        return column > given
    behind = sa.and_(column == given, after(rest, tuple(others), dialect))
    return sa.and_(column >= given, sa.or_(column > given, behind))


def _typed(column: Column, value: Value, dialect: str) -> Column:
    if dialect == "sqlite":
        return sa.literal(value, NullType())
    return sa.cast(sa.literal(value, sa.Text()), column.type)


def is_day(text: Column, dialect: str) -> Column:
    """Return a cheap condition that holds only for dates of the calendar written YYYY-MM-DD, if for any.

    SQLite's regular expressions are Python's, a call a row, and this spares most rows the call; it is never NULL.
    PostgreSQL's own are cheap.
    """
    return sa.func.date(text).is_not_distinct_from(text) if dialect == "sqlite" else sa.false()


def keys(columns: Sequence[Column], texts: Iterable[str], dialect: str) -> list[Identity]:
    """Turn record keys into values of the key's columns, leaving out those that no row of such types can have."""
    found: list[Identity] = []
    for text in texts:
        parts = key_parts(text, len(columns))
        values = tuple(_key(column, part, dialect) for column, part in zip(columns, parts, strict=False))
        if len(values) == len(columns) and None not in values:
            found.append(values)
    return found


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


def _key(column: Column, text: str, dialect: str) -> Value:
    if not is_sendable(text):
        return None
    kind = declared(column)
    if dialect == "sqlite":
        # Comparison with a column of text turns a number back into text, so digits may travel as a number
        # only where the column is not declared as text.
        return int(text) if not isinstance(kind, sa.String) and _fits(text, 63) else text
    for integer, bits in _INTEGERS:
        if isinstance(kind, integer):
            return text if _fits(text, bits) else None
    if isinstance(kind, sa.Numeric):
        return text if _DECIMAL.fullmatch(text) else None
    if isinstance(kind, sa.Uuid):
        return text if _is_uuid(text) else None
    return text


def _fits(text: str, bits: int) -> bool:
    return _INTEGER.fullmatch(text) is not None and len(text) < 21 and -(2**bits) <= int(text) < 2**bits


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


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
