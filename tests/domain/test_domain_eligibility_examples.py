from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from retentiond.domain.clauses import Clause, For, LongestOf, Permanently, ShortestOf, UntilAge
from retentiond.domain.conditions import DiedBeforeAge, Unless
from retentiond.domain.eligibility import assess
from retentiond.domain.holds import Hold, HoldScope
from retentiond.domain.periods import ACADEMIC_YEAR, FINANCIAL_YEAR, Period
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action, RecordClass
from retentiond.domain.verdicts import Blocked, Due, NotYet, OnHold, Permanent, Untriggered
from retentiond.domain.windows import windows

SIX_YEARS = For(Period.of_years(6), "case-closed")
SIX_FINANCIAL = For(Period.of_years(6), "case-closed", FINANCIAL_YEAR)
TWENTY_FIVE = UntilAge(Period.of_years(25), "youngest-birth")
EARLY_HELP = RecordClass(
    code="EH-01",
    title="Early help case file",
    mandate=("Children Act 1989 s.17",),
    retain=LongestOf((SIX_FINANCIAL, TWENTY_FIVE)),
    then=Action.ANONYMISE,
)
LOOKED_AFTER = RecordClass(
    code="LAC-01",
    title="Looked-after child case record",
    mandate=("SI 2010/959 reg 50",),
    retain=UntilAge(Period.of_years(75), "birth"),
    then=Action.DESTROY,
    unless=(Unless(DiedBeforeAge(Period.of_years(18)), For(Period.of_years(15), "death")),),
)
TODAY = date(2026, 4, 1)


def record(**dates: date | None) -> Record:
    """Return a record with these dates, their names spelt with underscores."""
    named = {name.replace("_", "-"): day for name, day in dates.items()}
    return Record(RecordRef("cases", "episode", "1"), "EH-0001", "EH-01", named, StateToken("a"))


def plain(clause: Clause) -> RecordClass:
    """Return a class that destroys after one clause."""
    return RecordClass("X-01", "Example", ("Local business need",), clause, Action.DESTROY)


@pytest.mark.parametrize(
    ("clause", "dates", "due_on"),
    [
        # six years after a closure: the last day inside is the corresponding day
        (SIX_YEARS, {"case_closed": date(2019, 5, 14)}, date(2025, 5, 15)),
        # the first and the last day of one financial year end on the same day
        (SIX_FINANCIAL, {"case_closed": date(2018, 4, 1)}, date(2025, 4, 1)),
        (SIX_FINANCIAL, {"case_closed": date(2019, 3, 31)}, date(2025, 4, 1)),
        (SIX_FINANCIAL, {"case_closed": date(2019, 4, 1)}, date(2026, 4, 1)),
        # a birthday on 29 February: the later of the two readings
        (TWENTY_FIVE, {"youngest_birth": date(2004, 2, 29)}, date(2029, 3, 2)),
        # current academic year and one more
        (For(Period.of_years(1), "event", ACADEMIC_YEAR), {"event": date(2023, 11, 6)}, date(2025, 9, 1)),
        # twenty-one years and four months of age
        (UntilAge(Period.parse("21 years 4 months"), "birth"), {"birth": date(2000, 10, 31)}, date(2022, 3, 2)),
        # ninety days after a recorded call
        (For(Period.parse("90 days"), "call"), {"call": date(2026, 1, 1)}, date(2026, 4, 2)),
        # eighteen months after a financial year: there is no 31 September
        (For(Period.parse("18 months"), "paid", FINANCIAL_YEAR), {"paid": date(2024, 6, 1)}, date(2026, 10, 2)),
        # closed long ago, but the youngest child is not yet twenty-five
        (
            LongestOf((SIX_FINANCIAL, TWENTY_FIVE)),
            {"case_closed": date(2012, 7, 9), "youngest_birth": date(2008, 9, 3)},
            date(2033, 9, 4),
        ),
        # the youngest is grown up, but the case closed late
        (
            LongestOf((SIX_FINANCIAL, TWENTY_FIVE)),
            {"case_closed": date(2022, 1, 10), "youngest_birth": date(1990, 1, 1)},
            date(2028, 4, 1),
        ),
        (
            ShortestOf((SIX_YEARS, TWENTY_FIVE)),
            {"case_closed": date(2019, 5, 14), "youngest_birth": date(2008, 9, 3)},
            date(2025, 5, 15),
        ),
    ],
)
def test_worked_periods_turn_due_on_their_day(clause: Clause, dates: dict[str, date], due_on: date) -> None:
    """The last day of a period is inside it: not yet due on it, due on the next."""
    eve = assess(record(**dates), plain(clause), (), due_on - timedelta(days=1))
    assert isinstance(eve, NotYet)
    assert eve.due_on == due_on
    verdict = assess(record(**dates), plain(clause), (), due_on)
    assert isinstance(verdict, Due)
    assert verdict.due_on == due_on


