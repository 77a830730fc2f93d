"""Processes of the program that begin at once: forked from one that has imported it and done nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

PRELOADED = ["tests.faults.dying", "retentiond.cli.reports"]


@dataclass(frozen=True, slots=True)
class Forked:
    """A process of its own, with the ways of ``subprocess.Popen``; it shares no memory with this one."""

    process: BaseProcess
    pid: int

    def poll(self) -> int | None:
        """Return how it ended (a signal as a negative number), or None while it runs."""
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return how it ended."""
        self.process.join(timeout)
        code = self.process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, if it still runs."""
        self.send_signal(signal.SIGKILL)


def forked(
    work: Callable[..., object],
    *given: Any,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    outputs: Mapping[int, Path | str] | None = None,
) -> Forked:
    """Start a process that does a piece of work and exits with what it returns.

    Args:
        work: a function of a module; with its arguments it is handed over pickled.
        given: its arguments.
        environment: all of its environment; None: ours.
        folder: where it works; None: where we do.
        outputs: file descriptors and the files they write to.
    """
    made = get_context("forkserver")
    made.set_forkserver_preload(PRELOADED)
    place = str(folder or Path.cwd())
    written = {number: str(path) for number, path in (outputs or {}).items()}
    everything = dict(os.environ if environment is None else environment)
    process = made.Process(target=_begin, args=(everything, place, written, work, given))
    process.start()
    assert process.pid is not None
    return Forked(process, process.pid)


def _begin(
    environment: Mapping[str, str],
    folder: str,
    outputs: Mapping[int, str],
    work: Callable[..., Any],
    given: tuple[Any, ...],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in outputs.items():
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.exit(work(*given))
