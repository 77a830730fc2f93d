"""Rules that leave less of a value than was there. Numbers and dates are rounded down or off, codes are cut short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

YEAR, MONTH, OUTWARD_CODE = "year", "month", "outward-code"
WORDS = (YEAR, MONTH, OUTWARD_CODE)
"""Rules that need no measure: the first day of a date's year or month; the first half of a postcode."""


@dataclass(frozen=True, slots=True)
class Band:
    """A number, or the year of a date, carried down to the start of its band: by 5, 37 is 35 and 2013 is 2010."""

    width: int


@dataclass(frozen=True, slots=True)
class Rounded:
    """The nearest multiple of a number, half away from zero: to 1000, 1500 is 2000 and -1500 is -2000."""

    to: int


@dataclass(frozen=True, slots=True)
class First:
    """The first characters of a code: of one, WBRI is W."""

    characters: int


@dataclass(frozen=True, slots=True)
class Before:
    """The text before the first separator: before ``.``, F43.1 is F43. Text without one stays whole."""

    separator: str


Generalisation: TypeAlias = str | Band | Rounded | First | Before
"""A word of :data:`WORDS`, or a rule with its measure."""
