"""Dates as people write them into names, tags and sidecars. Where a text leaves room, the later day is read."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone

_WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:(?P<mark>[-_./]?)(?P<month>\d{2})(?P=mark)(?P<day>\d{2})|[-_./](?P<only>\d{2}))?"
)
_YEARS = range(1800, 2201)
_EASTERNMOST = timezone(timedelta(hours=3))


def written_date(text: str) -> date:
    """Read a date, a year and month, or a year; what is left open counts as its last day, so never too early.

    ``2031-04-01``, ``20310401``, ``2031-04`` and ``2031`` are understood; the marks ``_``, ``.`` and ``/`` do as well.
    Six digits in a row are refused, for they might be a year and month or a short date. A time of day is allowed
    after a whole date; with an offset from UTC it is read as :func:`day_of` reads it.

    Raises:
        ValueError: the text is no such date. The text is not in the message: it may be personal data.
    """
    text = text.strip()
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return _moment(text)
    year, month, day = int(match["year"]), match["month"] or match["only"], match["day"]
    if year not in _YEARS:
        raise ValueError("the year is not between 1800 and 2200")
    try:
        if month is None:
            return date(year, 12, 31)
        return date(year, int(month), int(day) if day else monthrange(year, int(month))[1])
    except ValueError:
        raise ValueError("there is no such day") from None


def _moment(text: str) -> date:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("it is not written as a date") from None
    if moment.year not in _YEARS:
        raise ValueError("the year is not between 1800 and 2200")
    return moment.date() if moment.tzinfo is None else day_of(moment)


def day_of(moment: datetime) -> date:
    """Return the civil day of a moment in the easternmost zone of the UK and the EEA (UTC+3), so never too early.

    The clock of a store knows no schedule's time zone; at 23:30 UTC it is already tomorrow in a British summer.
    """
    return moment.astimezone(_EASTERNMOST).date()
