"""Where in the order of keys a few pages further on might be: a guess, and never more than that."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

_DEEP = 10
"""How many bytes behind what the keys of a page have in common count: the others are too fine to matter."""
_KINDS = tuple(set(range(ord(first), ord(last) + 1)) for first, last in ("09", "az", "AZ"))
_HEXADECIMAL = (set(b"0123456789abcdef"), set(b"0123456789ABCDEF"))
_REMEMBERED = 4096
LEAST = 8
"""Pages a gap must have for another stream in it to be worth a request."""
_LONGEST = 1024
"""The longest key S3 knows, in bytes."""


class Ruler:
    """Measures keys as numbers whose digits are the bytes seen at each place, so that gaps nobody uses are no length.

    Keys made of dates use ten bytes of 256 at most places; between ``2019-12-31`` and ``2020-01-01`` lies one step.
    """

    def __init__(self) -> None:
        self._seen: list[set[int]] = []
        self._digits: list[list[int]] = []
        self._completed: list[list[int]] = []
        self._measured: dict[tuple[str, int, bool], int] = {}

    def learn(self, keys: Iterable[str]) -> None:
        """Take note of the bytes at each place of some keys; -1 is the end of a key."""
        new = False
        for key in keys:
            written = key.encode()[:_LONGEST]
            while len(self._seen) <= len(written):
                self._seen.append(set())
            for place, byte in enumerate((*written, -1)):
                if byte not in self._seen[place]:
                    self._seen[place].add(byte)
                    new = True
        if new:
            self._measured.clear()
            self._digits = [sorted(one) for one in self._seen]
            numbers = next((one for one in _HEXADECIMAL if any(_mixes(seen, one) for seen in self._seen)), set[int]())
            self._completed = [sorted(_completed(one, numbers)) for one in self._seen]

    def between(self, first: str, last: str, high: str | None, pages: int, least: int = LEAST) -> str | None:
        """Return a key half-way from a page to another key.

        Args:
            first: the first key of the page.
            last: its last: the two measure how much of the order of keys a page takes.
            high: the other key; None: there is none, and the guess is made some pages further on.
            pages: how many.
            least: no guess is made in a gap of fewer pages.

        Returns:
            None where there is no room for a guess.
        """
        alike = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), 0)
        depth = min(len(first[:alike].encode()) + _DEEP, len(self._digits))
        # Where what was seen so far has no key so far on, the rest of the alphabet may.
        for is_completed in (False, True):
            start = self._measure(last, depth, is_completed=is_completed)
            width = max(1, start - self._measure(first, depth, is_completed=is_completed))
            step = width * pages
            if high is not None:
                room = self._measure(high, depth, is_completed=is_completed) - start
                if room < least * width:
                    return None
                step = min(step, room // 2)
            guess = _key(start + step, self._places(depth, is_completed=is_completed))
            if guess > last and (high is None or guess < high):
                return guess
        return None

    def _places(self, depth: int, *, is_completed: bool) -> Sequence[Sequence[int]]:
        return (self._completed if is_completed else self._digits)[:depth]

    def _measure(self, key: str, depth: int, *, is_completed: bool) -> int:
        """Measure a key, and remember it: the gaps between the same keys are looked at again and again."""
        asked = (key, depth, is_completed)
        if asked not in self._measured:
            if len(self._measured) > _REMEMBERED:
                self._measured.clear()
            self._measured[asked] = _measure(key, self._places(depth, is_completed=is_completed))
        return self._measured[asked]


def _mixes(seen: set[int], hexadecimal: set[int]) -> bool:
    """Return whether a place has digits and letters as hexadecimal numbers have, and nothing else."""
    return seen - {-1} <= hexadecimal and bool(seen & _KINDS[0]) and not seen - {-1} <= _KINDS[0]


def _completed(seen: set[int], hexadecimal: set[int]) -> set[int]:
    """Return the bytes that may be met at a place: the rest of each alphabet of which some were."""
    if hexadecimal and seen - {-1} <= hexadecimal:
        return seen | hexadecimal
    return seen.union(*(kind for kind in _KINDS if seen & kind))


def _measure(key: str, places: Sequence[Sequence[int]]) -> int:
    written = key.encode()
    number = 0
    for place, digits in enumerate(places):
        byte = written[place] if place < len(written) else -1
        number = number * len(digits) + min(bisect_left(digits, byte), len(digits) - 1)
    return number


def _key(number: int, places: Sequence[Sequence[int]]) -> str:
    """Return the key a number stands for; empty where it is longer than the longest."""
    found: list[int] = []
    for digits in reversed(places):
        number, digit = divmod(number, len(digits))
        found.append(digits[digit])
    if number:
        return ""
    found.reverse()
    end = found.index(-1) if -1 in found else len(found)
    text = bytes(found[:end]).decode("utf-8", "ignore")
    # Servers take no such characters where a listing is to begin.
    return "".join(one for one in text if one.isprintable())
