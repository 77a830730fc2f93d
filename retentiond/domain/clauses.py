"""Clauses: how long a record is kept, and the day each is counted from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from retentiond.domain.periods import CutOff, Period


@dataclass(frozen=True, slots=True)
class Age:
    """The day somebody attains an age: ``{age: 18, of: birth}``."""

    age: Period
    of: str


@dataclass(frozen=True, slots=True)
class LatestOf:
    """The latest of several days: ``{latest-of: [...]}``, or of those that are known: ``{latest-recorded: [...]}``."""

    starts: tuple[Start, ...]
    recorded: bool = False
    """One known day is enough. Else a missing one leaves the whole unknown."""


@dataclass(frozen=True, slots=True)
class EarliestOf:
    """The earliest of several days: ``{earliest-of: [...]}``, ``{earliest-recorded: [...]}``."""

    starts: tuple[Start, ...]
    recorded: bool = False


Start = str | Age | LatestOf | EarliestOf
"""The day a clause counts from; plain text is the name of a trigger."""


class Counting(StrEnum):
    """Whether the event's own day is the first of the period (``fifteen years beginning with the date of death``).

    Otherwise it is left out, as English law has it since Lester v Garland (1808); Dodds v Walker [1981] 1 WLR 1027.
    """

    AFTER = "after"
    BEGINNING_WITH = "beginning-with"


@dataclass(frozen=True, slots=True)
class For:
    """Keep for a period after an event: ``{for: 6 years, after: case-closed, cut-off: financial-year}``."""

    period: Period
    after: Start
    cut_off: CutOff | None = None
    counting: Counting = Counting.AFTER
    to_end_of: CutOff | None = None
    """Carry the last day to the end of its year, quarter or month."""


@dataclass(frozen=True, slots=True)
class UntilAge:
    """Keep through a birthday: ``{until-age: 25, of: birth}``."""

    age: Period
    of: str
    to_end_of: CutOff | None = None


@dataclass(frozen=True, slots=True)
class UntilAnniversary:
    """Keep through an anniversary of anything: ``{until-anniversary: 75, of: birth}``."""

    years: Period
    of: str
    to_end_of: CutOff | None = None


@dataclass(frozen=True, slots=True)
class Until:
    """Keep through the day something happens: ``{until: superseded}``."""

    event: Start
    to_end_of: CutOff | None = None


@dataclass(frozen=True, slots=True)
class UntilDate:
    """Keep through a fixed day: ``{until-date: 2033-12-31}``."""

    day: date


@dataclass(frozen=True, slots=True)
class LongestOf:
    """Keep until the last of several clauses has ended."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class ShortestOf:
    """Keep until the first of several clauses has ended."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Permanently:
    """Never due: ``retain: permanently``."""


Counted = For | UntilAge | UntilAnniversary | Until
"""Clauses that count from one day."""
Clause = Counted | UntilDate | LongestOf | ShortestOf | Permanently


def start_of(clause: Counted) -> Start:
    """Return the day a clause counts from."""
    match clause:
        case For(after=start) | UntilAge(of=start) | UntilAnniversary(of=start) | Until(event=start):
            return start


def trigger_names(clause: Clause) -> Iterator[str]:
    """Yield every trigger name a clause speaks of, once for each use."""
    match clause:
        case LongestOf(clauses) | ShortestOf(clauses):
            for part in clauses:
                yield from trigger_names(part)
        case Permanently() | UntilDate():
            return
        case _:
            yield from names_in(start_of(clause))


def names_in(start: Start) -> Iterator[str]:
    """Yield every trigger name in a start, once for each use."""
    match start:
        case str():
            yield start
        case Age(of=name):
            yield name
        case LatestOf(starts) | EarliestOf(starts):
            for part in starts:
                yield from names_in(part)


def required(clause: Clause) -> Iterator[str]:
    """Yield names of which one is missing whenever the clause cannot be counted.

    Of days of which one is enough only the first is named: where none is known, it is missing as well.
    """
    match clause:
        case LongestOf(clauses) | ShortestOf(clauses):
            for part in clauses:
                yield from required(part)
        case Permanently() | UntilDate():
            return
        case _:
            yield from _required_of(start_of(clause))


def _required_of(start: Start) -> Iterator[str]:
    match start:
        case str():
            yield start
        case Age(of=name):
            yield name
        case LatestOf(starts, recorded) | EarliestOf(starts, recorded):
            for part in starts[:1] if recorded else starts:
                yield from _required_of(part)
