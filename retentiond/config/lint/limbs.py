"""Limbs of ``longest-of`` and ``shortest-of`` that can never be the one that counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retentiond.config.document import Loc
from retentiond.config.lint.remarks import Remark
from retentiond.config.lint.walk import clauses
from retentiond.domain.clauses import (
    Age,
    Clause,
    Counting,
    For,
    LatestOf,
    LongestOf,
    ShortestOf,
    Start,
    Until,
    UntilAge,
    UntilAnniversary,
    UntilDate,
)
from retentiond.domain.periods import CutOff, Period
from retentiond.domain.schedule import RecordClass


def limbs(one: RecordClass) -> Iterator[Remark]:
    """Yield limbs that another limb always beats; the way counts from the class."""
    for loc, clause in clauses(one):
        match clause:
            case LongestOf(parts):
                yield from _beaten(loc, parts, longest=True)
            case ShortestOf(parts):
                yield from _beaten(loc, parts, longest=False)
            case _:
                continue


def _beaten(loc: Loc, parts: Sequence[Clause], *, longest: bool) -> Iterator[Remark]:
    word = "longest-of" if longest else "shortest-of"
    counted = [_counted(part) for part in parts]
    for index, limb in enumerate(counted):
        for other, against in enumerate(counted):
            if other == index or limb is None or against is None:
                continue
            less, more = (limb, against) if longest else (against, limb)
            if _never_later(less, more) and not (other > index and _never_later(more, less)):
                said = (
                    f"this limb never counts: another limb of '{word}' always ends {'later' if longest else 'sooner'}"
                )
                yield Remark("never-wins", (*loc, word, index), said, "take it out, or correct it")
                break


@dataclass(frozen=True, slots=True)
class _Counted:
    """A clause in the one form that all of them have."""

    start: Start | None
    """None: a fixed day."""
    period: Period | None
    cut_off: CutOff | None = None
    beginning: bool = False
    to_end_of: CutOff | None = None
    day: int = 0


def _counted(clause: Clause) -> _Counted | None:
    match clause:
        case For(period, start, cut_off, counting, to_end):
            return _Counted(start, period, cut_off, counting is Counting.BEGINNING_WITH, to_end)
        case UntilAge(period, of, to_end) | UntilAnniversary(period, of, to_end):
            return _Counted(of, period, to_end_of=to_end)
        case Until(event, to_end):
            return _Counted(event, None, to_end_of=to_end)
        case UntilDate(day):
            return _Counted(None, None, day=day.toordinal())
        case _:
            return None


def _never_later(less: _Counted, more: _Counted) -> bool:
    """Return whether the first provably never ends later than the second, whatever the dates."""
    if less.start is None or more.start is None:
        return less.start is more.start and less.day <= more.day
    return (
        _starts_no_later(less, more)
        and (less.cut_off is None or less.cut_off == more.cut_off)
        and (less.to_end_of is None or less.to_end_of == more.to_end_of)
        and (less.beginning or not more.beginning)
        and _no_longer(less.period, more.period)
    )


def _starts_no_later(less: _Counted, more: _Counted) -> bool:
    match less.start, more.start:
        case Age(age, of), str(name):
            # an age and then a period may lie a day past the two added up, for somebody born on 29 February
            return of == name and _less(_sum(age, less.period), more.period)
        case start, LatestOf(parts):
            return start in (more.start, *parts)
        case start, other:
            return start == other


def _no_longer(less: Period | None, more: Period | None) -> bool:
    if less is None:
        return True
    return more is not None and less.months <= more.months and less.days <= more.days


def _less(less: Period, more: Period | None) -> bool:
    return more is not None and less.months < more.months and less.days <= more.days


def _sum(age: Period, period: Period | None) -> Period:
    return Period(age.months + (period.months if period else 0), age.days + (period.days if period else 0))
