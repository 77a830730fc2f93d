"""The judgement on many records of one class on one day: what :func:`~retentiond.domain.eligibility.assess` says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from retentiond.domain.eligibility import assess, by_its_dates, due_since, unless_stopped
from retentiond.domain.holds import HoldsInForce
from retentiond.domain.records import Record
from retentiond.domain.recurring import Recurring
from retentiond.domain.schedule import RecordClass
from retentiond.domain.verdicts import Due, NotYet, Permanent, Untriggered, Verdict

_ByDates = Due | NotYet | Permanent | Untriggered


@dataclass(slots=True)
class Judgement:
    """Judges records of one class on one day.

    Args:
        record_class: their class under the schedule in force, or None when they have none.
        today: the civil date in the schedule's time zone.
    """

    record_class: RecordClass | None
    today: date
    _by_dates: Recurring[tuple[_ByDates, Verdict]] | None = field(init=False, default=None)
    """What the dates say, and the verdict where nothing stops it."""

    def __post_init__(self) -> None:
        if self.record_class is not None:
            self._by_dates = Recurring(self.record_class, self._work_out)

    def on(self, record: Record, holds: HoldsInForce, kept_until: date | None = None) -> Verdict:
        """Return the verdict on one record.

        Args:
            record: the record as its store describes it now.
            holds: those in force.
            kept_until: a reviewer's decision to keep it through that day, if there is one.
        """
        if self._by_dates is None or kept_until is not None or record.problems:
            return assess(record, self.record_class, holds.covering(record), self.today, kept_until=kept_until)
        dated, unstopped = self._by_dates.of(record)
        if not isinstance(dated, Due):
            return unstopped
        covering = holds.covering(record)
        if covering or record.blockers or record.referred_to or record.unplanned or record.native_holds:
            return unless_stopped(record, dated, covering)
        return unstopped

    def _work_out(self, record: Record) -> tuple[_ByDates, Verdict]:
        dated = by_its_dates(record, self.record_class, self.today)
        return dated, due_since(dated) if isinstance(dated, Due) else dated
