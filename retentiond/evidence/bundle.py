"""Sigstore bundle v0.3: one statement, its signature, its place in the log, in a file that stock tools verify."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.checkpoint import parse_checkpoint
from retentiond.evidence.dsse import Envelope, envelope_from, parse_envelope
from retentiond.evidence.log import KIND, VERSION
from retentiond.evidence.shapes import Shape, anything, fields, list_of, one_of, text
from retentiond.evidence.strict import decode_base64, encode_base64, parse_object

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def bundle(
    envelope: bytes,
    leaf_body: bytes,
    index: int,
    proof_hashes: Sequence[bytes],
    checkpoint: str,
    *,
    signer_key_id: str,
    log_id: bytes,
) -> bytes:
    """Return the bundle's JSON, keys sorted and without white space.

    Args:
        envelope: the DSSE envelope's JSON bytes.
        leaf_body: the leaf as logged.
        index: of the leaf.
        proof_hashes: its inclusion proof in the tree the checkpoint states, 32 bytes each, lowest first.
        checkpoint: the signed note.
        signer_key_id: hex SHA-256 of the signer's SubjectPublicKeyInfo.
        log_id: the log's untruncated key id, 32 bytes (``LogKey.log_id``).

    Raises:
        EvidenceRefused: not an envelope, or not a checkpoint.
    """
    stated = parse_checkpoint(checkpoint)
    entry = {
        "canonicalizedBody": encode_base64(leaf_body),
        "inclusionProof": {
            "checkpoint": {"envelope": checkpoint},
            "hashes": [encode_base64(one) for one in proof_hashes],
            "logIndex": str(index),
            "rootHash": encode_base64(stated.root),
            "treeSize": str(stated.size),
        },
        "kindVersion": {"kind": KIND, "version": VERSION},
        "logId": {"keyId": encode_base64(log_id)},
        "logIndex": str(index),
    }
    found = {
        "dsseEnvelope": parse_envelope(envelope, "envelope").to_json(),
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {
            "publicKey": {"hint": b64encode(bytes.fromhex(signer_key_id)).decode("ascii")},
            "tlogEntries": [entry],
        },
    }
    return json.dumps(found, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as read; nothing in it has been verified."""

    envelope: Envelope
    key_hint: bytes
    """SHA-256 of the SubjectPublicKeyInfo the bundle says it is signed with."""
    leaf_body: bytes
    index: int
    """``logIndex`` of the entry."""
    proof_index: int
    """``logIndex`` of the inclusion proof; must be the same."""
    tree_size: int
    root: bytes
    proof: tuple[bytes, ...]
    checkpoint: str
    log_id: bytes


_SHAPE: Shape = fields(
    {
        "dsseEnvelope": anything,
        "mediaType": one_of(MEDIA_TYPE),
        "verificationMaterial": fields(
            {
                "publicKey": fields({"hint": text}),
                "tlogEntries": list_of(
                    fields(
                        {
                            "canonicalizedBody": anything,
                            "inclusionProof": fields(
                                {
                                    "checkpoint": fields({"envelope": anything}),
                                    "hashes": list_of(text),
                                    "logIndex": text,
                                    "rootHash": text,
                                    "treeSize": text,
                                }
                            ),
                            "kindVersion": fields({"kind": one_of(KIND), "version": one_of(VERSION)}),
                            "logId": fields({"keyId": text}),
                            "logIndex": text,
                        }
                    ),
                    least=1,
                ),
            }
        ),
    }
)
_REMEDY = "the file was damaged or changed; fetch it again"


def parse_bundle(data: bytes, place: str) -> Bundle:
    """Read a bundle strictly: every field it must have, none besides.

    Raises:
        EvidenceRefused: malformed, with all malformed fields named.
    """
    found = parse_object(data, place)
    faults = list(_SHAPE(found, ""))
    if not faults and len(found["verificationMaterial"]["tlogEntries"]) != 1:
        faults = ["it is in more than one log"]
    if faults:
        raise EvidenceRefused.about(place, "; ".join(faults), _REMEDY)
    material = found["verificationMaterial"]
    entry = material["tlogEntries"][0]
    proof = entry["inclusionProof"]
    note = proof["checkpoint"]["envelope"]
    if not isinstance(note, str):
        raise EvidenceRefused.about(place, "its checkpoint is not text", _REMEDY)
    return Bundle(
        envelope=envelope_from(found["dsseEnvelope"], place),
        key_hint=decode_base64(material["publicKey"]["hint"], place),
        leaf_body=decode_base64(entry["canonicalizedBody"], place),
        index=_number(entry["logIndex"], place),
        proof_index=_number(proof["logIndex"], place),
        tree_size=_number(proof["treeSize"], place),
        root=decode_base64(proof["rootHash"], place),
        proof=tuple(decode_base64(one, place) for one in proof["hashes"]),
        checkpoint=note,
        log_id=decode_base64(entry["logId"]["keyId"], place),
    )


def _number(value: Any, place: str) -> int:  # noqa: ANN401  # straight from JSON
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16 and str(int(value)) == value:
        return int(value)
    raise EvidenceRefused.about(place, "a log index is not a number", _REMEDY)
