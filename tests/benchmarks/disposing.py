"""Disposal of half of the cases with their five children: ours, by hand with the same promises, and mere deletion."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from retentiond.domain.orders import Outcome
from retentiond.domain.schedule import Action
from tests.benchmarks.by_hand import kept_promises
from tests.benchmarks.engines import among, begin, connected, run, settled
from tests.benchmarks.measuring import Measured, ran, timed
from tests.benchmarks.parted_store import DEFINITION, TABLES, approved, carried_out, left, own_copy
from tests.benchmarks.peers import PT_ARCHIVER


def through_connector(url: str, cases: int, server: int = 0) -> Measured:
    """Dispose of the approved cases through the connector, a batch of orders at a time."""
    return carried_out(url, cases, Action.DESTROY, Outcome.DESTROYED, left, definition=DEFINITION, server=server)


def giant_delete(url: str, cases: int, server: int = 0) -> Measured:
    """Delete the approved cases with one statement a table in one transaction, and nothing else."""
    keys = list(approved(cases))
    with tempfile.TemporaryDirectory() as name:
        url = own_copy(url, Path(name))
        with timed(server, settled(url)) as found, connected(url) as connection:
            run(connection, begin(url))
            for table in TABLES:
                condition, given = among(url, "case_id", keys)
                run(connection, f"DELETE FROM {table} WHERE {condition}", given)  # noqa: S608 - names of ours
            run(connection, "COMMIT")
        found.counts.update(n=len(keys), **left(url))
    return found


def by_hand(url: str, cases: int, server: int = 0) -> Measured:
    """Delete in a loop written by hand that keeps the same promises in the least way one can think of."""

    def deleted(connection: object, keys: list[int]) -> int:
        for table in TABLES:
            condition, given = among(url, "case_id", keys)
            done = run(connection, f"DELETE FROM {table} WHERE {condition}", given).rowcount  # noqa: S608 - names of ours
            if done != len(keys):
                raise AssertionError(f"{table}: {done} rows went")
        return len(keys)

    with tempfile.TemporaryDirectory() as name:
        url = own_copy(url, Path(name))
        found = kept_promises(url, list(approved(cases)), TABLES, deleted, server)
        found.counts.update(left(url))
    return found


def by_pt_archiver(url: str, cases: int, server: int = 0) -> Measured:
    """Delete with ``pt-archiver --bulk-delete --commit-each``; the database's cascades take the children."""
    at = urlsplit(url)
    found, _ = ran(
        [
            str(PT_ARCHIVER.path),
            "--no-version-check",
            "--source",
            f"h=127.0.0.1,P={at.port},u=root,D={at.path.strip('/')},t=case_file,A=utf8mb4",
            "--purge",
            "--where",
            "case_id % 2 = 0",
            "--primary-key-only",
            "--bulk-delete",
            "--commit-each",
            "--limit",
            "5000",
        ],
        server=server,
        settled=settled(url),
    )
    found.counts.update(n=len(approved(cases)), **left(url))
    return found
