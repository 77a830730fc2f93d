"""Whether a class can end before a statutory floor lets it: found by counting both, not by comparing numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from retentiond.config.document import Loc
from retentiond.config.lint.floors import Floor
from retentiond.config.lint.occasions import Occasion, Roles, occasions
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
    start_of,
    trigger_names,
)
from retentiond.domain.conditions import AllOf, AnyOf, Condition, DiedBeforeAge, Unless, is_met
from retentiond.domain.counting import Kept, count
from retentiond.domain.eligibility import rule_for
from retentiond.domain.schedule import Action, RecordClass
from retentiond.domain.verdicts import Untriggered


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An occasion on which a class ends before the law lets it."""

    occasion: Occasion
    ends: date
    """The last day the class keeps it."""
    least: date
    """The last day the law asks for."""
    clause: Clause
    """What the class counts by on this occasion."""
    loc: Loc
    """The way to it from the class."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A class beside a floor."""

    shortfall: Shortfall | None
    direct: bool
    """Whether a clause that decides counts from the floor's own event, and not from an age or another event."""


@lru_cache(maxsize=1024)
def compared(floor: Floor, retain: Clause, unless: tuple[Unless, ...], roles: Roles) -> Compared:
    """Compare a rule with a floor on every occasion on which the floor applies.

    Args:
        floor: the law.
        retain: the class's own clause.
        unless: its exceptions.
        roles: what its triggers are to the floor.
    """
    ours = _bare(retain, unless)
    main = frozenset(trigger_names(floor.retain))
    same = frozenset(name for name, of in roles.own if of in main)
    direct = False
    for occasion in occasions(floor, retain, unless, roles):
        least = _least(floor, tuple(occasion.of_floor.items()))
        if least is None:
            continue
        rule = rule_for(ours, occasion.of_class, occasion.statuses)
        if isinstance(rule, Untriggered):
            continue
        clause = rule[0]
        direct = direct or counts_directly(clause, same)
        kept = count(clause, occasion.of_class)
        if isinstance(kept, Kept) and kept.retain_through < least:
            loc = _way(unless, occasion)
            return Compared(Shortfall(occasion, kept.retain_through, least, clause, loc), direct)
    return Compared(None, direct)


def corrected(unless: tuple[Unless, ...], age: DiedBeforeAge | None) -> tuple[Unless, ...]:
    """Return exceptions with every age at death set to the floor's, so that a wrong one is told once."""
    if age is None:
        return unless
    return tuple(replace(one, when=_with_age(one.when, age), unless=corrected(one.unless, age)) for one in unless)


def _with_age(condition: Condition, age: DiedBeforeAge) -> Condition:
    match condition:
        case DiedBeforeAge():
            return replace(condition, age=age.age)
        case AnyOf(conditions) | AllOf(conditions):
            return type(condition)(tuple(_with_age(one, age) for one in conditions))
        case _:
            return condition


def _bare(retain: Clause, unless: tuple[Unless, ...]) -> RecordClass:
    return RecordClass("", "", (), retain, Action.DESTROY, unless=unless)


@lru_cache(maxsize=8192)
def _least(floor: Floor, dates: tuple[tuple[str, date | None], ...]) -> date | None:
    """Return the last day the law asks for; None where it asks for nothing."""
    known = dict(dates)
    rule = rule_for(_bare(floor.retain, floor.unless), known, {})
    counted = count(rule[0], known) if not isinstance(rule, Untriggered) else rule
    return counted.retain_through if isinstance(counted, Kept) else None


def _way(unless: tuple[Unless, ...], occasion: Occasion) -> Loc:
    """Return the way to the clause that applies: of the class, or of the exception that holds."""
    for index, one in enumerate(unless):
        if is_met(one.when, occasion.of_class, occasion.statuses) is True:
            return ("unless", index, "as" if one.as_class else "retain")
    return ("retain",)


def counts_directly(clause: Clause, names: frozenset[str]) -> bool:
    """Return whether a clause, or a limb of it, counts from one of these events itself."""
    match clause:
        case LongestOf(parts) | ShortestOf(parts):
            return any(counts_directly(one, names) for one in parts)
        case Permanently():
            return True
        case UntilDate():
            return False
        case _:
            return any(name in names for name in _plain(start_of(clause)))


def _plain(start: Start) -> Iterator[str]:
    match start:
        case str():
            yield start
        case Age():
            return
        case LatestOf(parts) | EarliestOf(parts):
            for one in parts:
                yield from _plain(one)
