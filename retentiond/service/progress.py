"""What a watchdog may rely on: that the scheduler still hands out work, and that the work at hand still moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Progress:
    """Signs of life, written by the threads that work and read by the one that answers to the watchdog.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._handed_out = monotonic()
        self._moved: float | None = None

    def pulse(self) -> None:
        """Note that the scheduler has handed out work."""
        self._handed_out = self._monotonic()

    def step(self) -> None:
        """Note that the work at hand has moved: a page scanned, a point of the path passed."""
        self._moved = self._monotonic()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Expect steps until the end of the block."""
        self.step()
        try:
            yield
        finally:
            self._moved = None

    def alive(self, within: float) -> bool:
        """Return whether the scheduler, and the work if there is any, gave a sign in the last ``within`` seconds."""
        now, moved = self._monotonic(), self._moved
        return now - self._handed_out < within and (moved is None or now - moved < within)
