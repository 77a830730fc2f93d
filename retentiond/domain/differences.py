"""What changes from one version of retention schedules to the next, in words: class by class, before any record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from retentiond.domain.clauses import Clause
from retentiond.domain.conditions import Condition, Unless, exceptions_within
from retentiond.domain.lengths import Length, compared
from retentiond.domain.rules_in_words import (
    clause_in_words,
    condition_in_words,
    done_in_words,
    rule_in_words,
    step_in_words,
)
from retentiond.domain.schedule import Action, RecordClass, Schedule
from retentiond.domain.wording import in_words, listed, spoken


class Change(StrEnum):
    """The kinds of change."""

    SCHEDULE = "schedule"
    """The schedule as a whole: its version, its jurisdiction, what it calls its events."""
    ADDED = "added"
    REMOVED = "removed"
    RETIRED = "retired"
    BROUGHT_BACK = "brought-back"
    LONGER = "longer"
    SHORTER = "shorter"
    COUNTED_DIFFERENTLY = "counted-differently"
    """Longer for some records and shorter for others, or from another day."""
    EXCEPTION = "exception"
    STEP = "step"
    ACTION = "action"
    K_ANONYMITY = "k-anonymity"
    REVIEW = "review"
    MANDATE = "mandate"
    TITLE = "title"
    PERIOD_KIND = "period-kind"
    SPECIAL_CATEGORY = "special-category"
    WORDS = "words"
    """What explains a class and decides nothing: its rationale, description, basis and source."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One change."""

    code: str
    """The class; empty where it is the schedule's."""
    title: str
    """The title of the class under the new schedule, or of the schedule."""
    change: Change
    words: str
    """What it is now, and what it was until now."""


Placed = tuple[RecordClass, Schedule]


def differences(old: Sequence[Schedule], new: Sequence[Schedule]) -> tuple[Difference, ...]:
    """Return every change from ``old`` to ``new``: the schedules' own, then by class in the order of ``new``.

    Classes are the same when their codes are, schedules when their names are or when there is one on either side.
    """
    before, after = classes_of(old), classes_of(new)
    by_name = {one.name: one for one in old}
    earlier = {one.name: by_name.get(one.name, old[0] if len(old) == len(new) == 1 else None) for one in new}
    found = [
        Difference("", one.name, Change.SCHEDULE, words)
        for one in new
        for words in _of_schedule(earlier[one.name], one)
    ]
    for code, placed in after.items():
        was = before.get(code)
        if was is None:
            found.append(_added(placed))
            continue
        found.extend(Difference(code, placed[0].title, change, words) for change, words in _changes(was, placed))
        if was[1] is not earlier[placed[1].name]:
            words = f"it is in the schedule {_instead(placed[1].name, was[1].name)}"
            found.append(Difference(code, placed[0].title, Change.SCHEDULE, words))
    found.extend(_removed(placed) for code, placed in before.items() if code not in after)
    return tuple(found)


def whose_dates_move(old: Sequence[Schedule], new: Sequence[Schedule]) -> frozenset[str]:
    """Return the codes of classes under which some record may be due on another day."""
    before, after = classes_of(old), classes_of(new)
    return frozenset(code for code in {*before, *after} if _deciding(before.get(code)) != _deciding(after.get(code)))


def alike(in_force: Sequence[Schedule], given: Sequence[Schedule]) -> tuple[Schedule, ...]:
    """Return those schedules in force that are to be compared with others: of the same name, or with a class in common.

    The rest are left as they are: that a file does not speak of them takes nothing away.
    """
    names = {one.name for one in given}
    codes = {*classes_of(given)}
    return tuple(one for one in in_force if one.name in names or codes & {*one.by_code()})


def classes_of(schedules: Sequence[Schedule]) -> dict[str, Placed]:
    """Return every class of several schedules by code, each with its schedule."""
    return {one.code: (one, schedule) for schedule in schedules for one in schedule.classes}


def _deciding(placed: Placed | None) -> tuple[Clause, tuple[Unless, ...], bool] | None:
    if placed is None:
        return None
    one, _ = placed
    return one.retain, one.unless, one.then is Action.RETAIN_PERMANENTLY


def _of_schedule(was: Schedule | None, now: Schedule) -> Iterator[str]:
    if was is None:
        yield f"a new schedule, version {now.version}"
        return
    for name, one, other in (
        ("named", was.name, now.name),
        ("version", was.version, now.version),
        ("jurisdiction", was.jurisdiction, now.jurisdiction),
        ("time zone", was.time_zone, now.time_zone),
        ("adopted on", in_words(was.adopted), in_words(now.adopted)),
        ("to be looked at again by", in_words(was.review_by), in_words(now.review_by)),
        ("owner", was.owner, now.owner),
    ):
        if one != other:
            yield f"{name} {_instead(other, one)}"
    yield from _of_events(was, now)


def _of_events(was: Schedule, now: Schedule) -> Iterator[str]:
    for name, one in now.events.items():
        earlier = was.events.get(name)
        if earlier is not None and earlier.called != one.called:
            yield f"the event '{spoken(name)}' is called {_instead(one.called, earlier.called)}"
    for names, words in (
        ([name for name in now.events if name not in was.events], "events it now has words for"),
        ([name for name in was.events if name not in now.events], "events it has no words for any more"),
        (sorted(now.by_hand - was.by_hand), "entered by hand from now on"),
        (sorted(was.by_hand - now.by_hand), "not entered by hand any more"),
    ):
        if names:
            yield f"{words}: {listed([spoken(name) for name in names])}"


