"""From a file to a record: its state, its class, its dates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from retentiond.connectors.document_kinds import Dated, DocumentKind, Source, in_name, nothing_asked
from retentiond.connectors.filesystem.keys import to_key
from retentiond.connectors.filesystem.tree import Entry, folder_of, read_small
from retentiond.connectors.written_dates import day_of
from retentiond.domain.records import Record, RecordRef, StateToken

HARD_LINKED = "hard-linked"
"""Blocker: the file has a second name, so that unlinking this one would leave the data."""

_LARGEST_SIDECAR = 1 << 20


def state_of(entry: Entry) -> StateToken:
    """Return a digest over what changes when a file is written: size, time of modification, and which file it is."""
    parts = (entry.status, entry.sidecar)
    facts = [(one.st_size, one.st_mtime_ns, one.st_ino) if one else None for one in parts]
    return StateToken(sha256(json.dumps(facts).encode()).hexdigest())


def is_hard_linked(entry: Entry) -> bool:
    """Return whether the file, or what goes with it, has another name somewhere."""
    return any(one is not None and one.st_nlink > 1 for one in (entry.status, entry.sidecar))


@dataclass(frozen=True, slots=True)
class FileReading:
    """Reads the files of one kind below an open root."""

    store: str
    root: int
    kind: DocumentKind

    def record(self, entry: Entry) -> Record:
        """Return the record a file is."""
        key = to_key(entry.path)
        sidecar: Mapping[str, object] | ValueError | None = None

        def text_at(one: Dated) -> str | date | None:
            nonlocal sidecar
            if one.source is Source.NAME:
                return in_name(one, key)
            if one.source is Source.MODIFIED:
                return day_of(datetime.fromtimestamp(entry.status.st_mtime, UTC))
            if sidecar is None:
                sidecar = self._sidecar(entry)
            if isinstance(sidecar, ValueError):
                raise sidecar
            found = sidecar.get(one.argument)
            if found is not None and not isinstance(found, str):
                raise ValueError("the field is not text")
            return found

        dates, problems = self.kind.read(text_at)
        return Record(
            ref=RecordRef(self.store, self.kind.name, key),
            reference=key,
            record_class=self.kind.class_of(key, nothing_asked),
            dates=dates,
            state=state_of(entry),
            blockers=(HARD_LINKED,) if is_hard_linked(entry) else (),
            size=entry.status.st_size + (entry.sidecar.st_size if entry.sidecar else 0),
            statuses=self.kind.statuses_of(key, nothing_asked),
            problems=problems,
        )

    def _sidecar(self, entry: Entry) -> Mapping[str, object] | ValueError:
        if entry.sidecar is None:
            return {}
        try:
            with folder_of(self.root, entry.path) as (folder, name):
                found = json.loads(read_small(folder, f"{name}.json", _LARGEST_SIDECAR))
        except (ValueError, RecursionError, OSError):
            return ValueError("the sidecar is not a readable JSON file")
        return found if isinstance(found, dict) else ValueError("the sidecar is not a JSON object")
