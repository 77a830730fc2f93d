"""What the ledger takes and gives beside the values of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from retentiond.domain.lists import Document, Standing
from retentiond.domain.orders import Grade, Outcome, Receipt
from retentiond.domain.records import RecordRef
from retentiond.ledger.columns import JsonValue


@dataclass(frozen=True, slots=True)
class Event:
    """One decision or deed. ``seq`` counts from 1 without a gap."""

    seq: int
    at: datetime
    kind: str
    actor: str = ""
    list_number: str | None = None
    body: Mapping[str, JsonValue] = field(default_factory=dict)
    envelope: bytes | None = None
    """The signed statement (DSSE), where the event has one."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of the transparency log (RFC 6962 §2.1). ``index`` counts from 0 without a gap."""

    index: int
    event_seq: int
    body: bytes
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """How one order ended: the standing of its entry or document, and the receipt where there is one."""

    ref: RecordRef
    standing: Standing
    """A fate, or UNKNOWN; an unknown has no receipt."""
    receipt: Receipt | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """A receipt as the ledger keeps it: under its order's id, without the record's reference."""

    order: str
    outcome: Outcome
    grade: Grade | None
    evidence: Mapping[str, str | int]
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A document that was not destroyed though its record is gone: no scan finds it again."""

    list_number: str
    document: Document
    of_record: Standing
    """How its record went."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What approvals are bound to, and after certification the manifest with outcomes."""

    payload: bytes
    """The exact bytes whose SHA-256 is the list's digest."""
    manifest: bytes
    wrapped_key: bytes
    event_seq: int
    outcome_manifest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Adoption:
    """A version of a retention schedule that people put in force."""

    name: str
    version: str
    digest: str
    """Lower-case hex SHA-256 of its file's bytes."""
    effective_from: date
    """Since when it is in force, as it says itself."""
    classes: tuple[str, ...]
    """The codes of its classes."""
    retired: tuple[str, ...]
    """The codes of those it retires."""
    adopted_by: tuple[str, ...]
    """Ids of the people, the records manager first."""
    at: datetime
    reason: str
    replaces: str | None
    """Digest of the version of its name that was in force before; None: it was the first."""
    event_seq: int
    log_index: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of destruction as issued. ``sequence`` counts from 1 without a gap."""

    number: str
    sequence: int
    list_number: str
    at: datetime
    payload: bytes
    envelope: bytes
    event_seq: int
    log_index: int


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """One key of pseudonyms, as far as it may be written down."""

    name: str
    fingerprint: str
    """See :func:`retentiond.domain.pseudonyms.fingerprint`."""
    at: datetime
    made_by: str
    event_seq: int
    log_index: int
    begun_at: datetime | None = None
    """When people decided to destroy it; None: it is in use."""
    decision_seq: int | None = None
    """The event that says so."""
    decided_by: tuple[str, ...] = ()
    reason: str = ""
    copies_gone_by: date | None = None
    certificate: str | None = None
    """Number of the certificate that it was destroyed; None: it is not, or not yet."""
    destroyed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyCertificate:
    """One certificate of key destruction as issued. ``sequence`` counts from 1 without a gap."""

    number: str
    sequence: int
    name: str
    at: datetime
    payload: bytes
    event_seq: int
    log_index: int
