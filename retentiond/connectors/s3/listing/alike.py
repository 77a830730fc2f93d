"""Records of a page that are all written alike, read at once by an expression made after the first of them.

The expression allows no more than the first record shows: the same elements in the same order, text without markup of
any kind in each. Where records that match it follow one another from the first to the last without a byte between
them, the page is as well-formed as its first record and what stands around, and nothing has to be parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_TAG = re.compile(rb"<(/?)([A-Za-z]+)>([^<]*)")
_PLAIN = rb"[ -%'-;=?-~]*"
"""Text that means itself in XML: printable, without a reference and without what could be markup."""
_BLANKS = b" \n\r\t"
_BLANK = b"[ \n\r\t]*"
_GROUPS = {b"Key": b"(?P<key>%b)", b"LastModified": b"(?P<time>%b)"}
_QUOTED = re.compile(rb"(&(?:quot|#34|#x22);)" + _PLAIN + rb"\1")
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Alike:
    """What a page whose records are alike says."""

    records: tuple[bytes, ...]
    keys: list[bytes]
    modified: list[bytes]
    around: bytes
    """What stands before the first record and behind the last."""


def read_alike(body: bytes, name: bytes, once: tuple[bytes, ...]) -> Alike | None:
    """Read a page's records.

    Args:
        body: the page.
        name: of the element that is a record.
        once: the elements that each record must have exactly once, beside its key and its time.

    Returns:
        None where the records are not alike, or are written in a way that only a parser should read.
    """
    closing = b"</" + name + b">"
    start, end = body.find(b"<" + name + b">"), body.rfind(closing) + len(closing)
    first = body.find(closing, start) + len(closing)
    if start < 0 or not start < first <= end or first - start > _LONGEST:
        return None
    expression = _expression_after(body[start:first], once)
    if expression is None:
        return None
    found = expression.findall(body, start, end)
    if not found:
        return None
    records, *texts = zip(*found, strict=True)
    if sum(map(len, records)) != end - start:
        return None
    keys, modified = (list(texts[expression.groupindex[one] - 2]) for one in ("key", "time"))
    return Alike(records, keys, modified, body[:start] + body[end:])


def _expression_after(record: bytes, once: tuple[bytes, ...]) -> re.Pattern[bytes] | None:
    tags = _TAG.findall(record)
    if sum(len(slash) + len(name) + len(text) + 2 for slash, name, text in tags) != len(record):
        return None  # there is more in it than elements and text
    return _expression(tuple((bool(slash), name, _form(text)) for slash, name, text in tags), once)


def _form(text: bytes) -> bytes:
    """Return how a text is written, so that records alike have one form."""
    if not text.strip(_BLANKS):
        return _BLANK if text else b""
    quoted = _QUOTED.fullmatch(text)
    return quoted[1] + _PLAIN + quoted[1] if quoted else _PLAIN


@lru_cache(maxsize=64)
def _expression(form: tuple[tuple[bool, bytes, bytes], ...], once: tuple[bytes, ...]) -> re.Pattern[bytes] | None:
    """Return the expression for records of a form, or None where its elements do not close as they open."""
    written: list[bytes] = []
    around: list[bytes] = []
    names: list[bytes] = []
    for number, (closes, name, text) in enumerate(form):
        is_leaf = not closes and number + 1 < len(form) and form[number + 1][:2] == (True, name)
        if closes and (not around or around.pop() != name):
            return None
        if not closes:
            around.append(name)
            names.append(name)
        if not is_leaf and text not in (b"", _BLANK):
            return None
        of_record = is_leaf and len(around) == 2
        group = _GROUPS.get(name, b"%b") if of_record else b"%b"
        if name in _GROUPS and not closes and not of_record:
            return None
        written.append(b"<%b%b>" % (b"/" if closes else b"", name))
        written.append(group % (text if not is_leaf else text or _PLAIN))
    if around or any(names.count(one) != 1 for one in (*_GROUPS, *once)):
        return None
    return re.compile(b"(%b%b)" % (b"".join(written), _BLANK))