@pytest.mark.parametrize(
    ("birth", "death", "due_on", "died_young"),
    [
        (date(1950, 6, 1), None, date(2025, 6, 2), False),
        (date(1995, 6, 1), date(2010, 3, 1), date(2025, 3, 2), True),
        (date(1950, 6, 1), date(1968, 5, 31), date(1983, 6, 1), True),
        (date(1950, 6, 1), date(1968, 6, 1), date(2025, 6, 2), False),
        (date(1950, 6, 1), date(1990, 1, 1), date(2025, 6, 2), False),
        (date(1948, 2, 29), date(2001, 1, 1), date(2023, 3, 2), False),
    ],
)
def test_death_before_eighteen_changes_a_looked_after_childs_period(
    birth: date, death: date | None, due_on: date, *, died_young: bool
) -> None:
    """Seventy-five years from birth; fifteen from death where the child died before the eighteenth birthday."""
    child = record(birth=birth, death=death)
    assert isinstance(assess(child, LOOKED_AFTER, (), due_on - timedelta(days=1)), NotYet)
    verdict = assess(child, LOOKED_AFTER, (), due_on)
    assert isinstance(verdict, Due)
    assert verdict.reason.startswith("the person died before the age of 18") is died_young


def test_the_reason_shows_the_whole_sum() -> None:
    """A reviewer can check the dates with pen and paper from the reason alone."""
    verdict = assess(record(case_closed=date(2018, 5, 14)), plain(SIX_FINANCIAL), (), TODAY)
    assert verdict == Due(
        date(2025, 4, 1),
        Action.DESTROY,
        "case closed 14 May 2018, carried to 31 March 2019 (end of financial year) + 6 years = 31 March 2025; "
        "due since 1 April 2025",
    )


def test_a_child_not_yet_born_makes_a_family_untriggered() -> None:
    """Without the youngest birth the file is not due, however long ago it closed."""
    verdict = assess(record(case_closed=date(2001, 1, 1), youngest_birth=None), EARLY_HELP, (), TODAY)
    assert verdict == Untriggered("no youngest birth date")


def test_every_missing_date_is_named() -> None:
    """Two missing dates are two reasons."""
    assert assess(record(), EARLY_HELP, (), TODAY) == Untriggered("no case closed date; no youngest birth date")


def test_a_record_without_a_class_is_untriggered() -> None:
    """No class is no rule, and no rule is never due."""
    assert isinstance(assess(record(case_closed=date(1950, 1, 1)), None, (), TODAY), Untriggered)


@pytest.mark.parametrize(
    "clause",
    [Permanently(), LongestOf((SIX_YEARS, Permanently())), ShortestOf((Permanently(), Permanently()))],
)
def test_permanent_clauses_are_never_due(clause: Clause) -> None:
    """A clause without an end, or the longest of several with one such, keeps for ever and has no window."""
    assert isinstance(assess(record(case_closed=date(1900, 1, 1)), plain(clause), (), TODAY), Permanent)
    assert windows(plain(clause), TODAY) == ()


