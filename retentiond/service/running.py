"""A turn under way: what it works with, and where it leaves when it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from retentiond.lifecycle.tools import Tools

SAFE_POINTS = frozenset(
    {"claimed", "fates-learnt", "receipts-written", "document-receipts-written", "sightings-written"}
)
"""Points of the path at which every order sent has its receipt: leaving there leaves no question behind."""


class Draining(Exception):
    """Leave the work at hand here; the ledger knows where it stands and the next turn goes on."""


class Running:
    """One turn. The thread that hears the daemon writes, the one that works reads.

    Args:
        tools: the installation.
        step: told of every point the work passes.
    """

    def __init__(self, tools: Tools, step: Callable[[], None]) -> None:
        self.tools = tools
        self.step = step
        self.stopping = False
        """Nothing new is begun, and the work at hand is left at its next safe point."""

    def stop(self) -> None:
        """Begin nothing new."""
        self.stopping = True

    def for_disposal(self) -> Tools:
        """Return the installation, made so that disposal leaves at a safe point when it has to stop."""

        def passing(point: str) -> None:
            self.step()
            self.tools.passing(point)
            if point in SAFE_POINTS and self.stopping:
                raise Draining

        return replace(self.tools, passing=passing)

    def scanned_a_page(self, _store: str, _kind: str, _examined: int) -> None:
        """Leave a scan between two pages when the daemon stops; an unfinished scan leaves nothing to gather from."""
        self.step()
        if self.stopping:
            raise Draining
