"""From a key and its versions to a record: its state, its class, its dates."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from retentiond.connectors.document_kinds import Dated, DocumentKind, Source, in_name
from retentiond.connectors.interface import ScanRequest, Wanted
from retentiond.connectors.s3.bucket import Bucket, Version
from retentiond.connectors.written_dates import day_of
from retentiond.domain.records import Record, RecordRef, StateToken


def state_of(versions: Sequence[Version]) -> StateToken:
    """Return a digest over every version and delete marker.

    A version that is added, replaced or taken away gives another state. That holds for versions we ourselves have
    destroyed in an attempt that stopped half-way: the rest is *changed*, and a person decides on it.
    """
    facts = sorted((one.id, one.etag, one.size, one.is_marker) for one in versions)
    return StateToken(sha256(json.dumps(facts).encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class ObjectReading:
    """Reads the objects of one kind in a bucket. Tags and metadata cost a request each: only asked for if used."""

    bucket: Bucket
    kind: DocumentKind

    def record(
        self, key: str, versions: Sequence[Version], *, of: Collection[str] | None = None, holds: bool = False
    ) -> Record | None:
        """Return the record a key is.

        Args:
            key: the object key.
            versions: all of its versions and delete markers, newest first.
            of: classes that matter; None for all. A record of another gives None, without a further request.
            holds: ask for the holds the store enforces.
        """
        asked = _Asked(self.bucket, key, versions)
        record_class = self.kind.class_of(key, asked.tags)
        if of is not None and record_class not in of:
            return None
        dates, problems = self.kind.read(lambda one: asked.text_at(one, key))
        return Record(
            ref=RecordRef(self.bucket.place.store, self.kind.name, key),
            reference=key,
            record_class=record_class,
            dates=dates,
            state=state_of(versions),
            native_holds=self.bucket.holds_on(key, versions) if holds else (),
            size=sum(one.size for one in versions),
            statuses=self.kind.statuses_of(key, asked.tags),
            problems=problems,
        )


class _Asked:
    """What was asked about one object, so that it is asked once."""

    def __init__(self, bucket: Bucket, key: str, versions: Sequence[Version]) -> None:
        self._bucket, self._key = bucket, key
        self._newest = next((one for one in versions if not one.is_marker), None)
        self._last_modified = max(one.modified for one in versions)
        self._tags: Mapping[str, str] | None = None
        self._metadata: Mapping[str, str] | None = None

    def tags(self) -> Mapping[str, str]:
        if self._tags is None:
            self._tags = self._bucket.tags(self._key, self._newest.id) if self._newest else {}
        return self._tags

    def metadata(self) -> Mapping[str, str]:
        if self._metadata is None:
            head = self._bucket.head(self._key, self._newest.id) if self._newest else None
            self._metadata = {name.lower(): value for name, value in (head or {}).get("Metadata", {}).items()}
        return self._metadata

    def text_at(self, one: Dated, key: str) -> str | date | None:
        if one.source is Source.NAME:
            return in_name(one, key)
        if one.source is Source.LAST_MODIFIED:
            return day_of(self._last_modified)
        if one.source is Source.TAG:
            return self.tags().get(one.argument)
        return self.metadata().get(one.argument.lower())


def last_modified_until(kind: DocumentKind, request: ScanRequest) -> date | None:
    """Return the day after which no object of a kind is wanted, going by the time it was written; None: any may be.

    A scan that asks for what is due by ``last-modified`` alone need not make a record of what is younger.
    """
    written = {one.trigger for one in kind.dates if one.source is Source.LAST_MODIFIED}
    windows = [window for alternatives in request.windows.values() for window in alternatives]
    if request.wanted is not Wanted.DUE or not windows or any(written.isdisjoint(window) for window in windows):
        return None
    return max(min(day for name, day in window.items() if name in written) for window in windows)
