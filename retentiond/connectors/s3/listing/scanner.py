"""Pages of listings read as bytes: whatever order a server gives the elements, and only what counts up.

Records that are all written alike are read by one expression (:mod:`.alike`), others are cut apart and parsed for their
form. A page that does not check is not read here but by the SDK's own parser (:mod:`.parsed`). The laws a page has to
meet: well-formed, as many records as elements that open and that close, exactly one key and one time in each, and for
objects as many as ``KeyCount`` says. Amazon S3 API Reference, ``ListObjectsV2`` and ``ListObjectVersions``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import unquote_to_bytes
from xml.parsers import expat

from retentiond.connectors.s3.listing.alike import Alike, read_alike
from retentiond.connectors.s3.listing.page import MARKER, Garbled, Page, plain

_END = b"</LastModified>"
_NOT_READ = re.compile(rb"<(?:!|(?:Contents|Version|DeleteMarker|CommonPrefixes)[\s/>])")
"""What must not stand between records and around them: a comment, a record written in another way."""
_RECORDS = frozenset({"Contents", "Version", "DeleteMarker", "CommonPrefixes"})
"""Nor in any other way that only a parser makes out: with a prefix to its name, or in another encoding."""


def _whole(body: bytes) -> None:
    """Refuse a body that is not well-formed, for counts alone cannot tell whether every piece is in its place."""
    parser = expat.ParserCreate()
    parser.CommentHandler = parser.StartCdataSectionHandler = parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):  # the last two: an encoding that is not known or has no bytes
        raise Garbled from None


def _refuse(*_: object) -> NoReturn:
    raise Garbled


def objects_page(body: bytes) -> Page:
    """Read a page of ``ListObjectsV2``.

    Raises:
        Garbled: it does not check; another parser has to read it.
    """
    if alike := read_alike(body, "Contents", ()):
        frame = _frame(alike.around)
        count, page = len(alike.keys), _page_alike(alike, frame)
    else:
        _whole(body)
        frame, records = _records(body, b"Contents")
        count, page = len(records), _page(body, frame, records)
    if frame.get("KeyCount") != str(count):
        raise Garbled
    if _is_truncated(frame):
        page.goes_on = {"continuation-token": _needed(frame, "NextContinuationToken")}
    return page


def versions_page(body: bytes) -> Page:
    """Read a page of ``ListObjectVersions``.

    Raises:
        Garbled: it does not check; another parser has to read it.
    """
    is_mixed = b"<DeleteMarker" in body
    if not is_mixed and (alike := read_alike(body, "Version", ("VersionId", "IsLatest"))):
        frame = _frame(alike.around)
        page = _page_alike(alike, frame)
    else:
        frame, page = _versions_parted(body)
    if _is_truncated(frame):
        key = _needed(frame, "NextKeyMarker")
        page.goes_on = {
            "key-marker": _decoded(key) if _is_encoded(frame) else key,
            # By its key alone a listing goes on behind it, and what is left of its versions would be missing.
            "version-id-marker": _needed(frame, "NextVersionIdMarker"),
        }
    return page


Frame = Mapping[str, str]
"""What a page says beside its records."""


def _page_alike(alike: Alike, frame: Frame) -> Page:
    return Page(_keys(alike.keys, encoded=_is_encoded(frame)), alike.modified, alike.records, None)


def _versions_parted(body: bytes) -> tuple[Frame, Page]:
    """Read a page on which versions and delete markers are mixed, or which is written otherwise than usual."""
    _whole(body)
    markers = body.count(b"<DeleteMarker>")
    if markers != body.count(b"</DeleteMarker>") or body.count(b"DeleteMarker>") != 2 * markers:
        raise Garbled
    if markers:
        body = body.replace(b"<DeleteMarker>", b"<Version>" + MARKER).replace(b"</DeleteMarker>", b"</Version>")
    frame, records = _records(body, b"Version")
    if body.count(b"<VersionId>") != len(records) or body.count(b"<IsLatest>") != len(records):
        raise Garbled
    return frame, _page(body, frame, records)


def _records(body: bytes, name: bytes) -> tuple[Frame, list[bytes]]:
    """Cut a body into what stands around its records, and the records."""
    head, *records = body.split(b"<" + name + b">")
    closing = b"</" + name + b">"
    if body.count(closing) != len(records) or body.count(b"<Key>") != len(records):
        raise Garbled
    tail = head
    if records:
        records[-1], closed, tail = records[-1].rpartition(closing)
        if not closed:
            raise Garbled
        tail = head + tail
    return _frame(tail), records


def _frame(xml: bytes) -> Frame:
    """Read what stands around the records."""
    if _NOT_READ.search(xml):
        raise Garbled
    frame = _Framed()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = frame.begin, frame.end
    parser.CharacterDataHandler = frame.text
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise Garbled from None
    return frame.found


class _Framed:
    """Takes note of the elements that stand directly in a page, and of the text each begins with."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._within: list[str] = []
        self._may_go_on = False

    def begin(self, name: str, _: object) -> None:
        name = name.rpartition("}")[2]
        self._within.append(name)
        depth = len(self._within)
        if depth == 1 and name not in ("ListBucketResult", "ListVersionsResult"):
            raise Garbled
        if depth == 2:
            if name in self.found or name in _RECORDS:
                raise Garbled
            self.found[name] = ""
        self._may_go_on = depth == 2

    def text(self, some: str) -> None:
        if self._may_go_on:
            self.found[self._within[1]] += some

    def end(self, _: str) -> None:
        self._within.pop()
        self._may_go_on = False


def _page(body: bytes, frame: Frame, records: list[bytes]) -> Page:
    keys: list[bytes] = []
    modified: list[bytes] = []
    for one in records:
        key, time = one.find(b"<Key>"), one.find(b"<LastModified>")
        if key < 0 or time < 0:
            raise Garbled
        keys.append(one[key + 5 : one.find(b"</Key>", key)])
        modified.append(one[time + 14 : one.find(_END, time)])
    if b"<" in b"".join(keys) or b"<" in b"".join(modified) or body.count(_END) != len(records):
        raise Garbled
    try:
        written, times = [one.decode() for one in keys], [one.decode() for one in modified]
    except UnicodeDecodeError:
        raise Garbled from None
    return Page(_keys(written, encoded=_is_encoded(frame)), times, records, None)


def _keys(written: list[str], *, encoded: bool) -> list[str]:
    """Decode keys, all at once where none of them holds what parts them here."""
    joined = "\n".join(written)
    if "&" in joined or "\r" in joined:
        return [_key(one, encoded=encoded) for one in written]
    if not encoded or not ("%" in joined or "+" in joined):
        return written
    keys = _decoded(joined).split("\n")
    return keys if len(keys) == len(written) else [_decoded(one) for one in written]


def _key(written: str, *, encoded: bool) -> str:
    # A parser of XML reads an end of line as a line feed, however it is written.
    found = plain(written.replace("\r\n", "\n").replace("\r", "\n"))
    return _decoded(found) if encoded else found


def _decoded(key: str) -> str:
    try:
        return unquote_to_bytes(key.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise Garbled from None


def _is_encoded(frame: Frame) -> bool:
    return frame.get("EncodingType") == "url"


def _is_truncated(frame: Frame) -> bool:
    said = frame.get("IsTruncated")
    if said not in ("true", "false"):
        raise Garbled
    return said == "true"


def _needed(frame: Frame, name: str) -> str:
    found = frame.get(name)
    if not found:
        raise Garbled
    return found
