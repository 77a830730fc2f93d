"""The real daemon with two ticks a second, and gates at which a test can hold it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

from apscheduler.triggers.interval import IntervalTrigger

from retentiond.lifecycle.tools import Tools
from retentiond.service import daemon
from retentiond.service.compose import installation
from retentiond.service.timetable import Timetable


def run(settings: Path, gate: Path) -> int:
    """Run the daemon of some settings until it ends; variables of the environment say where it is held or fails."""

    def passing(point: str) -> None:
        if point == os.environ.get("TEST_STOP_AT") and not gate.exists():
            gate.with_suffix(".reached").touch()
            while not gate.exists():
                time.sleep(0.02)
        if point == os.environ.get("TEST_RAISE_AT"):
            raise RuntimeError(os.environ["TEST_CANARY"])

    @contextmanager
    def with_gates(*given: Any, **named: Any) -> Iterator[Tools]:
        with installation(*given, **named) as tools:
            yield replace(tools, passing=passing)

    daemon.installation = with_gates  # type: ignore[attr-defined]  # in this process alone
    return daemon.run_daemon(settings, when=_often)


def _often(_settings: object) -> Timetable:
    return Timetable(*(IntervalTrigger(seconds=0.5, timezone=UTC) for _ in range(2)))
