"""Times of day for the daemon, as the five fields of a cron expression, in UTC."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic_core import PydanticCustomError

from retentiond.config.complaint import quoted
from retentiond.config.shape import said, scalar

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    # numbers for the day of the week start at Sunday in one program and at Monday in another: names only
    ("day of the week", 0, 6, _DAYS),
)
_PART = re.compile(r"(?:(?P<all>\*)|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>[1-9][0-9]?))?")


def read_cron(text: str) -> str:
    """Read ``30 4 * * *``: minute, hour, day of the month, month, day of the week; each ``*``, lists, ranges, steps.

    Source: crontab(5). The day of the week is written ``mon`` to ``sun``.
    """
    fields = text.split(" ")
    if len(fields) != len(_FIELDS):
        raise said(
            f"{quoted(text)} is not a cron expression of five fields", "write for example '30 4 * * *': 04:30 UTC"
        )
    for field, (name, lowest, highest, words) in zip(fields, _FIELDS, strict=True):
        for part in field.split(","):
            if not _is_part(part, lowest, highest, words):
                raise _not_a_field(field, name, lowest, highest, words)
    return text


def _is_part(part: str, lowest: int, highest: int, words: tuple[str, ...]) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    low = lowest if match["all"] else _number(match["low"], lowest, words)
    high = highest if match["all"] else low if match["high"] is None else _number(match["high"], lowest, words)
    if low is None or high is None or not lowest <= low <= high <= highest:
        return False
    if match["step"] is None:
        return True
    return low < high and int(match["step"]) <= high - low


def _number(text: str, lowest: int, words: tuple[str, ...]) -> int | None:
    if text in words:
        return words.index(text) + lowest
    return int(text) if words != _DAYS and re.fullmatch(r"[0-9]{1,2}", text) else None


def _not_a_field(field: str, name: str, lowest: int, highest: int, words: tuple[str, ...]) -> PydanticCustomError:
    allowed = f"{words[0]} to {words[-1]}" if words == _DAYS else f"{lowest} to {highest}"
    return said(
        f"{quoted(field)} cannot stand for the {name}",
        f"write * or {allowed}, a list (a,b), a range (a-b) or a step (*/n)",
    )


Cron = Annotated[
    str, *scalar(read_cron, pattern=r"^\S+ \S+ \S+ \S+ \S+$", hint="write for example '30 4 * * *': 04:30 UTC")
]
