from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from retentiond.domain.clauses import Clause, For, LongestOf, ShortestOf, trigger_names
from retentiond.domain.conditions import AnyOf, DiedBeforeAge, HappenedBefore, Unless
from retentiond.domain.counting import Kept, count
from retentiond.domain.eligibility import assess
from retentiond.domain.needs import needed_dates, needed_statuses
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, RecordClass
from retentiond.domain.verdicts import Due, NotYet, OnHold, Untriggered
from retentiond.domain.windows import undated, windows
from tests.domain.rules import (
    BLANKET,
    CLASSES,
    CLAUSES,
    DATES,
    DAYS,
    EVENTS,
    FULL_DATES,
    KNOWN,
    SINGLE,
    STRICT,
    inside,
    plain,
    record,
)


@settings(max_examples=100)
@given(SINGLE, DAYS, DAYS)
def test_for_a_single_clause_the_window_is_the_exact_inverse(clause: Clause, trigger: date, today: date) -> None:
    """A record is due if and only if its trigger's date lies on or before the window's date."""
    (name,) = trigger_names(clause)
    due = isinstance(assess(record({name: trigger}), plain(clause), (), today), Due)
    assert due == any(inside(window, {name: trigger}) for window in windows(plain(clause), today))


@settings(max_examples=250)
@given(STRICT, FULL_DATES, DAYS)
def test_for_every_combination_of_clauses_the_windows_are_the_exact_inverse(
    clause: Clause, dates: dict[str, date], today: date
) -> None:
    """Where every date is there, a record is due if and only if it lies in some window."""
    due = isinstance(assess(record(dates), plain(clause), (), today), Due)
    assert due == any(inside(window, dates) for window in windows(plain(clause), today))


@given(SINGLE, DAYS)
def test_the_window_turns_on_its_very_day(clause: Clause, today: date) -> None:
    """The window's own date is due and the day after it is not."""
    (window,) = windows(plain(clause), today)
    ((name, latest),) = window.items()
    assert isinstance(assess(record({name: latest}), plain(clause), (), today), Due)
    assert isinstance(assess(record({name: latest + timedelta(days=1)}), plain(clause), (), today), NotYet)


@settings(max_examples=125)
@given(CLAUSES, FULL_DATES, st.sampled_from(EVENTS), st.integers(0, 20_000))
def test_a_later_date_never_ends_a_period_sooner(clause: Clause, dates: dict[str, date], name: str, more: int) -> None:
    """The last day kept is a monotone function of every date it rests on."""
    before = count(clause, dates)
    after = count(clause, {**dates, name: dates[name] + timedelta(days=more)})
    if isinstance(before, Kept):
        assert isinstance(after, Kept)
        assert after.retain_through >= before.retain_through
    else:
        assert after == before


@settings(max_examples=100)
@given(CLAUSES, FULL_DATES)
def test_the_last_day_kept_is_inside_and_the_next_is_due(clause: Clause, dates: dict[str, date]) -> None:
    """On its last day a record is kept, and on the day after it is due."""
    kept = count(clause, dates)
    if isinstance(kept, Kept):
        assert isinstance(assess(record(dates), plain(clause), (), kept.retain_through), NotYet)
        day_after = kept.retain_through + timedelta(days=1)
        due = assess(record(dates), plain(clause), (), day_after)
        assert isinstance(due, Due)
        assert due.due_on == day_after


@settings(max_examples=100)
@given(CLASSES, DATES, DAYS)
def test_a_status_nobody_looked_up_leaves_a_record_alone(
    record_class: RecordClass, dates: dict[str, date | None], today: date
) -> None:
    """Without its statuses a record is due only if it would be whatever they were."""
    blind = assess(record(dates, statuses={}), record_class, (), today)
    if isinstance(blind, Due):
        for looked_after in (False, True):
            for adopted in (False, True):
                known = record(dates, statuses={"looked-after": looked_after, "adopted": adopted})
                assert isinstance(assess(known, record_class, (), today), Due)


@settings(max_examples=100)
@given(CLASSES, DATES, KNOWN, DAYS)
def test_a_record_that_lacks_a_date_lacks_one_that_is_asked_for(
    record_class: RecordClass, dates: dict[str, date | None], statuses: dict[str, bool], today: date
) -> None:
    """A scan that asks for records without one of these dates misses none that cannot be counted for want of one."""
    verdict = assess(record(dates, statuses=statuses), record_class, (), today)
    if isinstance(verdict, Untriggered) and verdict.missing:
        assert any(dates.get(name) is None for name in undated(record_class))
        assert set(verdict.missing) <= needed_dates(record_class, EVENTS)


@given(CLASSES, DATES, DAYS)
def test_only_the_statuses_a_class_needs_are_asked_for(
    record_class: RecordClass, dates: dict[str, date | None], today: date
) -> None:
    """A definition that maps what the class needs leaves nothing unknown."""
    mapped = record(dates, statuses=dict.fromkeys(needed_statuses(record_class), True))
    verdict = assess(mapped, record_class, (), today)
    assert not isinstance(verdict, Untriggered) or verdict.missing or "can never be due" in verdict.reason


