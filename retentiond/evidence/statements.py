"""Statements: what is said, in in-toto Statement v1, as the exact bytes that get signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.jcs import canonical
from retentiond.evidence.schema import PREDICATE_TYPE, STATEMENT_TYPE, faults_of
from retentiond.evidence.strict import JsonValue, is_hex


def statement(kind: str, subjects: Sequence[tuple[str, str]], predicate: Mapping[str, JsonValue]) -> bytes:
    """Return the canonical bytes of a statement.

    Args:
        kind: a kind of :data:`retentiond.evidence.schema.PREDICATES`, such as ``proposal``.
        subjects: name and hex SHA-256 of each thing it is about. Each digest must also stand in the predicate.
        predicate: what is said; see :mod:`retentiond.evidence.predicates`.

    Raises:
        EvidenceRefused: a float, an integer of 2^53 or more, a field missing, unknown or malformed, no subject.
    """
    faults = faults_of(kind, predicate)
    if not subjects or not all(name and is_hex(digest, 32) for name, digest in subjects):
        faults.append("its subjects are not names with SHA-256 digests in lower-case hex")
    body = canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects],
            "predicateType": PREDICATE_TYPE.format(kind=kind),
            "predicate": predicate,
        }
    )
    if faults:
        raise EvidenceRefused.about(
            f"{kind} statement", "; ".join(faults), "nobody could verify it; report this as a fault of retentiond"
        )
    return body
