"""The way from a class to each clause, day and condition in it, so that a remark stands where the value does."""

from __future__ import annotations

from collections.abc import Iterator

from retentiond.config.document import Loc
from retentiond.domain.clauses import (
    Age,
    Clause,
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
from retentiond.domain.conditions import AllOf, AnyOf, Condition
from retentiond.domain.schedule import RecordClass


def clauses(one: RecordClass) -> Iterator[tuple[Loc, Clause]]:
    """Yield every clause that a class writes itself, the limbs of each included.

    What it takes over from another class (``as``) is looked at there.
    """
    for loc, clause in whole_clauses(one):
        yield from _limbs(loc, clause)


def whole_clauses(one: RecordClass) -> Iterator[tuple[Loc, Clause]]:
    """Yield the clauses of ``retain``, of each exception and of each step that a class writes itself."""
    if not one.as_class:
        yield ("retain",), one.retain
        for index, exception in enumerate(one.unless):
            if not exception.as_class:
                yield ("unless", index, "retain"), exception.retain
    for index, step in enumerate(one.steps):
        yield ("steps", index, "retain"), step.retain


def conditions(one: RecordClass) -> Iterator[tuple[Loc, Condition]]:
    """Yield the conditions of the exceptions that a class writes itself, down to those that hold no others."""
    if not one.as_class:
        for index, exception in enumerate(one.unless):
            yield from _leaves(("unless", index, "when"), exception.when)


def starts(clause: Clause) -> Iterator[tuple[Loc, str | Age]]:
    """Yield the days a clause counts from, down to triggers and ages, each with the way from the clause."""
    match clause:
        case For(after=start):
            yield from _days(("after",), start)
        case UntilAge(of=start) | UntilAnniversary(of=start):
            yield from _days(("of",), start)
        case Until(event=start):
            yield from _days(("until",), start)
        case LongestOf() | ShortestOf() | UntilDate() | Permanently():
            return


def _limbs(loc: Loc, clause: Clause) -> Iterator[tuple[Loc, Clause]]:
    yield loc, clause
    match clause:
        case LongestOf(parts):
            for index, part in enumerate(parts):
                yield from _limbs((*loc, "longest-of", index), part)
        case ShortestOf(parts):
            for index, part in enumerate(parts):
                yield from _limbs((*loc, "shortest-of", index), part)
        case _:
            return


def _days(loc: Loc, start: Start) -> Iterator[tuple[Loc, str | Age]]:
    match start:
        case str() | Age():
            yield loc, start
        case LatestOf(parts, recorded) | EarliestOf(parts, recorded):
            side = "latest" if isinstance(start, LatestOf) else "earliest"
            for index, part in enumerate(parts):
                yield from _days((*loc, f"{side}-{'recorded' if recorded else 'of'}", index), part)


def _leaves(loc: Loc, condition: Condition) -> Iterator[tuple[Loc, Condition]]:
    match condition:
        case AnyOf(parts) | AllOf(parts):
            key = "any-of" if isinstance(condition, AnyOf) else "all-of"
            for index, part in enumerate(parts):
                yield from _leaves((*loc, key, index), part)
        case _:
            yield loc, condition
