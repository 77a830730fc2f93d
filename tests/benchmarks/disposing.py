"""Disposal of half of the cases with their notes and plans: ours, and one giant DELETE."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import psycopg

from retentiond.connectors.interface import CHUNK, Role
from retentiond.domain.orders import DisposalOrder
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.wholes import batches
from tests.benchmarks.case_store import installed
from tests.benchmarks.measuring import Measured, timed

TABLES = ("case_note", "plan", "eh_episode")
"""Children first."""
SQLITE_DELETE = "DELETE FROM {} WHERE episode_id IN (SELECT value FROM json_each(?))"
POSTGRESQL_DELETE = "DELETE FROM {} WHERE episode_id = ANY(%s)"


def approved(cases: int) -> range:
    """Return the keys of the approved half."""
    return range(2, cases + 1, 2)


def through_connector(url: str, cases: int, server: int = 0) -> Measured:
    """Dispose of the approved cases through the connector, a batch of orders at a time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = _own_copy(url, folder)
        with installed(folder, url) as tools:
            orders = _orders(tools, cases)
            outcomes: Counter[str] = Counter()
            with timed(server) as found, tools.open_store(tools.definition("cases"), Role.DISPOSE) as connector:
                for batch in batches(orders, CHUNK):
                    receipts = connector.dispose(batch, lambda asked: {one.id for one in asked})
                    outcomes.update(one.outcome.value for one in receipts)
        if outcomes != {"destroyed": len(orders)}:
            raise AssertionError(f"not everything was destroyed: {outcomes}")
        found.counts.update(n=len(orders), **_left(url))
    return found


def giant_delete(url: str, cases: int, server: int = 0) -> Measured:
    """Delete the approved cases with one statement a table in one transaction, and nothing else."""
    keys = list(approved(cases))
    with tempfile.TemporaryDirectory() as name:
        url = _own_copy(url, Path(name))
        with timed(server) as found:
            (_giant_sqlite if url.startswith("sqlite") else _giant_postgresql)(url, keys)
        found.counts.update(n=len(keys), **_left(url))
    return found


def _giant_sqlite(url: str, keys: list[int]) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        # As the connector has them: what is deleted is overwritten, and no child may stay behind.
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA foreign_keys=ON")
        with connection:
            for table in TABLES:
                connection.execute(SQLITE_DELETE.format(table), (json.dumps(keys),))


def _giant_postgresql(url: str, keys: list[int]) -> None:
    with psycopg.connect(url) as connection:
        for table in TABLES:
            connection.execute(POSTGRESQL_DELETE.format(table).encode(), (keys,))


def _own_copy(url: str, folder: Path) -> str:
    """Copy a SQLite store; a PostgreSQL database was copied by whoever gave it."""
    if not url.startswith("sqlite"):
        return url
    shutil.copy(url.removeprefix("sqlite:///"), folder / "cases.db")
    return f"sqlite:///{folder / 'cases.db'}"


def _orders(tools: Tools, cases: int) -> list[DisposalOrder]:
    refs = [RecordRef("cases", "episode", str(key)) for key in approved(cases)]
    orders = []
    with tools.open_store(tools.definition("cases"), Role.SCAN) as connector:
        for batch in batches(refs, CHUNK):
            for ref, record in connector.fetch(batch).items():
                order = sha256(str(ref).encode()).hexdigest()[:32]
                orders.append(DisposalOrder(order, ref, Action.DESTROY, record.state, 1))
    return orders


def _left(url: str) -> dict[str, int]:
    """Count what is left, by another connection."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            return {one: file.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in TABLES}  # noqa: S608 - names from above
    with psycopg.connect(url) as connection:
        rows = {one: connection.execute(f"SELECT count(*) FROM {one}".encode()).fetchone() for one in TABLES}  # noqa: S608 - names from above
    return {one: row[0] for one, row in rows.items() if row}
