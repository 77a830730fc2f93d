"""Dates, spans, names and lists as people say them: in English whatever the locale, without code words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from retentiond.domain.periods import CutOff, Period

if TYPE_CHECKING:
    from retentiond.domain.schedule import Event

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PLACES = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_SUBJECTS = frozenset({"a", "an", "it", "somebody", "someone", "the", "their", "they"})
"""Words a clause begins with when ``the day`` before it can be left out: ``the day the case was closed``."""


def in_words(day: date) -> str:
    """Return a date as people write it: ``1 April 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_in_words(year: int, month: int) -> str:
    """Return a month as people write it: ``April 2026``."""
    return f"{_MONTHS[month - 1]} {year}"


def month_name(day: date) -> str:
    """Return the name of a day's month."""
    return _MONTHS[day.month - 1]


def without_year(day: date) -> str:
    """Return a day of any year: ``31 March``; the end of February has no number of its own."""
    return "end of February" if day.month == 2 and day.day >= 28 else f"{day.day} {month_name(day)}"


def spoken(name: str) -> str:
    """Return a name as people say it: ``case closed``."""
    return name.replace("-", " ")


def called(name: str, events: Mapping[str, Event]) -> str:
    """Return what a schedule calls a trigger: ``the day the case was closed``.

    One that it does not name is called by its own words: ``the last contact``, ``the youngest date of birth``.
    """
    if name in events:
        return events[name].called
    *before, last = name.split("-")
    if last in ("birth", "death"):
        return " ".join(["the", *before, "date of", last])
    if last.endswith("ed"):
        return f"the day the {spoken(name)}" if before else f"the day it was {last}"
    return f"the {spoken(name)}"


def dated(name: str, day: date, events: Mapping[str, Event]) -> str:
    """Return the sentence that a trigger has a date, without its full stop: ``The case was closed on 14 May 2019``."""
    words = called(name, events)
    clause = words.removeprefix("the day ")
    if clause != words and clause.partition(" ")[0] in _SUBJECTS:
        return f"{begun(clause)} on {in_words(day)}"
    verb = "is" if {"date", "day"} & set(words.lower().split()) else "is dated"
    return f"{begun(words)} {verb} {in_words(day)}"


def span(period: Period) -> str:
    """Return a period in words: ``21 years and 4 months``."""
    years, months = divmod(period.months, 12)
    named = ((years, "year"), (months, "month"), (period.days, "day"))
    return listed([f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in named if number])


def whole_years(period: Period) -> int | None:
    """Return the number of years of a period that is nothing else, as a birthday or an anniversary is."""
    years, months = divmod(period.months, 12)
    return None if months or period.days else years


def year_of(cut_off: CutOff) -> str:
    """Return which year, quarter or month a cut-off carries to the end of, and when that is where it is a year's.

    ``financial year (31 March)``, ``quarter``.
    """
    if cut_off.months < 12:
        return spoken(cut_off.word)
    # 2003 is no leap year, and neither is the year before it
    return f"{spoken(cut_off.word)} ({without_year(date(2003, cut_off.month, cut_off.day) - timedelta(days=1))})"


def th(number: int) -> str:
    """Return a number in a row: ``1st``, ``25th``."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def place(number: int) -> str:
    """Return a place in a row: ``second``, and from eleven on ``11th``."""
    return _PLACES[number] if number < len(_PLACES) else th(number)


def number_in_words(number: int) -> str:
    """Return a small number as a word: ``two``, and from eleven on in figures."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def begun(words: str) -> str:
    """Return words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]
