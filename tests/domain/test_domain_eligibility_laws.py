from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from retentiond.domain.clauses import Clause, For, LongestOf, Permanently, ShortestOf, UntilAge
from retentiond.domain.conditions import DiedBeforeAge, Unless
from retentiond.domain.eligibility import assess
from retentiond.domain.holds import Hold, HoldScope
from retentiond.domain.periods import CUT_OFFS, Period
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action, RecordClass
from retentiond.domain.verdicts import Due, NotYet, OnHold, Untriggered
from retentiond.domain.windows import Window, windows

DAYS = st.dates(date(1900, 1, 1), date(2150, 12, 31))
PERIODS = (
    st.tuples(st.integers(0, 12 * 110), st.integers(0, 400)).filter(any).map(lambda spans: Period(spans[0], spans[1]))
)
NAMES = st.sampled_from(["case-closed", "birth", "death", "last-contact"])
SINGLE: st.SearchStrategy[Clause] = st.one_of(
    st.builds(For, PERIODS, NAMES, st.none() | st.sampled_from(list(CUT_OFFS.values()))),
    st.builds(UntilAge, PERIODS, NAMES),
)


def _combined(parts: st.SearchStrategy[Clause]) -> st.SearchStrategy[Clause]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.builds(LongestOf, several) | st.builds(ShortestOf, several)


CLAUSES: st.SearchStrategy[Clause] = st.recursive(SINGLE | st.builds(Permanently), _combined, max_leaves=5)
EXCEPTIONS = st.lists(st.builds(Unless, st.builds(DiedBeforeAge, PERIODS), CLAUSES), max_size=2).map(tuple)
CLASSES = st.builds(
    RecordClass,
    code=st.just("X-01"),
    title=st.just("Example"),
    mandate=st.just(("Local business need",)),
    retain=CLAUSES,
    then=st.sampled_from(Action),
    unless=EXCEPTIONS,
)
DATES = st.fixed_dictionaries({name: st.none() | DAYS for name in ("case-closed", "birth", "death", "last-contact")})
FULL_DATES = st.fixed_dictionaries(dict.fromkeys(("case-closed", "birth", "death", "last-contact"), DAYS))
BLANKET = Hold(
    number="H-1",
    title="Inquiry",
    authority="Inquiries Act 2005",
    scope=HoldScope(),
    review_on=date(2027, 1, 1),
    placed_by="a.khan",
    placed_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def record(dates: Mapping[str, date | None], *, blockers: tuple[str, ...] = ()) -> Record:
    """Return a record of class X-01 with these dates."""
    return Record(RecordRef("s", "k", "1"), "EH-1", "X-01", dates, StateToken("a"), blockers=blockers)


def plain(clause: Clause) -> RecordClass:
    """Return a class that destroys after one clause."""
    return RecordClass("X-01", "Example", ("Local business need",), clause, Action.DESTROY)


def inside(window: Window, dates: Mapping[str, date | None]) -> bool:
    """Return whether every date of the window is there and early enough."""
    return all((day := dates.get(name)) is not None and day <= latest for name, latest in window.items())


@settings(max_examples=400)
@given(SINGLE, DAYS, DAYS)
def test_for_a_single_clause_the_window_is_the_exact_inverse(clause: Clause, trigger: date, today: date) -> None:
    """A record is due if and only if its trigger's date lies on or before the window's date."""
    assert isinstance(clause, For | UntilAge)
    name = clause.after if isinstance(clause, For) else clause.of
    due = isinstance(assess(record({name: trigger}), plain(clause), (), today), Due)
    assert due == any(inside(window, {name: trigger}) for window in windows(plain(clause), today))


@given(SINGLE, DAYS)
def test_the_window_turns_on_its_very_day(clause: Clause, today: date) -> None:
    """The window's own date is due and the day after it is not."""
    (window,) = windows(plain(clause), today)
    ((name, latest),) = window.items()
    assert isinstance(assess(record({name: latest}), plain(clause), (), today), Due)
    assert isinstance(assess(record({name: latest + timedelta(days=1)}), plain(clause), (), today), NotYet)


@settings(max_examples=600)
@given(CLASSES, DATES, DAYS)
def test_every_due_record_lies_in_some_window(
    record_class: RecordClass, dates: dict[str, date | None], today: date
) -> None:
    """A scan that hands back only what lies in a window misses nothing that is due, whatever the clauses."""
    if isinstance(assess(record(dates), record_class, (), today), Due):
        assert any(inside(window, dates) for window in windows(record_class, today))


@settings(max_examples=400)
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


@given(CLAUSES, FULL_DATES, DAYS, st.data())
def test_a_class_whose_date_is_missing_is_untriggered(
    clause: Clause, dates: dict[str, date], today: date, data: st.DataObject
) -> None:
    """Leaving out any one date that a class needs is never due, even where another clause has its date."""
    needed = sorted(plain(clause).triggers)
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
    kept = replace(record_class, then=Action.RETAIN_PERMANENTLY)
    assert windows(kept, today) == ()
    assert not isinstance(assess(record(dates), kept, (), today), Due | OnHold)
