"""The log as a directory anybody can mirror and replay: C2SP tlog-tiles, with each event's envelope beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.checkpoint import parse_checkpoint
from retentiond.evidence.log import leaf_hash, tree_root
from retentiond.evidence.merkle import Frontier
from retentiond.evidence.package import sync_folder, write_durably

WIDTH = 256
"""Hashes, or entries, in a full tile."""
CHECKPOINT = "checkpoint"
_MOST_ENTRY = 65_535


def tile_name(number: int) -> str:
    """Return a tile's number as path elements of three digits: ``x001/x234/067`` for 1234067."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def tile_path(level: int | str, number: int, width: int) -> str:
    """Return a tile's path below the log's folder; ``level`` is a number or ``entries``, ``width`` 1 to 256."""
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{tile_name(number)}{partial}"


def event_path(index: int) -> str:
    """Return the path of an event's envelope below the log's folder."""
    return f"events/{index}.dsse.json"


def tiles_of(level: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield number and width of every tile of a level in a log of ``size`` leaves."""
    full, rest = divmod(size >> (8 * level), WIDTH)
    yield from ((number, WIDTH) for number in range(full))
    if rest:
        yield full, rest


def write_tiles(folder: Path, leaf_bodies: Iterable[bytes], checkpoint: str, events: Iterable[bytes] = ()) -> None:
    """Write a log's tiles, the events beside them and, last of all, its checkpoint. Memory stays flat.

    Args:
        folder: the log's folder; made if it is not there. Files of an earlier, smaller log are overwritten or left.
        leaf_bodies: every leaf, in order.
        checkpoint: the signed note that states exactly these leaves.
        events: the DSSE envelope of each leaf, in the same order; empty where they are kept elsewhere.

    Raises:
        EvidenceRefused: the leaves are not those the checkpoint states, an entry is too long, or the disk refuses.
    """
    stated = parse_checkpoint(checkpoint)
    writer = _Tiles(folder)
    try:
        for body in leaf_bodies:
            writer.add(body)
        writer.finish()
        if (writer.log.size, writer.log.root()) != (stated.size, stated.root):
            raise EvidenceRefused.about(
                str(folder), "the leaves are not the ones the checkpoint states", "export with the newest checkpoint"
            )
        for index, envelope in enumerate(events):
            _write(folder / event_path(index), envelope)
        _write(folder / CHECKPOINT, checkpoint.encode())
    except OSError as error:
        raise EvidenceRefused.about(
            str(folder), f"the log cannot be written ({error.strerror})", "make room, or let the service's user write"
        ) from None


def entries_of(tile: bytes, place: str) -> list[bytes]:
    """Split an entry tile into its leaves: each after its length in two bytes, the higher first.

    Raises:
        EvidenceRefused: a length leads beyond the end.
    """
    found, at = [], 0
    while at < len(tile):
        end = at + 2 + int.from_bytes(tile[at : at + 2], "big")
        if at + 2 > len(tile) or end > len(tile):
            raise EvidenceRefused.about(place, "its last entry is cut short", "fetch the file again")
        found.append(tile[at + 2 : end])
        at = end
    return found


class _Tiles:
    """Fills one tile a level at a time and writes it out when it is full."""

    def __init__(self, folder: Path) -> None:
        self.log = Frontier()
        self._folder = folder
        self._entries: list[bytes] = []
        self._levels: list[tuple[int, list[bytes]]] = []

    def add(self, body: bytes) -> None:
        if len(body) > _MOST_ENTRY:
            raise EvidenceRefused.about("log entry", "it is longer than 65,535 bytes", "log its digest instead")
        self._entries.append(len(body).to_bytes(2, "big") + body)
        self.log = self.log.append(leaf_hash(body))
        if len(self._entries) == WIDTH:
            self._flush_entries(self.log.size // WIDTH - 1)
        self._add_hash(0, leaf_hash(body))

    def finish(self) -> None:
        if self._entries:
            self._flush_entries(self.log.size // WIDTH)
        for level, (number, hashes) in enumerate(self._levels):
            if hashes:
                _write(self._folder / tile_path(level, number, len(hashes)), b"".join(hashes))

    def _flush_entries(self, number: int) -> None:
        _write(self._folder / tile_path("entries", number, len(self._entries)), b"".join(self._entries))
        self._entries = []

    def _add_hash(self, level: int, one: bytes) -> None:
        if level == len(self._levels):
            self._levels.append((0, []))
        number, hashes = self._levels[level]
        hashes.append(one)
        if len(hashes) == WIDTH:
            _write(self._folder / tile_path(level, number, WIDTH), b"".join(hashes))
            self._levels[level] = (number + 1, [])
            self._add_hash(level + 1, tree_root(hashes))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    write_durably(partial, data)
    partial.rename(path)
    sync_folder(path.parent)
