"""Whether a schedule and its classes are of today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from retentiond.config.lint.remarks import Remark
from retentiond.domain.schedule import RecordClass, Schedule
from retentiond.domain.wording import in_words


def currency(schedule: Schedule, on: date) -> Iterator[Remark]:
    """Yield what is wrong with the days of a schedule; the way counts from the root.

    Args:
        schedule: the schedule.
        on: the day it is looked at.
    """
    if schedule.review_by < on:
        said = f"this schedule was to be reviewed by {in_words(schedule.review_by)}, and that day has passed"
        yield Remark("review-by", ("review-by",), said, "have its owner review it, and set the next day")
    if schedule.adopted > on:
        said = f"this schedule is adopted on {in_words(schedule.adopted)}, and that day is still to come"
        yield Remark("adopted", ("adopted",), said, "put it into force on that day, or correct 'adopted'")


def succession(one: RecordClass, known: Mapping[str, RecordClass], on: date) -> Iterator[Remark]:
    """Yield what is wrong with the class that new records go to; the way counts from the class.

    Args:
        one: the class.
        known: every class of every schedule at hand by its code in small letters.
        on: the day it is looked at.
    """
    after = known.get(one.successor.casefold()) if one.successor else None
    if after is None or after.retired is None or after.retired > on:
        return
    said = f"the successor '{one.successor}' was itself retired on {in_words(after.retired)}, so no record can go there"
    last = _in_use(after, known, on)
    yield Remark("successor", ("successor",), said, f"write '{last}'" if last else "name a class that is still in use")


def _in_use(one: RecordClass, known: Mapping[str, RecordClass], on: date) -> str:
    """Return the first class along the line of successors that is not retired; empty where there is none."""
    seen: set[str] = set()
    here: RecordClass | None = one
    while here is not None and here.code not in seen:
        if here.retired is None or here.retired > on:
            return here.code
        seen.add(here.code)
        here = known.get(here.successor.casefold())
    return ""
