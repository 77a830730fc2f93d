"""Processes of the program that begin at once: forked from one that has imported it and done nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

PRELOADED = ["retentiond.cli.root", "retentiond.demo.run", "retentiond.service.compose", "rich.console"]
"""What every process begins with; the tests' own modules may lie where its parent does not look."""


def forked(
    work: Callable[..., object],
    *given: Any,
    environment: Mapping[str, str] | None = None,
    outputs: Mapping[int, Path | str] | None = None,
) -> BaseProcess:
    """Start a process that does a piece of work and exits with what it returns; it shares no memory with this one.

    Args:
        work: a function of a module; with its arguments it is handed over pickled.
        given: its arguments.
        environment: all of its environment; None: ours.
        outputs: file descriptors and the files they write to.
    """
    made = get_context("forkserver")
    made.set_forkserver_preload(PRELOADED)
    written = {number: str(path) for number, path in (outputs or {}).items()}
    everything = dict(os.environ if environment is None else environment)
    process = made.Process(target=_begin, args=(everything, str(Path.cwd()), written, work, given))
    process.start()
    return process


def end_of(process: BaseProcess, within: float = 120) -> int:
    """Wait for a process and return its exit code, for one that was killed the signal as a negative number."""
    process.join(within)
    code = process.exitcode
    process.kill()
    process.join()
    process.close()
    assert code is not None, f"it did not end within {within} s"
    return code


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
