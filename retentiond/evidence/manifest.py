"""A manifest: one line a record, its opaque tag and the digest of what is said of it, sorted, under one root."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from itertools import islice
from operator import lt
from pathlib import Path
from typing import TypeAlias

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


Pieces: TypeAlias = Callable[[], Iterable[bytes]]
"""Reads the text of a manifest from its beginning, in pieces of whole lines."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the lines of a manifest amount to, and where to read them."""

    root: str
    """Hex root of the RFC 6962 tree over the 48 raw bytes of each line."""
    size: int
    sha256: str
    """Hex SHA-256 of the text: what ``sha256sum`` says of the file."""
    pieces: Pieces = field(compare=False, repr=False)

    @property
    def text(self) -> bytes:
        """Sorted lines ``hex(tag) SP hex(digest) LF``, 98 bytes each."""
        return b"".join(self.pieces())

    def tags(self) -> Iterator[bytes]:
        """Yield the 32 hex digits of each tag, in order."""
        return (piece[at : at + _TAG] for piece in self.pieces() for at in range(0, len(piece), _WIDTH))


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
    text = BytesIO()

    def in_order() -> Iterator[bytes]:
        for pile in filter(None, piles):
            hashes, some = _laid_out(sorted(_cut(bytes(pile))))
            pile.clear()
            text.write(some)
            yield from hashes

    size = sum(map(len, piles)) // _RAW
    root = tree_root(in_order()).hex()
    whole = text.getvalue()
    return Manifest(root, size, sha256(whole).hexdigest(), lambda: (whole,))


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
    """Read a manifest and compute its root anew; see :func:`read_manifest`."""
    return read_manifest(lambda: (text,))


def read_manifest(pieces: Pieces) -> Manifest:
    """Read a manifest piece by piece and compute its root anew.

    Raises:
        EvidenceRefused: a line is not ``hex(tag) SP hex(digest) LF``, or the lines are not in strictly ascending order.
    """
    said, size = sha256(), 0

    def leaves() -> Iterator[bytes]:
        nonlocal size
        last = b""
        for some in _sliced(pieces()):
            lines = _raw_lines(some) if _LINES.fullmatch(some) else []
            if not lines or lines[0][: _TAG // 2] <= last or not _ascends(lines):
                raise _malformed(some, size, last)
            last = lines[-1][: _TAG // 2]
            size += len(lines)
            said.update(some)
            yield from _leaf_hashes(lines)

    root = tree_root(leaves()).hex()
    return Manifest(root, size, said.hexdigest(), pieces)


def read_pieces(path: Path) -> Iterator[bytes]:
    """Yield the text of a manifest's file in pieces, none of which is large.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        while piece := file.read(_MANY):
            yield piece


def raw_lines(text: bytes) -> Iterator[bytes]:
    """Yield the 48 raw bytes of each line of a manifest that was parsed."""
    for some in _sliced((text,)):
        yield from _raw_lines(some)


def _sliced(pieces: Iterable[bytes]) -> Iterator[bytes]:
    return (piece[at : at + _MANY] for piece in pieces for at in range(0, len(piece), _MANY))


def _malformed(text: bytes, before: int, last: bytes) -> Exception:
    """Return the refusal of lines not all of which are as they should be.

    Args:
        text: the lines.
        before: how many came before them.
        last: the raw tag of the last of those.
    """
    at, line, tag = 0, b"", last.hex().encode("ascii")
    for at in range(0, len(text), _WIDTH):
        line = text[at : at + _WIDTH]
        if not _LINES.fullmatch(line) or line[:_TAG] <= tag:
            break
        tag = line[:_TAG]
    wrong = "is cut short" if len(line) < _WIDTH else "is malformed or out of order"
    return EvidenceRefused.about("manifest", f"line {before + at // _WIDTH + 1} {wrong}", _REMEDY)
