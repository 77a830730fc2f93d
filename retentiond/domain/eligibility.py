"""The judgement on one record: permanent, untriggered, not yet, blocked, on hold or due, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from retentiond.domain.clauses import Clause
from retentiond.domain.conditions import Unknown, Unless, is_met
from retentiond.domain.counting import Kept, count
from retentiond.domain.holds import Hold, covering
from retentiond.domain.records import Record
from retentiond.domain.rules_in_words import condition_in_words
from retentiond.domain.schedule import Action, RecordClass, Step
from retentiond.domain.verdicts import Blocked, Due, NotYet, OnHold, Permanent, Untriggered, Verdict
from retentiond.domain.wording import in_words, spoken

_LEAVING_A_ROW = (Action.ANONYMISE, Action.PSEUDONYMISE, Action.MINIMISE, Action.REDACT)
UNCLASSIFIED = "unclassified: no line of `classify` holds"
NO_CLASS = "no record class: the schedule lacks the class"


def rule_for(
    record_class: RecordClass, dates: Mapping[str, date | None], statuses: Mapping[str, bool]
) -> tuple[Clause, str] | Untriggered:
    """Return the clause that applies to a record with these dates and statuses, and why it is not the class's own."""
    return _rule(record_class.retain, record_class.unless, dates, statuses)


def _rule(
    retain: Clause, unless: tuple[Unless, ...], dates: Mapping[str, date | None], statuses: Mapping[str, bool]
) -> tuple[Clause, str] | Untriggered:
    for exception in unless:
        answer = is_met(exception.when, dates, statuses)
        if isinstance(answer, Unknown):
            return Untriggered(answer.reason)
        if answer:
            why = condition_in_words(exception.when)
            within = _rule(exception.retain, exception.unless, dates, statuses)
            if isinstance(within, Untriggered):
                return within
            return within[0], f"{why}, {within[1]}" if within[1] else why
    return retain, ""


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
    A step (minimise, redact) is judged only while the record as a whole is not past its period.
    """
    verdict = by_its_dates(record, record_class, today, kept_until=kept_until)
    return unless_stopped(record, verdict, covering(record, holds)) if isinstance(verdict, Due) else verdict


def by_its_dates(
    record: Record, record_class: RecordClass | None, today: date, *, kept_until: date | None = None
) -> Due | NotYet | Permanent | Untriggered:
    """Return what :func:`assess` says of a record that nothing stops: it rests on dates and statuses alone.

    One that is due says how that was counted, and not yet since when; :func:`unless_stopped` does.
    """
    whole = due_when(record, record_class, kept_until=kept_until)
    if record_class is None or record.problems:
        return whole
    if isinstance(whole, Due) and whole.due_on <= today:
        return whole
    part = step_when(record, record_class, kept_until=kept_until)
    if part is not None:
        if isinstance(part, Untriggered) or part.due_on <= today:
            return part
        if isinstance(whole, Permanent) or (isinstance(whole, Due) and part.due_on < whole.due_on):
            whole = part
    return NotYet(whole.due_on, f"{whole.reason}; due on {in_words(whole.due_on)}") if isinstance(whole, Due) else whole


def due_when(
    record: Record, record_class: RecordClass | None, *, kept_until: date | None = None
) -> Due | Permanent | Untriggered:
    """Return when the record as a whole is due, whatever day it is and whatever may stop its disposal then.

    Args:
        record: the record as its store describes it.
        record_class: its class under the schedule that is asked about, or None when it has none.
        kept_until: a reviewer's decision to keep it through that day, if there is one.
    """
    if record_class is None:
        return Untriggered(UNCLASSIFIED if record.record_class is None else NO_CLASS)
    if record.problems:
        return Untriggered("; ".join(record.problems))
    if record_class.then is Action.RETAIN_PERMANENTLY:
        return Permanent(f"kept permanently under {record_class.code}")
    rule = rule_for(record_class, record.dates, record.statuses)
    if isinstance(rule, Untriggered):
        return rule
    clause, exception = rule
    counted = count(clause, record.dates)
    if not isinstance(counted, Kept):
        return counted
    due_on, words = _kept(counted, kept_until)
    return Due(due_on, record_class.then, f"{exception}: {words}" if exception else words)


def step_when(record: Record, record_class: RecordClass, *, kept_until: date | None = None) -> Due | Untriggered | None:
    """Return when the next step of a record that nobody has carried out yet is due; None where there is none left."""
    step = next_step(record.dates, record_class)
    return None if step is None else _step(record, step, kept_until)


def next_step(dates: Mapping[str, date | None], record_class: RecordClass) -> Step | None:
    """Return the first step that no date says was done."""
    return next((one for one in record_class.steps if dates.get(one.name) is None), None)


def _step(record: Record, step: Step, kept_until: date | None) -> Due | Untriggered:
    counted = count(step.retain, record.dates)
    if isinstance(counted, Untriggered):
        return counted
    if isinstance(counted, Permanent):
        return Untriggered(f"the step '{spoken(step.name)}' can never be due")
    due_on, words = _kept(counted, kept_until)
    return Due(due_on, step.then, f"{spoken(step.name)}: {words}")


def _kept(counted: Kept, kept_until: date | None) -> tuple[date, str]:
    """Return when a period has ended that a reviewer may have made longer, and how it was counted."""
    due_on = day_after(counted.retain_through)
    if kept_until is None or kept_until < due_on:
        return due_on, counted.words
    return day_after(kept_until), f"{counted.words}; a reviewer keeps it through {in_words(kept_until)}"


def unless_stopped(record: Record, due: Due, holds: Sequence[Hold]) -> Due | Blocked | OnHold:
    """Return the verdict on a record whose dates make it due: what stops it, or since when it is due.

    Args:
        record: the record as its store describes it now.
        due: what its dates say (:func:`by_its_dates`).
        holds: those in force that cover it.
    """
    # what only changes its columns leaves no reference dangling
    blockers = record.blockers + (() if due.action in _LEAVING_A_ROW else record.referred_to)
    blockers += record.unplanned if due.action.rewrites else ()
    if blockers:
        return Blocked(blockers, f"{due.reason}; not now: {', '.join(spoken(one) for one in blockers)}")
    names = tuple(f"{hold.number} {hold.title}" for hold in holds) + record.native_holds
    if names:
        return OnHold(names, f"{due.reason}; held: {', '.join(names)}")
    return due_since(due)


def due_since(due: Due) -> Due:
    """Return the verdict on a record whose dates make it due and that nothing stops."""
    return Due(due.due_on, due.action, f"{due.reason}; due since {in_words(due.due_on)}")


def day_after(day: date) -> date:
    """Return the next day; the calendar's last one has none."""
    return date.max if day == date.max else day + timedelta(days=1)
