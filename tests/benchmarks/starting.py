"""How long a plain command keeps somebody waiting."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from tests.benchmarks.measuring import ROOT, Measured

LIMIT = 0.3
"""Seconds in which ``retentiond --help`` must have answered."""
PYTHON = (sys.executable,)
RETENTIOND = (sys.executable, "-m", "retentiond")


def started(*command: str) -> Measured:
    """Run a program to its end."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Measured(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
