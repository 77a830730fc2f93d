"""The log's leaves: Rekor v2 ``hashedrekord`` bodies. A digest, a signature and a key; no personal data."""

from __future__ import annotations

from hashlib import sha256

from retentiond.evidence.dsse import Envelope, parse_envelope
from retentiond.evidence.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier_before,
    inclusion_proof,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from retentiond.evidence.strict import encode_base64

__all__ = [
    "EMPTY_ROOT",
    "Frontier",
    "body_of",
    "consistency_proof",
    "frontier_before",
    "inclusion_proof",
    "leaf_body",
    "leaf_hash",
    "node_hash",
    "tree_root",
    "verify_consistency",
    "verify_inclusion",
]

KIND, VERSION = "hashedrekord", "0.0.2"


def leaf_body(envelope: bytes, signer_public_der: bytes) -> bytes:
    """Return the leaf for an envelope: JCS bytes of a ``hashedrekord`` 0.0.2 (Rekor v2, CLIENTS.md).

    Args:
        envelope: the DSSE envelope's JSON bytes.
        signer_public_der: the signer's SubjectPublicKeyInfo.

    Raises:
        EvidenceRefused: not an envelope.
    """
    return body_of(parse_envelope(envelope, "envelope"), signer_public_der)


def body_of(envelope: Envelope, signer_public_der: bytes) -> bytes:
    """Return the leaf for an envelope that was read already.

    Every field is fixed and every value base64, so the canonical form (RFC 8785) is a template.
    """
    digest = encode_base64(sha256(envelope.signed_bytes).digest())
    signature, key = encode_base64(envelope.signature), encode_base64(signer_public_der)
    return (
        f'{{"apiVersion":"{VERSION}","kind":"{KIND}","spec":{{"hashedRekordV002":{{'
        f'"data":{{"algorithm":"SHA2_256","digest":"{digest}"}},'
        f'"signature":{{"content":"{signature}","verifier":{{"keyDetails":"PKIX_ECDSA_P256_SHA_256",'
        f'"publicKey":{{"rawBytes":"{key}"}}}}}}}}}}}}'
    ).encode("ascii")
