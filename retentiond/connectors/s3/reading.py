"""From a key and its versions to a record: its state, its class, its dates."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from email.header import decode_header, make_header
from hashlib import sha256
from typing import Any

from retentiond.connectors.document_kinds import Asked, Dated, DocumentKind, Source, in_name
from retentiond.connectors.interface import ScanRequest, Wanted
from retentiond.connectors.keyed_rows import KeyedRow, doubts_about
from retentiond.connectors.s3.bucket import Bucket, Version
from retentiond.connectors.s3.configuration import Configuration, is_overwritable
from retentiond.connectors.s3.uploads import Uploads
from retentiond.connectors.written_dates import day_of
from retentiond.domain.records import Record, RecordRef, StateToken


def state_of(versions: Sequence[Version], uploads: Sequence[str] = ()) -> StateToken:
    """Return a digest over every version, delete marker and unfinished upload of a key.

    One that is added, replaced or taken away gives another state. That holds for versions we ourselves have destroyed
    in an attempt that stopped half-way: the rest is *changed*, and a person decides on it.
    """
    facts: list[object] = [*sorted((one.id, one.etag, one.size, one.is_marker) for one in versions)]
    facts.extend([sorted(uploads)] if uploads else [])
    return StateToken(sha256(json.dumps(facts).encode()).hexdigest())


_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def unspeakable(key: str) -> bool:
    """Return whether a key has characters that XML, and so a request for deletion, cannot carry."""
    return _NO_XML.search(key) is not None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What has to be known of a bucket to describe its objects wholly, asked once for a batch of them."""

    configuration: Configuration
    uploads: Uploads


@dataclass(frozen=True, slots=True)
class ObjectReading:
    """Reads the objects of one kind in a bucket. Tags and metadata cost a request each: only asked for if used."""

    bucket: Bucket
    kind: DocumentKind
    rows: Mapping[str, KeyedRow] = field(default_factory=dict)
    """What the key table says of the keys at hand."""
    surroundings: Surroundings | None = None
    """Left out, a record lacks what a scan leaves to fetch: its state, holds and blockers."""

    def record(
        self, key: str, versions: Sequence[Version], *, of: Collection[str | None] | None = None
    ) -> Record | None:
        """Return the record a key is.

        Args:
            key: the object key.
            versions: all of its versions and delete markers, newest first.
            of: classes that matter, None among them for no class; None for all. A record of another gives None, and
                costs no further request.
        """
        asked = _Asked(self.bucket, key, versions, self.rows.get(key))
        record_class = self.kind.class_of(key, asked.is_so)
        if of is not None and record_class not in of:
            return None
        dates, problems = self.kind.read(lambda one: asked.text_at(one, key))
        record = Record(
            ref=RecordRef(self.bucket.place.store, self.kind.name, key),
            reference=key,
            record_class=record_class,
            dates=dates,
            state=StateToken(""),
            size=sum(one.size for one in versions),
            statuses=self.kind.statuses_of(key, asked.is_so),
        )
        if self.surroundings is not None:
            record = replace(
                record,
                state=state_of(versions, self.surroundings.uploads.get(key, ())),
                native_holds=self.bucket.holds_on(key, versions),
                blockers=tuple(self._blockers(key, versions, asked, self.surroundings.configuration)),
            )
        return replace(record, problems=(*problems, *asked.doubts, *doubts_about(self.rows.get(key), self.kind)))

    def _blockers(
        self, key: str, versions: Sequence[Version], asked: _Asked, configuration: Configuration
    ) -> Iterator[str]:
        if unspeakable(key):
            yield "its key has characters that no request for deletion can carry"
        yield from configuration.blockers(key)
        kept = [one for one in versions if one.id and not one.is_marker]
        if reason := configuration.why_copied(key, (asked.head(one) for one in kept)):
            yield reason
        if self.bucket.place.is_amazon and any(is_overwritable(one, configuration.versioning) for one in versions):
            yield "versioning is suspended, and what was written since can be overwritten until it is turned on again"


class _Asked:
    """What was asked about one object, so that it is asked once."""

    def __init__(self, bucket: Bucket, key: str, versions: Sequence[Version], row: KeyedRow | None) -> None:
        self._bucket, self._key, self._row = bucket, key, row
        self._newest = next((one for one in versions if not one.is_marker), None)
        self._last_modified = max(one.modified for one in versions)
        self._tags: Mapping[str, str] | None = None
        self._heads: dict[str, Mapping[str, Any]] = {}

    @property
    def doubts(self) -> Iterator[str]:
        """Why what was read may be less than there is, so that class and dates cannot be relied on."""
        if self._newest and self._heads.get(self._newest.id, {}).get("MissingMeta"):
            yield "the store says that it left out some of its metadata"

    def head(self, version: Version) -> Mapping[str, Any]:
        if version.id not in self._heads:
            self._heads[version.id] = self._bucket.head(self._key, version.id) or {}
        return self._heads[version.id]

    def tags(self) -> Mapping[str, str]:
        if self._tags is None:
            self._tags = self._bucket.tags(self._key, self._newest.id) if self._newest else {}
        return self._tags

    def metadata(self) -> Mapping[str, str]:
        head = self.head(self._newest) if self._newest else {}
        return {name.lower(): _decoded(value) for name, value in head.get("Metadata", {}).items()}

    def is_so(self, asked: Asked) -> bool:
        source, name, value = asked
        if source is Source.COLUMN:
            return self._row is not None and (name, value) in self._row.holding
        return (self.tags().get(name) if source is Source.TAG else self.metadata().get(name.lower())) == value

    def text_at(self, one: Dated, key: str) -> str | date | None:
        match one.source:
            case Source.NAME:
                return in_name(one, key)
            case Source.LAST_MODIFIED:
                return day_of(self._last_modified)
            case Source.TAG:
                return self.tags().get(one.argument)
            case Source.COLUMN if self._row and one.argument in self._row.unusable:
                raise ValueError("it holds no usable date")
            case Source.COLUMN:
                return self._row.dates.get(one.argument) if self._row else None
            case _:
                return self.metadata().get(one.argument.lower())


def _decoded(value: str) -> str:
    """Return a value of metadata as it was given: what is no ASCII travels as RFC 2047 writes it in headers."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError):
        return value


def last_modified_until(kind: DocumentKind, request: ScanRequest) -> date | None:
    """Return the day after which no object of a kind is wanted, going by the time it was written; None: any may be.

    A scan that asks for what is due by ``last-modified`` alone need not make a record of what is younger.
    """
    written = {one.trigger for one in kind.dates if one.source is Source.LAST_MODIFIED}
    windows = [window for alternatives in request.windows.values() for window in alternatives]
    if request.wanted is not Wanted.DUE or request.unclassified or not windows:
        return None
    if any(written.isdisjoint(window) for window in windows):
        return None
    return max(min(day for name, day in window.items() if name in written) for window in windows)
