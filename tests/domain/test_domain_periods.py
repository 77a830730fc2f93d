from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.domain.periods import (
    ACADEMIC_YEAR,
    CALENDAR_YEAR,
    CUT_OFFS,
    FINANCIAL_YEAR,
    CutOff,
    Period,
    add,
    latest_where,
)

DAYS = st.dates(date(1900, 1, 1), date(2150, 12, 31))
PERIODS = (
    st.tuples(st.integers(0, 12 * 150), st.integers(0, 9999)).filter(any).map(lambda spans: Period(spans[0], spans[1]))
)


@pytest.mark.parametrize(
    ("text", "months", "days"),
    [
        ("7 years", 84, 0),
        ("1 year", 12, 0),
        ("18 months", 18, 0),
        ("21 years 4 months", 256, 0),
        ("21 years, 4 months", 256, 0),
        ("21 years and 4 months", 256, 0),
        ("90 days", 0, 90),
        ("1 day", 0, 1),
        ("2 weeks", 0, 14),
        ("1 year 1 month 1 week 1 day", 13, 8),
        ("  6 years ", 72, 0),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, months: int, days: int) -> None:
    """Years are twelve months, weeks seven days, and the two are never mixed."""
    assert Period.parse(text) == Period(months, days)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "years",
        "seven years",
        "7years",
        "7  years",
        "-7 years",
        "7.5 years",
        "7 Years",
        "7 years 7 years",
        "7 years 1 year",
        "6 fortnights",
        "P7Y",
        "7 years or 3 months",
        "7 years 3",
        "00001 year",
    ],
)
def test_what_is_not_a_period_is_refused(text: str) -> None:
    """A text that is not wholly a period is never read as part of one."""
    with pytest.raises(ValueError, match="is not a period"):
        Period.parse(text)


@pytest.mark.parametrize("text", ["0 years", "0 days", "0 years 0 months"])
def test_an_empty_period_is_refused(text: str) -> None:
    """A period is longer than nothing."""
    with pytest.raises(ValueError, match="longer than nothing"):
        Period.parse(text)


@pytest.mark.parametrize(("months", "days"), [(-1, 0), (0, -1), (12, -1), (-12, 30), (0, 0)])
def test_no_period_runs_backwards(months: int, days: int) -> None:
    """Neither part of a period is negative, and both are not zero."""
    with pytest.raises(ValueError, match="longer than nothing"):
        Period(months, days)


@given(PERIODS)
def test_a_period_is_read_back_as_it_was_written(period: Period) -> None:
    """Writing a period and reading it again gives the same period."""
    assert Period.parse(str(period)) == period


def test_a_period_is_written_in_the_singular_where_it_is_one() -> None:
    """One year is not 1 years."""
    assert str(Period(13, 1)) == "1 year 1 month 1 day"
    assert str(Period.of_years(25)) == "25 years"


@given(DAYS, DAYS, PERIODS)
def test_a_later_day_never_ends_earlier(one: date, other: date, period: Period) -> None:
    """Adding a period keeps the order of days: the push-down to a store rests on it."""
    earlier, later = sorted((one, other))
    assert add(earlier, period) <= add(later, period)


@given(st.dates(), PERIODS)
def test_adding_is_total_and_never_goes_back(day: date, period: Period) -> None:
    """Every day of the calendar has a result, later than the day unless the calendar ends first."""
    moved = add(day, period)
    assert moved > day or moved == date.max


@given(DAYS, st.integers(1, 12 * 150))
def test_a_day_that_exists_is_kept_and_one_that_does_not_rolls_to_the_first(day: date, months: int) -> None:
    """Whole months end on the corresponding day, or on the first of the month after where there is none."""
    moved = add(day, Period(months=months))
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        assert moved == date(years, month + 1, day.day)
    except ValueError:
        assert moved == date(years, month + 2, 1)


