"""From a key and what is listed of it to a record: its state, its class, its dates, what stands against disposal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from retentiond.connectors.azure.container import Item, newest
from retentiond.connectors.document_kinds import Dated, DocumentKind, Source, in_name
from retentiond.connectors.written_dates import day_of
from retentiond.domain.records import Record, RecordRef, StateToken

OPEN_ELSEWHERE = "open-elsewhere"
"""Blocker: somebody has a lease on the blob, and is likely to write to it."""
REPLICATED = "replicated"
"""Blocker: the account copies the blob elsewhere, and deleting a version is not copied."""
SOFT_DELETED = "soft-deleted"
"""Blocker: it was deleted already, and the service keeps it for its own time."""


def state_of(items: Sequence[Item]) -> StateToken:
    """Return a digest over every version and snapshot, soft-deleted or not.

    Soft-deleting one leaves the state as it is, for all of it is still there: so an attempt that stopped half-way can
    go on with exactly what was reviewed. One that is written, or really gone, gives another state.
    """
    facts = sorted((one.version, one.snapshot, one.etag, one.size) for one in items if not one.is_shadow)
    return StateToken(sha256(json.dumps(facts).encode()).hexdigest())


def blockers_of(items: Sequence[Item]) -> tuple[str, ...]:
    """Return why not now, as far as the blob itself says."""
    return tuple(_blockers(items))


def _blockers(items: Sequence[Item]) -> Iterator[str]:
    if any(one.is_leased for one in items):
        yield OPEN_ELSEWHERE
    if any(one.is_replicated for one in items):
        yield REPLICATED
    if all(one.is_deleted for one in items):
        yield SOFT_DELETED


def holds_of(items: Sequence[Item]) -> tuple[str, ...]:
    """Return the holds the service enforces on any version, in words."""
    return tuple(dict.fromkeys(hold for one in items for hold in one.holds))


def asks_tags(kind: DocumentKind) -> bool:
    """Return whether class, statuses or dates of a kind stand in index tags."""
    return kind.uses(Source.TAG) or any(line.tags for line in (*kind.classes, *kind.statuses))


@dataclass(frozen=True, slots=True)
class BlobReading:
    """Reads the blobs of one kind. A listing tells all of it, so nothing is asked for one by one."""

    store: str
    kind: DocumentKind

    def record(self, key: str, items: Sequence[Item], *, held: tuple[str, ...] = ()) -> Record:
        """Return the record a key is.

        Args:
            key: the blob's name.
            items: everything that is listed of it, at least one.
            held: the holds on the container as a whole.
        """
        real = [one for one in items if not one.is_shadow] or items
        speaking = newest(real)
        metadata = {name.lower(): value for name, value in speaking.metadata.items()}

        def text_at(one: Dated) -> str | date | None:
            if one.source is Source.NAME:
                return in_name(one, key)
            if one.source is Source.LAST_MODIFIED:
                return day_of(max(item.modified for item in real))
            if one.source is Source.TAG:
                return speaking.tags.get(one.argument)
            return metadata.get(one.argument.lower())

        dates, problems = self.kind.read(text_at)
        return Record(
            ref=RecordRef(self.store, self.kind.name, key),
            reference=key,
            record_class=self.kind.class_of(key, lambda: speaking.tags),
            dates=dates,
            state=state_of(items),
            blockers=blockers_of(items),
            native_holds=(*held, *holds_of(items)),
            size=sum(one.size for one in real),
            statuses=self.kind.statuses_of(key, lambda: speaking.tags),
            problems=problems,
        )
