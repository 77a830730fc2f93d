"""How often a page of a listing is asked for before the store is said to be unavailable."""

from __future__ import annotations

from collections.abc import Callable
from random import uniform

from retentiond.connectors.s3.client import Refused
from retentiond.connectors.s3.direct.connections import Unanswered
from retentiond.connectors.s3.listing.page import Garbled

_ATTEMPTS = 3
Pauses = Callable[[int], float]
"""How many seconds to wait after so many attempts."""


def growing(attempts: int) -> float:
    """Wait longer each time, and not all for as long."""
    return uniform(0.05, 0.2) * float(2**attempts)  # noqa: S311 - not a secret


class Patience:
    """How often a page is asked for: three times, if answers are lost or garbled, each time after a longer pause.

    Args:
        pauses: between attempts.

    Attributes:
        slowed: how often the server has asked for fewer requests.
    """

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses
        self.slowed = self._attempts = 0

    def after(self, failure: Refused | Unanswered | Garbled) -> float:
        """Return how many seconds to wait before the next attempt.

        Raises:
            Refused, Unanswered, Garbled: the failure, where there is to be none.
        """
        self._attempts += 1
        status = failure.status if isinstance(failure, Refused) else 500
        if self._attempts == _ATTEMPTS or (status < 500 and status != 429):
            raise failure
        self.slowed += status in (429, 503)
        return self._pauses(self._attempts)
