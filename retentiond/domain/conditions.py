"""Exceptions: when another clause takes the place of a class's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from retentiond.domain.clauses import Clause
from retentiond.domain.periods import Period, add
from retentiond.domain.wording import spoken


@dataclass(frozen=True, slots=True)
class DiedBeforeAge:
    """True when a death is recorded before an age was attained: ``{died-before-age: 18}``."""

    age: Period
    birth: str = "birth"
    death: str = "death"


@dataclass(frozen=True, slots=True)
class Ever:
    """True when the record's subject ever had a status: ``{ever: looked-after}``. Ever, not now."""

    status: str


@dataclass(frozen=True, slots=True)
class HappenedBefore:
    """True when an event's date lies before a day: ``{before: 2005-12-30, event: adoption-order}``."""

    day: date
    event: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when one of several conditions is."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when each of several conditions is."""

    conditions: tuple[Condition, ...]


Condition = DiedBeforeAge | Ever | HappenedBefore | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Unless:
    """A clause that takes the place of the class's own when its condition holds. The first that holds wins."""

    when: Condition
    retain: Clause
    unless: tuple[Unless, ...] = ()
    """Exceptions to this exception: those of the class it follows."""
    as_class: str = ""
    """The class of the same schedule whose rule this is; empty: its own."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A condition that cannot be judged, and why."""

    reason: str


def is_met(condition: Condition, dates: Mapping[str, date | None], statuses: Mapping[str, bool]) -> bool | Unknown:
    """Return whether a condition holds of a record with these dates and statuses.

    A status that nobody looked up is unknown, and so is all that rests on it (fail closed); a missing date is not:
    somebody without a recorded death has not died for the schedule.
    """
    match condition:
        case DiedBeforeAge():
            return _died_before_age(condition, dates)
        case HappenedBefore(day, event):
            happened = dates.get(event)
            return happened is not None and happened < day
        case Ever(status):
            known = statuses.get(status)
            return known if known is not None else Unknown(f"whether it was ever {spoken(status)} is not known")
        case AnyOf(conditions) | AllOf(conditions):
            decisive = isinstance(condition, AnyOf)
            answers = [is_met(one, dates, statuses) for one in conditions]
            if decisive in answers:
                return decisive
            return next((one for one in answers if isinstance(one, Unknown)), not decisive)


def statuses_in(condition: Condition) -> Iterator[str]:
    """Yield every status a condition asks for."""
    match condition:
        case Ever(status):
            yield status
        case AnyOf(conditions) | AllOf(conditions):
            for one in conditions:
                yield from statuses_in(one)
        case _:
            return


def dates_in(condition: Condition) -> Iterator[str]:
    """Yield every trigger name a condition looks at."""
    match condition:
        case DiedBeforeAge(_, birth, death):
            yield from (birth, death)
        case HappenedBefore(_, event):
            yield event
        case AnyOf(conditions) | AllOf(conditions):
            for one in conditions:
                yield from dates_in(one)
        case _:
            return


def days_in(condition: Condition) -> Iterator[date]:
    """Yield every day a condition compares an event with."""
    match condition:
        case HappenedBefore(day):
            yield day
        case AnyOf(conditions) | AllOf(conditions):
            for one in conditions:
                yield from days_in(one)
        case _:
            return


def implied_dates(condition: Condition) -> frozenset[str]:
    """Return the triggers that have a date wherever the condition holds."""
    match condition:
        case AllOf(conditions):
            return frozenset().union(*(implied_dates(one) for one in conditions))
        case AnyOf(conditions):
            return frozenset.intersection(*(implied_dates(one) for one in conditions))
        case _:
            return frozenset(dates_in(condition))


def exceptions_within(unless: tuple[Unless, ...]) -> Iterator[Unless]:
    """Yield exceptions and the exceptions to them."""
    for one in unless:
        yield one
        yield from exceptions_within(one.unless)


def _died_before_age(condition: DiedBeforeAge, dates: Mapping[str, date | None]) -> bool:
    """Whether the death came before the age under every reading of the law.

    Somebody born on 29 February attains an age on 28 February or on 1 March; the exception shortens the period, so
    the earlier day counts. A death before the birth is a slip of the pen, and shortens nothing.
    """
    birth, death = dates.get(condition.birth), dates.get(condition.death)
    if birth is None or death is None or death < birth:
        return False
    attained = add(birth, condition.age)
    rolled = attained.day != birth.day
    return death < (attained - timedelta(days=1) if rolled else attained)
