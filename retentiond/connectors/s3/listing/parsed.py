"""Pages of listings read by the SDK's own parser: slower, and the judge of every page that does not check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from botocore.parsers import ResponseParserError, create_parser

from retentiond.connectors.s3.listing.page import Entry, Garbled, Page

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OBJECTS, VERSIONS = "ListObjectsV2", "ListObjectVersions"

_KINDS = (str, str, int, datetime, bool, bool)
_TOLD = re.compile(rb"IsTruncated>(?:true|false)</")


class Parser:
    """Reads answers as the SDK reads them.

    Args:
        client: whose description of the service counts.
    """

    def __init__(self, client: S3Client) -> None:
        model = client.meta.service_model
        self._shape = cache(lambda operation: model.operation_model(operation).output_shape)

    def answer(self, operation: str, status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Return an answer, or an error's ``Error`` and ``ResponseMetadata``.

        Raises:
            botocore.parsers.ResponseParserError: it is no XML.
        """
        said = {"status_code": status, "headers": headers, "body": body}
        parsed: dict[str, Any] = create_parser("rest-xml").parse(said, self._shape(operation))  # type: ignore[arg-type]
        return parsed

    def page(self, operation: str, body: bytes) -> Page:
        """Return a page of a listing.

        Raises:
            Garbled: it says too little, or contradicts itself.
        """
        if not _TOLD.search(body):  # the parser takes any other word for "false"
            raise Garbled
        try:
            found = self.answer(operation, 200, {}, body)
            return _objects(found) if operation == OBJECTS else _versions(found)
        except (ResponseParserError, KeyError, TypeError, ValueError):
            raise Garbled from None


def _objects(found: dict[str, Any]) -> Page:
    entries = found.get("Contents", [])
    if found.get("KeyCount", len(entries)) != len(entries):
        raise Garbled
    page = _page(found, [(one, False) for one in entries])
    if found["IsTruncated"]:
        page.goes_on = {"continuation-token": found["NextContinuationToken"]}
        if not found["NextContinuationToken"]:
            raise Garbled
    return page


def _versions(found: dict[str, Any]) -> Page:
    entries = [(one, False) for one in found.get("Versions", [])]
    entries += [(one, True) for one in found.get("DeleteMarkers", [])]
    # The parser tells versions and markers apart; only the keys say how they were mixed.
    entries.sort(key=lambda one: str(_key(one[0]["Key"], found)))
    page = _page(found, entries)
    if found["IsTruncated"]:
        page.goes_on = {
            "key-marker": _key(found["NextKeyMarker"], found),
            "version-id-marker": found["NextVersionIdMarker"],
        }
        if not all(page.goes_on.values()):
            raise Garbled
    return page


def _page(found: dict[str, Any], entries: list[tuple[dict[str, Any], bool]]) -> Page:
    if not isinstance(found["IsTruncated"], bool) or found.get("CommonPrefixes"):
        raise Garbled
    keys = [_key(one["Key"], found) for one, _ in entries]
    # An unwritten time compares as none: every entry is made, and judged by itself.
    return Page(keys, [""] * len(keys), [_entry(one, is_marker) for one, is_marker in entries], None)


def _entry(one: dict[str, Any], is_marker: bool) -> Entry:  # noqa: FBT001 - it goes along with the entry
    found = Entry(
        one["VersionId"] if is_marker else one.get("VersionId", ""),
        "" if is_marker else one["ETag"],
        0 if is_marker else one["Size"],
        one["LastModified"],
        is_marker,
        one.get("IsLatest", True),
    )
    # What stands twice comes as a list.
    if not all(isinstance(value, kind) for value, kind in zip(found, _KINDS, strict=True)):
        raise Garbled
    if found.modified.tzinfo is None:
        raise Garbled
    return found


def _key(written: object, found: dict[str, Any]) -> str:
    """Decode a key strictly; the SDK itself would put a mark where it is no UTF-8, and so name another object."""
    if not isinstance(written, str):
        raise Garbled
    return unquote_to_bytes(written.replace("+", " ")).decode() if found.get("EncodingType") == "url" else written
