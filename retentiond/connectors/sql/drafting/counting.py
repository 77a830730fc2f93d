"""Counts over a table: rows, filled dates with their earliest and latest year, different values. Never a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Filled:
    """How a column of dates is filled."""

    rows: int
    earliest: int | None
    """Year; None where nothing is filled or the text is no ISO date."""
    latest: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted in one table."""

    rows: int
    dates: Mapping[str, Filled] = field(default_factory=dict)
    different: Mapping[str, int] = field(default_factory=dict)
    """Column to the number of its different values."""


def counted(connection: Connection, table: sa.Table, dates: Sequence[str], states: Sequence[str]) -> Counts:
    """Count over a table with one statement, in which no value but a year leaves the database.

    Args:
        connection: a connection in a transaction.
        table: the table.
        dates: its columns that may hold dates.
        states: its columns whose different values are counted.
    """
    wanted: list[sa.ColumnElement[Any]] = [sa.func.count()]
    for name in dates:
        column = table.c[name]
        wanted.extend((sa.func.count(column), _year(sa.func.min(column), column), _year(sa.func.max(column), column)))
    wanted.extend(sa.func.count(sa.distinct(table.c[name])) for name in states)
    numbered = (one.label(f"n{number}") for number, one in enumerate(wanted))
    rows, *rest = connection.execute(sa.select(*numbered).select_from(table)).one()
    found = {
        name: Filled(int(rest[3 * at]), *_as_years(rest[3 * at + 1 : 3 * at + 3])) for at, name in enumerate(dates)
    }
    return Counts(int(rows), found, dict(zip(states, map(int, rest[3 * len(dates) :]), strict=True)))


def _year(extreme: sa.ColumnElement[Any], column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.Date | sa.DateTime):
        return sa.extract("year", extreme)
    return sa.func.substr(extreme, 1, 4)


def _as_years(values: Iterable[Any]) -> list[int | None]:
    texts = ["" if value is None else str(value) for value in values]
    years = [int(text) if text.isdigit() and len(text) == 4 else None for text in texts]
    return years if None not in years else [None, None]
