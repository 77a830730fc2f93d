"""What rests on a record's dates and statuses alone, worked out once for those that come again.

A day of closing has many cases, and nearly all of them lack the same dates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from retentiond.domain.needs import all_dates, needed_statuses
from retentiond.domain.records import Record
from retentiond.domain.schedule import RecordClass

MOST = 10_000
"""Answers kept at one time: memory stays flat however many records there are."""

T = TypeVar("T")


@dataclass(slots=True)
class Recurring(Generic[T]):
    """Answers about records of one class that were asked about before.

    Args:
        record_class: the class.
        work_out: the answer for a record; it may look at the dates and statuses its class speaks of, and at nothing
            else of it.
    """

    record_class: RecordClass
    work_out: Callable[[Record], T]
    _dates: tuple[str, ...] = field(init=False)
    _statuses: tuple[str, ...] = field(init=False)
    _known: dict[tuple[date | bool | None, ...], T] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._dates = tuple(sorted(all_dates(self.record_class)))
        self._statuses = tuple(sorted(needed_statuses(self.record_class)))

    def of(self, record: Record) -> T:
        """Return the answer for a record."""
        key: tuple[date | bool | None, ...] = tuple(map(record.dates.get, self._dates))
        if self._statuses:
            key += tuple(map(record.statuses.get, self._statuses))
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST:
                self._known.clear()
            found = self._known[key] = self.work_out(record)
        return found
