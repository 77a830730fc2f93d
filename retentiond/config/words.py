"""The single values of configuration files: each text is read as exactly what its place calls for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from retentiond.config import patterns
from retentiond.config.complaint import quoted
from retentiond.config.countries import COUNTRIES, OFTEN_MISTAKEN
from retentiond.config.shape import said, scalar, unknown_word
from retentiond.domain.periods import Period

CREDENTIAL = patterns.CREDENTIAL
ANY = ("string", "number", "boolean")
"""What text may look like to an editor, and is text all the same."""
_WORD = ("string", "boolean")
"""The same for text that starts with a letter: a column may be called ``true``."""


def matching(pattern: str, what: str, example: str, types: Sequence[str] = ("string",)) -> Any:  # noqa: ANN401 - annotations of a field
    """Return the annotations of text that must match a pattern."""
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise said(f"{quoted(text)} is not {what}", f"write for example {example}")
        return text

    return scalar(read, pattern=pattern, types=types, hint=f"this is not {what}: write for example {example}")


def one_of(words: Iterable[StrEnum], what: str) -> Any:  # noqa: ANN401 - annotations of a field
    """Return the annotations of a word out of an enumeration, or out of some of its members."""
    members = {one.value: one for one in words}
    allowed = list(members)

    def read(text: str) -> StrEnum:
        if text not in members:
            raise unknown_word(text, what, allowed)
        return members[text]

    return scalar(read, words=allowed)


def read_period(text: str) -> Period:
    """Read ``7 years``, ``21 years 4 months``."""
    if re.fullmatch(r"0+( .*)?", text):
        raise said(f"{quoted(text)} is no time at all", "a period is longer than nothing")
    if re.fullmatch(r"[1-9][0-9]*", text):
        raise said(f"{quoted(text)} is not a period", f"write '{text} years' or '{text} months'")
    if re.fullmatch(patterns.PERIOD, text):
        try:
            return Period.parse(text)
        except ValueError:  # a unit given twice
            pass
    raise said(f"{quoted(text)} is not a period", "write '7 years' or '18 months'")


def read_age(text: str) -> Period:
    """Read ``25`` (years) or ``21 years 4 months``."""
    if re.fullmatch(r"[1-9][0-9]{0,2}", text):
        return Period.of_years(int(text))
    if re.fullmatch(patterns.AGE, text):
        return read_period(text)
    raise said(f"{quoted(text)} is not an age", "write '25' (years) or '21 years 4 months'")


def read_day(text: str) -> date:
    """Read a date as ISO 8601 writes it."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:  # 30 February
            pass
    raise said(f"{quoted(text)} is not a date", "write year-month-day, for example 2026-04-01")


def read_flag(text: str) -> bool:
    """Read ``true`` or ``false``; YAML 1.1's other spellings are refused, not guessed."""
    if text not in ("true", "false"):
        raise said(f"{quoted(text)} is neither true nor false", "write true or false")
    return text == "true"


def read_zone(text: str) -> str:
    """Read the name of a time zone of the IANA database."""
    if text not in listed_zones() and text not in _zones():
        raise _unknown_zone(text)
    return text


