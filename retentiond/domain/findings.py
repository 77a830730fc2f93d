"""What a scan found: the verdict on each record that is, or nearly is, due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from retentiond.domain.records import RecordRef


class Finding(StrEnum):
    """The kinds of verdict a scan keeps; the others are only counted."""

    DUE = "due"
    ON_HOLD = "on-hold"
    BLOCKED = "blocked"
    UNTRIGGERED = "untriggered"
    NOT_YET = "not-yet"
    PERMANENT = "permanent"


class Found(NamedTuple):
    """One record a scan judged. A tuple: a scan makes as many as it finds."""

    ref: RecordRef
    reference: str
    record_class: str | None
    finding: Finding
    action: str
    """The class's action; empty without a class."""
    due_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class ScanRun:
    """One scan of one kind of record in one store."""

    store: str
    kind: str
    started_at: datetime
    finished_at: datetime | None
    """None: it did not finish, and nothing may be gathered from it."""
    schedule_digest: str
    definition_digest: str
    examined: int = 0
    counts: Mapping[Finding, int] = field(default_factory=dict)
    failure: str = ""
