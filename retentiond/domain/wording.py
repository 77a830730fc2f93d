"""Dates, names and rules as people say them: in English whatever the locale, without code words."""

from __future__ import annotations

from datetime import date

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


def in_words(day: date) -> str:
    """Return a date as people write it: ``1 April 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def spoken(name: str) -> str:
    """Return a name as people say it: ``case closed``."""
    return name.replace("-", " ")
