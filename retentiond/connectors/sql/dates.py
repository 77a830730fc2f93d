"""Trigger dates: read with suspicion, bounded in SQL so that an index can be used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.types import NullType

from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.values import Column, Value

ZONE = ZoneInfo("Europe/London")
"""A moment with a zone becomes the civil date it had here; one without keeps the date it was written with."""

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Outside of these years a date is a placeholder (1753, 1899, 9999), not an event."""

_ISO = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?"
)
_LOOKS_ISO = "____-__-__%"
_MONTHS_OF_30 = ("04", "06", "09", "11")
_DAY = timedelta(days=1)
_REMEMBERED = 1 << 14
"""Dates that are not read anew: the days of 45 years."""


@dataclass(frozen=True, slots=True)
class CivilDate:
    """A date read from a store: the date, none, or a value that is not a usable date."""

    day: date | None
    problem: bool = False


@lru_cache(maxsize=_REMEMBERED)
def civil_date(value: Value) -> CivilDate:
    """Read a trigger's date: ISO 8601 ``YYYY-MM-DD``, alone or with a time. All else is a problem, never a guess."""
    if value is None:
        return CivilDate(None)
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return CivilDate(None, problem=True)
    try:
        moment = datetime.fromisoformat(value)
        day = (moment.astimezone(ZONE) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return CivilDate(None, problem=True)
    usable = FIRST_YEAR <= day.year <= LAST_YEAR
    return CivilDate(day, problem=False) if usable else CivilDate(None, problem=True)


def is_date_like(column: Column) -> bool:
    """Whether a column is declared as a date, a date and time, or text."""
    kind = declared(column)
    if isinstance(column.type, NullType):
        # SQLite knows no dates: a declaration it does not understand says nothing about what is stored.
        return not isinstance(kind, sa.Integer | sa.Float | sa.Boolean | sa.LargeBinary)
    return isinstance(kind, sa.Date | sa.DateTime | sa.String) and not isinstance(kind, sa.Enum)


def on_or_before(column: Column, latest: date) -> Column:
    """Return a plain comparison that holds for every date on or before a day, and for text that is no ISO date.

    For text it may also hold for the day after: a moment with a zone can be written with another day than London's.
    The exact test follows on the rows read.
    """
    match column.type:
        case sa.DateTime(timezone=True):
            return column < sa.literal(datetime.combine(_later(latest), time(), ZONE), column.type)
        case sa.DateTime():
            return column < sa.literal(datetime.combine(_later(latest), time()), column.type)
        case sa.Date():
            return column <= sa.literal(latest, column.type)
        case _:
            text = _text(column)
            return sa.or_(text < _word(_later(latest, 2)), text.not_like(_LOOKS_ISO))


def after_for_certain(column: Column, latest: date) -> Column:
    """Return a comparison that holds only for dates after a day (or NULL): such a row keeps its record."""
    match column.type:
        case sa.DateTime() | sa.Date():
            return sa.not_(on_or_before(column, latest))
        case _:
            text = _text(column)
            return sa.and_(text >= _word(_later(latest, 2)), text.like(_LOOKS_ISO))


def unusable(column: Column, dialect: Dialect) -> Column:
    """Return a condition that holds for every value that gives no date, and for few others; tested again when read."""
    first, last = date(FIRST_YEAR, 1, 2), date(LAST_YEAR, 12, 31)
    match column.type:
        case sa.DateTime() | sa.Date():
            return sa.or_(
                column.is_(None),
                column < _bound(column, first),
                column >= _bound(column, last),
                dialect.is_no_day(column),
            )
        case _:
            text = _text(column)
            return sa.or_(
                column.is_(None),
                text < _word(first),
                text >= _word(last),
                _beyond_its_month(text),
                sa.not_(dialect.is_written_day(text, _ISO.pattern)),
            )


def _beyond_its_month(text: Column) -> Column:
    # 29 February is let through in every year: whether the year had one is asked when the row is read.
    month, day = sa.func.substr(text, 6, 2), sa.func.substr(text, 9, 2)
    short = sa.and_(day == "31", month.in_(_MONTHS_OF_30))
    return sa.and_(day > "28", sa.or_(month == "02", short))


def _bound(column: sa.ColumnElement[Any], day: date) -> Column:
    if isinstance(column.type, sa.DateTime):
        zone = ZONE if column.type.timezone else None
        return sa.literal(datetime.combine(day, time(), zone), column.type)
    return sa.literal(day, column.type)


def _text(column: Column) -> Column:
    return column if isinstance(column.type, sa.String) else sa.cast(column, sa.Text)


def _word(day: date) -> Column:
    return sa.literal(day.isoformat(), sa.Text())


def _later(day: date, days: int = 1) -> date:
    return date.max if date.max - day <= days * _DAY else day + days * _DAY
