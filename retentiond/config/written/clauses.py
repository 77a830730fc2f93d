"""Clauses, starts and conditions as the schedule language says them."""

from __future__ import annotations

from datetime import date

from retentiond.domain.clauses import (
    Age,
    Clause,
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
)
from retentiond.domain.conditions import AllOf, AnyOf, Condition, DiedBeforeAge, Ever, HappenedBefore
from retentiond.domain.periods import CutOff, Period

Said = str | bool | int | date | list["Said"] | dict[str, "Said"] | None
"""What YAML is written from."""


def clause_said(clause: Clause) -> Said:
    """Return a clause as ``retain`` has it."""
    match clause:
        case Permanently():
            return "permanently"
        case For(period, after, cut_off, counting, to_end_of):
            return _for_said(period, after, cut_off, counting) | _carried(to_end_of)
        case UntilAge(age, of, to_end_of):
            return {"until-age": age_said(age), "of": of} | _carried(to_end_of)
        case UntilAnniversary(years, of, to_end_of):
            return {"until-anniversary": age_said(years), "of": of} | _carried(to_end_of)
        case Until(event, to_end_of):
            return {"until": start_said(event)} | _carried(to_end_of)
        case UntilDate(day):
            return {"until-date": day}
        case LongestOf(clauses):
            return {"longest-of": [clause_said(one) for one in clauses]}
        case ShortestOf(clauses):
            return {"shortest-of": [clause_said(one) for one in clauses]}


def _for_said(period: Period, after: Start, cut_off: CutOff | None, counting: Counting) -> dict[str, Said]:
    said: dict[str, Said] = {"for": str(period), "after": start_said(after)}
    said |= {"cut-off": cut_off.word} if cut_off is not None else {}
    return said | ({"counting": counting.value} if counting is not Counting.AFTER else {})


def start_said(start: Start) -> Said:
    """Return the day a clause counts from as ``after`` has it."""
    match start:
        case str():
            return start
        case Age(age, of):
            return {"age": age_said(age), "of": of}
        case LatestOf(starts, recorded):
            return {"latest-recorded" if recorded else "latest-of": [start_said(one) for one in starts]}
        case EarliestOf(starts, recorded):
            return {"earliest-recorded" if recorded else "earliest-of": [start_said(one) for one in starts]}


def condition_said(condition: Condition) -> dict[str, Said]:
    """Return a condition as ``when`` has it."""
    match condition:
        case DiedBeforeAge(age, birth, death):
            said: dict[str, Said] = {"died-before-age": age_said(age), "birth": birth, "death": death}
            return {key: value for key, value in said.items() if key != value}
        case Ever(status):
            return {"ever": status}
        case HappenedBefore(day, event):
            return {"before": day, "event": event}
        case AnyOf(conditions):
            return {"any-of": [condition_said(one) for one in conditions]}
        case AllOf(conditions):
            return {"all-of": [condition_said(one) for one in conditions]}


def age_said(age: Period) -> int | str:
    """Return an age as people say it: ``25``, or ``21 years 4 months``."""
    years, months = divmod(age.months, 12)
    return years if not months and not age.days else str(age)


def _carried(to_end_of: CutOff | None) -> dict[str, Said]:
    return {"to-end-of": to_end_of.word} if to_end_of is not None else {}
