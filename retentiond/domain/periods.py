"""Calendar arithmetic: from a trigger's date to the last day kept, and exactly back again.

Civil dates only. A corresponding date that does not exist rolls *forward* (29 February + 1 year = 1 March), so
that no reading of the law makes a record due too early: sources in ``docs/decisions/0002-dates-roll-forward.md``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

_PART = re.compile(r"(\d{1,4}) (year|month|week|day)s?")


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar span: whole months (a year is twelve) and then whole days; never negative, never empty."""

    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        if self.months < 0 or self.days < 0 or not (self.months or self.days):
            raise ValueError("a period is longer than nothing")

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``7 years``, ``18 months``, ``21 years 4 months``, ``90 days``.

        Raises:
            ValueError: the text is not a period.
        """
        months = days = 0
        units: list[str] = []
        for part in re.split(r"(?<=[a-z]),? (?:and )?(?=\d)", text.strip()):
            match = _PART.fullmatch(part)
            if match is None or match[2] in units:
                raise ValueError(f"'{text}' is not a period")
            units.append(match[2])
            number = int(match[1])
            if match[2] in ("year", "month"):
                months += number * (12 if match[2] == "year" else 1)
            else:
                days += number * (7 if match[2] == "week" else 1)
        return cls(months, days)

    @classmethod
    def of_years(cls, years: int) -> Period:
        """Return a period of whole years."""
        return cls(months=12 * years)

    def __str__(self) -> str:
        return _said(self.months, self.days)


@cache
def _said(months: int, days: int) -> str:
    # once for a period, not once for a record
    named = ((months // 12, "year"), (months % 12, "month"), (days, "day"))
    return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in named if n)


@dataclass(frozen=True, slots=True)
class CutOff:
    """Where a trigger's date is carried to before the period is counted: the last day of its year, quarter or month.

    ``month`` and ``day`` are the first day of such a year; a new one starts every ``months`` months after it. Local
    authorities' financial year starts on 1 April, the school year on 1 September; a schedule may say otherwise. The tax
    year starts on 6 April.
    """

    word: str
    month: int = 1
    day: int = 1
    months: int = 12

    def end(self, day: date) -> date:
        """Return the last day of the year of this kind that holds ``day``; the calendar's last day where it ends."""
        since = (day.month - self.month) % self.months
        if since == 0 and day.day < self.day:
            since = self.months
        index = day.year * 12 + (day.month - 1) - since + self.months
        if index // 12 > date.max.year:
            return date.max
        return date(index // 12, index % 12 + 1, self.day) - timedelta(days=1)


FINANCIAL_YEAR = CutOff("financial-year", 4)
ACADEMIC_YEAR = CutOff("academic-year", 9)
CALENDAR_YEAR = CutOff("calendar-year")
TAX_YEAR = CutOff("tax-year", 4, 6)
QUARTER = CutOff("quarter", months=3)
MONTH = CutOff("month", months=1)
CUT_OFFS = {one.word: one for one in (FINANCIAL_YEAR, ACADEMIC_YEAR, CALENDAR_YEAR, TAX_YEAR, QUARTER, MONTH)}
"""What each word means where a schedule does not say otherwise."""


_EVERY_MONTH_HAS = 28


def add(day: date, period: Period) -> date:
    """Return the corresponding date ``period`` after ``day``; a missing one rolls forward to the next 1st.

    Months are counted in one step and days after them. Dates past 9999 stop at the last one, so that the
    function stays monotone and total.
    """
    index = day.year * 12 + (day.month - 1) + period.months
    year, month = divmod(index, 12)
    month += 1
    if year > date.max.year:
        return date.max
    if day.day <= _EVERY_MONTH_HAS or day.day <= monthrange(year, month)[1]:
        moved = date(year, month, day.day)
    elif (year, month) == (date.max.year, 12):  # pragma: no cover - December has 31 days
        return date.max
    else:
        moved = date(year, month + 1, 1)
    if not period.days:
        return moved
    return date.max if (date.max - moved).days < period.days else moved + timedelta(days=period.days)


def latest_where(is_due: Callable[[date], bool]) -> date | None:
    """Return the latest date for which ``is_due`` holds, given that once false it stays false.

    This is the exact inverse of any due date that is a monotone function of its trigger's date; it needs no
    knowledge of the clause and at most 22 evaluations. ``None`` when no date qualifies.
    """
    low, high = date.min.toordinal(), date.max.toordinal()
    if not is_due(date.min):
        return None
    while low < high:
        middle = (low + high + 1) // 2
        if is_due(date.fromordinal(middle)):
            low = middle
        else:
            high = middle - 1
    return date.fromordinal(low)
