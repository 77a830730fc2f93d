"""Go a path and die at a named point of it, in a process of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from retentiond.lifecycle.key_destruction import destroy_key
from retentiond.lifecycle.through import carry_through
from retentiond.service.compose import installation
from retentiond.service.opening import utc_now
from tests.council import AFTER_COOLING_OFF
from tests.forked import end_of, forked


def die(
    path: Callable[[Path, str, Callable[[str], None]], object],
    settings: Path,
    number: str,
    point: str,
    nth: int = 1,
    *,
    environment: Mapping[str, str] | None = None,
) -> bool:
    """Go the path until its process kills itself, as a power cut would, the ``nth`` time it passes the point.

    Returns:
        Whether it came to that.
    """
    code = end_of(forked(_go, path, settings, number, point, nth, environment=environment))
    assert code in (0, -signal.SIGKILL), code
    return code == -signal.SIGKILL


def carry(settings: Path, number: str, passing: Callable[[str], None]) -> None:
    """Carry a list through once its cooling-off period is over."""
    with installation(settings, clock=lambda: utc_now() + AFTER_COOLING_OFF) as tools:
        carry_through(replace(tools, passing=passing), number)


def end_key(settings: Path, name: str, passing: Callable[[str], None]) -> None:
    """Have two people destroy a pseudonym key."""
    with installation(settings) as tools:
        ann, sam = (tools.person(one) for one in ("ann", "sam"))
        destroy_key(replace(tools, passing=passing), ann, name, together_with=[sam], reason="the end")


def _go(
    path: Callable[[Path, str, Callable[[str], None]], object], settings: Path, number: str, point: str, nth: int
) -> None:
    left = nth

    def passing(name: str) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    path(settings, number, passing)
