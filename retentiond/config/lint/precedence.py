"""Exceptions in the order in which they are asked: the first that holds wins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations

from retentiond.config.lint.implied import implies
from retentiond.config.lint.names import is_birth, is_death
from retentiond.config.lint.remarks import Remark
from retentiond.domain.clauses import trigger_names
from retentiond.domain.conditions import (
    Unless,
    dates_in,
    days_in,
    exceptions_within,
    statuses_in,
)
from retentiond.domain.counting import Kept, count
from retentiond.domain.eligibility import rule_for
from retentiond.domain.rules_in_words import condition_in_words
from retentiond.domain.schedule import Action, RecordClass
from retentiond.domain.verdicts import Permanent, Untriggered

_LATE = date(2025, 6, 15)
_YEARS = 17
"""After a birth everything else happens so many years later, late in childhood: so times from different events can be
compared."""


def precedence(one: RecordClass) -> Iterator[Remark]:
    """Yield exceptions that never apply, and those that are asked too early; the way counts from the class."""
    if one.as_class or len(one.unless) < 2:
        return
    for message, remedy, rule, index in _in_order(one.unless):
        yield Remark(rule, ("unless", index, "when"), message, remedy)


@lru_cache(maxsize=2048)
def _in_order(unless: tuple[Unless, ...]) -> tuple[tuple[str, str, str, int], ...]:
    """Return what is wrong with the order of exceptions: a sentence, a remedy, the rule, the index."""
    found: list[tuple[str, str, str, int]] = []
    reached = {*range(len(unless))}
    for index, later in enumerate(unless):
        before = next((one for one in unless[:index] if implies(later.when, one.when)), None)
        if before is not None:
            reached.remove(index)
            said = f"this exception never applies: whenever it holds, the earlier one ({_said(before)}) holds as well"
            found.append((said, "put it before the other, or take it out", "unreachable", index))
    told: set[int] = set()
    for index, later_index in combinations(sorted(reached), 2):
        earlier, later = unless[index], unless[later_index]
        # an exception that is a part of a later one is asked first on purpose
        if index not in told and not implies(earlier.when, later.when) and _ends_sooner(earlier, later):
            told.add(index)
            said = (
                f"where both this ({_said(earlier)}) and a later exception ({_said(later)}) hold, the record is kept "
                "for the shorter time, because the first that holds wins"
            )
            found.append((said, "put the exception with the longer time first", "escalation", index))
    return tuple(found)


def _said(one: Unless) -> str:
    return condition_in_words(one.when)


def _ends_sooner(earlier: Unless, later: Unless) -> bool:
    """Return whether the earlier exception's time is the shorter one for a record of which both hold."""
    both = (earlier, later)
    dates, statuses = _of_both(both)
    first, second = (_kept(one, dates, statuses) for one in both)
    if first is None or second is None or isinstance(first, Permanent):
        return False
    return isinstance(second, Permanent) or first.retain_through < second.retain_through


def _of_both(both: tuple[Unless, ...]) -> tuple[dict[str, date], dict[str, bool]]:
    """Return dates and statuses of a record of which both exceptions hold, and of the exceptions to them none."""
    asked = {name for one in both for name in dates_in(one.when)}
    used = {name for one in both for each in exceptions_within((one,)) for name in trigger_names(each.retain)}
    shown = {name for one in both for name in trigger_names(one.retain)}
    # somebody who did not have to die for either exception is alive, so that exceptions for the dead stay out of it
    names = {name for name in asked | used if name in asked | shown or not is_death(name)}
    then = min((_LATE, *(day - timedelta(days=1) for one in both for day in days_in(one.when) if day > date.min)))
    born = date(max(then.year - _YEARS, date.min.year), then.month, 1)
    dates = {name: born if is_birth(name) else then for name in names}
    within = (name for each in exceptions_within(both) for name in statuses_in(each.when))
    held = (name for one in both for name in statuses_in(one.when))
    return dates, dict.fromkeys(within, False) | dict.fromkeys(held, True)


def _kept(one: Unless, dates: dict[str, date], statuses: dict[str, bool]) -> Kept | Permanent | None:
    rule = rule_for(RecordClass("", "", (), one.retain, Action.DESTROY, unless=one.unless), dates, statuses)
    if isinstance(rule, Untriggered):
        return None
    counted = count(rule[0], dates)
    return None if isinstance(counted, Untriggered) else counted
