"""Everything that can be told of how long one record is kept: exceptions asked about, the rule, the sum, the steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from retentiond.domain.clauses import Clause
from retentiond.domain.eligibility import day_after, due_when, next_step, rule_for
from retentiond.domain.exceptions_told import Asked, asked_about
from retentiond.domain.narration import NO_ORIGINS, Origins, narrate
from retentiond.domain.records import Record
from retentiond.domain.rules_in_words import NO_EVENTS, Events
from retentiond.domain.schedule import Action, RecordClass, Step
from retentiond.domain.verdicts import Due
from retentiond.domain.wording import begun, in_words


@dataclass(frozen=True, slots=True)
class StepTold:
    """One step before the end of a record."""

    step: Step
    done_on: date | None
    arithmetic: tuple[str, ...]
    """How the day it is due comes about, for the step that is next; else nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """How long one record is kept, and why."""

    asked: tuple[Asked, ...] = ()
    """The exceptions that were asked about, in order; the last one that holds decides."""
    rule: Clause | None = None
    """The clause that applies; None: there is no class, or no rule can be chosen."""
    arithmetic: tuple[str, ...] = ()
    """How the day it is due comes about, a sentence a line."""
    due_on: date | None = None
    """The first day its period allows it to go, whatever may stop it then; None: there is none."""
    steps: tuple[StepTold, ...] = ()


def told(
    record: Record,
    record_class: RecordClass | None,
    *,
    kept_until: date | None = None,
    events: Events = NO_EVENTS,
    origins: Origins = NO_ORIGINS,
) -> Told:
    """Tell how long a record is kept.

    Args:
        record: the record as its store describes it.
        record_class: its class, or None when it has none.
        kept_until: a reviewer's decision to keep it through that day, if there is one.
        events: what the schedule calls its triggers.
        origins: where each date comes from.
    """
    if record_class is None:
        return Told(arithmetic=("Without a record class there is no rule, and the record is never due.",))
    due = due_when(record, record_class, kept_until=kept_until)
    found = rule_for(record_class, record.dates, record.statuses)
    return Told(
        asked=asked_about(record_class, record.dates, record.statuses, events),
        rule=found[0] if isinstance(found, tuple) else None,
        arithmetic=tuple(_sum(record, record_class, kept_until, events, origins)),
        due_on=due.due_on if isinstance(due, Due) else None,
        steps=tuple(_steps(record, record_class, events, origins)),
    )


def _sum(
    record: Record, record_class: RecordClass, kept_until: date | None, events: Events, origins: Origins
) -> Iterator[str]:
    if record.problems:
        yield from (f"{begun(one)}." for one in record.problems)
        yield "So long as that is so, nothing can be worked out, and the record is never due."
        return
    if record_class.then is Action.RETAIN_PERMANENTLY:
        yield "It is kept permanently."
        return
    found = rule_for(record_class, record.dates, record.statuses)
    if not isinstance(found, tuple):
        yield f"{begun(found.reason)}, so no rule can be chosen, and the record is never due."
        return
    yield from narrate(found[0], record.dates, events, origins)
    under_rule = due_when(record, record_class)
    if isinstance(under_rule, Due):
        yield from _until(under_rule.due_on, kept_until)


def _until(due_on: date, kept_until: date | None) -> Iterator[str]:
    if kept_until is not None and kept_until >= due_on:
        yield f"A reviewer keeps it longer, through {in_words(kept_until)}."
        due_on = day_after(kept_until)
    yield f"Due on {in_words(due_on)}."


def _steps(record: Record, record_class: RecordClass, events: Events, origins: Origins) -> Iterator[StepTold]:
    upcoming = next_step(record.dates, record_class)
    for step in record_class.steps:
        lines: tuple[str, ...] = ()
        if step is upcoming and not record.problems:
            lines = narrate(step.retain, record.dates, events, origins)
        yield StepTold(step, record.dates.get(step.name), lines)