@cache
def listed_zones() -> frozenset[str]:
    """Return the zones of the IANA database by its own list, which is part of what is available everywhere."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def _zones() -> tuple[str, ...]:
    # opens some six hundred files, so only where a name is not in the list
    return tuple(sorted(available_timezones()))


def _unknown_zone(text: str) -> PydanticCustomError:
    """Make the complaint about an unknown zone without listing six hundred."""
    near = [zone for zone in _zones() if zone.casefold().endswith(text.casefold())] if text else []
    return said(f"{quoted(text)} is not a time zone", f"write {near[0] if near else 'for example Europe/London'}")


def read_country(text: str) -> str:
    """Read an ISO 3166-1 alpha-2 code. ``UK`` and ``EL`` are not codes of that standard."""
    if text in COUNTRIES:
        return text
    meant = OFTEN_MISTAKEN.get(text.upper(), text.upper())
    remedy = f"write {meant}" if meant in COUNTRIES else "write two capital letters, for example GB"
    raise said(f"{quoted(text)} is not an ISO 3166-1 country code", remedy)


_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def read_duration(text: str) -> timedelta:
    """Read ``24 hours``, ``7 days``: elapsed time, not calendar time."""
    if not re.fullmatch(patterns.DURATION, text):
        raise said(f"{quoted(text)} is not a length of time", "write '24 hours' or '7 days'")
    number, unit = text.split(" ")
    return timedelta(seconds=int(number) * _SECONDS[unit.rstrip("s")])


def read_count(text: str) -> int:
    """Read a whole number from 1 to 9,999,999."""
    if not re.fullmatch(patterns.COUNT, text):
        raise said(f"{quoted(text)} is not a whole number above nought", "write digits only, for example 1000")
    return int(text)


def read_in_flight(text: str) -> int:
    """Read how many requests may be in flight: from 1 to 64."""
    if not re.fullmatch(patterns.IN_FLIGHT, text):
        raise said(f"{quoted(text)} is not a number of requests from 1 to 64", "leave it out: 32 is as many as pay")
    return int(text)


def read_whole(text: str) -> int:
    """Read a whole number from 0 to 999."""
    if not re.fullmatch(patterns.WHOLE, text):
        raise said(f"{quoted(text)} is not a whole number", "write digits only, for example 6")
    return int(text)


def read_day_of_year(text: str) -> tuple[int, int]:
    """Read ``1 April`` as month and day. 29 February is no day of every year."""
    if re.fullmatch(patterns.DAY_OF_YEAR, text):
        day, month = text.split(" ")
        return patterns.MONTHS.index(month) + 1, int(day)
    raise said(f"{quoted(text)} is not a day of every year", "write day and month, for example '1 April'")


def read_percent(text: str) -> float:
    """Read a share above 0 and up to 100."""
    if not re.fullmatch(patterns.PERCENT, text) or not 0 < Decimal(text) <= 100:
        raise said(f"{quoted(text)} is not a percentage above 0 and up to 100", "write a number, for example 5 or 0.5")
    return float(text)


def read_text(text: str) -> str:
    """Read text for people; several lines become one."""
    if not text.strip():
        raise said("this text is empty", "write something a person can read")
    return " ".join(line for line in map(str.strip, text.split("\n")) if line)


PeriodText = Annotated[
    Period, *scalar(read_period, pattern=patterns.PERIOD, hint="this is not a period: write '7 years' or '18 months'")
]
AgeText = Annotated[
    Period,
    *scalar(
        read_age,
        pattern=patterns.AGE,
        types=("string", "integer"),
        hint="this is not an age: write 25 (years) or '21 years 4 months'",
        minimum=1,
        maximum=999,
    ),
]
Day = Annotated[
    date, *scalar(read_day, pattern=patterns.DAY, hint="this is not a date: write year-month-day, such as 2026-04-01")
]
Flag = Annotated[
    bool, *scalar(read_flag, pattern=patterns.FLAG, types=("boolean", "string"), hint="write true or false")
]
Zone = Annotated[
    str, *scalar(read_zone, pattern=patterns.ZONE, hint="this is not a time zone: write for example Europe/London")
]
Country = Annotated[
    str, *scalar(read_country, words=sorted(COUNTRIES), hint="write a country's two capital letters: GB, not UK")
]
Duration = Annotated[
    timedelta,
    *scalar(
        read_duration, pattern=patterns.DURATION, hint="this is not a length of time: write '24 hours' or '7 days'"
    ),
]
Count = Annotated[
    int,
    *scalar(
        read_count,
        pattern=patterns.COUNT,
        types=("integer", "string"),
        hint="this is not a whole number above nought",
        minimum=1,
        maximum=9_999_999,
    ),
]
InFlight = Annotated[
    int,
    *scalar(
        read_in_flight,
        pattern=patterns.IN_FLIGHT,
        types=("integer", "string"),
        hint="this is not a number of requests from 1 to 64",
        minimum=1,
        maximum=64,
    ),
]
Whole = Annotated[
    int,
    *scalar(
        read_whole,
        pattern=patterns.WHOLE,
        types=("integer", "string"),
        hint="this is not a whole number",
        minimum=0,
        maximum=999,
    ),
]
DayOfYear = Annotated[
    tuple[int, int],
    *scalar(
        read_day_of_year,
        pattern=patterns.DAY_OF_YEAR,
        hint="this is not a day of every year: write day and month, such as 1 April",
    ),
]
Percent = Annotated[
    float,
    *scalar(
        read_percent,
        pattern=patterns.PERCENT,
        types=("number", "string"),
        hint="this is not a percentage above 0 and up to 100",
        exclusiveMinimum=0,
        maximum=100,
    ),
]
Text = Annotated[str, *scalar(read_text, pattern=r"\S", types=ANY, hint="write something a person can read")]
Code = Annotated[str, *matching(patterns.NAME, "a class code", "EH-01", ANY)]
Name = Annotated[str, *matching(patterns.NAME, "a name: letters, digits, '-', '.' and '_'", "early-help-cases", ANY)]
Account = Annotated[str, *matching(patterns.ACCOUNT, "an AWS account: twelve digits", "123456789012", ANY)]
Word = Annotated[str, *matching(patterns.WORD, "a name in small letters and '-'", "case-closed", _WORD)]
_CODED = "the name of a column, and no field inside JSON becomes a pseudonym"
CodedColumn = Annotated[str, *matching(patterns.COLUMN, _CODED, "nhs_no", _WORD)]
KeyName = Annotated[
    str,
    *matching(patterns.KEY_NAME, "the name of a key: at most 64 small letters, digits and '-'", "research-2026", _WORD),
]
Column = Annotated[str, *matching(patterns.COLUMN, "the name of a column", "ended_on", _WORD)]
Table = Annotated[str, *matching(patterns.TABLE, "the name of a table", "case_note", _WORD)]
_OR_FIELD = "the name of a column, or of a field of the JSON in it"
Value = Annotated[str, *matching(patterns.VALUE, _OR_FIELD, "ended_on or data.ended_on", _WORD)]
"""Where one value of a row stands."""
Values = Annotated[str, *matching(patterns.VALUES, _OR_FIELD, "ended_on or data.services[*].ended_on", _WORD)]
"""The same, where each element of a list may give one."""
TableValues = Annotated[
    str, *matching(patterns.TABLE_VALUES, "a table and a column, or a field of the JSON in it", "person.dob")
]
TableColumn = Annotated[str, *matching(patterns.TABLE_COLUMN, "a table and a column", "person.dob")]


def read_as_written(text: str) -> str:
    """Read text that a machine compares: nothing is trimmed."""
    if not text:
        raise said("this text is empty", "write something, or leave the key out")
    return text


def _cell(data: object) -> str | None:
    if data is not None and not isinstance(data, str):
        raise said("a single value belongs here", "write text, or null for a column without a value")
    return data


Exact = Annotated[str, *scalar(read_as_written, pattern=".", types=ANY)]
Cell = Annotated[str | None, PlainValidator(_cell), WithJsonSchema({"type": [*ANY, "null"]})]
"""What a column holds; ``null`` (unquoted) is no value."""
