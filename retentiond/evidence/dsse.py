"""The DSSE envelope: exact payload bytes under exactly one ECDSA P-256 signature (secure-systems-lab/dsse v1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.strict import decode_base64, encode_base64, parse_object

PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""Media type of an in-toto statement."""


def pae(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Return the pre-authentication encoding of a payload: the very bytes that are signed (DSSE protocol v1)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed payload, as read."""

    payload: bytes
    signature: bytes
    """ASN.1 DER."""
    key_id: str
    """Hex SHA-256 of the signer's SubjectPublicKeyInfo. A hint: the signature decides."""

    @property
    def signed_bytes(self) -> bytes:
        """The bytes the signature is over."""
        return pae(self.payload)

    def to_json(self) -> dict[str, Any]:
        """Return the envelope as the JSON object of the DSSE specification."""
        return {
            "payload": encode_base64(self.payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": self.key_id, "sig": encode_base64(self.signature)}],
        }

    def to_bytes(self) -> bytes:
        """Return the envelope's JSON, keys sorted and without white space."""
        return json.dumps(self.to_json(), separators=(",", ":"), sort_keys=True).encode("ascii")

    def is_signed_by(self, public_key_der: bytes) -> bool:
        """Return whether the signature over the exact payload bytes is by this key and names it."""
        if self.key_id != sha256(public_key_der).hexdigest():
            return False
        try:
            load_signer_public(public_key_der).verify(self.signature, self.signed_bytes, ec.ECDSA(SHA256()))
        except (InvalidSignature, EvidenceRefused):
            return False
        return True


def parse_envelope(data: bytes, place: str) -> Envelope:
    """Read the JSON bytes of an envelope.

    Raises:
        EvidenceRefused: anything but one signed in-toto payload.
    """
    return envelope_from(parse_object(data, place), place)


def envelope_from(found: object, place: str) -> Envelope:
    """Read an envelope from its parsed JSON object.

    Raises:
        EvidenceRefused: anything but one signed in-toto payload.
    """
    match found:
        case {"payload": payload, "payloadType": kind, "signatures": [{"keyid": str(key_id), "sig": sig, **more}]}:
            if kind == PAYLOAD_TYPE and not more and isinstance(found, dict) and len(found) == 3:
                return Envelope(decode_base64(payload, place), decode_base64(sig, place), key_id)
        case _:
            pass
    raise EvidenceRefused.about(
        place, "it is not a DSSE envelope with exactly one signature", "the file was damaged or changed; fetch it again"
    )


def load_signer_public(der: bytes) -> ec.EllipticCurvePublicKey:
    """Read a signer's public key from its SubjectPublicKeyInfo.

    Raises:
        EvidenceRefused: not an ECDSA P-256 key in its one DER encoding.
    """
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if (
        not isinstance(key, ec.EllipticCurvePublicKey)
        or not isinstance(key.curve, ec.SECP256R1)
        or key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != der
    ):
        raise EvidenceRefused.about("signer key", "it is not an ECDSA P-256 public key", "give the signer's own key")
    return key
