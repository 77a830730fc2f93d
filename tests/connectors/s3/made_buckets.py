"""Buckets in memory that answer for pages as servers do, each in the order and with the oddities of its kind."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from threading import Lock
from typing import Any

from retentiond.connectors.s3.listing.page import Page, Position

Order = Callable[[str], Any]


def by_bytes(key: str) -> bytes:
    """Order keys as Amazon does."""
    return key.encode()


def by_folders(key: str) -> list[bytes]:
    """Order keys as SeaweedFS does: what lies in a folder comes before its neighbours, whatever their names."""
    return [part.encode() for part in key.split("/")]


@dataclass
class MadeBucket:
    """A bucket that keys come to and go from, listed some at a time.

    With ``by_folders`` it has SeaweedFS's trap as well: asked to begin behind a folder's name, it skips the folder.
    """

    keys: Sequence[str]
    order: Order = by_bytes
    size: int = 3
    versions: int = 0
    """More than none: a listing of versions, so many a key."""
    leaving: set[str] = field(default_factory=set)
    coming: set[str] = field(default_factory=set)
    asked: int = 0

    def __post_init__(self) -> None:
        self._random = Random(1)  # noqa: S311 - not a secret
        self._lock = Lock()
        self._there = sorted(self.keys, key=self.order)

    def __call__(self, where: Position) -> Page:
        """Return the page at a position."""
        with self._lock:
            self.asked += 1
            self._change()
            there = self._there
        if self.versions:
            return self._versions_page(there, where)
        after = where.get("continuation-token", where.get("start-after", ""))
        rest = self._behind(there, after, guessed="start-after" in where)
        found = rest[: self.size]
        return _page(found, {"continuation-token": found[-1]} if len(rest) > len(found) else None)

    def _versions_page(self, there: Sequence[str], where: Position) -> Page:
        key, version = where.get("key-marker", ""), int(where.get("version-id-marker", self.versions))
        keys = there[bisect_left(there, self.order(key), key=self.order) :] if key else there
        rest = [(one, number) for one in keys[: self.size + 2] for number in range(self.versions)]
        rest = [pair for pair in rest if pair[0] != key or pair[1] > version]
        found = rest[: self.size]
        more = len(rest) > len(found)
        goes_on = {"key-marker": found[-1][0], "version-id-marker": str(found[-1][1])} if more else None
        return replace(_page([one for one, _ in found], goes_on), raw=[b"%d" % number for _, number in found])

    def _behind(self, there: Sequence[str], after: str, *, guessed: bool) -> Sequence[str]:
        if not after:
            return there
        rest = there[bisect_right(there, self.order(after), key=self.order) :]
        if guessed and self.order is by_folders:
            return [key for key in rest if not key.startswith(after + "/")]
        return rest

    def _change(self) -> None:
        if self.leaving and self._random.random() < 0.5:
            gone = self._random.choice(sorted(self.leaving))
            self.leaving.discard(gone)
            self._there.remove(gone)
        if self.coming and self._random.random() < 0.5:
            new = self._random.choice(sorted(self.coming))
            self.coming.discard(new)
            insort(self._there, new, key=self.order)


def _page(keys: Sequence[str], goes_on: Position | None) -> Page:
    return Page(list(keys), [""] * len(keys), [b""] * len(keys), goes_on)
