"""What a class needs to know of a record: dates and statuses."""

from __future__ import annotations

from collections.abc import Collection

from retentiond.domain.clauses import trigger_names
from retentiond.domain.conditions import (
    AllOf,
    AnyOf,
    Condition,
    DiedBeforeAge,
    dates_in,
    exceptions_within,
    statuses_in,
)
from retentiond.domain.schedule import RecordClass


def all_dates(record_class: RecordClass) -> frozenset[str]:
    """Return every trigger name the class speaks of, the dates that say a step was done among them."""
    names = {*trigger_names(record_class.retain)}
    for exception in exceptions_within(record_class.unless):
        names.update(dates_in(exception.when), trigger_names(exception.retain))
    for step in record_class.steps:
        names.update((step.name, *trigger_names(step.retain)))
    return frozenset(names)


def needed_dates(record_class: RecordClass, mapped: Collection[str]) -> frozenset[str]:
    """Return the dates without which the class cannot be judged for a kind of record.

    Every date that is named counts, also one of several of which one is enough: leaving it out would shorten the
    period. Where no death is mapped, the exception for an early death never applies, the class's own clause keeps
    every record, and nothing is silently left out; so its dates are not asked for. That a step was done may be
    entered by hand.

    Args:
        record_class: the class.
        mapped: the triggers the kind of record maps.
    """
    names = {*trigger_names(record_class.retain)}
    for exception in exceptions_within(record_class.unless):
        if not _never_seen(exception.when, mapped):
            names.update(dates_in(exception.when), trigger_names(exception.retain))
    for step in record_class.steps:
        names.update(trigger_names(step.retain))
    return frozenset(names)


def unanswered_dates(record_class: RecordClass, mapped: Collection[str], by_hand: Collection[str]) -> frozenset[str]:
    """Return the dates the class needs and nobody gives: no store maps them, and no person enters them.

    Args:
        record_class: the class.
        mapped: the triggers that kinds of record map.
        by_hand: the schedule's events that are entered by hand; that a step was done always may be.
    """
    steps = {one.name for one in record_class.steps}
    return needed_dates(record_class, mapped).difference(mapped, by_hand, steps)


def needed_statuses(record_class: RecordClass) -> frozenset[str]:
    """Return the statuses the class's exceptions ask for."""
    return frozenset(name for one in exceptions_within(record_class.unless) for name in statuses_in(one.when))


def _never_seen(condition: Condition, mapped: Collection[str]) -> bool:
    match condition:
        case DiedBeforeAge(death=death):
            return death not in mapped
        case AllOf(conditions):
            return any(_never_seen(one, mapped) for one in conditions)
        case AnyOf(conditions):
            return all(_never_seen(one, mapped) for one in conditions)
        case _:
            return False
