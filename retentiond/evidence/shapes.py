"""What JSON values may look like: small checks that are put together, and name the place of each fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from retentiond.evidence.strict import INTEGER_LIMIT, is_hex

Shape = Callable[[object, str], Iterator[str]]
"""Yields what is wrong with a value, given the value and its place (``totals.destroyed``)."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def anything(_value: object, _place: str) -> Iterator[str]:
    """A value that is judged elsewhere."""
    return iter(())


def text(value: object, place: str) -> Iterator[str]:
    """One line of at most 1,000 characters, not empty."""
    if not isinstance(value, str) or not 0 < len(value) <= 1000 or _CONTROL.search(value):
        yield f"{place} is not one line of text"


def count(value: object, place: str) -> Iterator[str]:
    """A whole number from 0 to 2^53 - 1."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < INTEGER_LIMIT:
        yield f"{place} is not a count"


def digest(value: object, place: str) -> Iterator[str]:
    """A SHA-256 digest in 64 lower-case hex digits."""
    if not is_hex(value, 32):
        yield f"{place} is not a SHA-256 digest in lower-case hex"


def time(value: object, place: str) -> Iterator[str]:
    """A moment in UTC to the second (RFC 3339)."""
    try:
        good = isinstance(value, str) and bool(_TIME.fullmatch(value)) and bool(datetime.fromisoformat(value))
    except ValueError:
        good = False
    if not good:
        yield f"{place} is not a time in UTC such as 2026-04-01T09:30:00Z"


def day(value: object, place: str) -> Iterator[str]:
    """A civil date, ``YYYY-MM-DD``."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        yield f"{place} is not a date such as 2026-04-01"


def month(value: object, place: str) -> Iterator[str]:
    """A month, ``YYYY-MM``."""
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        yield f"{place} is not a month such as 2026-04"


def one_of(*words: str) -> Shape:
    """One of some words."""

    def check(value: object, place: str) -> Iterator[str]:
        if value not in words or not isinstance(value, str):
            yield f"{place} is not one of {', '.join(words)}"

    return check


def or_null(shape: Shape) -> Shape:
    """A value that may be null."""

    def check(value: object, place: str) -> Iterator[str]:
        if value is not None:
            yield from shape(value, place)

    return check


def list_of(shape: Shape, *, least: int = 0) -> Shape:
    """A list, of at least so many."""

    def check(value: object, place: str) -> Iterator[str]:
        if not isinstance(value, (list, tuple)):
            yield f"{place} is not a list"
            return
        if len(value) < least:
            yield f"{place} has fewer than {least} entries"
        for at, inner in enumerate(value):
            yield from shape(inner, f"{place}[{at}]")

    return check


def fields(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """An object with exactly these fields; those that are optional may be absent. Unknown fields are refused."""
    known = {**required, **(optional or {})}

    def check(value: object, place: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{place or 'it'} is not an object"
            return
        lead = f"{place}." if place else ""
        yield from (f"{lead}{name} is missing" for name in required if name not in value)
        unknown = sum(name not in known for name in value)
        if unknown:
            yield f"{place or 'the statement'} has {unknown} unknown field{'s' if unknown > 1 else ''}"
        for name, shape in known.items():
            if name in value:
                yield from shape(value[name], f"{lead}{name}")

    return check
