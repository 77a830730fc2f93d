"""Whether a listing goes round in a circle, however long, without remembering everywhere it has been."""

from __future__ import annotations

from retentiond.domain.errors import StoreRefused


class Circle:
    """Walks along with a listing, and compares each step with one that it keeps (Brent's way to find a cycle).

    The step kept is a later one each time the number of steps has doubled, so a circle is noticed after a few rounds
    at most (R. P. Brent, "An improved Monte Carlo factorization algorithm", BIT 20, 1980).

    Args:
        store: whose listing it is.
    """

    def __init__(self, store: str) -> None:
        self._store, self._kept, self._steps = store, object(), 0

    def step(self, where: object) -> None:
        """Note the next step: what no whole listing comes past twice.

        Raises:
            StoreRefused: the listing has been there before. To ask again would only begin another round.
        """
        if where == self._kept:
            said = "its listing comes back to where it has been, and so has no end; nothing is concluded from it"
            raise StoreRefused.about(self._store, said, "have whoever keeps the store look at it")
        self._steps += 1
        if self._steps & (self._steps - 1) == 0:
            self._kept = where
