"""The daemon with nothing to do."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
