"""Checkpoints: a C2SP signed note that states a log's size and root under its Ed25519 key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from retentiond.domain.errors import ConfigurationRefused, EvidenceRefused, RetentiondError
from retentiond.evidence.strict import decode_base64, encode_base64

_ED25519 = b"\x01"
_FIELD_PRIME = 2**255 - 19
_CURVE_D = -121665 * pow(121666, -1, _FIELD_PRIME)
_NAME = re.compile(r"[^\s+\x00-\x20\x7f]{1,255}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_MOST_SIGNATURES = 100
_REMEDY = "the file was damaged or changed; fetch it again"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint states, and the note it was read from."""

    origin: str
    size: int
    root: bytes
    body: bytes
    """The bytes that are signed."""
    signatures: tuple[tuple[str, bytes], ...]
    """Key name, and key id (4 bytes) followed by the signature."""


@dataclass(frozen=True, slots=True)
class LogPublicKey:
    """A log's name and public key, as a C2SP verifier key (``vkey``) states them."""

    origin: str
    public: bytes
    """The 32 raw bytes of the Ed25519 key."""

    @property
    def log_id(self) -> bytes:
        """The 32 bytes of the untruncated key id (C2SP signed-note), which is a Sigstore bundle's ``logId``."""
        return sha256(self.origin.encode() + b"\n" + _ED25519 + self.public).digest()

    @property
    def vkey(self) -> str:
        """The key as one line of text: name, short key id, algorithm and key."""
        return f"{self.origin}+{self.log_id[:4].hex()}+{encode_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read a ``vkey``.

        Raises:
            EvidenceRefused: not a verifier key, not Ed25519, or a key of small order, under which OpenSSL would accept
                signatures nobody made.
        """
        name, _, rest = vkey.partition("+")
        encoded = decode_base64(rest.partition("+")[2], "log key")
        key = cls(name, encoded[1:])
        if not _NAME.fullmatch(name) or len(encoded) != 33 or key.vkey != vkey or _is_small_order(key.public):
            raise EvidenceRefused.about(
                "log key", "it is not a sound C2SP Ed25519 verifier key", "pin the log's own key"
            )
        return key


def _is_small_order(public: bytes) -> bool:
    """Return whether doubling the point three times gives the neutral element; computed on its y alone."""
    y = (int.from_bytes(public, "little") & (2**255 - 1)) % _FIELD_PRIME
    for _ in range(3):
        squared = y * y % _FIELD_PRIME
        x_squared = (squared - 1) * pow(_CURVE_D * squared + 1, -1, _FIELD_PRIME) % _FIELD_PRIME
        below = (2 - squared + x_squared) % _FIELD_PRIME
        if below == 0:
            return True
        y = (squared + x_squared) * pow(below, -1, _FIELD_PRIME) % _FIELD_PRIME
    return y == 1


class LogKey:
    """The log's signing key under its name.

    Args:
        private: the Ed25519 key.
        origin: the log's C2SP origin, such as ``retention.example.org/log/2026``.

    Raises:
        ConfigurationRefused: the origin is empty or holds white space or ``+``.
    """

    def __init__(self, private: Ed25519PrivateKey, origin: str) -> None:
        if not _NAME.fullmatch(origin):
            raise ConfigurationRefused.about(
                "log origin",
                "it must be one word without '+'",
                "write a URL without its scheme, such as example.org/log",
            )
        self._private = private
        self.public = LogPublicKey(origin, private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.public.origin

    @property
    def vkey(self) -> str:
        """The public half, as text to pin."""
        return self.public.vkey

    @property
    def log_id(self) -> bytes:
        """The 32 bytes a Sigstore bundle names the log by."""
        return self.public.log_id

    def sign_checkpoint(self, size: int, root: bytes) -> str:
        """Return the signed note that states the log's size and its 32-byte root (C2SP tlog-checkpoint)."""
        body = f"{self.origin}\n{size}\n{encode_base64(root)}\n"
        signature = self.log_id[:4] + self._private.sign(body.encode())
        return f"{body}\n\u2014 {self.origin} {encode_base64(signature)}\n"


def parse_checkpoint(note: str) -> Checkpoint:
    """Read a checkpoint without judging its signatures.

    Raises:
        EvidenceRefused: not a signed note of three lines (origin, size, root).
    """
    text, gap, lines = note.rpartition("\n\n")
    fields = text.split("\n")
    if not gap or len(fields) != 3 or not _NAME.fullmatch(fields[0]) or not _SIZE.fullmatch(fields[1]):
        raise _not_a_checkpoint()
    root = decode_base64(fields[2], "checkpoint")
    signed = lines.split("\n")
    if len(root) != 32 or signed.pop() or not 1 <= len(signed) <= _MOST_SIGNATURES:
        raise _not_a_checkpoint()
    return Checkpoint(
        fields[0], int(fields[1]), root, (text + "\n").encode(), tuple(_signature(line) for line in signed)
    )


def _signature(line: str) -> tuple[str, bytes]:
    match line.split(" "):
        case ["\u2014", name, encoded] if _NAME.fullmatch(name):
            signature = decode_base64(encoded, "checkpoint")
            if len(signature) > 4:
                return name, signature
        case _:
            pass
    raise _not_a_checkpoint()


def _not_a_checkpoint() -> RetentiondError:
    return EvidenceRefused.about("checkpoint", "it is not a C2SP checkpoint", _REMEDY)


def verify_checkpoint(note: str, vkey: str) -> Checkpoint:
    """Read a checkpoint and verify it under a pinned key.

    Signatures by keys not asked for (witnesses) are passed over, as C2SP signed-note says.

    Raises:
        EvidenceRefused: not a checkpoint, another log's, not signed by the key, or a signature in its name is wrong.
    """
    key = LogPublicKey.parse(vkey)
    found = parse_checkpoint(note)
    if found.origin != key.origin:
        raise EvidenceRefused.about("checkpoint", "it is of another log than the trusted one", "pin that log's own key")
    ours = [one[4:] for name, one in found.signatures if name == key.origin and one[:4] == key.log_id[:4]]
    try:
        for signature in ours:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, found.body)
    except InvalidSignature:
        ours = []
    if not ours:
        raise EvidenceRefused.about("checkpoint", "it is not signed by the trusted log key", "ask for the genuine one")
    return found
