"""The numbers of years in a class's rule, however it writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from retentiond.config.lint.names import is_birth
from retentiond.domain.clauses import (
    Age,
    Clause,
    EarliestOf,
    For,
    LatestOf,
    LongestOf,
    ShortestOf,
    Start,
    UntilAge,
    UntilAnniversary,
)
from retentiond.domain.conditions import Condition, DiedBeforeAge, exceptions_within
from retentiond.domain.periods import Period
from retentiond.domain.schedule import RecordClass


@dataclass(frozen=True, slots=True)
class Years:
    """Whole years that a rule speaks of, and those among them that are counted from a birth."""

    every: frozenset[int]
    from_birth: frozenset[int]


def years_of(one: RecordClass) -> Years:
    """Return the years of a class: of its own clause, its exceptions, their conditions and its steps.

    ``{for: 7 years, after: {age: 18, of: birth}}`` has 7 and 18, and 25 from the birth.
    """
    found = [*_years(one.retain)]
    for exception in exceptions_within(one.unless):
        found += _years(exception.retain)
        found += _ages(exception.when)
    for step in one.steps:
        found += _years(step.retain)
    return Years(frozenset(years for years, _ in found), frozenset(years for years, birth in found if birth))


def _years(clause: Clause) -> Iterator[tuple[int, bool]]:
    match clause:
        case LongestOf(parts) | ShortestOf(parts):
            for part in parts:
                yield from _years(part)
        case UntilAge(period, of) | UntilAnniversary(period, of):
            yield _whole(period), is_birth(of)
        case For(period, start):
            yield _whole(period), False
            for before, birth in _before(start):
                yield before, birth
                yield before + _whole(period), birth
        case _:
            return


def _before(start: Start) -> Iterator[tuple[int, bool]]:
    match start:
        case str():
            yield 0, is_birth(start)
        case Age(age, of):
            yield _whole(age), is_birth(of)
        case LatestOf(parts) | EarliestOf(parts):
            for part in parts:
                yield from _before(part)


def _ages(condition: Condition) -> Iterator[tuple[int, bool]]:
    if isinstance(condition, DiedBeforeAge):
        yield _whole(condition.age), True


def _whole(period: Period) -> int:
    return period.months // 12
