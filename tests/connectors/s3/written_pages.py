"""Pages of listings as servers write them, with the truth they tell, and the SDK that reads them as the judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from botocore.utils import parse_timestamp
from hypothesis import strategies as st

OBJECTS, VERSIONS = "ListObjectsV2", "ListObjectVersions"


class Told(NamedTuple):
    """One entry: key, version, ETag, size, time as written, delete marker, latest."""

    key: str
    id: str
    etag: str
    size: int
    modified: str
    is_marker: bool
    is_latest: bool


@dataclass(frozen=True)
class Style:
    """How a server writes."""

    order: tuple[str, ...]
    encoded: str = "plus"
    """``plus`` or ``percent``: how it encodes keys when asked to; nothing: it does not."""
    space: str = ""
    """What stands between elements."""
    quot: str = "&quot;"
    count: bool = True
    owner: bool = False
    frame_first: bool = True
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>\n'
    namespace: str = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


AMAZON = Style(("Key", "VersionId", "IsLatest", "LastModified", "ETag", "Size", "Owner", "StorageClass"))
SEAWEED = Style(
    ("Key", "VersionId", "IsLatest", "ETag", "Size", "Owner", "StorageClass", "LastModified"),
    encoded="percent",
    quot="&#34;",
    frame_first=False,
)

awkward = st.text(
    st.one_of(
        st.sampled_from("ab/ +%&<>\"'=\\.~-_éß€😀\n\t\r;#"),
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    ),
    min_size=1,
    max_size=12,
)
styles = st.builds(
    Style,
    order=st.permutations(AMAZON.order).map(tuple),
    encoded=st.sampled_from(["plus", "percent", ""]),
    space=st.sampled_from(["", "\n  ", " "]),
    quot=st.sampled_from(["&quot;", "&#34;", "&#x22;", '"']),
    count=st.booleans(),
    owner=st.booleans(),
    frame_first=st.booleans(),
    declaration=st.sampled_from(["", AMAZON.declaration]),
    namespace=st.sampled_from(["", AMAZON.namespace]),
)
times = st.sampled_from(["2026-11-26T01:21:00Z", "2009-10-12T17:50:30.000Z", "1999-12-31T23:59:59.999Z"])
entries = st.builds(
    Told, awkward, st.text("0123abc.", min_size=1, max_size=8), st.sampled_from(['"e"', '"9d-2"', ""]),
    st.integers(0, 2**45), times, st.booleans(), st.booleans(),
)  # fmt: skip


def page(operation: str, style: Style, told: Sequence[Told], more: str = "") -> bytes:
    """Write a page; ``more`` is the token, or the key, at which the listing goes on."""
    root = "ListBucketResult" if operation == OBJECTS else "ListVersionsResult"
    frame = [f"<Name>bucket</Name><IsTruncated>{str(bool(more)).lower()}</IsTruncated><Prefix></Prefix>"]
    if style.encoded:
        frame.append("<EncodingType>url</EncodingType>")
    if operation == OBJECTS:
        frame += [f"<KeyCount>{len(told)}</KeyCount>"] * style.count
        frame += [f"<NextContinuationToken>{_xml(more)}</NextContinuationToken>"] * bool(more)
    else:
        frame.append("<KeyMarker/><VersionIdMarker/>" if style.owner else "")
        frame += [f"<NextKeyMarker>{_written(more, style)}</NextKeyMarker>"] * bool(more)
        frame += ["<NextVersionIdMarker>v.1</NextVersionIdMarker>"] * bool(more)
    parts = [_entry(operation, style, one) for one in told]
    whole = style.space.join([*frame, *parts] if style.frame_first else [*parts, *frame])
    return f"{style.declaration}<{root}{style.namespace}>{style.space}{whole}{style.space}</{root}>\n".encode()


def _entry(operation: str, style: Style, one: Told) -> str:
    marker = operation == VERSIONS and one.is_marker
    written = {
        "Key": _written(one.key, style),
        "LastModified": one.modified,
        "StorageClass": "STANDARD",
        "Owner": f"<ID>{one.id}</ID><DisplayName>a&amp;b</DisplayName>" if style.owner else None,
        "ETag": None if marker else one.etag.replace('"', style.quot),
        "Size": None if marker else str(one.size),
        "VersionId": one.id if operation == VERSIONS else None,
        "IsLatest": str(one.is_latest).lower() if operation == VERSIONS else None,
    }
    name = "Contents" if operation == OBJECTS else "DeleteMarker" if marker else "Version"
    inside = [f"<{part}>{written[part]}</{part}>" for part in style.order if written[part] is not None]
    return style.space.join([f"<{name}>", *inside, f"</{name}>"])


def _written(key: str, style: Style) -> str:
    if style.encoded == "plus":
        return quote_plus(key, safe="/")
    return quote(key, safe="/") if style.encoded else _xml(key)


def _xml(text: str) -> str:
    return escape(text, {"\r": "&#xD;", "\n": "&#10;", "\t": "&#x9;"})


def truth(operation: str, told: Sequence[Told]) -> list[tuple[Any, ...]]:
    """Return entries as a listing tells them: of an unversioned object no version, of a marker no content."""
    found = []
    for one in told:
        marker = operation == VERSIONS and one.is_marker
        found.append(
            (
                one.key,
                one.id if operation == VERSIONS else "",
                "" if marker else one.etag,
                0 if marker else one.size,
                parse_timestamp(one.modified),
                marker,
                one.is_latest if operation == VERSIONS else True,
            )
        )
    return found


class Judge:
    """The SDK, given an answer in place of a server's."""

    def __init__(self) -> None:
        config = Config(retries={"total_max_attempts": 1})
        self.client = boto3.client(
            "s3", region_name="eu-west-2", config=config, aws_access_key_id="key", aws_secret_access_key="secret"
        )
        self.body = b""
        self.client.meta.events.register("before-send.s3", self._answer)  # type: ignore[arg-type]

    def _answer(self, **_: Any) -> AWSResponse:
        raw = BytesIO(self.body)
        raw.stream = lambda: [raw.read()]  # type: ignore[attr-defined] # as the SDK asks for it
        return AWSResponse("https://s3.example.org", 200, HTTPHeaders(), raw)

    def reads(self, operation: str, body: bytes) -> tuple[list[tuple[Any, ...]], Mapping[str, str] | None] | None:
        """Return the entries of a page and where the listing goes on, or None where the SDK refuses the page."""
        self.body = body
        try:
            if operation == OBJECTS:
                return _objects(dict(self.client.list_objects_v2(Bucket="bucket")))
            return _versions(dict(self.client.list_object_versions(Bucket="bucket")))
        except (BotoCoreError, ClientError, ResponseParserError, KeyError, ValueError):
            return None


