"""The cost of judging one record, and of the windows a scan hands to a store."""

from __future__ import annotations

from datetime import date, timedelta

from retentiond.config.schedules import read_schedules
from retentiond.domain.clauses import Clause, For, LongestOf, UntilAge
from retentiond.domain.eligibility import assess
from retentiond.domain.holds import HoldsInForce
from retentiond.domain.judgement import Judgement
from retentiond.domain.periods import Period
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action, RecordClass
from retentiond.domain.verdicts import Due
from retentiond.domain.windows import windows
from tests.benchmarks.case_store import NOW
from tests.benchmarks.measuring import ROOT, Measured, timed

TODAY = NOW.date()
SIX_YEARS = For(Period.of_years(6), "case-closed")
LONGEST = LongestOf((SIX_YEARS, UntilAge(Period.of_years(25), "youngest-birth")))
DIFFERENT = 1000
"""Records that differ; they are judged again and again."""


def by_hand(times: int) -> Measured:
    """Compare dates as a script would: six years after closing, and no word of why."""
    records = _records()
    with timed() as found:
        due = 0
        for _ in range(times):
            for one in records:
                closed = one.dates["case-closed"]
                if closed is not None:
                    due += closed.replace(year=closed.year + 6) < TODAY
    found.counts.update(n=times * DIFFERENT, due=due)
    return found


def one_clause(times: int) -> Measured:
    """Assess under ``{for: 6 years, after: case-closed}``."""
    return _assessed(times, SIX_YEARS)


def longest_of(times: int) -> Measured:
    """Assess under the longest of six years after closing and the youngest child's 25th birthday."""
    return _assessed(times, LONGEST)


def remembered(times: int) -> Measured:
    """Judge under the longest of two clauses as a scan does, which remembers what it worked out for the same dates."""
    records, judgement = _records(), Judgement(_class(LONGEST), TODAY)
    none = HoldsInForce(())
    with timed() as found:
        due = sum(isinstance(judgement.on(one, none), Due) for _ in range(times) for one in records)
    found.counts.update(n=times * DIFFERENT, due=due)
    return found


def shipped_windows(times: int) -> Measured:
    """Compute the windows of every class of the schedules that come with the program."""
    (schedule,) = read_schedules([ROOT / "schedules" / "early-help.yaml"])
    with timed() as found:
        for _ in range(times):
            for one in schedule.classes:
                windows(one, TODAY)
    found.counts["n"] = times * len(schedule.classes)
    return found


def _assessed(times: int, clause: Clause) -> Measured:
    records = _records()
    record_class = _class(clause)
    with timed() as found:
        due = 0
        for _ in range(times):
            for one in records:
                due += isinstance(assess(one, record_class, (), TODAY), Due)
    found.counts.update(n=times * DIFFERENT, due=due)
    return found


def _class(clause: Clause) -> RecordClass:
    return RecordClass("EH-01", "Early help case file", ("Children Act 1989 s.17",), clause, Action.DESTROY)


def _records() -> list[Record]:
    """Return records closed over twelve years, so that about half are past six; none closed on 29 February."""
    days = [date(2014, 8, 2) + timedelta(days=number * 12 * 365 // DIFFERENT) for number in range(DIFFERENT)]
    return [
        Record(
            ref=RecordRef("cases", "episode", str(number)),
            reference=f"EH-{number}",
            record_class="EH-01",
            dates={
                "case-closed": min(day, date(day.year, 2, 28)) if day.month == 2 else day,
                "youngest-birth": date(1990, 1, 1) + timedelta(days=number),
            },
            state=StateToken(""),
        )
        for number, day in enumerate(days)
    ]
