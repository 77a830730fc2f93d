"""A manifest: one line a record, its opaque tag and the digest of what is said of it, sorted, under one root."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from operator import lt

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.merkle import tree_root

ALGORITHM = "rfc6962-sha256"
_LINES = re.compile(rb"(?:[0-9a-f]{32} [0-9a-f]{64}\n)+")
_WIDTH, _TAG = 98, 32
"""Characters of a line, and of the tag at its beginning."""
_RAW = 48
"""Bytes of a line, which are 16 of the tag and 32 of the digest."""
_MANY = 1024 * _WIDTH
"""Text that is taken at once."""
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


def manifest(lines: Iterable[bytes]) -> Manifest:
    """Lay out a manifest. Sorting hides the order of work and makes absence provable.

    Args:
        lines: of each record the 16 bytes of its tag and the 32 of its digest, in any order.

    Raises:
        EvidenceRefused: a record is on it twice.
    """
    piles = [bytearray() for _ in range(256)]
    for line in lines:
        piles[line[0]] += line
    texts: list[bytes] = []

    def in_order() -> Iterator[bytes]:
        for pile in piles:
            if pile:
                hashed, text = _laid_out(sorted(_cut(bytes(pile))))
                pile.clear()
                texts.append(text)
                yield from hashed

    size = sum(map(len, piles)) // _RAW
    root = tree_root(in_order())
    return Manifest(b"".join(texts), root.hex(), size)


def _laid_out(lines: Sequence[bytes]) -> tuple[list[bytes], bytes]:
    """Return the leaf hashes and the text of lines that are in order."""
    if not _ascends(lines):
        raise EvidenceRefused.about("manifest", "a record is on it twice", "gather the list anew")
    return _leaf_hashes(lines), _text(b"".join(lines))


def _text(raw: bytes) -> bytes:
    """Return raw lines as text: digits of a column go where they belong in one step, for all lines at once."""
    digits = raw.hex().encode("ascii")
    text = bytearray(b" " * (len(raw) // _RAW * _WIDTH))
    for column in range(2 * _RAW):
        text[column + (column >= _TAG) :: _WIDTH] = digits[column :: 2 * _RAW]
    text[_WIDTH - 1 :: _WIDTH] = b"\n" * (len(raw) // _RAW)
    return bytes(text)


def _raw_lines(text: bytes) -> list[bytes]:
    return _cut(bytes.fromhex(text.decode("ascii")))


def _cut(raw: bytes) -> list[bytes]:
    return [raw[at : at + _RAW] for at in range(0, len(raw), _RAW)]


def _ascends(lines: Sequence[bytes]) -> bool:
    tags = [line[: _TAG // 2] for line in lines]
    return all(map(lt, tags, islice(tags, 1, None)))


def _leaf_hashes(lines: Iterable[bytes]) -> list[bytes]:
    return [sha256(b"\x00" + line).digest() for line in lines]


def parse_manifest(text: bytes) -> Manifest:
    """Read a manifest and compute its root anew.

    Raises:
        EvidenceRefused: a line is not ``hex(tag) SP hex(digest) LF``, or the lines are not in strictly ascending order.
    """
    if len(text) % _WIDTH:
        raise EvidenceRefused.about("manifest", "its last line is cut short", _REMEDY)
    return Manifest(text, tree_root(_leaves(text)).hex(), len(text) // _WIDTH)


def raw_lines(text: bytes) -> Iterator[bytes]:
    """Yield the 48 raw bytes of each line of a manifest that was parsed."""
    for at in range(0, len(text), _MANY):
        yield from _raw_lines(text[at : at + _MANY])


def _leaves(text: bytes) -> Iterator[bytes]:
    last = b""
    for at in range(0, len(text), _MANY):
        some = text[at : at + _MANY]
        lines = _raw_lines(some) if _LINES.fullmatch(some) else []
        if not lines or lines[0][: _TAG // 2] <= last or not _ascends(lines):
            raise _malformed(text, at)
        last = lines[-1][: _TAG // 2]
        yield from _leaf_hashes(lines)


def _malformed(text: bytes, start: int) -> Exception:
    """Return the refusal of a manifest some of whose lines, from ``start`` on, are not as they should be."""
    last = text[max(start - _WIDTH, 0) : start][:_TAG]
    for at in range(start, len(text), _WIDTH):
        line = text[at : at + _WIDTH]
        if not _LINES.fullmatch(line) or line[:_TAG] <= last:
            break
        last = line[:_TAG]
    return EvidenceRefused.about("manifest", f"line {at // _WIDTH + 1} is malformed or out of order", _REMEDY)
