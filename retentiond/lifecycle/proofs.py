"""Proofs: what the ledger's tables say of a list, held against the events that were signed when it was decided.

The tables can be changed by whoever has the file; a signed event cannot be made without the signer's key. So a list
goes forward only where both say the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from retentiond.domain.errors import EvidenceRefused
from retentiond.domain.lists import DisposalList
from retentiond.domain.people import Approval
from retentiond.evidence.dsse import parse_envelope
from retentiond.evidence.manifest import parse_manifest
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Proposal
from retentiond.lifecycle.tools import Tools

ENDINGS = frozenset({"list-withdrawn", "list-returned"})


def is_proposed(tools: Tools, tx: Transaction, listed: DisposalList, kept: Proposal) -> bool:
    """Return whether a list and its manifest are what its newest signed proposal says, and nobody has ended it."""
    events = tx.events.of_list(listed.number)
    proposals = [one.seq for one in events if one.kind == "proposal"]
    payload = signed(tools, tx, kept.event_seq)
    if proposals[-1:] != [kept.event_seq] or payload != kept.payload or ENDINGS & {one.kind for one in events}:
        return False
    said = _predicate(payload)
    return (
        sha256(payload).hexdigest() == listed.digest
        and said["list_no"] == listed.number
        and said["revision"] == listed.revision
        and tuple(said["stages"]) == listed.stages
        and said["gathered_by"]["person"] == listed.gathered_by
        and said["manifest"]["root"] == _root(kept.manifest)
    )


def are_approved(tools: Tools, tx: Transaction, listed: DisposalList) -> bool:
    """Return whether a signed event stands behind every approval the list has, for this very digest."""
    events = tx.lists.approval_events(listed.number)
    return all(
        _is_approval(signed(tools, tx, seq), listed, one) for one, seq in zip(listed.approvals, events, strict=True)
    )


def _is_approval(payload: bytes | None, listed: DisposalList, given: Approval) -> bool:
    if payload is None:
        return False
    said = _predicate(payload)
    return (
        said.get("decision") == "approve"
        and said["list_no"] == listed.number
        and said["proposal"]["sha256"] == given.digest
        and said["stage"] == given.stage
        and said["approver"]["person"] == given.person
        and said["at"] == given.at
    )


def signed(tools: Tools, tx: Transaction, seq: int) -> bytes | None:
    """Return the exact statement an event was signed over, or None where this installation's signer did not."""
    envelope = tx.events.get(seq).envelope
    try:
        parsed = parse_envelope(envelope or b"", f"event {seq}")
    except EvidenceRefused:
        return None
    return parsed.payload if parsed.is_signed_by(tools.signer.public_key_der) else None


def why_not_approved(tools: Tools, tx: Transaction, number: str) -> tuple[str, str]:
    """Return why what the ledger holds of a list is not taken for what was approved, and what to do."""
    proposed = tx.lists.proposal(number).event_seq
    return why_not_signed(tools, tx, proposed, "what the ledger holds is not what was approved")


def why_not_signed(tools: Tools, tx: Transaction, seq: int, said: str) -> tuple[str, str]:
    """Return why an event is not taken for this installation's, and what to do: a key that was changed is no forgery.

    Args:
        tools: the signer in use.
        tx: the ledger.
        seq: the event.
        said: what is wrong where its envelope names the signer in use.
    """
    try:
        key = parse_envelope(tx.events.get(seq).envelope or b"", f"event {seq}").key_id
    except EvidenceRefused:
        key = tools.signer.key_id
    if key != tools.signer.key_id:
        return (
            f"it was signed with another key ({key[:16]}…) than the 'signing-key' in use",
            "put that key back until every list under way has its certificate, and adopt the schedules anew after it",
        )
    return said, "run 'retentiond verify' and keep this ledger as it is"


def _predicate(payload: bytes) -> Mapping[str, Any]:
    said: Mapping[str, Any] = json.loads(payload)["predicate"]
    return said


def _root(text: bytes) -> str | None:
    try:
        return parse_manifest(text).root
    except EvidenceRefused:
        return None
