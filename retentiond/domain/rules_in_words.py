"""Rules as people say them: clauses, the days they count from, exceptions, steps. No code word, no ISO date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
)
from retentiond.domain.conditions import AllOf, AnyOf, Condition, DiedBeforeAge, Ever, HappenedBefore, Unless
from retentiond.domain.periods import CutOff, Period
from retentiond.domain.schedule import Action, Event, RecordClass, Step
from retentiond.domain.wording import called, in_words, listed, span, spoken, th, whole_years, year_of

Events = Mapping[str, Event]
"""The triggers a schedule speaks of, by name."""
NO_EVENTS: Events = {}

_DONE = {
    Action.DESTROY: "destroyed",
    Action.ANONYMISE: "anonymised",
    Action.PSEUDONYMISE: "pseudonymised",
    Action.TRANSFER: "offered to the archive",
    Action.REVIEW: "looked at again",
    Action.RETAIN_PERMANENTLY: "kept permanently",
    Action.MINIMISE: "minimised",
    Action.REDACT: "redacted",
}


def rule_in_words(record_class: RecordClass, events: Events = NO_EVENTS) -> str:
    """Return how long records of a class are kept, with its exceptions.

    ``until the 75th birthday. If the person died before the age of 18: 15 years beginning with the date of death``.
    """
    return _rule(record_class.retain, record_class.unless, events)


def clause_in_words(clause: Clause, events: Events = NO_EVENTS) -> str:
    """Return how long a clause keeps a record, as words that follow ``kept``.

    ``6 years after the day the case was closed, counted from the end of that financial year (31 March)``.
    """
    match clause:
        case Permanently():
            return "permanently"
        case UntilDate(day):
            return f"until {in_words(day)}"
        case LongestOf(clauses) | ShortestOf(clauses):
            word = "longest" if isinstance(clause, LongestOf) else "shortest"
            return f"the {word} of: {_numbered([_within(one, events) for one in clauses])}"
        case _:
            return _counted(clause, events) + _to_end(clause.to_end_of)


def _counted(clause: Counted, events: Events) -> str:
    match clause:
        case For(period, after, cut_off, counting):
            how = "beginning with" if counting is Counting.BEGINNING_WITH else "after"
            said = f"{span(period)} {how} {start_in_words(after, events)}"
            return f"{said}, counted from the end of that {year_of(cut_off)}" if cut_off else said
        case UntilAge(age, of):
            return f"until {_age(age, of, events)}"
        case UntilAnniversary(years, of):
            return f"until {_anniversary(years)} {called(of, events)}"
        case Until(event):
            return f"until {start_in_words(event, events)}"


def start_in_words(start: Start, events: Events = NO_EVENTS) -> str:
    """Return the day a clause counts from: ``the later of the 18th birthday and the last activity``."""
    match start:
        case str():
            return called(start, events)
        case Age(age, of):
            return _age(age, of, events)
        case LatestOf(starts, recorded):
            return _chosen(("later", "latest"), starts, events, recorded=recorded)
        case EarliestOf(starts, recorded):
            return _chosen(("earlier", "earliest"), starts, events, recorded=recorded)


def condition_in_words(condition: Condition, events: Events = NO_EVENTS) -> str:
    """Return a condition as words that follow ``if``: ``the person died before the age of 18``."""
    match condition:
        case DiedBeforeAge(age, birth, death):
            years = whole_years(age)
            said = f"the person died before the age of {span(age) if years is None else years}"
            unusual = [called(name, events) for name, usual in ((birth, "birth"), (death, "death")) if name != usual]
            return f"{said}, going by {listed(unusual)}" if unusual else said
        case Ever(status):
            return f"the person was ever {spoken(status)}"
        case HappenedBefore(day, event):
            return f"{called(event, events)} came before {in_words(day)}"
        case AnyOf(conditions):
            return listed([_inner(one, events) for one in conditions], "or")
        case AllOf(conditions):
            return listed([_inner(one, events) for one in conditions])


def step_in_words(step: Step, events: Events = NO_EVENTS) -> str:
    """Return what happens to a part of a record before its end.

    ``Everything but the name and the order: kept 3 years after the day the order was made, then minimised``.
    """
    return f"{step.what}: kept {clause_in_words(step.retain, events)}, then {done_in_words(step.then)}"


def done_in_words(action: Action) -> str:
    """Return what has then been done: ``destroyed``, ``offered to the archive``."""
    return _DONE[action]


def _rule(retain: Clause, unless: Sequence[Unless], events: Events) -> str:
    said = clause_in_words(retain, events)
    for one in unless:
        within = _rule(one.retain, one.unless, events)
        bracketed = f"({within})" if one.unless else within
        said += f". If {condition_in_words(one.when, events)}: {bracketed}"
    return said


def _within(clause: Clause, events: Events) -> str:
    said = clause_in_words(clause, events)
    return f"({said})" if isinstance(clause, LongestOf | ShortestOf) else said


def _inner(condition: Condition, events: Events) -> str:
    said = condition_in_words(condition, events)
    return f"({said})" if isinstance(condition, AnyOf | AllOf) else said


def _numbered(parts: Sequence[str]) -> str:
    return "; ".join(f"({number}) {part}" for number, part in enumerate(parts, 1))


def _age(age: Period, of: str, events: Events) -> str:
    years = whole_years(age)
    said = f"the age of {span(age)}" if years is None else f"the {th(years)} birthday"
    # whose birthday needs no saying where it is that of the person the record is about
    return said if of == "birth" else f"{said} ({called(of, events)})"


def _anniversary(period: Period) -> str:
    years = whole_years(period)
    return f"{span(period)} after" if years is None else f"the {th(years)} anniversary of"


def _chosen(words: tuple[str, str], starts: Sequence[Start], events: Events, *, recorded: bool) -> str:
    said = [start_in_words(one, events) for one in starts]
    several = [
        f"({one})" if isinstance(of, LatestOf | EarliestOf) else one for one, of in zip(said, starts, strict=True)
    ]
    whichever = ", whichever of them are recorded" if recorded else ""
    return f"the {words[len(starts) > 2]} of {listed(several)}{whichever}"


def _to_end(cut_off: CutOff | None) -> str:
    return f", and on to the end of that {year_of(cut_off)}" if cut_off else ""
