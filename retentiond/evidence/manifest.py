"""A manifest: one line a record, its opaque tag and the digest of what is said of it, sorted, under one root."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.merkle import leaf_hash, tree_root

ALGORITHM = "rfc6962-sha256"
_LINE = re.compile(rb"[0-9a-f]{32} [0-9a-f]{64}\n")
_WIDTH, _TAG = 98, 32
_REMEDY = "the file was changed, or belongs to another certificate; fetch it again"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The lines of a manifest and what they amount to."""

    text: bytes
    """Sorted lines ``hex(tag) SP hex(digest) LF``, 98 bytes each."""
    root: str
    """Hex root of the RFC 6962 tree over the 48 raw bytes of each line."""
    size: int

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the text: what ``sha256sum`` says of the file."""
        return sha256(self.text).hexdigest()

    def tags(self) -> Iterator[bytes]:
        """Yield the 32 hex digits of each tag, in order."""
        return (self.text[at : at + _TAG] for at in range(0, len(self.text), _WIDTH))


@dataclass(frozen=True, slots=True)
class Commitment:
    """One record on a manifest, and what opens it."""

    tag: str
    """32 hex digits; the same on the proposal and on the outcome."""
    digest: str
    """64 hex digits: SHA-256 of the disclosure."""
    disclosure: str
    """RFC 9901 §4.2.2: base64url of the JSON array [salt, record]."""


def manifest(commitments: Iterable[Commitment]) -> Manifest:
    """Lay out a manifest. Sorting hides the order of work and makes absence provable.

    Raises:
        EvidenceRefused: a record is on it twice.
    """
    lines = sorted(bytes.fromhex(one.tag + one.digest) for one in commitments)
    if any(before[:16] == after[:16] for before, after in pairwise(lines)):
        raise EvidenceRefused.about("manifest", "a record is on it twice", "gather the list anew")
    root = tree_root(map(leaf_hash, lines))
    return Manifest(b"".join(b"%b %b\n" % (_hex(one[:16]), _hex(one[16:])) for one in lines), root.hex(), len(lines))


def _hex(data: bytes) -> bytes:
    return data.hex().encode("ascii")


def parse_manifest(text: bytes) -> Manifest:
    """Read a manifest and compute its root anew.

    Raises:
        EvidenceRefused: a line is not ``hex(tag) SP hex(digest) LF``, or the lines are not in strictly ascending order.
    """
    if len(text) % _WIDTH:
        raise EvidenceRefused.about("manifest", "its last line is cut short", _REMEDY)
    return Manifest(text, tree_root(_leaves(text)).hex(), len(text) // _WIDTH)


def _leaves(text: bytes) -> Iterator[bytes]:
    last = b""
    for at in range(0, len(text), _WIDTH):
        line = text[at : at + _WIDTH]
        if not _LINE.fullmatch(line) or line[:_TAG] <= last:
            raise EvidenceRefused.about("manifest", f"line {at // _WIDTH + 1} is malformed or out of order", _REMEDY)
        last = line[:_TAG]
        yield leaf_hash(bytes.fromhex(line[:-1].decode("ascii")))
