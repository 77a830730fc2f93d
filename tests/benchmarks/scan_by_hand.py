"""The least that anybody can write who promises what a scan does: count, judge in words, name, keep, commit.

It knows its tables and its two rules by heart. It looks for no hold, no event entered by hand and no blocker, knows
nothing of tables that were altered, and could not begin again where it stopped.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.benchmarks.case_store import LATEST_DUE, NOW
from tests.benchmarks.engines import connected, mark, run
from tests.benchmarks.measuring import Measured, timed

AT_ONCE = 1000
NAMED = 1000
"""Cases without a date that are named; the rest are counted."""
_COUNT = "SELECT count(*), count(*) - count(ended_on) FROM eh_episode"
_PAST = (
    "SELECT episode_id, case_ref, ended_on, EXISTS"
    " (SELECT 1 FROM status_period WHERE status_period.person_id = eh_episode.person_id AND kind = 'CLA')"
    " FROM eh_episode WHERE ended_on <= {mark}"
)
_UNDATED = "SELECT episode_id, case_ref FROM eh_episode WHERE ended_on IS NULL ORDER BY episode_id"
_TABLE = (
    "CREATE TABLE finding (key TEXT PRIMARY KEY, reference TEXT, class TEXT, finding TEXT NOT NULL, action TEXT,"
    " due_on TEXT, reason TEXT NOT NULL) WITHOUT ROWID"
)
_KEEP = "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?)"
_YEARS = {"EH-01": 6, "LAC-01": 75}


def scan_by_hand(url: str, server: int = 0, cases: int = 0) -> Measured:
    """Scan the case store of these benchmarks and keep what is due, and the first cases without a date."""
    with timed(server) as found, connected(url) as store, _ledger() as ledger:
        ((examined, undated),) = run(store, _COUNT).fetchall()
        past = run(store, _PAST.format(mark=mark(url)), (LATEST_DUE.isoformat(),))
        due = 0
        while rows := past.fetchmany(AT_ONCE):
            judged = [one for one in map(_judged, rows) if one is not None]
            due += len(judged)
            _keep(ledger, judged)
        named = run(store, f"{_UNDATED} LIMIT {NAMED}").fetchall()
        _keep(ledger, ((str(key), ref, "", "untriggered", "", None, "it has no date of closing") for key, ref in named))
    found.counts.update(due=due, examined=examined, undated=undated, n=cases)
    return found


def _judged(row: tuple[Any, ...]) -> tuple[str | None, ...] | None:
    key, reference, closed, looked_after = row
    day = date.fromisoformat(closed) if isinstance(closed, str) else closed
    code = "LAC-01" if looked_after else "EH-01"
    years = _YEARS[code]
    try:
        through = day.replace(year=day.year + years)
    except ValueError:
        through = date(day.year + years, 3, 1)
    due_on = through + timedelta(days=1)
    if due_on > NOW.date():
        return None
    why = f"{years} years after closing on {day.isoformat()} ended on {through.isoformat()}"
    return str(key), reference, code, "due", "destroy", due_on.isoformat(), why


def _keep(ledger: sqlite3.Connection, rows: Iterable[tuple[str | None, ...]]) -> None:
    ledger.execute("BEGIN IMMEDIATE")
    ledger.executemany(_KEEP, rows)
    ledger.execute("COMMIT")


@contextmanager
def _ledger() -> Iterator[sqlite3.Connection]:
    """Yield a database that is as safe against a power cut as ours."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "findings.db", isolation_level=None)) as file,
    ):
        file.execute("PRAGMA journal_mode=DELETE")
        file.execute("PRAGMA synchronous=EXTRA")
        file.execute(_TABLE)
        yield file
