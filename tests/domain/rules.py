"""Every kind of clause, start, condition and class the language has, for properties to be tested on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from retentiond.domain.clauses import (
    Age,
    Clause,
    Counting,
    EarliestOf,
    For,
    LatestOf,
    LongestOf,
    Permanently,
    ShortestOf,
    Start,
    Until,
    UntilAge,
    UntilAnniversary,
    UntilDate,
)
from retentiond.domain.conditions import AllOf, AnyOf, Condition, DiedBeforeAge, Ever, HappenedBefore, Unless
from retentiond.domain.holds import Hold, HoldScope
from retentiond.domain.periods import CUT_OFFS, CutOff, Period
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action, RecordClass, Step
from retentiond.domain.windows import Window

DAYS = st.dates(date(1900, 1, 1), date(2150, 12, 31))
PERIODS = (
    st.tuples(st.integers(0, 12 * 110), st.integers(0, 400)).filter(any).map(lambda spans: Period(spans[0], spans[1]))
)
EVENTS = ("case-closed", "birth", "death", "last-contact")
NAMES = st.sampled_from(EVENTS)
CUT_OFF = st.sampled_from([*CUT_OFFS.values(), CutOff("financial-year", 4, 6), CutOff("academic-year", 8, 31)])
AGES = st.builds(Age, PERIODS, NAMES)


def starts(*, recorded: bool) -> st.SearchStrategy[Start]:
    """Return days to count from, to any depth; with or without those of which one known day is enough."""
    either = st.booleans() if recorded else st.just(False)

    def several(parts: st.SearchStrategy[Start]) -> st.SearchStrategy[Start]:
        some = st.lists(parts, min_size=2, max_size=3).map(tuple)
        return st.builds(LatestOf, some, either) | st.builds(EarliestOf, some, either)

    return st.recursive(NAMES | AGES, several, max_leaves=4)


def singles(start: st.SearchStrategy[Start]) -> st.SearchStrategy[Clause]:
    """Return every clause that counts from one day."""
    end = st.none() | CUT_OFF
    return st.one_of(
        st.builds(For, PERIODS, start, end, st.just(Counting.AFTER), end),
        st.builds(For, PERIODS, start, st.none(), st.just(Counting.BEGINNING_WITH), end),
        st.builds(UntilAge, PERIODS, NAMES, end),
        st.builds(UntilAnniversary, PERIODS, NAMES, end),
        st.builds(Until, start, end),
    )


def combined(parts: st.SearchStrategy[Clause]) -> st.SearchStrategy[Clause]:
    """Return the longest or shortest of some clauses."""
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.builds(LongestOf, several) | st.builds(ShortestOf, several)


SINGLE = singles(NAMES)
"""Clauses that count from one trigger."""
STRICT: st.SearchStrategy[Clause] = st.recursive(
    singles(starts(recorded=False)) | st.builds(UntilDate, DAYS) | st.builds(Permanently), combined, max_leaves=5
)
"""Clauses for which every date they name must be there."""
CLAUSES: st.SearchStrategy[Clause] = st.recursive(
    singles(starts(recorded=True)) | st.builds(UntilDate, DAYS) | st.builds(Permanently), combined, max_leaves=5
)
STATUSES = ("looked-after", "adopted")


def _all_or_any(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(AnyOf, several) | st.builds(AllOf, several)


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.builds(DiedBeforeAge, PERIODS)
    | st.builds(Ever, st.sampled_from(STATUSES))
    | st.builds(HappenedBefore, DAYS, NAMES),
    _all_or_any,
    max_leaves=3,
)
_INNER = st.lists(st.builds(Unless, CONDITIONS, CLAUSES), max_size=1).map(tuple)
EXCEPTIONS = st.lists(st.builds(Unless, CONDITIONS, CLAUSES, _INNER), max_size=2).map(tuple)
STEPS = st.lists(
    st.builds(Step, st.just("minimised"), st.just("All but the name"), CLAUSES, st.just(Action.MINIMISE)), max_size=1
).map(tuple)
FINAL = [one for one in Action if not one.is_step]
CLASSES = st.builds(
    RecordClass,
    code=st.just("X-01"),
    title=st.just("Example"),
    mandate=st.just(("Local business need",)),
    retain=CLAUSES,
    then=st.sampled_from(FINAL),
    unless=EXCEPTIONS,
    steps=STEPS,
)
DATES = st.fixed_dictionaries({name: st.none() | DAYS for name in (*EVENTS, "minimised")})
FULL_DATES = st.fixed_dictionaries(dict.fromkeys(EVENTS, DAYS))
KNOWN = st.fixed_dictionaries(dict.fromkeys(STATUSES, st.booleans()))
BLANKET = Hold(
    number="H-1",
    title="Inquiry",
    authority="Inquiries Act 2005",
    scope=HoldScope(),
    review_on=date(2027, 1, 1),
    placed_by="a.khan",
    placed_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def record(
    dates: Mapping[str, date | None],
    *,
    blockers: tuple[str, ...] = (),
    statuses: Mapping[str, bool] | None = None,
) -> Record:
    """Return a record of class X-01 with these dates and statuses."""
    known = dict.fromkeys(STATUSES, False) if statuses is None else statuses
    return Record(
        RecordRef("s", "k", "1"), "EH-1", "X-01", dates, StateToken("a"), blockers=blockers, statuses=dict(known)
    )


def plain(clause: Clause) -> RecordClass:
    """Return a class that destroys after one clause."""
    return RecordClass("X-01", "Example", ("Local business need",), clause, Action.DESTROY)


def inside(window: Window, dates: Mapping[str, date | None]) -> bool:
    """Return whether every date of the window is there and early enough."""
    return all((day := dates.get(name)) is not None and day <= latest for name, latest in window.items())
