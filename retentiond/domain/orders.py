"""Disposal orders, the receipts connectors give for them, and what an independent read sees afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from retentiond.domain.anonymity import K_ANONYMITY
from retentiond.domain.outcomes import Grade, Outcome, Sight
from retentiond.domain.records import RecordRef, StateToken
from retentiond.domain.schedule import Action

__all__ = ["DisposalOrder", "Grade", "Outcome", "Receipt", "Sight", "Sighting"]


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
    k: int = K_ANONYMITY
    """To anonymise: the least rows that should agree with one of its rows in the quasi-identifiers of their table."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A connector's account of one order."""

    order: DisposalOrder
    outcome: Outcome
    grade: Grade | None = None
    """Set when, and only when, the outcome is destroyed, anonymised or pseudonymised."""
    evidence: Mapping[str, str | int] = field(default_factory=dict)
    """Deeds, never content: row counts by table, version counts, request ids."""
    reason: str = ""
    """Why it was left alone or failed, in words without record values."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one independent read saw of one order's record."""

    order: DisposalOrder
    sight: Sight
    receipt_in_store: bool = False
    """The store itself holds our receipt for this order."""
    checked: Mapping[str, int] = field(default_factory=dict)
    """What was looked at and how much of it is still there: ``{"table case_note": 0, "versions": 0}``."""
    measured: Mapping[str, int] = field(default_factory=dict)
    """What else was counted where it is anonymised (:mod:`retentiond.domain.anonymity`)."""
