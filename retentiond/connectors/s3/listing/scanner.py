"""Pages of listings read as bytes: whatever order a server gives the elements, and only what counts up.

A page whose counts do not agree is not read here but by the SDK's own parser (:mod:`.parsed`). The laws a page has
to meet: as many records as elements that open and that close, exactly one key and one time in each, and for objects as
many as ``KeyCount`` says. Amazon S3 API Reference, ``ListObjectsV2`` and ``ListObjectVersions``.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from retentiond.connectors.s3.listing.page import MARKER, Garbled, Page, inner, plain, text

_END = b"</LastModified>"
_NOT_READ = re.compile(rb"<(?:!|(?:Contents|Version|DeleteMarker|CommonPrefixes)[\s/>])")
"""What must not stand between records and around them: a comment, a record written in another way."""


def objects_page(body: bytes) -> Page:
    """Read a page of ``ListObjectsV2``.

    Raises:
        Garbled: it does not check; another parser has to read it.
    """
    frame, records = _records(body, b"Contents")
    count = inner(frame, b"KeyCount")
    if not count.isdigit() or int(count) != len(records):
        raise Garbled
    page = _page(body, frame, records)
    if _is_truncated(frame):
        page.goes_on = {"continuation-token": _needed(text(frame, b"NextContinuationToken"))}
    return page


def versions_page(body: bytes) -> Page:
    """Read a page of ``ListObjectVersions``.

    Raises:
        Garbled: it does not check; another parser has to read it.
    """
    if b"<!" in body:
        raise Garbled
    markers = body.count(b"<DeleteMarker>")
    if markers != body.count(b"</DeleteMarker>") or body.count(b"DeleteMarker>") != 2 * markers:
        raise Garbled
    if markers:
        body = body.replace(b"<DeleteMarker>", b"<Version>" + MARKER).replace(b"</DeleteMarker>", b"</Version>")
    frame, records = _records(body, b"Version")
    if body.count(b"<VersionId>") != len(records) or body.count(b"<IsLatest>") != len(records):
        raise Garbled
    page = _page(body, frame, records)
    if _is_truncated(frame):
        key = _keys([inner(frame, b"NextKeyMarker")], encoded=_is_encoded(frame))[0]
        page.goes_on = {"key-marker": _needed(key)}
        if b"<NextVersionIdMarker>" in frame and (version := text(frame, b"NextVersionIdMarker")):
            page.goes_on = {**page.goes_on, "version-id-marker": version}
    return page


def _records(body: bytes, name: bytes) -> tuple[bytes, list[bytes]]:
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
    if not tail.rstrip().endswith((b"</ListBucketResult>", b"</ListVersionsResult>")) or _NOT_READ.search(tail):
        raise Garbled
    return tail, records


def _page(body: bytes, frame: bytes, records: list[bytes]) -> Page:
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
    return Page(_keys(keys, encoded=_is_encoded(frame)), modified, records, None)


def _keys(written: list[bytes], *, encoded: bool) -> list[str]:
    """Decode keys, all at once where there is nothing in them to decode."""
    joined = b"\n".join(written)
    try:
        if b"&" in joined or (encoded and (b"%" in joined or b"+" in joined)) or b"\r" in joined:
            return [_key(one, encoded=encoded) for one in written]
        keys = joined.decode().split("\n")
    except UnicodeDecodeError:
        raise Garbled from None
    if not written:
        return []
    return keys if len(keys) == len(written) else [one.decode() for one in written]


def _key(written: bytes, *, encoded: bool) -> str:
    # A parser of XML reads an end of line as a line feed, however it is written.
    found = plain(written.decode().replace("\r\n", "\n").replace("\r", "\n"))
    return unquote_to_bytes(found.replace("+", " ")).decode() if encoded else found


def _is_encoded(frame: bytes) -> bool:
    return b"<EncodingType>" in frame and inner(frame, b"EncodingType") == b"url"


def _is_truncated(frame: bytes) -> bool:
    said = inner(frame, b"IsTruncated")
    if said not in (b"true", b"false"):
        raise Garbled
    return said == b"true"


def _needed(found: str) -> str:
    if not found:
        raise Garbled
    return found
