"""Disposal orders, the receipts connectors give for them, and what an independent read sees afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from retentiond.domain.records import RecordRef, StateToken
from retentiond.domain.schedule import Action


@dataclass(frozen=True, slots=True)
class DisposalOrder:
    """Dispose of this record, in the state the reviewer saw. Only ``lifecycle/dispose`` makes one."""

    id: str
    """32 lower-case hex characters, unique for ever: the record's opaque tag on the approved manifest."""
    ref: RecordRef
    action: Action
    reviewed_state: StateToken
    attempt: int
    """1 the first time it is sent; every attempt is durable in the ledger before its store is touched."""


class Outcome(StrEnum):
    """What a connector did with one order."""

    DESTROYED = "destroyed"
    ANONYMISED = "anonymised"
    ALREADY_ABSENT = "already-absent"
    CHANGED = "changed"
    HELD = "held"
    FAILED = "failed"


class Grade(StrEnum):
    """How strong the evidence is that it was this order that disposed of the record."""

    A = "A"
    """The store acknowledged it, or holds a receipt row of the same transaction."""
    B = "B"
    """An attempt was journalled, its reply was lost, and the record was afterwards seen to be gone."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A connector's account of one order."""

    order: DisposalOrder
    outcome: Outcome
    grade: Grade | None = None
    """Set when, and only when, the outcome is destroyed or anonymised."""
    evidence: Mapping[str, str | int] = field(default_factory=dict)
    """Deeds, never content: row counts by table, version counts, request ids."""
    reason: str = ""
    """Why it was left alone or failed, in words without record values."""


class Sight(StrEnum):
    """What an independent read saw of a record after its disposal."""

    GONE = "gone"
    """Nothing of it is left: no row of any mapped table, no version, no delete marker, no file."""
    ANONYMISED = "anonymised"
    """It is there and every column of its plan has its anonymised form; what the plan deletes is gone."""
    PRESENT = "present"
    """It, or a mapped part of it, is still there."""
    INCONCLUSIVE = "inconclusive"
    """The store did not answer clearly. Never counted as gone."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one independent read saw of one order's record."""

    order: DisposalOrder
    sight: Sight
    receipt_in_store: bool = False
    """The store itself holds our receipt for this order."""
    checked: Mapping[str, int] = field(default_factory=dict)
    """What was looked at and how much of it is still there: ``{"table case_note": 0, "versions": 0}``."""
