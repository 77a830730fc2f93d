"""Carry a list through and die at a named point of the path: ``python -m tests.faults.dying SETTINGS LIST POINT N``."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from retentiond.lifecycle.through import carry_through
from retentiond.service.compose import installation
from retentiond.service.opening import utc_now
from tests.council import AFTER_COOLING_OFF


def main(settings: str, number: str, point: str, nth: str) -> None:
    """Run; the process kills itself the ``nth`` time it passes the point, as a power cut would."""
    left = int(nth)

    def passing(name: str) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    with installation(Path(settings), clock=lambda: utc_now() + AFTER_COOLING_OFF) as tools:
        carry_through(replace(tools, passing=passing), number)


if __name__ == "__main__":
    main(*sys.argv[1:])