def _objects(found: dict[str, Any]) -> tuple[list[tuple[Any, ...]], Mapping[str, str] | None] | None:
    entries = [
        (one["Key"], "", one["ETag"], one["Size"], one["LastModified"], False, True)
        for one in found.get("Contents", [])
    ]
    if found.get("KeyCount", len(entries)) != len(entries):
        return None
    return entries, {"continuation-token": found["NextContinuationToken"]} if found["IsTruncated"] else None


def _versions(found: dict[str, Any]) -> tuple[list[tuple[Any, ...]], Mapping[str, str] | None]:
    entries: list[tuple[Any, ...]] = [
        (one["Key"], one["VersionId"], one["ETag"], one["Size"], one["LastModified"], False, one["IsLatest"])
        for one in found.get("Versions", [])
    ]
    entries += [
        (one["Key"], one["VersionId"], "", 0, one["LastModified"], True, one["IsLatest"])
        for one in found.get("DeleteMarkers", [])
    ]
    if not found["IsTruncated"]:
        return entries, None
    return entries, {"key-marker": found["NextKeyMarker"], "version-id-marker": found["NextVersionIdMarker"]}


@contextmanager
def judging() -> Iterator[Judge]:
    """Make a judge, and let go of it."""
    judge = Judge()
    try:
        yield judge
    finally:
        judge.client.close()
