"""From a file to what is known of it: its state, and the dates in its name, its time and its sidecar."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from hashlib import sha256

from retentiond.connectors.document_kinds import Dated, DocumentKind, Source, in_name
from retentiond.connectors.filesystem.tree import Entry, folder_of, read_small
from retentiond.connectors.written_dates import day_of
from retentiond.domain.records import StateToken

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


@dataclass(frozen=True)
class Sidecar:
    """A JSON file with facts about a record, read when it is first asked."""

    root: int
    path: str

    @cached_property
    def _content(self) -> Mapping[str, object] | ValueError:
        try:
            with folder_of(self.root, self.path) as (folder, name):
                found = json.loads(read_small(folder, name, _LARGEST_SIDECAR))
        except (ValueError, RecursionError, OSError):
            return ValueError("the sidecar is not a readable JSON file")
        return found if isinstance(found, dict) else ValueError("the sidecar is not a JSON object")

    def text(self, field: str) -> str | None:
        """Return the text of a field; None where there is none.

        Raises:
            ValueError: the sidecar cannot be read, or the field is no text.
        """
        if isinstance(self._content, ValueError):
            raise self._content
        found = self._content.get(field)
        if found is not None and not isinstance(found, str):
            raise ValueError("the field is not text")
        return found


def dates_of(
    kind: DocumentKind, key: str, modified: Callable[[], float | None], sidecar: Sidecar | None
) -> tuple[dict[str, date | None], tuple[str, ...]]:
    """Return the date of each trigger of a record on a share, and why one could not be read.

    Args:
        kind: its kind.
        key: its key.
        modified: gives the time it was last written, in seconds; asked only if a date rests on it.
        sidecar: what stands beside it, or None.
    """

    def text_at(one: Dated) -> str | date | None:
        match one.source:
            case Source.NAME:
                return in_name(one, key)
            case Source.MODIFIED:
                moment = modified()
                return None if moment is None else day_of(datetime.fromtimestamp(moment, UTC))
            case _:
                return sidecar.text(one.argument) if sidecar else None

    return kind.read(text_at)
