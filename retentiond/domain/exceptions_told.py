"""Which exceptions of a class were asked about for one record, what the answer was, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from retentiond.domain.conditions import (
    AllOf,
    AnyOf,
    Condition,
    DiedBeforeAge,
    Ever,
    HappenedBefore,
    Unknown,
    Unless,
    is_met,
)
from retentiond.domain.counting import Dates
from retentiond.domain.rules_in_words import NO_EVENTS, Events, condition_in_words
from retentiond.domain.schedule import RecordClass
from retentiond.domain.wording import called, dated, spoken

Statuses = Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """One exception that was asked about."""

    condition: str
    """In words that follow ``if``: ``the person died before the age of 18``."""
    holds: bool | None
    """None: it cannot be judged, and the record is never due."""
    because: str
    """What the record says about it, as a sentence without its beginning in capitals and its full stop."""
    as_class: str = ""
    """The class of the same schedule whose rule then holds; empty: the exception's own."""


def asked_about(
    record_class: RecordClass, dates: Dates, statuses: Statuses, events: Events = NO_EVENTS
) -> tuple[Asked, ...]:
    """Return the exceptions asked about, in order, up to the one that decided; those within it follow.

    The last one that holds, if the last does or none after it, is the one whose clause
    :func:`~retentiond.domain.eligibility.rule_for` returns.
    """
    return tuple(_asked(record_class.unless, dates, statuses, events))


def _asked(unless: Sequence[Unless], dates: Dates, statuses: Statuses, events: Events) -> Iterator[Asked]:
    for one in unless:
        answer = is_met(one.when, dates, statuses)
        holds = None if isinstance(answer, Unknown) else answer
        said = condition_in_words(one.when, events)
        yield Asked(said, holds, "; ".join(_facts(one.when, dates, statuses, events)), one.as_class)
        if holds:
            yield from _asked(one.unless, dates, statuses, events)
        if holds is not False:
            return


def _facts(condition: Condition, dates: Dates, statuses: Statuses, events: Events) -> Iterator[str]:
    match condition:
        case DiedBeforeAge(_, birth, death):
            if dates.get(death) is None:
                yield _fact(death, dates, events)
            else:
                yield _fact(birth, dates, events)
                yield _fact(death, dates, events)
        case HappenedBefore(_, event):
            yield _fact(event, dates, events)
        case Ever(status):
            known = statuses.get(status)
            said = "does not say" if known is None else "says so" if known else "says no"
            yield f"{spoken(status)}: the store {said}"
        case AnyOf(conditions) | AllOf(conditions):
            for one in conditions:
                yield from _facts(one, dates, statuses, events)


def _fact(name: str, dates: Dates, events: Events) -> str:
    day = dates.get(name)
    said = f"{called(name, events)} is not recorded" if day is None else dated(name, day, events)
    return said[:1].lower() + said[1:]
