"""A scan of all cases: ours, the plain query, and the evaluation of every row in Python."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.domain.eligibility import assess
from retentiond.domain.findings import Finding
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.verdicts import Due
from retentiond.domain.windows import windows
from retentiond.lifecycle.scan import scan
from tests.benchmarks.case_store import LATEST_DUE, NOW, installed
from tests.benchmarks.engines import connected, mark, run, streamed
from tests.benchmarks.measuring import Measured, timed

DUE = (
    " FROM eh_episode WHERE ended_on <= {mark} AND NOT EXISTS"
    " (SELECT 1 FROM status_period WHERE status_period.person_id = eh_episode.person_id AND kind = 'CLA')"
)
EVERY = (
    "SELECT episode_id, case_ref, ended_on, EXISTS"
    " (SELECT 1 FROM status_period WHERE status_period.person_id = eh_episode.person_id AND kind = 'CLA')"
    " FROM eh_episode"
)


def count_alone(url: str, server: int = 0, cases: int = 0) -> Measured:
    """Have the database count what is due."""
    with timed(server) as found, connected(url) as connection:
        (row,) = run(connection, f"SELECT count(*){DUE.format(mark=mark(url))}", (LATEST_DUE.isoformat(),)).fetchall()
    found.counts.update(due=row[0], n=cases)
    return found


def plain_query(url: str, server: int = 0, cases: int = 0) -> Measured:
    """Fetch key and date of what is due with one query through the database's own driver."""
    statement = f"SELECT episode_id, ended_on{DUE.format(mark=mark(url))}"
    with timed(server) as found, connected(url) as connection:
        rows = run(connection, statement, (LATEST_DUE.isoformat(),)).fetchall()
    found.counts.update(due=len(rows), n=cases)
    return found


def connector_pages(url: str, server: int = 0, cases: int = 0) -> Measured:
    """Go through the connector's pages of due records and keep nothing."""
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder), url) as tools:
        classes = tools.classes()
        wanted = {code: windows(one, tools.today(schedule)) for code, (one, schedule) in classes.items()}
        with timed(server) as found, tools.open_store(tools.definition("cases"), Role.SCAN) as connector:
            pages = [(len(page.records), page.examined) for page in connector.scan(ScanRequest("episode", wanted))]
        due, examined = (sum(each) for each in zip(*pages, strict=True))
        found.counts.update(due=due, examined=examined, n=cases)
    return found


def whole_scan(url: str, server: int = 0, cases: int = 0) -> Measured:
    """Scan as ``retentiond scan`` does: both passes, every record judged, findings kept in a SQLite ledger."""
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder), url) as tools:
        with timed(server) as found:
            scanned = scan(tools)
        (kind,) = scanned.kinds
        if kind.failure:
            raise AssertionError(kind.failure)
        found.counts.update(
            due=scanned.total(Finding.DUE),
            examined=kind.examined,
            undated=scanned.total(Finding.UNTRIGGERED),
            n=cases,
        )
    return found


def every_row(url: str, server: int = 0, first: int = 0) -> Measured:
    """Stream every row through the driver and judge each with :func:`assess`.

    Args:
        url: the store.
        server: process id of the server whose CPU time counts; 0: none.
        first: only so many cases, the first ones; 0: all.
    """
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder), url) as tools:
        classes = {code: one for code, (one, _) in tools.classes().items()}
    due = examined = 0
    statement = f"{EVERY} WHERE episode_id <= {first}" if first else EVERY
    with timed(server) as found, streamed(url, statement) as rows:
        for key, reference, ended_on, looked_after in rows:
            day = date.fromisoformat(ended_on) if isinstance(ended_on, str) else ended_on
            code = "LAC-01" if looked_after else "EH-01"
            ref = RecordRef("cases", "episode", str(key))
            record = Record(
                ref=ref, reference=reference, record_class=code, dates={"case-closed": day}, state=StateToken("")
            )
            examined += 1
            due += isinstance(assess(record, classes[code], (), NOW.date()), Due)
    found.counts.update(due=due, examined=examined, n=first)
    return found
