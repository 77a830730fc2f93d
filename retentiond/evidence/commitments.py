"""Which records: one salted commitment each, opened by one key that opens no other record.

Everything is derived from the list's opening key K, which is wrapped while it lives and destroyed on its own schedule;
after that no commitment can be opened by anybody, and the manifests keep their counts and roots.
"""

from __future__ import annotations

import secrets
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Literal, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.jcs import quick, quoted
from retentiond.evidence.manifest import Manifest, manifest, parse_manifest
from retentiond.evidence.strict import JsonValue

__all__ = [
    "Commitment",
    "Manifest",
    "commit",
    "disclosure_digest",
    "key_commitment",
    "manifest",
    "new_opening_key",
    "parse_manifest",
    "record_key",
    "reference_bytes",
    "tag",
    "unwrap",
    "wrap",
]

Purpose: TypeAlias = Literal["proposal", "outcome"]

RECORD = b"retentiond/v1/record\x00"
TAG = b"tag"
_KEY = b"retentiond/v1/key\x00"
SALTS: Mapping[Purpose, bytes] = {"proposal": b"salt/proposal", "outcome": b"salt/outcome"}
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Commitment:
    """One record on a manifest, and what opens it."""

    tag: str
    """32 hex digits; the same on the proposal and on the outcome."""
    digest: str
    """64 hex digits: SHA-256 of the disclosure."""
    disclosure: str
    """RFC 9901 §4.2.2: base64url of the JSON array [salt, record]."""

    @property
    def line(self) -> bytes:
        """Tag and digest as raw bytes: its line of a manifest."""
        return bytes.fromhex(self.tag + self.digest)


def new_opening_key() -> bytes:
    """Return 32 random bytes: the K of one disposal list."""
    return secrets.token_bytes(32)


def wrap(opening_key: bytes, wrapping_key: bytes, aad: bytes) -> bytes:
    """Return an opening key sealed with AES-256-GCM: nonce (12 bytes), ciphertext, tag.

    Args:
        opening_key: K, 32 bytes.
        wrapping_key: the installation's 32 bytes.
        aad: what it belongs to (the list's number); needed again to open it.
    """
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(wrapping_key).encrypt(nonce, opening_key, aad)


def unwrap(sealed: bytes, wrapping_key: bytes, aad: bytes) -> bytes:
    """Return the opening key that :func:`wrap` sealed.

    Raises:
        EvidenceRefused: changed, sealed with another key, or for another list.
    """
    try:
        return AESGCM(wrapping_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], aad)
    except (InvalidTag, ValueError):
        raise EvidenceRefused.about(
            "opening key",
            "it does not open with this installation's opening key",
            "restore the opening key file the list was gathered with",
        ) from None


def key_commitment(opening_key: bytes) -> str:
    """Return hex SHA-256 over the key, stated in the proposal so that no other key can be handed over later."""
    return sha256(_KEY + opening_key).hexdigest()


def reference_bytes(store: str, kind: str, key: str) -> bytes:
    """Return the bytes that name a record: JCS of ``{"kind","ref","store"}``, trimmed and in Unicode form NFC.

    An auditor who holds a case reference can type it and get the same bytes.
    """
    named = (quoted(unicodedata.normalize("NFC", part.strip())) for part in (kind, key, store))
    return '{{"kind":{},"ref":{},"store":{}}}'.format(*named).encode("utf-8", "surrogatepass")


def record_key(opening_key: bytes, reference: bytes) -> bytes:
    """Return the 32-byte key that opens exactly one record."""
    return hmac_digest(opening_key, RECORD + reference, "sha256")


def tag(key: bytes) -> str:
    """Return a record's opaque tag, 32 hex digits: its line on both manifests."""
    return hmac_digest(key, TAG, "sha256")[:16].hex()


def commit(key: bytes, purpose: Purpose, record: Mapping[str, JsonValue]) -> Commitment:
    """Commit to what is said of one record.

    Args:
        key: the record's key (:func:`record_key`).
        purpose: which manifest it is for; each has a salt of its own.
        record: what is said; text, whole numbers, lists and objects.

    Raises:
        EvidenceRefused: the record holds what canonical JSON has no one form for.
    """
    salt = _base64url(hmac_digest(key, SALTS[purpose], "sha256"))
    disclosure = _base64url(b'["%b",%b]' % (salt.encode(), quick(record)))
    return Commitment(tag(key), disclosure_digest(disclosure), disclosure)


def disclosure_digest(disclosure: str) -> str:
    """Return hex SHA-256 of a disclosure's ASCII text, never of what it decodes to (RFC 9901 §4.2.3)."""
    return sha256(disclosure.encode("ascii")).hexdigest()


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")
