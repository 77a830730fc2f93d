"""Occasions on which a class and a statutory floor are compared: what happened when, and what was ever true.

The floor's own event falls on many days of the calendar; every other event as early as it can; each status is and is
not. What is kept long enough on all of them is kept long enough.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from retentiond.config.lint.floors import Floor
from retentiond.config.lint.names import is_birth, is_death, is_earlier_birth
from retentiond.domain.clauses import Clause, trigger_names
from retentiond.domain.conditions import (
    Unless,
    dates_in,
    days_in,
    exceptions_within,
    statuses_in,
)
from retentiond.domain.periods import Period, add

_PLAIN = date(2010, 6, 15)
_EDGES = (
    date(2008, 2, 29),
    date(2009, 2, 28),
    date(2011, 3, 1),
    date(2010, 1, 31),
    date(2010, 3, 31),
    date(2010, 4, 1),
    date(2010, 5, 31),
    date(2010, 7, 31),
    date(2010, 8, 31),
    date(2010, 9, 1),
    date(2010, 10, 31),
    date(2010, 12, 31),
    date(2011, 1, 1),
    date(2096, 2, 29),
)
"""Ends of months and of years, a leap day, and a far one: a fixed day that is late today is early then."""
_LONG_AGO = Period.of_years(100)
_ADULT = Period.of_years(18)
_YOUNG = Period.of_years(5)
_MANY = 5
"""Statuses of which every combination is tried; of more, each alone, none and all."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What happened when, for the class and for the floor, and what was ever true."""

    of_class: Mapping[str, date | None]
    of_floor: Mapping[str, date | None]
    statuses: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Roles:
    """What each trigger of a class is to a floor."""

    own: tuple[tuple[str, str], ...]
    """The class's trigger to the floor's, where they are the same event."""
    other: tuple[str, ...]


def roles_of(names: frozenset[str], floor: Floor, words: Mapping[str, tuple[str, ...]]) -> Roles:
    """Tell the triggers of a class that are the floor's own from the others.

    Args:
        names: the class's triggers.
        floor: the floor.
        words: of each trigger, the words of its name and of what it is called.
    """
    own: list[tuple[str, str]] = []
    other: list[str] = []
    for name in sorted(names):
        same = next((of for of in sorted(floor.triggers) if _is_same(name, of, floor, words[name])), None)
        if same is None:
            other.append(name)
        else:
            own.append((name, same))
    return Roles(tuple(own), tuple(other))


def _is_same(name: str, of: str, floor: Floor, words: tuple[str, ...]) -> bool:
    if name == of:
        return True
    if of == "birth":
        return is_birth(name) and not is_earlier_birth(name)
    if of == "death":
        return is_death(name)
    stems = next((each for trigger, each in floor.recognised_by if trigger == of), ())
    return any(all(any(word.startswith(stem) for word in words) for stem in one.split(" ")) for one in stems)


def occasions(floor: Floor, retain: Clause, unless: tuple[Unless, ...], roles: Roles) -> Iterator[Occasion]:
    """Yield the occasions on which the floor applies, the plainest first."""
    exceptions = [*exceptions_within(unless)]
    statuses = sorted({name for one in exceptions for name in statuses_in(one.when)})
    told = [*_statuses(statuses, floor)]
    befores = [day for one in exceptions for day in days_in(one.when)]
    counted = {*trigger_names(retain)} | {name for one in exceptions for name in trigger_names(one.retain)}
    asked = {name for one in exceptions for name in dates_in(one.when)} - counted
    for own in _days(floor, befores):
        for of_floor in _events(floor, own):
            for others in _others(floor, own, roles, asked):
                of_class = others | {name: of_floor[of] for name, of in roles.own}
                for held in told:
                    yield Occasion(of_class, of_floor, held)


def _days(floor: Floor, befores: list[date]) -> Iterator[date]:
    """Yield days for the floor's own event, with those around which the class itself makes a difference."""
    around = [day - timedelta(days=1) for day in befores if day > date.min]
    first = [floor.since] if floor.since else []
    for day in (_PLAIN, *_EDGES, *first, *around):
        if floor.since is None or day >= floor.since:
            yield day


def _events(floor: Floor, own: date) -> Iterator[dict[str, date | None]]:
    """Yield the floor's own events: the one it counts from, and deaths where it asks for one."""
    named = sorted(floor.triggers)
    if "death" not in named:
        yield dict.fromkeys(named, own)
        return
    adult = add(own, _ADULT)
    deaths = (None, add(own, Period.of_years(16)), own, adult - timedelta(days=1), adult, add(own, Period.of_years(40)))
    for death in deaths:
        yield {**dict.fromkeys(named, own), "death": death}


def _others(floor: Floor, own: date, roles: Roles, asked: set[str]) -> Iterator[dict[str, date | None]]:
    """Yield days for the class's other events: as early as can be; what need not have happened also left out."""
    earliest: dict[str, date | None] = {name: _earliest(name, own, floor) for name in roles.other}
    yield earliest
    deaths = {name for name in roles.other if is_death(name)}
    if unasked := (asked & earliest.keys()) | deaths:
        yield earliest | dict.fromkeys(unasked)
    if deaths:
        born = {name: _back(own, _YOUNG) for name in roles.other if is_birth(name)}
        yield earliest | born | dict.fromkeys(deaths, own)


def _earliest(name: str, own: date, floor: Floor) -> date:
    if "birth" in floor.triggers and not is_birth(name):
        return own  # nothing happens to somebody who is not yet born
    if is_birth(name) and not is_earlier_birth(name) and floor.born_within is not None:
        return _back(own, floor.born_within)
    return _back(own, _LONG_AGO)


def _back(day: date, period: Period) -> date:
    """Return the day whose anniversary a day is, after a period of whole years."""
    year = max(day.year - period.months // 12, date.min.year)
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return day.replace(year=year)


def _statuses(names: list[str], floor: Floor) -> Iterator[dict[str, bool]]:
    """Yield what was ever true. A class that asks for a status the floor is about is under it only where it is."""
    own = [name for name in names if name in floor.statuses]
    for held in _choices(names):
        if not own or any(held[name] for name in own):
            yield held


def _choices(names: list[str]) -> Iterator[dict[str, bool]]:
    if len(names) <= _MANY:
        for choice in product((False, True), repeat=len(names)):
            yield dict(zip(names, choice, strict=True))
        return
    yield dict.fromkeys(names, False)
    for one in names:
        yield dict.fromkeys(names, False) | {one: True}
    yield dict.fromkeys(names, True)