def _added(placed: Placed) -> Difference:
    one, schedule = placed
    words = f"kept {rule_in_words(one, schedule.events)}"
    return Difference(one.code, one.title, Change.ADDED, f"{words}; then {done_in_words(one.then)}")


def _removed(placed: Placed) -> Difference:
    one, schedule = placed
    words = f"until now kept {rule_in_words(one, schedule.events)}; its records have no rule any more"
    return Difference(one.code, one.title, Change.REMOVED, words)


def _changes(before: Placed, after: Placed) -> Iterator[tuple[Change, str]]:
    was, now = before[0], after[0]
    yield from _retired(was, now)
    yield from _of_rule(before, after)
    yield from _of_steps(before, after)
    if was.then is not now.then:
        yield Change.ACTION, f"then {_instead(done_in_words(now.then), done_in_words(was.then))}"
    if was.k != now.k:
        once = done_in_words(now.then if now.then.rewrites else was.then)
        yield Change.K_ANONYMITY, f"groups of at least {_instead(str(now.k), str(was.k))} once {once}"
    if was.review != now.review:
        yield Change.REVIEW, f"approved by {_instead(_stages(now), _stages(was))}"
    if was.mandate != now.mandate:
        yield Change.MANDATE, _instead("; ".join(now.mandate), "; ".join(was.mandate))
    if was.title != now.title:
        yield Change.TITLE, _instead(now.title, was.title)
    if was.period_kind is not now.period_kind:
        yield Change.PERIOD_KIND, f"a {_instead(now.period_kind.value, f'a {was.period_kind.value}')} period"
    if was.special_category != now.special_category:
        yield Change.SPECIAL_CATEGORY, f"holds {'' if now.special_category else 'no '}special category data"
    told = [
        name for name in ("rationale", "description", "basis", "source") if getattr(was, name) != getattr(now, name)
    ]
    if _follows(was) != _follows(now):
        told.append("the class whose rule it follows")
    if told:
        yield Change.WORDS, f"{listed(told)} changed"


def _retired(was: RecordClass, now: RecordClass) -> Iterator[tuple[Change, str]]:
    if now.retired is None and was.retired is not None:
        yield Change.BROUGHT_BACK, "used for new records again"
    elif now.retired is not None and (now.retired, now.successor) != (was.retired, was.successor):
        words = f"not used for new records from {in_words(now.retired)} on; {now.successor} takes its place"
        yield Change.RETIRED, words


def _of_rule(before: Placed, after: Placed) -> Iterator[tuple[Change, str]]:
    (was, was_in), (now, now_in) = before, after
    if was.retain != now.retain:
        yield _of_clause(was.retain, now.retain, (was_in, now_in))
    yield from _of_exceptions(was.unless, now.unless, (was_in, now_in))


def _of_clause(was: Clause, now: Clause, within: tuple[Schedule, Schedule]) -> tuple[Change, str]:
    length = compared(was, now)
    said = _instead(clause_in_words(now, within[1].events), clause_in_words(was, within[0].events))
    match length:
        case Length.LONGER:
            return Change.LONGER, said
        case Length.SHORTER:
            return Change.SHORTER, said
        case Length.MIXED:
            return Change.COUNTED_DIFFERENTLY, f"longer for some records and shorter for others: {said}"
        case Length.SAME:
            return Change.COUNTED_DIFFERENTLY, f"as long where every date is known: {said}"


def _of_exceptions(
    was: Sequence[Unless], now: Sequence[Unless], within: tuple[Schedule, Schedule], where: str = ""
) -> Iterator[tuple[Change, str]]:
    before, after = _by_condition(was), _by_condition(now)
    for when, one in after.items():
        said = f"{where}if {condition_in_words(when, within[1].events)}"
        if when not in before:
            yield Change.EXCEPTION, f"new: {said}, {clause_in_words(one.retain, within[1].events)}"
            continue
        if before[when].retain != one.retain:
            change, words = _of_clause(before[when].retain, one.retain, within)
            yield change, f"{said}, {words}"
        yield from _of_exceptions(before[when].unless, one.unless, within, f"{said}, and ")
    for when, one in before.items():
        if when not in after:
            said = f"{where}if {condition_in_words(when, within[0].events)}"
            yield Change.EXCEPTION, f"no more: {said}, {clause_in_words(one.retain, within[0].events)}"
    if [when for when in before if when in after] != [when for when in after if when in before]:
        yield Change.EXCEPTION, "the exceptions are asked about in another order, and the first that holds decides"


def _by_condition(unless: Sequence[Unless]) -> dict[Condition, Unless]:
    found: dict[Condition, Unless] = {}
    for one in unless:
        found.setdefault(one.when, one)  # the first that holds decides: the same condition again never does
    return found


def _of_steps(before: Placed, after: Placed) -> Iterator[tuple[Change, str]]:
    (was, was_in), (now, now_in) = before, after
    earlier: Mapping[str, str] = {one.name: step_in_words(one, was_in.events) for one in was.steps}
    later: Mapping[str, str] = {one.name: step_in_words(one, now_in.events) for one in now.steps}
    for name, words in later.items():
        if name not in earlier:
            yield Change.STEP, f"new: {words}"
        elif earlier[name] != words:
            yield Change.STEP, _instead(words, earlier[name])
    for name, words in earlier.items():
        if name not in later:
            yield Change.STEP, f"no more: {words}"


def _follows(one: RecordClass) -> tuple[str, ...]:
    return (one.as_class, *(exception.as_class for exception in exceptions_within(one.unless)))


def _stages(one: RecordClass) -> str:
    return listed([f"a {spoken(role)}" for role in one.review], "and then") or "whoever the settings say"


def _instead(now: str, was: str) -> str:
    return f"{now}; until now {was}"
