from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.service.conftest import Site


def test_run_scans_and_ends_when_told_to(site: Site) -> None:
    """``retentiond run`` itself, with turns as they are in service: at its first start it scans, and a stop ends it."""
    command = [sys.executable, "-m", "retentiond", "run", "--config", str(site.settings)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as daemon:
        assert daemon.stderr is not None
        said = ""
        while "files letters: 1 records examined, 1 due" not in said:
            line = daemon.stderr.readline()
            assert line, said
            said += line
        daemon.terminate()
        assert daemon.stderr.read().endswith("stopped\n")
    assert daemon.returncode == 0
    assert len(site.files()) == 5


def test_run_names_every_fault_of_a_broken_file(site: Site) -> None:
    """``retentiond run`` with broken settings ends with 78 and one line a fault, each with file, line and column."""
    site.settings.write_text("organisation: X\nunknown: 1\nbelts: {cooling-off: soon}\n")
    done = subprocess.run(
        [sys.executable, "-m", "retentiond", "run", "--config", str(site.settings)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == os.EX_CONFIG
    assert f"{site.settings}:2:1: " in done.stderr
    assert f"{site.settings}:3:" in done.stderr
    assert "Traceback" not in done.stderr
