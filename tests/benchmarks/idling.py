"""The daemon with nothing to do, and one turn of it."""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from retentiond.service.compose import read_configuration
from retentiond.service.handed import SCAN, handed
from retentiond.service.turns import TURN
from tests.benchmarks.case_store import fill, installed
from tests.benchmarks.measuring import ROOT, Measured, memory

SECONDS = 20.0


def idle(cases: int = 1000, seconds: float = SECONDS) -> Measured:
    """Run the daemon on a small store, wait until its first scan is long over, and look at what it holds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'cases.db'}"
        fill(url, cases)
        with installed(folder, url):
            pass
        command = [sys.executable, "-m", "retentiond", "--config", str(folder / "retentiond.yaml"), "run"]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as daemon:
            begun = time.perf_counter()
            time.sleep(seconds)
            held = memory(daemon.pid, "VmRSS")
            ended = daemon.poll()
            daemon.terminate()
            _, said = daemon.communicate()
    if ended is not None:
        raise AssertionError(f"the daemon ended by itself with {ended}: {said.decode()[:2000]}")
    return Measured(time.perf_counter() - begun, 0.0, held, {"n": 1})


def turn(cases: int = 1000) -> Measured:
    """Have a small store scanned by a process of a turn, as the daemon does, its start included."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'cases.db'}"
        fill(url, cases)
        with installed(folder, url):
            configuration = handed(pickle.dumps(read_configuration(folder / "retentiond.yaml")))
        before, begun, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter(), 0.0
        with subprocess.Popen(
            [*TURN, SCAN],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdin is not None
            process.stdin.write(configuration)
            process.stdin.flush()
            while process.poll() is None:
                peak = max(peak, memory(process.pid, "VmHWM"))
                time.sleep(0.002)
        wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise AssertionError(f"the turn ended with {process.returncode}")
    return Measured(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak, {"n": 1})
