"""Narration: a clause's arithmetic on one record's dates, a sentence a step, to be read aloud and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from retentiond.domain.clauses import (
    Age,
    Clause,
    Counted,
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
    start_of,
)
from retentiond.domain.counting import Dates, through
from retentiond.domain.periods import Period, add
from retentiond.domain.rules_in_words import NO_EVENTS, Events
from retentiond.domain.wording import (
    begun,
    called,
    dated,
    in_words,
    month_name,
    number_in_words,
    place,
    span,
    spoken,
    th,
    whole_years,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a trigger's date comes from."""

    place: str = ""
    """In the store's own words (``eh_episode.ended_on``); empty: a person enters it by hand."""
    entry: str = ""
    """Of one entered by hand: which entry, and whose (``EV-2026-0003 by Ann Archer``)."""

    @property
    def said(self) -> str:
        """Where it comes from in words: ``from eh_episode.ended_on``."""
        if self.place:
            return f"from {self.place}"
        return f"entered by hand, {self.entry}" if self.entry else "entered by hand"

    @property
    def found(self) -> str:
        """What stands behind a date: ``(from eh_episode.ended_on)``."""
        return f" ({self.said})"

    @property
    def sought(self) -> str:
        """What stands behind a date that is missing."""
        return f" (looked for in {self.place})" if self.place else " (it is entered by hand)"


Origins = Mapping[str, Origin]
NO_ORIGINS: Origins = {}


@dataclass(frozen=True, slots=True)
class _Told:
    lines: tuple[str, ...]
    day: date | None = None
    """None: permanent, or it cannot be worked out."""
    is_permanent: bool = False

    @property
    def is_missing(self) -> bool:
        return self.day is None and not self.is_permanent


def narrate(clause: Clause, dates: Dates, events: Events = NO_EVENTS, origins: Origins = NO_ORIGINS) -> tuple[str, ...]:
    """Return the arithmetic of a clause, one sentence a line; what belongs to one of several parts is indented.

    The last date the lines name is the one that :func:`~retentiond.domain.counting.count` returns as the last day kept.

    Args:
        clause: what applies to the record.
        dates: the record's dates.
        events: what the schedule calls its triggers.
        origins: where each date comes from; one that is not named is told without.
    """
    told = _Teller(dates, events, origins).clause(clause)
    if told.day is not None:
        return (*told.lines[:-1], f"{told.lines[-1].removesuffix('.')}, the last day it is kept.")
    if told.is_permanent:
        return told.lines
    return (*told.lines, "Without that, the last day cannot be worked out, and the record is never due.")


@dataclass(frozen=True, slots=True)
class _Teller:
    dates: Dates
    events: Events
    origins: Origins

    def clause(self, clause: Clause) -> _Told:
        match clause:
            case Permanently():
                return _Told(("It is kept permanently.",), is_permanent=True)
            case UntilDate(day):
                return _Told((f"The schedule names the day: {in_words(day)}.",), day)
            case LongestOf(clauses):
                return _combined([self.clause(one) for one in clauses], longest=True)
            case ShortestOf(clauses):
                return _combined([self.clause(one) for one in clauses], longest=False)
            case _:
                begin = self.start(start_of(clause))
                if begin.day is None:
                    return begin
                lines, day = _carried(clause, begin.day)
                return _Told((*begin.lines, *lines), day)

    def start(self, start: Start) -> _Told:
        match start:
            case str():
                return self._named(start)
            case Age(age, of):
                born = self._named(of)
                if born.day is None:
                    return born
                attained = add(born.day, age)
                return _Told((*born.lines, f"{_birthday(born.day, age)}: {in_words(attained)}."), attained)
            case LatestOf(starts, recorded):
                return _chosen([self.start(one) for one in starts], latest=True, recorded=recorded)
            case EarliestOf(starts, recorded):
                return _chosen([self.start(one) for one in starts], latest=False, recorded=recorded)

    def _named(self, name: str) -> _Told:
        day = self.dates.get(name)
        origin = self.origins.get(name)
        if day is None:
            return _Told((f"{begun(called(name, self.events))} is not recorded{origin.sought if origin else ''}.",))
        return _Told((f"{dated(name, day, self.events)}{origin.found if origin else ''}.",), day)


