from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.connectors.written_dates import day_of, written_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2031-04-01", date(2031, 4, 1)),
        ("20310401", date(2031, 4, 1)),
        ("2031_04_01", date(2031, 4, 1)),
        (" 2031/04 ", date(2031, 4, 30)),
        ("2032-02", date(2032, 2, 29)),
        ("2031", date(2031, 12, 31)),
        ("2031-04-01T09:30", date(2031, 4, 1)),
        ("2031-03-31T23:30:00Z", date(2031, 4, 1)),
    ],
)
def test_what_is_left_open_counts_as_its_last_day(text: str, day: date) -> None:
    """A year or month without a day is read as its last day, a moment as its latest civil day here."""
    assert written_date(text) == day


@pytest.mark.parametrize(
    "text",
    ["", "soon", "203104", "01-04-2031", "01042031", "2031-13", "2031-02-30", "0031-01-01", "2031-04_01", "31.4.2031"],
)
def test_what_could_mean_two_things_means_none(text: str) -> None:
    """A text that is no date, or might be another date in another order, is refused and not repeated."""
    with pytest.raises(ValueError, match=r"\w") as refusal:
        written_date(text)
    assert not text or text not in str(refusal.value)


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)))
def test_a_date_reads_as_itself(day: date) -> None:
    """Every day in range, written in full, is itself; written shorter it is never earlier."""
    assert written_date(day.isoformat()) == written_date(f"{day:%Y%m%d}") == day
    assert day <= written_date(f"{day:%Y-%m}") <= written_date(f"{day:%Y}")


@given(st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_a_moment_is_never_read_as_an_earlier_day(moment: datetime) -> None:
    """The civil day of a moment is the day in UTC or the next."""
    assert (day_of(moment) - moment.date()).days in (0, 1)
