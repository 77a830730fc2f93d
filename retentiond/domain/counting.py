"""Counting: from a record's dates through a clause to the last day kept, with the arithmetic in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

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
from retentiond.domain.periods import CutOff, add
from retentiond.domain.verdicts import Permanent, Untriggered
from retentiond.domain.wording import in_words, spoken

_ONE_DAY = timedelta(days=1)
Dates = Mapping[str, date | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """How far a clause keeps a record: the last day inside, and the arithmetic in words."""

    retain_through: date
    words: str


@dataclass(frozen=True, slots=True)
class Begun:
    """The day a clause counts from, and where it came from in words."""

    day: date
    words: str


def count(clause: Clause, dates: Dates) -> Kept | Permanent | Untriggered:
    """Carry the dates through a clause. A clause that lacks a date is untriggered, even beside one that does not."""
    match clause:
        case For() | UntilAge() | UntilAnniversary() | Until():
            begun = begin(start_of(clause), dates)
            return begun if isinstance(begun, Untriggered) else _carried(clause, begun)
        case LongestOf(clauses):
            return _combined([count(part, dates) for part in clauses], longest=True)
        case ShortestOf(clauses):
            return _combined([count(part, dates) for part in clauses], longest=False)
        case UntilDate(day):
            return Kept(day, f"through {in_words(day)}")
        case Permanently():
            return Permanent("kept permanently")


def begin(start: Start, dates: Dates) -> Begun | Untriggered:
    """Return the day a start stands for, or what is missing for it."""
    match start:
        case str():
            day = dates.get(start)
            if day is None:
                return Untriggered(f"no {spoken(start)} date", (start,))
            return Begun(day, f"{spoken(start)} {in_words(day)}")
        case Age(age, of):
            born = begin(of, dates)
            if isinstance(born, Untriggered):
                return born
            attained = add(born.day, age)
            return Begun(attained, f"{born.words} + {age} = {in_words(attained)}")
        case LatestOf(starts, recorded):
            return _chosen([begin(one, dates) for one in starts], latest=True, recorded=recorded)
        case EarliestOf(starts, recorded):
            return _chosen([begin(one, dates) for one in starts], latest=False, recorded=recorded)


def _chosen(begun: Sequence[Begun | Untriggered], *, latest: bool, recorded: bool) -> Begun | Untriggered:
    known = [one for one in begun if isinstance(one, Begun)]
    missing = [one for one in begun if isinstance(one, Untriggered)]
    if missing and not (recorded and known):
        return _all_missing(missing)
    chosen = (max if latest else min)(known, key=lambda one: one.day)
    if len(known) == 1:
        return chosen
    word = "latest" if latest else "earliest"
    return Begun(chosen.day, f"the {word} of ({'; '.join(one.words for one in known)})")


def through(clause: Counted, day: date) -> date:
    """Return the last day kept when a clause counts from ``day``: a monotone function of it."""
    last = day
    match clause:
        case For(period, _, cut_off, counting):
            last = add(cut_off.end(day) if cut_off else day, period)
            if counting is Counting.BEGINNING_WITH and last < date.max:
                last -= _ONE_DAY
        case UntilAge(age) | UntilAnniversary(age):
            last = add(day, age)
        case Until():
            pass
    return clause.to_end_of.end(last) if clause.to_end_of else last


def _carried(clause: Counted, begun: Begun) -> Kept:
    last = through(clause, begun.day)
    said = begun.words
    match clause:
        case For(period, _, cut_off, counting):
            said += _via(cut_off, begun.day)
            said += f" + {period}"
            if counting is Counting.BEGINNING_WITH:
                said += " beginning with that day"
        case UntilAge(age) | UntilAnniversary(age):
            said += f" + {age}"
        case Until():
            pass
    if clause.to_end_of:
        said += f", to the end of the {spoken(clause.to_end_of.word)}"
    if isinstance(clause, Until) and not clause.to_end_of:
        return Kept(last, f"until {said}")
    return Kept(last, f"{said} = {in_words(last)}")


def _via(cut_off: CutOff | None, day: date) -> str:
    if cut_off is None:
        return ""
    return f", carried to {in_words(cut_off.end(day))} (end of {spoken(cut_off.word)})"


def _combined(parts: list[Kept | Permanent | Untriggered], *, longest: bool) -> Kept | Permanent | Untriggered:
    missing = [part for part in parts if isinstance(part, Untriggered)]
    if missing:
        return _all_missing(missing)
    kept = [part for part in parts if isinstance(part, Kept)]
    if not kept or (longest and len(kept) < len(parts)):
        return Permanent("kept permanently")
    chosen = (max if longest else min)(kept, key=lambda part: part.retain_through)
    word = "the longest of" if longest else "the shortest of"
    return Kept(chosen.retain_through, f"{word}: " + "; ".join(part.words for part in kept))


def _all_missing(missing: Sequence[Untriggered]) -> Untriggered:
    reasons = "; ".join(dict.fromkeys(part.reason for part in missing))
    return Untriggered(reasons, tuple(dict.fromkeys(name for part in missing for name in part.missing)))
