"""The judgement on one record: permanent, untriggered, not yet, blocked, on hold or due, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from retentiond.domain.holds import Hold, covering
from retentiond.domain.periods import add, latest_where
from retentiond.domain.records import Record
from retentiond.domain.schedule import (
    Action,
    Clause,
    DiedBeforeAge,
    For,
    LongestOf,
    Permanently,
    RecordClass,
    ShortestOf,
    UntilAge,
)

Window = Mapping[str, date]
"""Latest trigger dates that are due today, all of which must hold."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How far one clause keeps a record: the last day inside, and the arithmetic in words."""

    retain_through: date
    words: str


@dataclass(frozen=True, slots=True)
class Permanent:
    """Never disposed of under its class."""

    reason: str


@dataclass(frozen=True, slots=True)
class Untriggered:
    """A date its class needs is missing or cannot be read, or it has no class. Fail closed: never due."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """Still inside its period, or a reviewer keeps it until a date."""

    due_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Past its period, but the store gives a named reason why not now."""

    blockers: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class OnHold:
    """Past its period, but an order stops disposal: ours, or one the store enforces."""

    holds: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """Past its period, unheld, unblocked, computable."""

    due_on: date
    action: Action
    reason: str


Verdict = Permanent | Untriggered | NotYet | Blocked | OnHold | Due


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""In English whatever the locale."""


def in_words(day: date) -> str:
    """Return a date as people write it: ``1 April 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def count(clause: Clause, dates: Mapping[str, date | None]) -> Counted | Permanent | Untriggered:
    """Carry the dates through a clause. A clause that lacks a date is untriggered, even beside one that does not."""
    match clause:
        case Permanently():
            return Permanent("kept permanently")
        case For(period, after, cut_off):
            start = dates.get(after)
            if start is None:
                return Untriggered(f"no {_spoken(after)} date")
            carried = cut_off.end(start) if cut_off else start
            through = add(carried, period)
            via = f", carried to {in_words(carried)} (end of {_spoken(cut_off)})" if cut_off else ""
            return Counted(through, f"{_spoken(after)} {in_words(start)}{via} + {period} = {in_words(through)}")
        case UntilAge(age, of):
            born = dates.get(of)
            if born is None:
                return Untriggered(f"no {_spoken(of)} date")
            through = add(born, age)
            return Counted(through, f"{_spoken(of)} {in_words(born)} + {age} = {in_words(through)}")
        case LongestOf(clauses):
            return _combined([count(part, dates) for part in clauses], longest=True)
        case ShortestOf(clauses):
            return _combined([count(part, dates) for part in clauses], longest=False)


def _combined(parts: list[Counted | Permanent | Untriggered], *, longest: bool) -> Counted | Permanent | Untriggered:
    missing = [part for part in parts if isinstance(part, Untriggered)]
    if missing:
        return Untriggered("; ".join(part.reason for part in missing))
    counted = [part for part in parts if isinstance(part, Counted)]
    if not counted or (longest and len(counted) < len(parts)):
        return Permanent("kept permanently")
    chosen = (max if longest else min)(counted, key=lambda part: part.retain_through)
    word = "the longest of" if longest else "the shortest of"
    return Counted(chosen.retain_through, f"{word}: " + "; ".join(part.words for part in counted))


def clause_for(record_class: RecordClass, dates: Mapping[str, date | None]) -> tuple[Clause, str]:
    """Return the clause that applies to a record with these dates, and why it is not the class's own."""
    for exception in record_class.unless:
        if _died_before_age(exception.when, dates):
            return exception.retain, f"died before the age of {exception.when.age.months // 12}"
    return record_class.retain, ""


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


def assess(
    record: Record,
    record_class: RecordClass | None,
    holds: Iterable[Hold],
    today: date,
    *,
    kept_until: date | None = None,
) -> Verdict:
    """Judge one record on one day.

    Args:
        record: the record as its store describes it now.
        record_class: its class under the schedule in force, or None when it has none.
        holds: every hold that may cover it.
        today: the civil date in the schedule's time zone.
        kept_until: a reviewer's decision to keep it through that day, if there is one.

    The order is the order of safety: what cannot be computed is never due, and a hold never makes anything due.
    """
    if record_class is None:
        return Untriggered("no record class: no condition of its definition holds, or the schedule lacks the class")
    if record.problems:
        return Untriggered("; ".join(record.problems))
    clause, exception = clause_for(record_class, record.dates)
    counted = count(clause, record.dates)
    if not isinstance(counted, Counted):
        return counted
    words = f"{exception}: {counted.words}" if exception else counted.words
    due_on = _day_after(counted.retain_through)
    if kept_until is not None and kept_until >= due_on:
        due_on = _day_after(kept_until)
        words = f"{words}; a reviewer keeps it through {in_words(kept_until)}"
    if record_class.then is Action.RETAIN_PERMANENTLY:
        return Permanent(f"kept permanently under {record_class.code}")
    if today < due_on:
        return NotYet(due_on, f"{words}; due on {in_words(due_on)}")
    if record.blockers:
        return Blocked(record.blockers, f"{words}; not now: {', '.join(_spoken(one) for one in record.blockers)}")
    names = tuple(f"{hold.number} {hold.title}" for hold in covering(record, holds)) + record.native_holds
    if names:
        return OnHold(names, f"{words}; held: {', '.join(names)}")
    return Due(due_on, record_class.then, f"{words}; due since {in_words(due_on)}")


def windows(record_class: RecordClass, today: date) -> tuple[Window, ...]:
    """Return, for one class, the alternatives of which every due record satisfies at least one.

    Each alternative maps trigger names to the latest date that is due today; a store may hand back every record
    for which all dates of some alternative lie on or before it. The judge is still :func:`assess`: a window is
    a necessary condition only. No alternatives: nothing of this class is ever due.
    """
    if record_class.then is Action.RETAIN_PERMANENTLY:
        return ()
    found: list[Window] = []
    for clause in (record_class.retain, *(one.retain for one in record_class.unless)):
        found.extend(one for one in _windows(clause, today) if one not in found)
    return tuple(found)


def _windows(clause: Clause, today: date) -> tuple[Window, ...]:
    match clause:
        case Permanently():
            return ()
        case For(after=name) | UntilAge(of=name):
            latest = latest_where(lambda day: _is_past(clause, name, day, today))
            return () if latest is None else ({name: latest},)
        case LongestOf(clauses):
            alternatives = product(*(_windows(part, today) for part in clauses))
            return tuple(_both(choice) for choice in alternatives)
        case ShortestOf(clauses):
            return tuple(window for part in clauses for window in _windows(part, today))


def _is_past(clause: Clause, trigger: str, day: date, today: date) -> bool:
    counted = count(clause, {trigger: day})
    return isinstance(counted, Counted) and counted.retain_through < today


def _both(choice: Iterable[Window]) -> Window:
    joined: dict[str, date] = {}
    for window in choice:
        for name, latest in window.items():
            joined[name] = min(latest, joined.get(name, latest))
    return joined


def _day_after(day: date) -> date:
    return date.max if day == date.max else day + timedelta(days=1)


def _spoken(name: str) -> str:
    return name.replace("-", " ")
