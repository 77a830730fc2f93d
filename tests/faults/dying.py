"""Carry a list through and die at a named point of the path, in a process of its own."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

from retentiond.lifecycle.through import carry_through
from retentiond.service.compose import installation
from retentiond.service.opening import utc_now
from tests.council import AFTER_COOLING_OFF
from tests.forked import forked


def die(settings: Path, number: str, point: str, nth: int) -> bool:
    """Run the disposal until it dies the ``nth`` time it passes the point; return whether it came to that."""
    code = forked(carry, settings, number, point, nth).wait(120)
    assert code in (0, -signal.SIGKILL), code
    return code == -signal.SIGKILL


def carry(settings: Path, number: str, point: str, nth: int) -> None:
    """Carry the list through; the process kills itself the ``nth`` time it passes the point, as a power cut would."""
    left = nth

    def passing(name: str) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    with installation(settings, clock=lambda: utc_now() + AFTER_COOLING_OFF) as tools:
        carry_through(replace(tools, passing=passing), number)
