"""Windows: what a store may be asked so that no due record is missed. A necessary condition, never the judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product

from retentiond.domain.clauses import (
    Age,
    Clause,
    EarliestOf,
    LatestOf,
    LongestOf,
    Permanently,
    ShortestOf,
    Start,
    UntilDate,
    required,
    start_of,
)
from retentiond.domain.conditions import exceptions_within, implied_dates
from retentiond.domain.counting import through
from retentiond.domain.periods import add, latest_where
from retentiond.domain.schedule import Action, RecordClass

Window = Mapping[str, date]
"""Latest trigger dates that are due today, all of which must hold."""


def windows(record_class: RecordClass, today: date) -> tuple[Window, ...]:
    """Return, for one class, the alternatives of which every due record satisfies at least one.

    Each alternative maps trigger names to the latest date that is due today; a store may hand back every record
    for which all dates of some alternative lie on or before it; an empty alternative is every record. The judge is
    still :func:`~retentiond.domain.eligibility.assess`. No alternatives: nothing of this class is ever due.
    """
    found: list[Window] = []
    for clause in clauses_of(record_class):
        found.extend(one for one in _windows(clause, today) if one not in found)
    return tuple(found)


def clauses_of(record_class: RecordClass) -> Iterator[Clause]:
    """Yield every clause under which a record of the class, or a part of it, can become due."""
    for step in record_class.steps:
        yield step.retain
    if record_class.then is not Action.RETAIN_PERMANENTLY:
        yield record_class.retain
        for one in exceptions_within(record_class.unless):
            yield one.retain


def undated(record_class: RecordClass) -> frozenset[str]:
    """Return trigger names such that every record of the class that lacks a date it needs lacks one of these.

    The dates an exception is chosen by are left out: where it applies, they are there.
    """
    names = {name for step in record_class.steps for name in required(step.retain)}
    if record_class.then is not Action.RETAIN_PERMANENTLY:
        names.update(required(record_class.retain))
        for one in exceptions_within(record_class.unless):
            names.update(frozenset(required(one.retain)) - implied_dates(one.when))
    return frozenset(names)


def _windows(clause: Clause, today: date) -> tuple[Window, ...]:
    match clause:
        case Permanently():
            return ()
        case UntilDate(day):
            return ({},) if day < today else ()
        case LongestOf(clauses):
            return tuple(_both(choice) for choice in product(*(_windows(part, today) for part in clauses)))
        case ShortestOf(clauses):
            return tuple(window for part in clauses for window in _windows(part, today))
        case _:
            latest = latest_where(lambda day: through(clause, day) < today)
            return () if latest is None else _before(start_of(clause), latest)


def _before(start: Start, latest: date) -> tuple[Window, ...]:
    """Return the alternatives for a start that lies on or before a day."""
    match start:
        case str():
            return ({start: latest},)
        case Age(age, of):
            born = latest_where(lambda day: add(day, age) <= latest)
            return () if born is None else ({of: born},)
        case LatestOf(starts, recorded=False):
            return tuple(_both(choice) for choice in product(*(_before(one, latest) for one in starts)))
        case LatestOf(starts) | EarliestOf(starts):
            return tuple(window for one in starts for window in _before(one, latest))


def _both(choice: Iterable[Window]) -> Window:
    joined: dict[str, date] = {}
    for window in choice:
        for name, latest in window.items():
            joined[name] = min(latest, joined.get(name, latest))
    return joined