def test_the_shortest_of_a_period_and_for_ever_is_the_period() -> None:
    """shortest-of passes over a clause without an end."""
    clause = ShortestOf((Permanently(), SIX_YEARS))
    assert isinstance(assess(record(case_closed=date(2019, 5, 14)), plain(clause), (), TODAY), Due)
    assert windows(plain(clause), TODAY) == windows(plain(SIX_YEARS), TODAY)


def test_a_reviewers_date_is_inside() -> None:
    """A record kept through a day is due on the day after it; a date already past changes nothing."""
    closed = record(case_closed=date(2019, 5, 14))
    kept = assess(closed, plain(SIX_YEARS), (), TODAY, kept_until=TODAY)
    assert isinstance(kept, NotYet)
    assert kept.due_on == TODAY + timedelta(days=1)
    assert "a reviewer keeps it through 1 April 2026" in kept.reason
    again = assess(closed, plain(SIX_YEARS), (), TODAY + timedelta(days=1), kept_until=TODAY)
    assert isinstance(again, Due)
    long_past = assess(closed, plain(SIX_YEARS), (), TODAY, kept_until=date(2025, 5, 13))
    assert long_past == assess(closed, plain(SIX_YEARS), (), TODAY)


def test_being_referred_to_bars_destruction_and_no_anonymising() -> None:
    """What another record refers to cannot be taken away under it, and may have its names taken out."""
    closed = replace(record(case_closed=date(2019, 5, 14)), referred_to=("another record refers to it (parent_id)",))
    verdict = assess(closed, plain(SIX_YEARS), (), TODAY)
    assert isinstance(verdict, Blocked)
    assert "not now: another record refers to it (parent_id)" in verdict.reason
    assert isinstance(assess(closed, replace(plain(SIX_YEARS), then=Action.ANONYMISE), (), TODAY), Due)


def test_a_blocker_is_named_and_says_more_than_a_hold() -> None:
    """A record that is both blocked and held is called blocked, with the store's reason in words."""
    closed = replace(record(case_closed=date(2019, 5, 14)), blockers=("open-episode",), native_holds=("legal hold",))
    verdict = assess(closed, plain(SIX_YEARS), (), TODAY)
    assert isinstance(verdict, Blocked)
    assert verdict.blockers == ("open-episode",)
    assert verdict.reason.endswith("not now: open episode")


def test_all_holds_on_a_record_are_named() -> None:
    """Ours and the store's own stand side by side in the verdict."""
    ours = Hold(
        number="H-7",
        title="Claim",
        authority="Legal Services",
        scope=HoldScope(records=frozenset({"EH-0001"})),
        review_on=date(2027, 1, 1),
        placed_by="a.khan",
        placed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    held = replace(record(case_closed=date(2019, 5, 14)), native_holds=("legal hold",))
    verdict = assess(held, plain(SIX_YEARS), (ours,), TODAY)
    assert isinstance(verdict, OnHold)
    assert verdict.holds == ("H-7 Claim", "legal hold")


def test_the_same_trigger_twice_takes_the_earlier_window() -> None:
    """Two clauses on one date, both to end, leave one window with the stricter date."""
    both = LongestOf((SIX_YEARS, For(Period.of_years(10), "case-closed")))
    assert windows(plain(both), TODAY) == ({"case-closed": date(2016, 3, 31)},)


def test_an_open_end_written_as_the_last_day_of_the_calendar_is_not_due() -> None:
    """A store's 31 December 9999 is judged like any date: far from due, and no failure."""
    for clause in (SIX_YEARS, SIX_FINANCIAL):
        verdict = assess(record(case_closed=date.max), plain(clause), (), TODAY)
        assert isinstance(verdict, NotYet)
