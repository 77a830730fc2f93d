"""From a key and what is listed of it to a record: its state, its class, its dates, what stands against disposal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from retentiond.connectors.azure.container import Item, newest
from retentiond.connectors.document_kinds import Asked, Dated, DocumentKind, Source, in_name
from retentiond.connectors.keyed_rows import KeyedRow, doubts_about
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
    return kind.uses(Source.TAG) or any(source is Source.TAG for source, _, _ in kind.asked)


@dataclass(frozen=True, slots=True)
class BlobReading:
    """Reads the blobs of one kind. A listing tells all of it, so nothing is asked for one by one."""

    store: str
    kind: DocumentKind
    rows: Mapping[str, KeyedRow] = field(default_factory=dict)
    """What the key table says of the keys at hand."""

    def record(self, key: str, items: Sequence[Item], *, held: tuple[str, ...] = ()) -> Record:
        """Return the record a key is.

        Args:
            key: the blob's name.
            items: everything that is listed of it, at least one.
            held: the holds on the container as a whole.
        """
        told = _Told([one for one in items if not one.is_shadow] or items, self.rows.get(key))
        dates, problems = self.kind.read(lambda one: told.text_at(one, key))
        return Record(
            ref=RecordRef(self.store, self.kind.name, key),
            reference=key,
            record_class=self.kind.class_of(key, told.is_so),
            dates=dates,
            state=state_of(items),
            blockers=blockers_of(items),
            native_holds=(*held, *holds_of(items)),
            size=sum(one.size for one in items),
            statuses=self.kind.statuses_of(key, told.is_so),
            problems=(*problems, *doubts_about(self.rows.get(key), self.kind)),
        )


class _Told:
    """What the listing and the key table tell of one blob."""

    def __init__(self, items: Sequence[Item], row: KeyedRow | None) -> None:
        speaking = newest(items)
        self._row, self._tags = row, speaking.tags
        self._metadata = {name.lower(): value for name, value in speaking.metadata.items()}
        self._last_modified = max(one.modified for one in items)

    def is_so(self, asked: Asked) -> bool:
        source, name, value = asked
        if source is Source.COLUMN:
            return self._row is not None and (name, value) in self._row.holding
        return (self._tags.get(name) if source is Source.TAG else self._metadata.get(name.lower())) == value

    def text_at(self, one: Dated, key: str) -> str | date | None:
        match one.source:
            case Source.NAME:
                return in_name(one, key)
            case Source.LAST_MODIFIED:
                return day_of(self._last_modified)
            case Source.TAG:
                return self._tags.get(one.argument)
            case Source.COLUMN if self._row and one.argument in self._row.unusable:
                raise ValueError("it holds no usable date")
            case Source.COLUMN:
                return self._row.dates.get(one.argument) if self._row else None
            case _:
                return self._metadata.get(one.argument.lower())
