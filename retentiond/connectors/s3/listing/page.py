"""One page of a listing, of objects or of versions: its keys at once, the rest of an entry when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from botocore.utils import parse_timestamp

from retentiond.connectors.s3.listing.alike import Records

Position = Mapping[str, str]
"""Where a listing goes on: ``start-after``, ``continuation-token`` or ``key-marker`` with ``version-id-marker``."""

_DIGITS = b"0123456789"
_MARKS, _FINE_MARKS = b"--T::Z", b"--T::.Z"
"""What stands between the digits of a time, as all servers known write it."""
_EASTERNMOST = timedelta(hours=3)

_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")
_REFERENCE = re.compile(r"&([^;&]*);?")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


_FEW = 2
"""Keys that are worth packing."""


class Garbled(ValueError):
    """An answer that says too little, or contradicts itself; nothing is concluded from it."""


class Entry(NamedTuple):
    """What a listing says of one version, delete marker or unversioned object."""

    id: str
    etag: str
    size: int
    modified: datetime
    is_marker: bool
    is_latest: bool


@dataclass(slots=True)
class Page:
    """Entries in the order the server sent them.

    ``modified`` holds the times as they were written, and ``raw`` the XML of each entry or the entry itself: most
    entries of a long listing are too young, and are never made.
    """

    keys: list[str]
    modified: list[str]
    raw: Sequence[bytes | Entry] | Mapping[int, bytes | Entry]
    goes_on: Position | None
    """None: the listing ends here."""
    slowed: int = 0
    """How often the server asked for fewer requests before it sent this."""
    old: Sequence[int] = ()
    """Once it is thinned: which entries are old enough to be wanted."""
    is_packed: bool = False

    @property
    def begins(self) -> object:
        """What no listing tells twice: its first entry, or where it goes on if it has none."""
        return (self.keys[0], self.raw[0]) if self.keys else self.goes_on

    def thinned(self, moment: bytes | None) -> Page:
        """Return the page with no more than the keys of entries that certainly lie at or after a moment."""
        old = self.not_after(moment)
        raw = self.raw
        if len(old) != len(self.keys):
            numbers = [0, *(one for one in old if one)]
            raw = raw.picked(numbers) if isinstance(raw, Records) else {one: raw[one] for one in numbers}
        return Page(self.keys, [], raw, self.goes_on, self.slowed, old)

    def entry(self, number: int) -> Entry:
        """Return one entry.

        Raises:
            Garbled: something is missing in it.
        """
        one = self.raw[number]
        return one if isinstance(one, Entry) else _entry(one)

    def not_after(self, moment: bytes | None) -> Sequence[int]:
        """Return which entries do not certainly lie at or after a moment, going by their times as they are written."""
        all_of_them = range(len(self.modified))
        if moment is None:
            return all_of_them
        marks = "".join(self.modified).encode().translate(None, _DIGITS)
        if marks not in (_MARKS * len(self.modified), _FINE_MARKS * len(self.modified)):
            return all_of_them
        bound = moment.decode()
        return [number for number, written in enumerate(self.modified) if written < bound]

    def packed(self) -> Page:
        """Return the page as it waits for its turn: its keys in one text, which takes half the room."""
        text = "\n".join(self.keys)
        if len(self.keys) < _FEW or text.count("\n") != len(self.keys) - 1:
            return self
        return Page([text], self.modified, self.raw, self.goes_on, self.slowed, self.old, is_packed=True)

    def unpacked(self) -> Page:
        """Return the page as it was before it was packed."""
        if not self.is_packed:
            return self
        return Page(self.keys[0].split("\n"), self.modified, self.raw, self.goes_on, self.slowed, self.old)

    def before(self, number: int) -> Page:
        """Return the page up to an entry, without it."""
        old = [one for one in self.old if one < number]
        return Page(self.keys[:number], self.modified[:number], self.raw, None, self.slowed, old)


def _entry(xml: bytes) -> Entry:
    is_marker = xml.startswith(MARKER)
    try:
        modified = moment(inner(xml, b"LastModified").decode())
        if b"<VersionId>" not in xml:
            return Entry("", text(xml, b"ETag"), int(inner(xml, b"Size")), modified, False, True)
        latest = _TRUTH[inner(xml, b"IsLatest")]
        if is_marker:
            return Entry(text(xml, b"VersionId"), "", 0, modified, True, latest)
        return Entry(text(xml, b"VersionId"), text(xml, b"ETag"), int(inner(xml, b"Size")), modified, False, latest)
    except (KeyError, ValueError):
        raise Garbled from None


MARKER = b"\0"
"""Put before the XML of a delete marker. No XML has such a character."""


def moment(written: str) -> datetime:
    """Read a time: the usual notation quickly, any other as the SDK does.

    Raises:
        Garbled: it is no time, or of no known offset from UTC.
    """
    if _USUAL.fullmatch(written):
        return datetime.fromisoformat(written)
    found = parse_timestamp(written)
    if found.tzinfo is None:
        raise Garbled
    return found


_TRUTH = {b"true": True, b"false": False}


def inner(xml: bytes, name: bytes) -> bytes:
    """Return what stands in the one element of a name.

    Raises:
        Garbled: it is not there once, or holds more than text.
    """
    _, opened, rest = xml.partition(b"<" + name + b">")
    found, closed, after = rest.partition(b"</" + name + b">")
    if not opened or not closed or b"<" in found or name + b">" in after:
        raise Garbled
    return found


def text(xml: bytes, name: bytes) -> str:
    """Return the text of the one element of a name.

    Raises:
        Garbled: it is not there once, or is no text.
    """
    return plain(inner(xml, name).decode())


def plain(written: str) -> str:
    """Return a text without the references of XML.

    Raises:
        Garbled: a reference that XML does not know by itself, or to no character.
    """
    return _REFERENCE.sub(_character, written) if "&" in written else written


def _character(reference: re.Match[str]) -> str:
    name = reference[1]
    if reference[0][-1] != ";":
        raise Garbled
    if not name.startswith("#"):
        if name not in _NAMED:
            raise Garbled
        return _NAMED[name]
    digits, base = (name[2:], 16) if name[1:2] == "x" else (name[1:], 10)
    if not digits.isalnum() or not digits.isascii():
        raise Garbled
    try:
        return chr(int(digits, base))
    except (ValueError, OverflowError):
        raise Garbled from None


def written_moment_after(day: date) -> bytes:
    """Return, as listings write it, the moment a civil day has ended wherever it counts (see ``day_of``: UTC+3)."""
    ended = datetime.combine(day, time.max) if day == date.max else datetime.combine(day + timedelta(days=1), time.min)
    return (ended - _EASTERNMOST).isoformat(timespec="seconds").encode()
