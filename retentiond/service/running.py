"""What is in force while the daemon runs: one configuration, swapped whole, and whether anything may be begun."""

from __future__ import annotations

import os
import signal
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
    """The installation in force. The thread that answers to signals writes, the one that works reads.

    Args:
        tools: the installation at start.
        step: told of every point the work passes.
    """

    def __init__(self, tools: Tools, step: Callable[[], None]) -> None:
        self._tools = tools
        self._step = step
        self.paused = False
        """The configuration on disk was refused: nothing is disposed of until a good one was loaded."""
        self.stopping = False
        """Nothing new is begun, and the work at hand is left at its next safe point."""
        self.exit_code = 0

    @property
    def tools(self) -> Tools:
        """The installation in force now."""
        return self._tools

    @property
    def may_dispose(self) -> bool:
        """Whether an order may be given."""
        return not (self.paused or self.stopping)

    def swap(self, tools: Tools) -> None:
        """Put another configuration in force. What is being disposed of goes on under it from its next safe point."""
        self._tools = tools
        self.paused = False

    def pause(self) -> None:
        """Begin no disposal until another configuration was put in force."""
        self.paused = True

    def stop(self) -> None:
        """Begin nothing new."""
        self.stopping = True

    def halt(self, exit_code: int) -> None:
        """Begin nothing new, and have the daemon end with an exit code. Called by the work itself."""
        self.exit_code = exit_code
        self.stopping = True
        os.kill(os.getpid(), signal.SIGTERM)

    def for_disposal(self) -> Tools:
        """Return the installation in force, made so that disposal leaves at a safe point when it has to.

        It has to when the daemon stops or pauses, and when another configuration came into force.
        """
        mine = self._tools

        def passing(point: str) -> None:
            self._step()
            mine.passing(point)
            if point in SAFE_POINTS and not (self.may_dispose and self._tools is mine):
                raise Draining

        return replace(mine, passing=passing)

    def scanned_a_page(self, _store: str, _kind: str, _examined: int) -> None:
        """Leave a scan between two pages when the daemon stops; an unfinished scan leaves nothing to gather from."""
        self._step()
        if self.stopping:
            raise Draining
