from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.service.conftest import Site


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
