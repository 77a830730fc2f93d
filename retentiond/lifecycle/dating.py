"""When records of one class are due, worked out once for dates that come again: a day of closing has many cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from retentiond.domain.eligibility import day_after, due_when, next_step, step_when
from retentiond.domain.moves import NEVER, Outcome, Unknowable
from retentiond.domain.needs import all_dates, needed_statuses
from retentiond.domain.records import Record
from retentiond.domain.schedule import RecordClass
from retentiond.domain.verdicts import Due, Permanent, Untriggered

MOST = 20_000
"""Answers kept at one time: memory stays flat however many records there are."""

_Key = tuple[tuple[date | None, ...], tuple[bool | None, ...]]


@dataclass(frozen=True, slots=True)
class Dates:
    """When one record is due, and the part of it that its next step is about."""

    whole: Outcome
    step: str = ""
    """The step that comes before; empty: none does."""
    part: date | None = None
    """When that step is due."""


@dataclass(slots=True)
class Dating:
    """Dates the records of one class.

    Args:
        record_class: the class under the schedule that is asked about; None: it has none, and nothing is ever due.
    """

    record_class: RecordClass | None
    _names: tuple[str, ...] = field(init=False, default=())
    _statuses: tuple[str, ...] = field(init=False, default=())
    _known: dict[_Key, Dates] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.record_class is not None:
            self._names = tuple(sorted(all_dates(self.record_class)))
            self._statuses = tuple(sorted(needed_statuses(self.record_class)))

    def of(self, record: Record, kept_until: date | None) -> Dates:
        """Return when a record is due.

        Args:
            record: the record as its store describes it.
            kept_until: a reviewer's decision to keep it through that day, if there is one.
        """
        if self.record_class is None:
            return Dates(Unknowable("the schedule has no such class"))
        if record.problems:
            return Dates(Unknowable("; ".join(record.problems)))
        dates, statuses = record.dates, record.statuses
        key = tuple([dates.get(one) for one in self._names]), tuple([statuses.get(one) for one in self._statuses])
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST:
                self._known.clear()
            found = self._known[key] = _worked_out(record, self.record_class)
        return found if kept_until is None else _kept(found, kept_until)


def _worked_out(record: Record, record_class: RecordClass) -> Dates:
    whole = _outcome(due_when(record, record_class))
    step = next_step(record.dates, record_class)
    part = step_when(record, record_class)
    if step is None or not isinstance(part, Due):
        return Dates(whole)
    comes_before = not isinstance(whole, date) or part.due_on < whole
    return Dates(whole, step.name, part.due_on) if comes_before else Dates(whole)


def _kept(found: Dates, kept_until: date) -> Dates:
    """Return the dates of a record that a reviewer keeps, a part of it as well."""
    until = day_after(kept_until)
    whole = max(found.whole, until) if isinstance(found.whole, date) else found.whole
    part = None if found.part is None else max(found.part, until)
    if part is not None and isinstance(whole, date) and part >= whole:
        return Dates(whole)
    return Dates(whole, found.step, part)


def _outcome(found: Due | Permanent | Untriggered) -> Outcome:
    match found:
        case Due(due_on):
            return due_on
        case Permanent():
            return NEVER
        case Untriggered(reason):
            return Unknowable(reason)
