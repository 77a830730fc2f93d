"""A scan of all cases: ours, the plain query, and the evaluation of every row in Python."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.domain.eligibility import assess
from retentiond.domain.findings import Finding
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.verdicts import Due
from retentiond.domain.windows import windows
from retentiond.lifecycle.scan import scan
from tests.benchmarks.case_store import LATEST_DUE, NOW, installed
from tests.benchmarks.measuring import Measured, timed

PLAIN = (
    "SELECT episode_id, ended_on FROM eh_episode WHERE ended_on <= {mark} AND NOT EXISTS"
    " (SELECT 1 FROM status_period WHERE status_period.person_id = eh_episode.person_id AND kind = 'CLA')"
)
EVERY = (
    "SELECT episode_id, case_ref, ended_on, EXISTS"
    " (SELECT 1 FROM status_period WHERE status_period.person_id = eh_episode.person_id AND kind = 'CLA')"
    " FROM eh_episode"
)
AT_ONCE = 4096


def plain_query(url: str, server: int = 0) -> Measured:
    """Fetch key and date of what is due with one query through the database's own driver."""
    with timed(server) as found, _driver(url) as connection:
        if url.startswith("sqlite"):
            rows = connection.execute(PLAIN.format(mark="?"), (LATEST_DUE.isoformat(),)).fetchall()
        else:
            rows = connection.execute(PLAIN.format(mark="%s"), (LATEST_DUE,)).fetchall()
        found.counts["due"] = len(rows)
    return found


def connector_pages(url: str, server: int = 0) -> Measured:
    """Go through the connector's pages of due records and keep nothing."""
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder), url) as tools:
        classes = tools.classes()
        wanted = {code: windows(one, tools.today(schedule)) for code, (one, schedule) in classes.items()}
        with timed(server) as found, tools.open_store(tools.definition("cases"), Role.SCAN) as connector:
            pages = [(len(page.records), page.examined) for page in connector.scan(ScanRequest("episode", wanted))]
        found.counts.update(due=sum(due for due, _ in pages), examined=sum(one for _, one in pages))
    return found


def whole_scan(url: str, server: int = 0) -> Measured:
    """Scan as ``retentiond scan`` does: both passes, every record judged, findings kept in a SQLite ledger."""
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder), url) as tools:
        with timed(server) as found:
            scanned = scan(tools)
        (kind,) = scanned.kinds
        if kind.failure:
            raise AssertionError(kind.failure)
        found.counts.update(
            due=scanned.total(Finding.DUE), examined=kind.examined, undated=scanned.total(Finding.UNTRIGGERED)
        )
    return found


def every_row(url: str, server: int = 0) -> Measured:
    """Stream every row through the driver and judge each with :func:`assess`."""
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder), url) as tools:
        classes = {code: one for code, (one, _) in tools.classes().items()}
    due = examined = 0
    with timed(server) as found, _driver(url) as connection:
        for key, reference, ended_on, looked_after in _streamed(connection):
            day = date.fromisoformat(ended_on) if isinstance(ended_on, str) else ended_on
            code = "LAC-01" if looked_after else "EH-01"
            ref = RecordRef("cases", "episode", str(key))
            record = Record(
                ref=ref, reference=reference, record_class=code, dates={"case-closed": day}, state=StateToken("")
            )
            examined += 1
            due += isinstance(assess(record, classes[code], (), NOW.date()), Due)
        found.counts.update(due=due, examined=examined)
    return found


@contextmanager
def _driver(url: str) -> Iterator[Any]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            yield connection
    else:
        with psycopg.connect(url) as server_connection:
            yield server_connection


def _streamed(connection: Any) -> Iterator[tuple[Any, ...]]:
    cursor = connection.cursor() if isinstance(connection, sqlite3.Connection) else connection.cursor(name="every")
    with closing(cursor):
        cursor.execute(EVERY)
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
