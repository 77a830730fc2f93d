"""Wall time, CPU time and peak memory of one piece of work, and of several taken in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from os import sysconf
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
_TICKS = sysconf("SC_CLK_TCK")
_LOOKS = 0.01
"""Seconds between two looks at a program that runs."""


@dataclass
class Measured:
    """What a piece of work took, and what it counted."""

    wall: float = 0.0
    """Seconds."""
    cpu: float = 0.0
    """Seconds of this process, and of the server where there is one that counts."""
    peak: float = 0.0
    """MiB: the most memory the process ever held, its start and imports included."""
    counts: dict[str, int] = field(default_factory=dict)
    server: float = 0.0
    """Seconds of ``cpu`` that are the server's."""


@dataclass(frozen=True)
class Compared:
    """One way of doing something beside the first one of the same run."""

    way: str
    middle: Measured
    """Medians over the rounds."""
    wall_ratio: float
    """Median over the rounds of this way's wall time divided by the first way's in the same round, for one of the
    things counted (``n``) where both count them: a way that is slow is measured on some of them."""
    cpu_ratio: float


@contextmanager
def timed(server: int = 0, settled: Callable[[], None] | None = None) -> Iterator[Measured]:
    """Measure the block.

    Args:
        server: process id of the server whose CPU time counts as well; 0: none.
        settled: waits until the server has done what it put off. Its CPU time counts, the wait does not.
    """
    found = Measured()
    own, theirs, wall = time.process_time(), _server_cpu(server), time.perf_counter()
    yield found
    found.wall, own = time.perf_counter() - wall, time.process_time() - own
    if settled is not None:
        settled()
    found.server = _server_cpu(server) - theirs
    found.cpu = own + found.server
    found.peak = peak_memory()


def peak_memory(pid: int | str = "self") -> float:
    """Return the most memory a process ever held, in MiB; 0 when it is no more.

    ``VmHWM`` starts anew when a program is started. ``ru_maxrss`` does not: Linux carries the parent's peak over into
    the child, so that the child of a large process looks as large as its parent.
    """
    return memory(pid, "VmHWM")


def memory(pid: int | str, line: str) -> float:
    """Return what a line of a process's status says, in MiB; 0 when it is no more."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = status.partition(f"{line}:")[2].split(maxsplit=1)
    return int(found[0]) / 1024 if found else 0.0


def in_child(work: str, **given: Any) -> Measured:
    """Do a piece of work in a process of its own and return what it measured there, without its start.

    Args:
        work: ``module:function`` of this folder; it returns a :class:`Measured`.
        given: its arguments, of types that JSON knows.
    """
    done = subprocess.run(_child(work, given), cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return Measured(**json.loads(done.stdout))


def whole_child(work: str, **given: Any) -> Measured:
    """Do as :func:`in_child`, and return what the whole process took, its start and imports included."""
    found, said = ran(_child(work, given))
    found.counts = Measured(**json.loads(said)).counts
    return found


def ran(
    command: Sequence[str],
    *,
    given: bytes = b"",
    server: int = 0,
    settled: Callable[[], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[Measured, bytes]:
    """Run a program to its end and return what its whole process took, and what it printed.

    Args:
        command: the program with its arguments.
        given: what it reads from its standard input.
        server: process id of the server whose CPU time counts as well; 0: none.
        settled: as for :func:`timed`.
        environment: what is added to ours, of which nothing that speaks of Amazon is handed on.

    Raises:
        AssertionError: it ended with an error.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as text:
        text.write(given)
        text.seek(0)
        theirs, begun = _server_cpu(server), time.perf_counter()
        running = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=text,
            stdout=output,
            stderr=errors,
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
            | dict(environment or {}),
        )
        peak = 0.0
        while True:
            peak = max(peak, peak_memory(running.pid))
            pid, status, used = os.wait4(running.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(_LOOKS)
        wall = time.perf_counter() - begun
        running.returncode = os.waitstatus_to_exitcode(status)
        if settled is not None:
            settled()
        of_server = _server_cpu(server) - theirs
        errors.seek(0)
        if running.returncode:
            raise AssertionError(f"{command[0]} ended with {running.returncode}: {errors.read(2000).decode()}")
        output.seek(0)
        cpu = used.ru_utime + used.ru_stime + of_server
        return Measured(wall, cpu, peak, server=of_server), output.read()


def _child(work: str, given: Mapping[str, Any]) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.child", work, json.dumps(given)]


def answer(found: Measured) -> str:
    """Return what a child hands back to :func:`in_child`."""
    return json.dumps(asdict(found))


def compared(
    ways: Mapping[str, Callable[[], Measured]], *, rounds: int = 3, once: Collection[str] = ()
) -> list[Compared]:
    """Do the same thing in several ways, all of them once a round, so that a busy moment of the machine meets all.

    Args:
        ways: by name; the first is what the others are measured by.
        rounds: how many times each is done.
        once: ways that are so slow that they are done in the first round only.
    """
    taken: dict[str, list[Measured]] = {way: [] for way in ways}
    for number in range(rounds):
        for way, work in ways.items():
            if not number or way not in once:
                taken[way].append(work())
    first = taken[next(iter(ways))]
    return [_compared(way, found, first) for way, found in taken.items()]


def _compared(way: str, found: list[Measured], first: list[Measured]) -> Compared:
    counts = found[0].counts
    if any(one.counts != counts for one in found):
        raise AssertionError(f"{way}: the rounds did not count the same: {[one.counts for one in found]}")
    middle = Measured(
        median(one.wall for one in found),
        median(one.cpu for one in found),
        median(one.peak for one in found),
        counts,
        median(one.server for one in found),
    )
    pairs = [(one, other, _share(one, other)) for one, other in zip(found, first, strict=False)]
    return Compared(
        way,
        middle,
        median(share * one.wall / other.wall for one, other, share in pairs),
        # A clock tick is the least that can be seen of a server's CPU time.
        median(share * max(one.cpu, 1 / _TICKS) / max(other.cpu, 1 / _TICKS) for one, other, share in pairs),
    )


def _share(one: Measured, other: Measured) -> float:
    """Return how many times as many things the other did."""
    return other.counts.get("n", 0) / one.counts["n"] if one.counts.get("n") and other.counts.get("n") else 1.0


def _server_cpu(pid: int) -> float:
    """Return the seconds of a server, of the children it has and of those that have ended; 0 for the server 0."""
    if not pid:
        return 0.0
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
