"""When records of one class are due, worked out once for dates that come again: a day of closing has many cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from retentiond.domain.eligibility import day_after, due_when, next_step, step_when
from retentiond.domain.moves import NEVER, Outcome, Unknowable
from retentiond.domain.records import Record
from retentiond.domain.recurring import Recurring
from retentiond.domain.schedule import RecordClass
from retentiond.domain.verdicts import Due, Permanent, Untriggered


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
    _worked_out: Recurring[Dates] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        one = self.record_class
        if one is not None:
            self._worked_out = Recurring(one, lambda record: _worked_out(record, one))

    def of(self, record: Record, kept_until: date | None) -> Dates:
        """Return when a record is due.

        Args:
            record: the record as its store describes it.
            kept_until: a reviewer's decision to keep it through that day, if there is one.
        """
        if self._worked_out is None:
            return Dates(Unknowable("the schedule has no such class"))
        if record.problems:
            return Dates(Unknowable("; ".join(record.problems)))
        found = self._worked_out.of(record)
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
