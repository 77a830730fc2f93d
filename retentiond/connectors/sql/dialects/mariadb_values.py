"""Values on their way to MariaDB: what PyMySQL writes as literals of a column's type, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import ArgumentError
from sqlalchemy.types import NullType, TypeEngine, UserDefinedType

from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.dialects.interface import Column, Identity, Value

ZONE = "+00:00"
BINARY = (sa.LargeBinary, sa.BINARY, sa.VARBINARY)
_DIGITS = re.compile(r"[0-9]*", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]+(,-?[0-9]+)*", re.ASCII)
_PLAIN = re.compile(r"[0-9A-Za-z-]*", re.ASCII)
"""Texts that stand between quotes as they are, in every mode of the server."""


class Listed(UserDefinedType[Any]):
    """A list of values as one parameter: PyMySQL writes it as ``(1,2,3)``."""

    cache_ok = True


class Moment(sa.TIMESTAMP):
    """``TIMESTAMP``: a moment, told in the session's zone, which is UTC."""

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any]:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Send moments in UTC and without a zone."""

        def sent(value: Any) -> Any:  # noqa: ANN401 - a moment, or NULL
            return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value

        return sent


@dataclass(frozen=True, slots=True)
class _Written:
    """A list of whole numbers or plain texts as it stands in a statement: the driver would write them one by one."""

    text: str


def conversions() -> dict[Any, Any]:
    """Return how PyMySQL reads and writes values, our lists among them."""
    from pymysql.converters import conversions  # noqa: PLC0415 - only where MariaDB is connected

    return {**conversions, _Written: lambda value, _: value.text}


def listed(columns: Sequence[Column], identities: Collection[Identity]) -> Any:  # noqa: ANN401 - what PyMySQL writes
    """Return values of columns as one parameter.

    Raises:
        ArgumentError: a value is none of its column's type.
    """
    if len(columns) == 1 and isinstance(declared(columns[0]), sa.Integer):
        numbers = [str(one) for (one,) in identities]
        one_by_one = ",".join(numbers)
        if (_DIGITS.fullmatch("".join(numbers)) and "" not in numbers) or _WHOLE.fullmatch(one_by_one):
            return _Written(f"({one_by_one})")
    senders = [sender(column) for column in columns]
    if len(senders) == 1:
        values = [senders[0](one) for (one,) in identities]
        text = _quoted(values, "','") if values else None
        return values if text is None else _Written(f"('{text}')")
    return [tuple(send(value) for send, value in zip(senders, one, strict=True)) for one in identities]


def spread(texts: Sequence[str], same: Collection[str]) -> Any:  # noqa: ANN401 - what PyMySQL writes
    """Return rows for VALUES: a text and others that are the same in each. None where one of them is not plain."""
    others = None if _quoted(same, "") is None else "".join(f",'{one}'" for one in same)
    text = None if others is None else _quoted(texts, f"'{others}),('")
    return None if text is None else _Written(f"('{text}'{others})")


def rows_of(columns: Sequence[Column], identities: Collection[Identity]) -> Any:  # noqa: ANN401 - what PyMySQL writes
    """Return rows for VALUES, of values of columns.

    Raises:
        ArgumentError: a value is none of its column's type.
    """
    senders = [sender(column) for column in columns]
    rows = ([_literal(send(one)) for send, one in zip(senders, row, strict=True)] for row in identities)
    return _Written(",".join([f"({','.join(row)})" for row in rows]))


def _literal(value: Any) -> str:  # noqa: ANN401 - what PyMySQL writes
    match value:
        case str() if _PLAIN.fullmatch(value):
            return f"_utf8mb4'{value}'"
        case str():
            return f"_utf8mb4 X'{value.encode().hex()}'"
        case bytes():
            return f"X'{value.hex()}'"
        case Decimal():
            return f"{value:f}"  # with an exponent it would be a float
        case _:
            return str(value)


def _quoted(texts: Collection[Any], between: str) -> str | None:
    """Return plain texts with what stands between each two; None where some are none."""
    is_plain = all(isinstance(one, str) for one in texts) and _PLAIN.fullmatch("".join(texts))
    return between.join(texts) if is_plain else None


def is_in(columns: Sequence[Column], rows: Any) -> Column:  # noqa: ANN401 - see :func:`listed`
    """Return the condition that columns are one of the values listed."""
    left = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
    return left.op("IN", is_comparison=True)(sa.literal(rows, Listed()))


def sender(column: Column) -> Callable[[Value], Any]:
    """Return what makes of a value read from a column what PyMySQL writes as a literal of its type.

    What it returns raises ``ArgumentError`` for a value that is none of the column's type.
    """
    made = _maker(declared(column))
    is_moment = isinstance(column.type, Moment)

    def sent(value: Value) -> Any:  # noqa: ANN401 - what PyMySQL writes as a literal
        try:
            if made is not None:
                return made("" if value is None else str(value))
        except (ValueError, ArithmeticError):
            raise ArgumentError("a value is none of its column's type") from None
        if not isinstance(value, str):
            raise ArgumentError("a value is none of its column's type")
        return value.removesuffix(ZONE) if is_moment else value

    return sent


def _maker(kind: TypeEngine[Any]) -> Callable[[str], Any] | None:
    """Return what makes a value of a type out of its text; None: the text itself is sent."""
    if isinstance(kind, sa.Integer | mysql.BIT | sa.Boolean):
        return int
    if isinstance(kind, sa.Numeric):
        return Decimal if kind.asdecimal and not isinstance(kind, sa.Float) else float
    return bytes.fromhex if isinstance(kind, (*BINARY, NullType)) else None
