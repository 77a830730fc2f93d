"""Whether one clause keeps records longer than another: both are counted on a grid of dates and held side by side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice, product

from retentiond.domain.clauses import Clause, trigger_names
from retentiond.domain.counting import Kept, count
from retentiond.domain.verdicts import Permanent

MOST = 1024
"""Combinations of dates tried where a clause counts from more than one."""
_BEGIN, _END = date(1940, 1, 1), date(2060, 1, 1)
_CYCLE = [date(2003, 1, 1) + timedelta(days=number) for number in range(5 * 365)]
"""Every day of a leap year and of the years around it: what a cut-off, a birthday or a month's end can turn on."""


class Length(StrEnum):
    """How the periods of two clauses compare, over every date tried."""

    SAME = "same"
    LONGER = "longer"
    """For some dates longer, for none shorter."""
    SHORTER = "shorter"
    MIXED = "mixed"
    """For some dates longer, for others shorter: it depends on the record."""


def compared(old: Clause, new: Clause) -> Length:
    """Return how long ``new`` keeps records that ``old`` kept, where every date is known.

    A clause that counts from one day is tried on every day of a leap year and those around it, and on days of 120
    years; one that counts from several on up to :data:`MOST` combinations of days. Permanent is longer than any period.
    What records there really are is for a store to say; this names the change.
    """
    longer = shorter = False
    for dates in _grid(sorted({*trigger_names(old), *trigger_names(new)})):
        before, after = _last(old, dates), _last(new, dates)
        longer, shorter = longer or after > before, shorter or after < before
        if longer and shorter:
            return Length.MIXED
    return Length.LONGER if longer else Length.SHORTER if shorter else Length.SAME


def _last(clause: Clause, dates: dict[str, date]) -> int:
    counted = count(clause, dates)
    if isinstance(counted, Kept):
        return counted.retain_through.toordinal()
    # with every date there is no clause that cannot be counted
    return date.max.toordinal() + isinstance(counted, Permanent)


def _grid(names: list[str]) -> Iterator[dict[str, date]]:
    if len(names) <= 1:
        for day in (*_CYCLE, *_spread(400)):
            yield dict.fromkeys(names, day)
        return
    each = max(3, int(MOST ** (1 / len(names))))
    for days in islice(product(*(_spread(each, at) for at in range(len(names)))), MOST):
        yield dict(zip(names, days, strict=True))


def _spread(number: int, at: int = 0) -> list[date]:
    """Return days over the whole range, for each name others, so that no two names share all their days."""
    step = (_END - _BEGIN) / number
    return [_BEGIN + step * one + timedelta(days=37 * at) for one in range(number)]
