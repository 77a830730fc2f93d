"""Records of a page that are all written alike, read at once by an expression made after the first of them.

The expression allows no more than the first record shows: the same elements in the same order, text without markup of
any kind in each. Where records that match it follow one another from the first to the last without a byte between
them, the page is as well-formed as its first record and what stands around, and nothing has to be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, overload

_TAG = re.compile("<(/?)([A-Za-z]+)>([^<]*)")
_PLAIN = bytes(byte for byte in range(32, 127) if byte not in b"<>&")
"""Characters that mean themselves in XML: printable, without what begins a reference or could be markup."""
_TEXT, _WITHIN_QUOTES = "[^<]*+", "[^&]*+"
"""They allow too much, and what they let through shows when the markup of all records is compared with that of one."""
_GROUPS = {"Key": "(?P<key>%s)", "LastModified": "(?P<time>%s)"}
_QUOTED = re.compile("^(&(?:quot|#34|#x22);)([^<>&]*)\\1$")
_LONGEST = 4096
_FEW = 64
"""Records that are looked for one by one."""


class Alike(NamedTuple):
    """What a page whose records are alike says."""

    records: Sequence[bytes]
    keys: list[str]
    modified: list[str]
    around: bytes
    """What stands before the first record and behind the last."""


class Records(Sequence[bytes]):
    """Records that follow one another, cut apart when one of them is asked for."""

    def __init__(self, body: bytes, start: int, name: bytes, keys: Sequence[str]) -> None:
        self._body, self._start, self._keys = body, start, keys
        self._opening, self._closing = b"<%b>" % name, b"</%b>" % name
        self._cut: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def picked(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Return some of them by their numbers, which rise. Few are found by their keys, which is faster than to cut.

        What is found is the next element with that key, and the right one if no record in between has the same.
        """
        found: dict[int, bytes] = {}
        at, before = self._start, -1
        for number in numbers if len(numbers) < _FEW and self._cut is None else ():
            key = self._keys[number]
            if self._keys.index(key, before + 1) != number:
                break
            of_key = self._body.find(f"<Key>{key}</Key>".encode("ascii"), at)
            begin, end = self._body.rfind(self._opening, at, of_key), self._body.find(self._closing, of_key)
            found[number] = self._body[begin:end]
            at, before = end, number
        return found if len(found) == len(numbers) else {number: self[number] for number in numbers}

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | Sequence[bytes]:
        if self._cut is None:
            self._cut, self._body = self._body[self._start :].split(self._closing, len(self)), b""
        return self._cut[number]


def read_alike(body: bytes, name: str, once: tuple[str, ...]) -> Alike | None:
    """Read a page's records.

    Args:
        body: the page.
        name: of the element that is a record.
        once: the elements that each record must have exactly once, beside its key and its time.

    Returns:
        None where the records are not alike, or are written in a way that only a parser should read.
    """
    opening, closing = f"<{name}>".encode(), f"</{name}>".encode()
    start, end = body.find(opening), body.rfind(closing) + len(closing)
    first = body.find(closing, start) + len(closing)
    if start < 0 or not start < first <= end or first - start > _LONGEST:
        return None
    try:
        text = str(memoryview(body)[start:end], "ascii")
    except UnicodeDecodeError:
        return None
    expression = _expression_after(text[: first - start], once)
    if expression is None:
        return None
    # What was between records, and then the two texts of one, again and again.
    found = expression.split(text)
    between, texts = found[0::3], (found[1::3], found[2::3])
    count = len(texts[0])
    around, markup = body[:start] + body[end:], _markup(body[start:first]) * count
    if not count or any(between) or _markup(body) != _markup(body[:start]) + markup + _markup(body[end:]):
        return None
    keys, modified = (texts[expression.groupindex[one] - 1] for one in ("key", "time"))
    return Alike(Records(body, start, name.encode(), keys), keys, modified, around)


def _markup(some: bytes) -> bytes:
    """Return what of a text may be markup, or is no text at all."""
    return some.translate(None, _PLAIN)


def _expression_after(record: str, once: tuple[str, ...]) -> re.Pattern[str] | None:
    tags = _TAG.findall(record)
    if sum(len(slash) + len(name) + len(text) + 2 for slash, name, text in tags) != len(record):
        return None  # there is more in it than elements and text
    if any(_markup(_QUOTED.sub(r"\2", text).encode()) for _, _, text in tags):
        return None  # a reference, or a character that XML may not have: nothing else here would look at it
    return _expression(tuple((bool(slash), name, _form(text)) for slash, name, text in tags), once)


def _form(text: str) -> str:
    """Return how a text is written, so that records alike have one form."""
    quoted = _QUOTED.fullmatch(text)
    return quoted[1] + _WITHIN_QUOTES + quoted[1] if quoted else _TEXT if text else ""


@lru_cache(maxsize=64)
def _expression(form: tuple[tuple[bool, str, str], ...], once: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return the expression for records of a form, or None where its elements do not close as they open."""
    written: list[str] = []
    around: list[str] = []
    names: list[str] = []
    for number, (closes, name, text) in enumerate(form):
        is_leaf = not closes and number + 1 < len(form) and form[number + 1][:2] == (True, name)
        if closes and (not around or around.pop() != name):
            return None
        if not closes:
            around.append(name)
            names.append(name)
        if not is_leaf and text:
            return None
        of_record = is_leaf and len(around) == 2
        group = _GROUPS.get(name, "%s") if of_record else "%s"
        if name in _GROUPS and not closes and not of_record:
            return None
        written.append(f"<{'/' if closes else ''}{name}>")
        written.append(group % (text or _TEXT) if is_leaf else "")
    if around or any(names.count(one) != 1 for one in (*_GROUPS, *once)):
        return None
    return re.compile("".join(written))