def _carried(clause: Counted, day: date) -> tuple[list[str], date]:
    """Return the steps from the day a clause counts from to the last day kept."""
    lines: list[str] = []
    last = day
    match clause:
        case For(period, _, cut_off, counting):
            if cut_off:
                last = cut_off.end(day)
                lines.append(f"Carried to the end of that {spoken(cut_off.word)}: {in_words(last)}.")
            how = "beginning with that day" if counting is Counting.BEGINNING_WITH else "later"
            step = f"{span(period)} {how}{_rolled(last, period)}"
            last = through(For(period, "", counting=counting), last)
            lines.append(f"{step}: {in_words(last)}.")
        case UntilAge(age):
            last = add(day, age)
            lines.append(f"{_birthday(day, age)}: {in_words(last)}.")
        case UntilAnniversary(years):
            last = add(day, years)
            number = whole_years(years)
            said = f"{span(years)} later" if number is None else f"{th(number)} anniversary"
            lines.append(f"{said}{_rolled(day, years)}: {in_words(last)}.")
        case Until():
            pass
    if clause.to_end_of:
        last = clause.to_end_of.end(last)
        lines.append(f"Carried to the end of that {spoken(clause.to_end_of.word)}: {in_words(last)}.")
    return lines, last


def _birthday(born: date, age: Period) -> str:
    years = whole_years(age)
    said = f"The age of {span(age)} is reached" if years is None else f"{th(years)} birthday"
    return f"{said}{_rolled(born, age)}"


def _rolled(day: date, period: Period) -> str:
    """Say so where the corresponding day does not exist and the next one counts."""
    moved = add(day, Period(period.months)) if period.months else day
    if moved.day == day.day or moved == date.max:
        return ""
    # the next day is the 1st of the month after: years of the calendar's own do not matter to its name
    there = date(2000, (day.month - 1 + period.months) % 12 + 1, 1)
    that_year = " in that year" if (there.month, day.day) == (2, 29) else ""
    return f" (there is no {day.day} {month_name(there)}{that_year}, so 1 {month_name(moved)})"


def _combined(parts: Sequence[_Told], *, longest: bool) -> _Told:
    word = "longest" if longest else "shortest"
    lines = (f"The {word} of {number_in_words(len(parts))}:", *_numbered(parts))
    if any(one.is_missing for one in parts):
        return _Told(lines)
    kept = [one for one in parts if one.day is not None]
    if not kept or (longest and len(kept) < len(parts)):
        forever = next(number for number, one in enumerate(parts, 1) if one.is_permanent)
        return _Told((*lines, f"The {place(forever)} decides: it is kept permanently."), is_permanent=True)
    days = [one.day for one in kept if one.day is not None]
    day = max(days) if longest else min(days)
    deciding = [number for number, one in enumerate(parts, 1) if one.day == day]
    all_alike = len(deciding) == len(parts) > 1
    who = "They end on the same day" if all_alike else f"The {place(deciding[0])} decides"
    return _Told((*lines, f"{who}: {in_words(day)}."), day)


def _chosen(parts: Sequence[_Told], *, latest: bool, recorded: bool) -> _Told:
    word = ("later" if latest else "earlier") if len(parts) == 2 else ("latest" if latest else "earliest")
    whichever = " that are recorded" if recorded else ""
    lines = (f"The {word} of {number_in_words(len(parts))} days{whichever}:", *_numbered(parts))
    days = [one.day for one in parts if one.day is not None]
    if not days or (len(days) < len(parts) and not recorded):
        return _Told(lines)
    day = max(days) if latest else min(days)
    first = next(number for number, one in enumerate(parts, 1) if one.day == day)
    if len(days) == 1 and len(parts) > 1:
        said = f"Only the {place(first)} is recorded"
    elif min(days) == max(days):
        said = "They are the same day"
    else:
        said = f"The {place(first)} is the {word}"
    return _Told((*lines, f"{said}: {in_words(day)}."), day)


def _numbered(parts: Sequence[_Told]) -> list[str]:
    lines: list[str] = []
    for number, part in enumerate(parts, 1):
        first, *more = part.lines
        lines.append(f"({number}) {begun(first)}")
        lines.extend(f"    {line}" for line in more)
    return lines
