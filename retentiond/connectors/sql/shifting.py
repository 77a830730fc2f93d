"""Dates moved by days that nobody keeps: drawn for each record, the same for all its dates, read back before commit.

No later read can see how far a date was moved, or whether it was. So a second look is taken in the same transaction,
in Python and not in SQL, and the certificate names the columns that were seen by this look only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from secrets import randbelow
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.catalogue import Catalogue, declared
from retentiond.connectors.sql.values import Column, Identity, Value, as_read, within
from retentiond.domain.definitions import ColumnPlan

_DAY = len("2013-04-05")


class ShiftDiffers(Exception):
    """A date is not where it was moved to when it is read back; everything is taken back."""


@dataclass(slots=True)
class Moves:
    """How many days the dates of each record move. It lives as long as one transaction and is written nowhere."""

    most: int
    """The fewest days that any of the kind's plans allows: all dates of a record move alike."""
    _days: dict[Identity, int] = field(default_factory=dict)

    @classmethod
    def under(cls, plans: Iterable[ColumnPlan]) -> Moves:
        """Return moves, none drawn yet, that keep to every plan of a kind of record."""
        return cls(min((days for plan in plans for days in plan.shift.values()), default=0))

    def of(self, record: Identity) -> int:
        """Return the record's own number of days, drawn when it is first asked for: 1 to ``most``, either way."""
        if record not in self._days:
            drawn = randbelow(2 * self.most) - self.most
            self._days[record] = drawn if drawn < 0 else drawn + 1
        return self._days[record]


@dataclass(slots=True)
class Shift:
    """The moves of one table's rows."""

    connection: Connection
    catalogue: Catalogue
    table: sa.Table
    plan: ColumnPlan
    days: Mapping[Identity, int]
    """Address of each row to its days."""
    _before: Mapping[Identity, tuple[Value, ...]] = field(default_factory=dict)

    @property
    def joined(self) -> sa.FromClause:
        """The days as a table to update from: the row's address and, last, its days."""
        address = self.catalogue.identity(self.table, self.table)
        rows = [(*row, days) for row, days in self.days.items()]
        return self.catalogue.dialect.table_of((*address, sa.column("days", sa.Integer)), rows)

    def changes(self, joined: sa.FromClause) -> dict[str, Column]:
        """Return the expression that each moved column's value is replaced by."""
        *_, days = joined.c
        return {name: self.catalogue.dialect.shifted(self.table.c[name], days) for name in self.plan.shift}

    def condition(self, joined: sa.FromClause) -> Column:
        """Return the condition that ties a row to its days."""
        address = self.catalogue.identity(self.table, self.table)
        return sa.and_(*(left == right for left, right in zip(address, joined.c, strict=False)))

    def remember(self) -> None:
        """Read the dates as they are, under the lock that was taken when the record was compared."""
        self._before = self._read()

    def compare(self) -> None:
        """Read the dates back.

        Raises:
            ShiftDiffers: roll back.
        """
        wanted = {row: tuple(moved(value, self.days[row]) for value in values) for row, values in self._before.items()}
        if wanted != self._read() or wanted.keys() != self.days.keys():
            raise ShiftDiffers

    def _read(self) -> dict[Identity, tuple[Value, ...]]:
        dialect = self.catalogue.dialect
        address = self.catalogue.identity(self.table, self.table)
        dates = [self.table.c[name] for name in self.plan.shift]
        wanted = sa.select(*(as_read(one, dialect) for one in (*address, *dates)))
        rows = self.connection.execute(wanted.where(within(address, self.days, dialect)))
        return {tuple(row[: len(address)]): tuple(row[len(address) :]) for row in rows}


def moved(value: Value, days: int) -> str | None:
    """Return a date's text moved by days, its time as it was; None for what is no date."""
    if not isinstance(value, str):
        return None
    try:
        return (date.fromisoformat(value[:_DAY]) + timedelta(days)).isoformat() + value[_DAY:]
    except (ValueError, OverflowError):
        return None


def unmovable(column: sa.Column[Any]) -> Iterator[str]:
    """Yield why a column cannot be moved, to be read after its name."""
    if not isinstance(declared(column), sa.Date | sa.DateTime):
        yield "holds no dates, and is to be shifted"