@settings(max_examples=125)
@given(CLASSES, DATES, KNOWN, DAYS)
def test_every_due_record_lies_in_some_window(
    record_class: RecordClass, dates: dict[str, date | None], statuses: dict[str, bool], today: date
) -> None:
    """A scan that hands back only what lies in a window misses nothing that is due, whatever the clauses."""
    if isinstance(assess(record(dates, statuses=statuses), record_class, (), today), Due):
        assert any(inside(window, dates) for window in windows(record_class, today))


@settings(max_examples=100)
@given(CLASSES, DATES, DAYS, st.integers(0, 40_000), st.none() | DAYS)
def test_once_due_stays_due(
    record_class: RecordClass, dates: dict[str, date | None], today: date, later: int, kept_until: date | None
) -> None:
    """For a record that does not change, waiting never makes it less due."""
    now = assess(record(dates), record_class, (), today, kept_until=kept_until)
    then = assess(record(dates), record_class, (), today + timedelta(days=later), kept_until=kept_until)
    assert isinstance(then, Due) or not isinstance(now, Due)


@given(record_class=CLASSES, dates=DATES, today=DAYS, ours=st.booleans(), blocked=st.booleans())
def test_a_hold_never_makes_anything_due(
    record_class: RecordClass, dates: dict[str, date | None], today: date, *, ours: bool, blocked: bool
) -> None:
    """A hold or a blocker turns due into held or blocked, and leaves every other verdict as it was."""
    free = assess(record(dates), record_class, (), today)
    stopped = record(dates, blockers=("open-episode",) if blocked else ())
    if not ours:
        stopped = replace(stopped, native_holds=("legal hold",))
    verdict = assess(stopped, record_class, (BLANKET,) if ours else (), today)
    assert not isinstance(verdict, Due)
    assert verdict == free or isinstance(free, Due)


@given(CLASSES, DATES, DAYS, DAYS)
def test_a_reviewer_who_keeps_a_record_never_makes_it_due_sooner(
    record_class: RecordClass, dates: dict[str, date | None], today: date, kept_until: date
) -> None:
    """Nothing is due while a reviewer keeps it, and keeping it makes nothing due that was not."""
    verdict = assess(record(dates), record_class, (), today, kept_until=kept_until)
    if isinstance(verdict, Due):
        assert today > kept_until
        assert isinstance(assess(record(dates), record_class, (), today), Due)


@given(STRICT, FULL_DATES, DAYS, st.data())
def test_a_class_whose_date_is_missing_is_untriggered(
    clause: Clause, dates: dict[str, date], today: date, data: st.DataObject
) -> None:
    """Leaving out any one date that a class needs is never due, even where another clause has its date."""
    needed = sorted(set(trigger_names(clause)))
    if needed:
        missing = data.draw(st.sampled_from(needed))
        for dates_without in ({**dates, missing: None}, {n: d for n, d in dates.items() if n != missing}):
            assert isinstance(assess(record(dates_without), plain(clause), (), today), Untriggered)


@given(CLASSES, FULL_DATES, DAYS)
def test_a_record_with_a_problem_is_never_due(record_class: RecordClass, dates: dict[str, date], today: date) -> None:
    """A date that could not be read makes a record untriggered, whatever its other dates say."""
    broken = replace(record(dates), problems=("ended_on is not a date",))
    assert assess(broken, record_class, (), today) == Untriggered("ended_on is not a date")


@given(SINGLE, SINGLE, FULL_DATES, DAYS)
def test_the_longest_waits_for_all_and_the_shortest_for_one(
    one: Clause, other: Clause, dates: dict[str, date], today: date
) -> None:
    """longest-of is due when each clause alone is due, shortest-of when either is."""
    alone = [isinstance(assess(record(dates), plain(clause), (), today), Due) for clause in (one, other)]
    both = isinstance(assess(record(dates), plain(LongestOf((one, other))), (), today), Due)
    either = isinstance(assess(record(dates), plain(ShortestOf((one, other))), (), today), Due)
    assert (both, either) == (all(alone), any(alone))


@given(CLASSES, DATES, DAYS)
def test_what_is_kept_permanently_is_never_due(
    record_class: RecordClass, dates: dict[str, date | None], today: date
) -> None:
    """An action of retain-permanently has no window and no due record."""
    kept = replace(record_class, then=Action.RETAIN_PERMANENTLY, steps=())
    assert windows(kept, today) == ()
    assert not isinstance(assess(record(dates), kept, (), today), Due | OnHold)


def test_a_date_that_one_of_several_conditions_would_have_is_asked_for() -> None:
    """An exception that holds for a closure alone does not mean that a birth is known: who lacks one is asked for."""
    either = AnyOf((DiedBeforeAge(Period.of_years(18)), HappenedBefore(date(2005, 1, 1), "case-closed")))
    after_birth = Unless(either, For(Period.of_years(25), "birth"))
    record_class = replace(plain(For(Period.of_years(6), "case-closed")), unless=(after_birth,))
    verdict = assess(record({"case-closed": date(2000, 1, 1)}), record_class, (), date(2026, 1, 1))
    assert isinstance(verdict, Untriggered)
    assert verdict.missing == ("birth",)
    assert undated(record_class) == {"birth", "case-closed"}
