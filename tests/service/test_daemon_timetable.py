from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import PurePath

import pytest

from retentiond.domain.errors import ConfigurationRefused
from retentiond.domain.settings import Daemon, Settings
from retentiond.service.timetable import timetable


def settings(scan: str, dispose: str) -> Settings:
    """Make settings of which only the times matter."""
    path = (PurePath("x"),)
    times = Daemon(scan, dispose)
    return Settings("o", "u", "l", "s", "l", "o", "l", path, path, (), daemon=times, source="retentiond.yaml")


def fires(words: str, after: datetime, times: int) -> list[datetime]:
    """Return the next times an expression names."""
    trigger = timetable(settings(words, words)).scan
    found: list[datetime] = []
    for _ in range(times):
        after = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
        found.append(after)
    return found


@pytest.mark.parametrize("changing", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_a_daily_time_comes_once_a_day(changing: datetime) -> None:
    """On the days the clocks change in Europe a time inside the changed hour still comes exactly once, in UTC."""
    first = changing - timedelta(days=1)
    assert fires("30 1 * * *", first, 3) == [first + timedelta(days=day, hours=1, minutes=30) for day in range(3)]


def test_days_are_called_by_name() -> None:
    """A named day of the week is that day."""
    assert [one.strftime("%a") for one in fires("0 4 * * mon,sun", datetime(2026, 11, 2, tzinfo=UTC), 3)] == [
        "Mon",
        "Sun",
        "Mon",
    ]


def test_expressions_the_scheduler_does_not_know_are_refused_together() -> None:
    """Both expressions are named when the scheduler knows neither."""
    with pytest.raises(ConfigurationRefused) as refused:
        timetable(settings("0 4 * * mon-fri/2", "0 25 * * *"))
    assert [one.place for one in refused.value.faults] == [
        "retentiond.yaml: daemon.dispose",
        "retentiond.yaml: daemon.scan",
    ]
