"""Regular expressions searched for in the names of objects and files."""

from __future__ import annotations

import re
import warnings
from typing import Annotated

from retentiond.config.shape import said, scalar


def read_pattern(text: str) -> str:
    """Read a regular expression that some names fit and others do not."""
    _groups(text)
    return text


def read_date_pattern(text: str) -> str:
    """Read a regular expression with one group: where the date, the year and month, or the year stands in a name."""
    groups = _groups(text)
    if groups != 1:
        raise said(
            f"this pattern has {groups} groups, and the date stands in exactly one",
            "put brackets around the date only, and (?:...) around anything else",
        )
    return text


def _groups(text: str) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(text).groups
    except (re.error, Warning, OverflowError, RecursionError):
        raise said("this is not a regular expression", r"write for example 'EH-\d+_(\d{4}-\d{2}-\d{2})\.pdf'") from None


AnyPattern = Annotated[str, *scalar(read_pattern, pattern=".", hint="write a regular expression")]
DatePattern = Annotated[
    str, *scalar(read_date_pattern, pattern=r"\(", hint="write a pattern with brackets around the date")
]
