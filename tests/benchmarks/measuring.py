"""Wall time, CPU time and peak memory of one piece of work, and of several taken in turn."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from os import sysconf
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
_TICKS = sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    """What a piece of work took, and what it counted."""

    wall: float = 0.0
    """Seconds."""
    cpu: float = 0.0
    """Seconds of this process, and of the database server where there is one."""
    peak: float = 0.0
    """MiB: the most memory the process ever held, its start and imports included."""
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """One way of doing something beside the first one of the same run."""

    way: str
    middle: Measured
    """Medians over the rounds."""
    wall_ratio: float
    """Median over the rounds of this way's wall time divided by the first way's in the same round."""
    cpu_ratio: float


@contextmanager
def timed(server: int = 0) -> Iterator[Measured]:
    """Measure the block.

    Args:
        server: process id of the PostgreSQL server whose CPU time counts as well; 0: none.
    """
    found = Measured()
    wall, cpu = time.perf_counter(), _cpu(server)
    yield found
    found.wall, found.cpu = time.perf_counter() - wall, _cpu(server) - cpu
    found.peak = peak_memory()


def peak_memory() -> float:
    """Return the most memory this process ever held, in MiB.

    ``VmHWM`` starts anew when a program is started. ``ru_maxrss`` does not: Linux carries the parent's peak over into
    the child, so that the child of a large process looks as large as its parent.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) / 1024


def in_child(work: str, **given: Any) -> Measured:
    """Do a piece of work in a process of its own.

    Args:
        work: ``module:function`` of this folder; it returns a :class:`Measured`.
        given: its arguments, of types that JSON knows.
    """
    command = [sys.executable, "-m", "tests.benchmarks.child", work, json.dumps(given)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return Measured(**json.loads(done.stdout))


def answer(found: Measured) -> str:
    """Return what a child hands back to :func:`in_child`."""
    return json.dumps(asdict(found))


def compared(ways: Mapping[str, Callable[[], Measured]], *, rounds: int = 3) -> list[Compared]:
    """Do the same thing in several ways, all of them once a round, so that a busy moment of the machine meets all."""
    taken: dict[str, list[Measured]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, work in ways.items():
            taken[way].append(work())
    first = taken[next(iter(ways))]
    return [_compared(way, found, first) for way, found in taken.items()]


def _compared(way: str, found: list[Measured], first: list[Measured]) -> Compared:
    counts = found[0].counts
    if any(one.counts != counts for one in found):
        raise AssertionError(f"{way}: the rounds did not count the same: {[one.counts for one in found]}")
    middle = Measured(
        median(one.wall for one in found), median(one.cpu for one in found), median(one.peak for one in found), counts
    )
    pairs = list(zip(found, first, strict=True))
    return Compared(
        way,
        middle,
        median(one.wall / other.wall for one, other in pairs),
        # A clock tick is the least that can be seen of a server's CPU time.
        median(max(one.cpu, 1 / _TICKS) / max(other.cpu, 1 / _TICKS) for one, other in pairs),
    )


def _cpu(server: int) -> float:
    return time.process_time() + (_server_cpu(server) if server else 0.0)


def _server_cpu(pid: int) -> float:
    """Return the seconds of a server, of the children it has and of those that have ended."""
    own = _ticks(pid, 4)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (own + sum(_ticks(int(child), 2) for child in children)) / _TICKS


def _ticks(pid: int, fields: int) -> int:
    """Return utime + stime of a process, with cutime + cstime when four fields are asked for."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(one) for one in stat.rpartition(")")[2].split()[11 : 11 + fields])
