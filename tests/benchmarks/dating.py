"""Every record dated: a forecast, and a comparison of two schedules."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from retentiond.domain.clauses import For
from retentiond.domain.moves import Move, total
from retentiond.domain.periods import Period
from retentiond.domain.schedule import RecordClass
from retentiond.lifecycle.compare import compare
from retentiond.lifecycle.forecast import Standing, forecast
from tests.benchmarks.case_store import installed
from tests.benchmarks.measuring import Measured, timed


def forecasted(url: str, server: int = 0) -> Measured:
    """Forecast the next twelve months as ``retentiond forecast`` does."""
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder), url) as tools:
        with timed(server) as found:
            counted = forecast(tools)
        (kind,) = counted.kinds
        due, undated = (counted.total(when).records for when in (Standing.DUE_NOW, Standing.UNTRIGGERED))
        found.counts.update(due=due, undated=undated, examined=kind.counted)
    return found


def compared(url: str, server: int = 0) -> Measured:
    """Date every record under the schedule in force and under one with a year more, as ``schedule diff`` does."""
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder), url) as tools:
        new = tuple(
            replace(one, classes=tuple(_a_year_longer(each) for each in one.classes)) for one in tools.schedules
        )
        with timed(server) as found:
            moved = compare(tools, tools.schedules, new)
        (kind,) = moved.kinds
        later = total(moved.moved, move=Move.LATER)
        found.counts.update(later=later, undated=total(moved.moved, move=Move.SAME), examined=kind.counted)
    return found


def _a_year_longer(one: RecordClass) -> RecordClass:
    if not isinstance(one.retain, For):
        raise TypeError(one.retain)
    return replace(one, retain=replace(one.retain, period=Period(one.retain.period.months + 12)))
