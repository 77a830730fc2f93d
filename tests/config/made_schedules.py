"""Schedules out of hypothesis: every kind of clause, start, condition and key of a class."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

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
from retentiond.domain.periods import CUT_OFFS, CutOff, Period
from retentiond.domain.schedule import Action, Basis, Event, PeriodKind, RecordClass, Schedule, Step

Years = Mapping[str, CutOff]

# what trips writers of YAML and CSV: signs that start formulas, lists and mappings, words other readers guess at
AWKWARD = ["=1+1", "'=x", "''", "- a", "a: b", "[2015] EWHC 2134", "{a}", "a; b", "#x", "no", "null", "2026.1", "1:30"]
AWKWARD += [
    "_x0041_",
    "6",
    "+44",
    "@x",
    "~",
    "a\tb",
    "“so”",
    "x\u2028y",
    'say "yes"',
    "%",
    "a,b",
    "s. 17(1)(a)",
    "'",
    "é",
    "-1",
]
LETTERS = st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Co"), blacklist_characters="\ufeff")
TEXTS = st.sampled_from(AWKWARD) | st.text(LETTERS, min_size=1, max_size=30).map(str.strip).filter(bool)
WORDS = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True) | st.sampled_from(
    ["case-closed", "birth", "death", "no", "yes", "null", "true", "e1"]
)
CODES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)
PERIODS = st.builds(
    lambda months, days: Period(months, days or int(not months)), st.integers(0, 1200), st.integers(0, 400)
)
NUMBERED = PERIODS | st.integers(1, 120).map(Period.of_years)
DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))


def several(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return two or three of these."""
    return st.lists(of, min_size=2, max_size=3).map(tuple)


STARTS: st.SearchStrategy[Start] = st.recursive(
    WORDS | st.builds(Age, NUMBERED, WORDS),
    lambda inner: (
        st.builds(LatestOf, several(inner), st.booleans()) | st.builds(EarliestOf, several(inner), st.booleans())
    ),
    max_leaves=4,
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.builds(DiedBeforeAge, NUMBERED, WORDS, WORDS) | st.builds(Ever, WORDS) | st.builds(HappenedBefore, DAYS, WORDS),
    lambda inner: st.builds(AnyOf, several(inner)) | st.builds(AllOf, several(inner)),
    max_leaves=4,
)


def clauses(years: Years) -> st.SearchStrategy[Clause]:
    """Return clauses that can be counted, with the years as the schedule has them."""
    year = st.sampled_from(list(years.values()))
    end = st.none() | year
    plain = (
        st.builds(For, PERIODS, STARTS, st.none(), st.sampled_from(Counting), end)
        | st.builds(For, PERIODS, WORDS, year, st.just(Counting.AFTER), end)
        | st.builds(UntilAge, NUMBERED, WORDS, end)
        | st.builds(UntilAnniversary, NUMBERED, WORDS, end)
        | st.builds(Until, STARTS, end)
        | st.builds(UntilDate, DAYS)
    )
    return st.recursive(
        plain,
        lambda inner: st.builds(LongestOf, several(inner)) | st.builds(ShortestOf, several(inner)),
        max_leaves=4,
    )


@st.composite
def year_starts(draw: st.DrawFn) -> Years:
    """Draw on which days the financial and the academic year start."""
    moved = {}
    for word in ("financial-year", "academic-year"):
        day = draw(st.dates(date(2001, 1, 1), date(2001, 12, 31)))
        moved[word] = draw(st.sampled_from([CUT_OFFS[word], CutOff(word, day.month, day.day)]))
    return CUT_OFFS | moved


@st.composite
def record_classes(draw: st.DrawFn, code: str, years: Years, others: tuple[RecordClass, ...]) -> RecordClass:
    """Draw a class; it may follow one of the others."""
    rule = clauses(years)
    steps = st.builds(Step, WORDS, TEXTS, rule, st.sampled_from([Action.MINIMISE, Action.REDACT]))
    retain: Clause = draw(rule | st.just(Permanently()))
    unless: tuple[Unless, ...] = tuple(draw(st.lists(st.builds(Unless, CONDITIONS, rule), max_size=2)))
    as_class = ""
    other = draw(st.none() | st.sampled_from(others)) if others else None
    if other is not None:
        if draw(st.booleans()):
            retain, unless, as_class = other.retain, other.unless, other.code
        else:
            unless = (*unless, Unless(draw(CONDITIONS), other.retain, other.unless, other.code))
    permanent = isinstance(retain, Permanently)
    ends = [one for one in Action if not one.is_step and one is not Action.RETAIN_PERMANENTLY]
    retired = draw(st.none() | DAYS)
    then = Action.RETAIN_PERMANENTLY if permanent else draw(st.sampled_from(ends))
    return RecordClass(
        code=code,
        title=draw(TEXTS),
        mandate=tuple(draw(st.lists(TEXTS, min_size=1, max_size=3))),
        retain=retain,
        then=then,
        rationale=draw(st.just("") | TEXTS),
        special_category=draw(st.booleans()),
        unless=unless,
        review=tuple(draw(st.lists(WORDS, max_size=2))),
        description=draw(st.just("") | TEXTS),
        basis=draw(st.none() | st.sampled_from(Basis)),
        source=draw(st.just("") | TEXTS),
        period_kind=draw(st.sampled_from(PeriodKind)),
        steps=tuple(draw(st.lists(steps, max_size=2, unique_by=lambda one: one.name))),
        retired=retired,
        successor=draw(CODES) if retired else "",
        as_class=as_class,
        k_anonymity=draw(st.none() | st.integers(2, 999)) if then is Action.ANONYMISE else None,
    )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Draw a schedule of one to three classes."""
    years = draw(year_starts())
    classes: tuple[RecordClass, ...] = ()
    for code in draw(st.lists(CODES, min_size=1, max_size=3, unique_by=str.casefold)):
        classes = (*classes, draw(record_classes(code, years, classes)))
    names = draw(st.lists(WORDS, max_size=2, unique=True))
    adopted, review_by = sorted((draw(DAYS), draw(DAYS)))
    return Schedule(
        name=draw(TEXTS),
        version=draw(TEXTS),
        jurisdiction=draw(TEXTS),
        time_zone="Europe/London",
        adopted=adopted,
        review_by=review_by,
        owner=draw(TEXTS),
        classes=classes,
        digest="",
        events={name: Event(name, draw(TEXTS), draw(st.booleans())) for name in names},
    )
