"""The checks one bundle must pass by itself. Each yields what is wrong, beginning with the file's name."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.bundle import Bundle
from retentiond.evidence.checkpoint import parse_checkpoint, verify_checkpoint
from retentiond.evidence.log import body_of, frontier_before, leaf_hash, verify_inclusion
from retentiond.evidence.merkle import Frontier
from retentiond.evidence.schema import Statement
from retentiond.evidence.trust import Trust


def reason(error: EvidenceRefused) -> str:
    """Return the plain sentences of a refusal."""
    return "; ".join(fault.message for fault in error.faults)


def signature_faults(name: str, bundle: Bundle, trust: Trust) -> Iterator[str]:
    """Check the signature over the exact payload bytes, by a trusted signer (DSSE protocol v1)."""
    key = trust.signer_with(bundle.envelope.key_id)
    if key is None:
        yield f"{name}: it is signed by a key that is not among the trusted signers"
    elif not bundle.envelope.is_signed_by(key):
        yield f"{name}: its signature is not over these bytes: the statement or the signature was changed"
    elif bundle.key_hint != sha256(key).digest():
        yield f"{name}: its key hint names another key than the one it is signed with"


def leaf_faults(name: str, bundle: Bundle, trust: Trust) -> Iterator[str]:
    """Check that the log entry is this envelope's and no other's."""
    key = trust.signer_with(bundle.envelope.key_id)
    if key is None or body_of(bundle.envelope, key) != bundle.leaf_body:
        yield f"{name}: its log entry is not the entry of this statement, signature and trusted key"


def inclusion_faults(name: str, bundle: Bundle) -> Iterator[str]:
    """Check the inclusion proof against the checkpoint's size and root (RFC 9162 §2.1.3.2).

    The entry's index and the proof's must be equal: some verifiers look at the one, some at the other.
    """
    try:
        stated = parse_checkpoint(bundle.checkpoint)
    except EvidenceRefused:
        yield f"{name}: its checkpoint is malformed, so its place in the log is not proved"
        return
    if bundle.index != bundle.proof_index:
        yield f"{name}: the entry gives one log index and its proof another"
    if (bundle.tree_size, bundle.root) != (stated.size, stated.root):
        yield f"{name}: its proof is for another state of the log than its checkpoint states"
    if not verify_inclusion(leaf_hash(bundle.leaf_body), bundle.index, stated.size, bundle.proof, stated.root):
        yield f"{name}: its inclusion proof does not lead to the checkpoint's root"


def checkpoint_faults(name: str, bundle: Bundle, trust: Trust) -> Iterator[str]:
    """Check the checkpoint's signature by a trusted log key (C2SP tlog-checkpoint)."""
    try:
        key = trust.log_named(parse_checkpoint(bundle.checkpoint).origin)
        if key is None:
            yield f"{name}: its checkpoint is of a log that is not trusted"
            return
        verify_checkpoint(bundle.checkpoint, key.vkey)
        if bundle.log_id != key.log_id:
            yield f"{name}: it names another log than its checkpoint"
    except EvidenceRefused as error:
        yield f"{name}: the checkpoint: {reason(error)}"


def position_faults(name: str, bundle: Bundle, statement: Statement) -> Iterator[str]:
    """Check that a statement says where in the log it stands, and what the whole log was before it.

    The earlier root needs no further proof: it can be read off the inclusion proof.
    """
    try:
        origin = parse_checkpoint(bundle.checkpoint).origin
    except EvidenceRefused:
        origin = ""
    before = frontier_before(bundle.index, bundle.tree_size, bundle.proof)
    yield from claim_faults(name, statement, bundle.index, before, origin)


def claim_faults(name: str, statement: Statement, index: int, before: Frontier | None, origin: str) -> Iterator[str]:
    """Check a statement's claims about the log against where it was found.

    Args:
        name: the file.
        statement: what was read from it.
        index: of its leaf.
        before: the log before that leaf, or None where it could not be told.
        origin: of the log it was found in.
    """
    log = statement.predicate["log"]
    if log["origin"] != origin:
        yield f"{name}: it says it was made for another log"
    if not log["index"] == log["prior"]["size"] == index:
        yield f"{name}: it says it stands elsewhere in the log than it does"
    if before is None or log["prior"]["root"] != before.root().hex():
        yield f"{name}: what it says of the log before it is not what the log was"


def subject_faults(name: str, statement: Statement) -> Iterator[str]:
    """Check that each thing the statement is about is also named, by its digest, in what it says."""
    said = set(_texts(statement.predicate))
    if any(digest not in said for _, digest in statement.subjects):
        yield f"{name}: its subject is not what it speaks of"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
