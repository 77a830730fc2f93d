"""A schedule and its classes as the schedule language says them: keys in the order in which people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from retentiond.config.written.clauses import Said, clause_said, condition_said
from retentiond.domain.clauses import Clause, For, LongestOf, ShortestOf, Until, UntilAge, UntilAnniversary
from retentiond.domain.conditions import Unless
from retentiond.domain.periods import CUT_OFFS, CutOff
from retentiond.domain.schedule import Event, PeriodKind, RecordClass, Schedule, Step
from retentiond.domain.wording import in_words

MOVABLE = ("financial-year", "academic-year")
"""The years whose first day a schedule may set; that of the calendar year is not up to it."""


def schedule_said(schedule: Schedule) -> dict[str, Said]:
    """Return a schedule as nested dicts and lists; what is as by default is left out."""
    said: dict[str, Said] = {
        "schedule": schedule.name,
        "version": schedule.version,
        "jurisdiction": schedule.jurisdiction,
        "time-zone": schedule.time_zone,
        "adopted": schedule.adopted,
        "review-by": schedule.review_by,
        "owner": schedule.owner,
    }
    starts: dict[str, Said] = {word: text for word, text in year_starts(schedule).items()}  # noqa: C416 - wider values
    said |= {"year-starts": starts} if starts else {}
    said |= {"events": {one.name: event_said(one) for one in schedule.events.values()}} if schedule.events else {}
    return said | {"classes": [class_said(one) for one in schedule.classes]}


def class_said(one: RecordClass) -> dict[str, Said]:
    """Return a record class; what is as by default is left out."""
    every: dict[str, Said] = {
        "code": one.code,
        "title": one.title,
        "description": one.description,
        "mandate": list(one.mandate),
        "rationale": one.rationale,
        "basis": one.basis.value if one.basis else "",
        "source": one.source,
        "special-category": one.special_category,
        "period-kind": one.period_kind.value if one.period_kind is not PeriodKind.FIXED else "",
        **_kept_said(one.retain, one.as_class),
        "unless": [] if one.as_class else [unless_said(each) for each in one.unless],
        "steps": [step_said(each) for each in one.steps],
        "then": one.then.value,
        "k-anonymity": one.k_anonymity or "",
        "review": list(one.review),
        "retired": one.retired or "",
        "successor": one.successor,
    }
    return {key: value for key, value in every.items() if value not in ("", [], False)}


def step_said(step: Step) -> dict[str, Said]:
    """Return what happens to a part of a record before its end."""
    return {"step": step.name, "what": step.what, "retain": clause_said(step.retain), "then": step.then.value}


def unless_said(one: Unless) -> dict[str, Said]:
    """Return an exception."""
    return {"when": condition_said(one.when)} | _kept_said(one.retain, one.as_class)


def event_said(event: Event) -> Said:
    """Return a trigger in the short form where that says it all."""
    return {"called": event.called, "by-hand": True} if event.by_hand else event.called


def _kept_said(retain: Clause, as_class: str) -> dict[str, Said]:
    return {"as": as_class} if as_class else {"retain": clause_said(retain)}


def year_starts(schedule: Schedule) -> Mapping[str, str]:
    """Return the first day of each year that starts on another day than usual: ``1 October``.

    A schedule that says so of a year no rule of it uses has said nothing, and nothing is written of it.
    """
    used = {cut_off.word: cut_off for one in schedule.classes for cut_off in _cut_offs_of(one)}
    moved = {word: used[word] for word in MOVABLE if word in used and used[word] != CUT_OFFS[word]}
    return {word: _day_of_year(one) for word, one in moved.items()}


def _day_of_year(cut_off: CutOff) -> str:
    return in_words(date(2001, cut_off.month, cut_off.day)).rpartition(" ")[0]


def _cut_offs_of(one: RecordClass) -> Iterator[CutOff]:
    for clause in (one.retain, *(each.retain for each in one.unless), *(each.retain for each in one.steps)):
        yield from _cut_offs(clause)


def _cut_offs(clause: Clause) -> Iterator[CutOff]:
    match clause:
        case LongestOf(clauses) | ShortestOf(clauses):
            for part in clauses:
                yield from _cut_offs(part)
        case For(cut_off=cut_off, to_end_of=end):
            yield from (one for one in (cut_off, end) if one is not None)
        case UntilAge(to_end_of=end) | UntilAnniversary(to_end_of=end) | Until(to_end_of=end):
            yield from (one for one in (end,) if one is not None)
        case _:
            return
