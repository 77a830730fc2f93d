"""Which keys to believe: those of logs and of signers. An auditor keeps a copy of their own and pins it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.checkpoint import LogPublicKey
from retentiond.evidence.dsse import load_signer_public
from retentiond.evidence.shapes import fields, list_of, one_of, text
from retentiond.evidence.strict import parse_object

FORMAT = "https://retentiond.org/trust/v1"
_SHAPE = fields(
    {
        "format": one_of(FORMAT),
        "logs": list_of(fields({"origin": text, "vkey": text}), least=1),
        "signers": list_of(fields({"key_id": text, "pem": list_of(text)}), least=1),
    }
)
_REMEDY = "use the copy you pinned, or ask the organisation for it by another way"


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys somebody decided to believe. Several of each, for keys are replaced and logs are closed."""

    logs: tuple[str, ...]
    """C2SP verifier keys (``vkey``), one for each log."""
    signers: tuple[bytes, ...]
    """SubjectPublicKeyInfo of each event signer."""

    def log_named(self, origin: str) -> LogPublicKey | None:
        """Return the key of the log with this origin, or None where it is not trusted."""
        return next((key for key in map(LogPublicKey.parse, self.logs) if key.origin == origin), None)

    def signer_with(self, key_id: str) -> bytes | None:
        """Return the SubjectPublicKeyInfo whose hex SHA-256 this is, or None where it is not trusted."""
        return next((der for der in self.signers if sha256(der).hexdigest() == key_id), None)

    def to_bytes(self) -> bytes:
        """Return the one form of a ``trust.json``: keys sorted, two spaces a level, a line feed at the end."""
        found = {
            "format": FORMAT,
            "logs": [{"origin": LogPublicKey.parse(vkey).origin, "vkey": vkey} for vkey in self.logs],
            "signers": [{"key_id": sha256(der).hexdigest(), "pem": _pem_lines(der)} for der in self.signers],
        }
        return json.dumps(found, indent=2, sort_keys=True).encode("ascii") + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a ``trust.json``.

        Raises:
            EvidenceRefused: malformed, an unsound key, or not in its one form.
        """
        found = parse_object(data, "trust.json")
        faults = list(_SHAPE(found, ""))
        if faults:
            raise EvidenceRefused.about("trust.json", "; ".join(faults), _REMEDY)
        logs = tuple(LogPublicKey.parse(one["vkey"]).vkey for one in found["logs"])
        trust = cls(logs, tuple(_from_pem("\n".join(one["pem"]) + "\n") for one in found["signers"]))
        if trust.to_bytes() != data:
            raise EvidenceRefused.about("trust.json", "it is not written the way retentiond writes it", _REMEDY)
        return trust


def load_trust(path: Path) -> Trust:
    """Read a pinned ``trust.json``.

    Raises:
        EvidenceRefused: it cannot be read, or is malformed.
    """
    try:
        return Trust.parse(path.read_bytes())
    except OSError as error:
        raise EvidenceRefused.about(str(path), f"it cannot be read ({error.strerror})", _REMEDY) from None
    except EvidenceRefused as refusal:
        raise EvidenceRefused(*(replace(fault, place=str(path)) for fault in refusal.faults)) from None


def _pem_lines(der: bytes) -> list[str]:
    pem = load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode("ascii").splitlines()


def _from_pem(pem: str) -> bytes:
    try:
        der = load_pem_public_key(pem.encode()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        raise EvidenceRefused.about("trust.json", "a signer's key is not a public key in PEM", _REMEDY) from None
    load_signer_public(der)
    return der