@given(DAYS, st.integers(1, 9999))
def test_days_are_counted_as_days(day: date, days: int) -> None:
    """A period of days is elapsed days, whatever months it crosses."""
    assert add(day, Period(days=days)) == day + timedelta(days=days)


@pytest.mark.parametrize(
    ("day", "period", "expected"),
    [
        (date(2004, 2, 29), "1 year", date(2005, 3, 1)),
        (date(2004, 2, 29), "4 years", date(2008, 2, 29)),
        (date(2004, 2, 29), "25 years", date(2029, 3, 1)),
        (date(2000, 2, 29), "100 years", date(2100, 3, 1)),
        (date(2004, 2, 28), "25 years", date(2029, 2, 28)),
        (date(2025, 1, 31), "1 month", date(2025, 3, 1)),
        (date(2024, 1, 31), "1 month", date(2024, 3, 1)),
        (date(2024, 1, 29), "1 month", date(2024, 2, 29)),
        (date(2025, 1, 29), "1 month", date(2025, 3, 1)),
        (date(2025, 10, 31), "1 month", date(2025, 12, 1)),
        (date(2025, 12, 31), "2 months", date(2026, 3, 1)),
        (date(1980, 9, 30), "4 months", date(1981, 1, 30)),
        (date(2019, 5, 14), "6 years", date(2025, 5, 14)),
        (date(2004, 2, 29), "1 year 1 day", date(2005, 3, 2)),
        (date(9999, 6, 1), "1 year", date.max),
        (date(9999, 12, 1), "31 days", date.max),
    ],
)
def test_worked_corresponding_dates(day: date, period: str, expected: date) -> None:
    """Corresponding dates worked by hand, with the notice period of Dodds v Walker [1981] among them."""
    assert add(day, Period.parse(period)) == expected


@pytest.mark.parametrize(
    ("cut_off", "day", "expected"),
    [
        (FINANCIAL_YEAR, date(2018, 4, 1), date(2019, 3, 31)),
        (FINANCIAL_YEAR, date(2019, 3, 31), date(2019, 3, 31)),
        (FINANCIAL_YEAR, date(2019, 4, 1), date(2020, 3, 31)),
        (ACADEMIC_YEAR, date(2023, 9, 1), date(2024, 8, 31)),
        (ACADEMIC_YEAR, date(2024, 8, 31), date(2024, 8, 31)),
        (CALENDAR_YEAR, date(2024, 1, 1), date(2024, 12, 31)),
        (CALENDAR_YEAR, date(2024, 12, 31), date(2024, 12, 31)),
    ],
)
def test_worked_cut_offs(cut_off: CutOff, day: date, expected: date) -> None:
    """The last day of a year belongs to that year; the next day to the next."""
    assert cut_off.end(day) == expected


@given(st.sampled_from(list(CUT_OFFS.values())), DAYS, DAYS)
def test_a_cut_off_is_the_nearest_year_end_on_or_after(cut_off: CutOff, one: date, other: date) -> None:
    """A cut-off never carries back, never as far as a second year end, and keeps the order of days."""
    earlier, later = sorted((one, other))
    end = cut_off.end(earlier)
    assert earlier <= end < add(earlier, Period.of_years(1))
    assert cut_off.end(end) == end
    assert end <= cut_off.end(later)


@pytest.mark.parametrize("cut_off", CUT_OFFS.values())
def test_the_last_day_of_the_calendar_has_a_cut_off(cut_off: CutOff) -> None:
    """31 December 9999, which stores write for an open end, is carried nowhere rather than failing."""
    assert cut_off.end(date.max) == date.max


@given(st.dates())
def test_latest_where_finds_the_boundary(boundary: date) -> None:
    """The search returns the exact last day on which a falling condition holds."""
    assert latest_where(lambda day: day <= boundary) == boundary


def test_latest_where_says_when_no_day_qualifies() -> None:
    """A condition that never holds has no latest day."""
    assert latest_where(lambda _: False) is None
    assert latest_where(lambda _: True) == date.max
