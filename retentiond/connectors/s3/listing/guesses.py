"""Where in the order of keys a few pages further on might be: a guess, and never more than that."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

_DEEP = 10
"""How many bytes behind what the keys of a page have in common count: the others are too fine to matter."""
_LONGEST = 1024
"""The longest key S3 knows, in bytes."""


class Ruler:
    """Measures keys as numbers whose digits are the bytes seen at each place, so that gaps nobody uses are no length.

    Keys made of dates use ten bytes of 256 at most places; between ``2019-12-31`` and ``2020-01-01`` lies one step.
    """

    def __init__(self) -> None:
        self._seen: list[set[int]] = []
        self._digits: list[list[int]] = []

    def learn(self, keys: Iterable[str]) -> None:
        """Take note of the bytes at each place of some keys; -1 is the end of a key."""
        for key in keys:
            written = key.encode()[:_LONGEST]
            while len(self._seen) <= len(written):
                self._seen.append(set())
            for seen, byte in zip(self._seen, written, strict=False):
                seen.add(byte)
            self._seen[len(written)].add(-1)
        self._digits = [sorted(one) for one in self._seen]

    def further(self, first: str, last: str, low: str, pages: float, high: str | None) -> str | None:
        """Return a key some pages behind another.

        Args:
            first: the first key of a page.
            last: its last: the two measure how much of the order of keys a page takes.
            low: the guess lies behind this key.
            pages: by how many pages.
            high: the guess lies well before this key; None: nothing is known to be there.

        Returns:
            None where there is no room for a guess.
        """
        alike = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), 0)
        depth = min(len(first[:alike].encode()) + _DEEP, len(self._digits))
        start = self._measure(low, depth)
        width = max(1, self._measure(last, depth) - self._measure(first, depth))
        step = int(width * pages)
        if high is not None:
            room = self._measure(high, depth) - start
            if room < 3 * width:
                return None
            step = min(step, room // 2) if room < step + 2 * width else step
        guess = self._key(start + step, depth)
        return guess if guess > low and (high is None or guess < high) else None

    def _measure(self, key: str, depth: int) -> int:
        written = key.encode()
        number = 0
        for place, digits in enumerate(self._digits[:depth]):
            byte = written[place] if place < len(written) else -1
            number = number * len(digits) + min(bisect_left(digits, byte), len(digits) - 1)
        return number

    def _key(self, number: int, depth: int) -> str:
        found: list[int] = []
        for digits in reversed(self._digits[:depth]):
            number, digit = divmod(number, len(digits))
            found.append(digits[digit])
        if number:
            return ""
        found.reverse()
        end = found.index(-1) if -1 in found else len(found)
        text = bytes(found[:end]).decode("utf-8", "ignore")
        # Servers take no such characters where a listing is to begin.
        return "".join(one for one in text if one.isprintable())
