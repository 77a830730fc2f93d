"""One cell: from what a spreadsheet program made of it to what the schedule language calls for.

Programs guess: ``SEP-01`` becomes a date, ``1 April`` a day of this year, ``6`` a number, ``true`` a truth value. What
can be told for certain is turned back; what cannot is refused, and never guessed a second time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from typing import Any

from retentiond.config.complaint import quoted
from retentiond.config.nodes import compose, plain
from retentiond.config.sheets.grid import Value
from retentiond.config.sheets.guard import unguarded
from retentiond.domain.wording import in_words


class Kind(Enum):
    """What a cell holds."""

    TEXT = auto()
    """Text for people."""
    WORD = auto()
    """A word, a code or a period."""
    FLAG = auto()
    """Yes or no."""
    DAY = auto()
    """A date."""
    DAY_OF_YEAR = auto()
    """``1 April``."""
    MANY = auto()
    """One or several texts, between them ``;`` or a new line; or a list in brackets."""
    RULE = auto()
    """A word, or what the schedule language writes in braces or brackets."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be used: a sentence, and what to do about it."""

    message: str
    remedy: str


_ERROR = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:[0-9]+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_AS_TEXT = "format the cell as text and write it again"
_FLAGS = {"yes": "true", "true": "true", "no": "false", "false": "false"}


def read_cell(value: Value, kind: Kind) -> Any:  # noqa: ANN401 - nested dict, list, str, None: what a shape is read from
    """Return what a cell that is not blank says, as nested dicts, lists and text, or :class:`Wrong`."""
    text = _text_of(value, kind)
    if isinstance(text, Wrong):
        return text
    if _ERROR.fullmatch(text):
        return Wrong(f"this cell holds the error {quoted(text)}", "write the value itself")
    if _CONTROL.search(text):
        return Wrong("an unprintable character stands in this text", "take it out")
    match kind:
        case Kind.TEXT:
            return text
        case Kind.FLAG:
            return _FLAGS.get(text.casefold()) or Wrong(f"{quoted(text)} is neither yes nor no", "write yes or no")
        case Kind.MANY if not (text.startswith("[") and text.endswith("]")):
            return [part for one in re.split(r"[;\n]", text) if (part := one.strip())]
        case Kind.MANY | Kind.RULE if text.startswith(("{", "[")):
            return _composed(text)
        case _:
            return text.replace("\xa0", " ")


def _text_of(value: Value, kind: Kind) -> str | Wrong:
    match value:
        case str():
            return unguarded(value).replace("\r\n", "\n").replace("\r", "\n").strip()
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(int(value)) if float(value).is_integer() else repr(value)
        case time() | timedelta():
            return Wrong("the spreadsheet program has made this a time", _AS_TEXT)
        case datetime() if value.time() != time():
            return Wrong("the spreadsheet program has made this a date with a time", "write the date alone")
        case date():
            return _day(value, kind)


def _day(value: date, kind: Kind) -> str | Wrong:
    match kind:
        case Kind.DAY:
            return value.strftime("%Y-%m-%d") if value.year > 999 else Wrong("this is no date of ours", _AS_TEXT)
        case Kind.DAY_OF_YEAR:
            return in_words(value).rpartition(" ")[0]
        case _:
            return Wrong("the spreadsheet program has made this a date", _AS_TEXT)


def _composed(text: str) -> Any:  # noqa: ANN401 - as above
    root, complaints = compose(text, "")
    for one in sorted(complaints):
        return Wrong(one.message, one.remedy)
    return plain(root) if root is not None else None
