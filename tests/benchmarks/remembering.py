"""Writing a long disposal list, and a scan's findings, into a SQLite ledger: ours, the driver alone, the mapper."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry

from retentiond.domain.findings import Finding, Found
from retentiond.domain.lists import DisposalList, Entry, ListState
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from retentiond.ledger.ledger import Ledger
from retentiond.ledger.sqlite import PRAGMAS
from retentiond.ledger.tables import ENTRIES, FINDINGS, LISTS, RUNS
from retentiond.lifecycle.passes import AT_ONCE
from retentiond.lifecycle.wholes import batches
from tests.benchmarks.case_store import NOW
from tests.benchmarks.measuring import Measured, timed

_REASON = "case closed 31 December 2013 + 6 years = 31 December 2019; due since 1 January 2020"
LISTED = DisposalList("DL-2026-0001", ListState.IN_REVIEW, "a.khan", NOW, ("records-manager",), digest="0" * 64)


def driver_alone(entries: int) -> Measured:
    """Write the rows of such a list with ``executemany`` into the same tables of a ledger, under the same settings."""
    return _by_driver((LISTS, ENTRIES), partial(_write_list, entries=entries))


def by_mapper(entries: int) -> Measured:
    """Write the rows of such a list as objects of SQLAlchemy's mapper, under the same settings."""
    return _by_mapper((LISTS, ENTRIES), partial(_write_list, entries=entries))


def list_created(entries: int) -> Measured:
    """Write the list and its entries as ``retentiond list create`` does, in one transaction."""
    return _counted(partial(_write_list, entries=entries), ENTRIES)


def findings_by_driver(findings: int) -> Measured:
    """Write the rows of a scan's findings with ``executemany``, as above."""
    return _by_driver((RUNS, FINDINGS), partial(_write_findings, findings=findings))


def findings_by_mapper(findings: int) -> Measured:
    """Write the rows of a scan's findings as objects of SQLAlchemy's mapper, as above."""
    return _by_mapper((RUNS, FINDINGS), partial(_write_findings, findings=findings))


def findings_added(findings: int) -> Measured:
    """Write a scan's findings as ``retentiond scan`` does, ten thousand in one transaction."""
    return _counted(partial(_write_findings, findings=findings), FINDINGS)


def findings_inside(findings: int) -> Measured:
    """Have the database itself copy the rows of a scan's findings into the same table: no program is faster."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.db", Path(folder) / "second.db"
        _write_findings(first, findings)
        Ledger.create(f"sqlite:///{second}")
        with timed() as found, closing(sqlite3.connect(second)) as connection:
            _configure(connection)
            connection.execute("ATTACH ? AS first", [str(first)])
            with connection:
                for table in (RUNS, FINDINGS):
                    connection.execute(f"INSERT INTO {table.name} SELECT * FROM first.{table.name}")  # noqa: S608 - ours
        found.counts["n"] = len(_rows(second, FINDINGS))
    return found


def _counted(write: Callable[[Path], Measured], table: sa.Table) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        found = write(file)
        found.counts["n"] = len(_rows(file, table))
    return found


def _by_driver(tables: Sequence[sa.Table], write: Callable[[Path], Measured]) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.db", Path(folder) / "second.db"
        write(first)
        rows = {table: _rows(first, table) for table in tables}
        Ledger.create(f"sqlite:///{second}")
        with timed() as found, closing(sqlite3.connect(second)) as connection:
            _configure(connection)
            with connection:
                for table, these in rows.items():
                    marks = ", ".join("?" * len(these[0]))
                    connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", these)  # noqa: S608 - ours
        found.counts["n"] = len(_rows(second, tables[-1]))
    return found


def _by_mapper(tables: Sequence[sa.Table], write: Callable[[Path], Measured]) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.db", Path(folder) / "second.db"
        write(first)
        engine = sa.create_engine(f"sqlite:///{first}", poolclass=sa.NullPool)
        with engine.connect() as connection:
            rows = {one: connection.execute(sa.select(one)).mappings().all() for one in tables}
        Ledger.create(f"sqlite:///{second}")
        engine = sa.create_engine(f"sqlite:///{second}", poolclass=sa.NullPool)
        sa.event.listen(engine, "connect", _configure)
        mapper = registry()
        classes = {one: type(one.name.title(), (), {}) for one in tables}
        for table, mapped in classes.items():
            mapper.map_imperatively(mapped, table)
        with timed() as found, Session(engine) as session:
            for table, these in rows.items():
                session.add_all([classes[table](**row) for row in these])
                session.flush()
            session.commit()
        mapper.dispose()
        found.counts["n"] = len(_rows(second, tables[-1]))
    return found


def _configure(connection: sqlite3.Connection, _entry: object = None) -> None:
    for name, (wanted, _) in PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={wanted}")


def _write_list(file: Path, entries: int) -> Measured:
    made = [_entry(number) for number in range(entries)]
    Ledger.create(f"sqlite:///{file}")
    with timed() as found:
        ledger = Ledger.open(f"sqlite:///{file}")
        with ledger.transaction() as tx:
            tx.lists.create(LISTED, made, ())
        ledger.close()
    return found


def _write_findings(file: Path, findings: int) -> Measured:
    made = [_found(number) for number in range(findings)]
    Ledger.create(f"sqlite:///{file}")
    with timed() as found:
        ledger = Ledger.open(f"sqlite:///{file}")
        with ledger.transaction() as tx:
            run = tx.findings.begin("cases", "episode", NOW, "0" * 64, "0" * 64)
        for some in batches(made, AT_ONCE):
            with ledger.transaction() as tx:
                tx.findings.add(run, some)
        ledger.close()
    return found


def _rows(file: Path, table: sa.Table) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(f"SELECT * FROM {table.name}").fetchall()  # noqa: S608 - a table of ours


def _found(number: int) -> Found:
    ref = RecordRef("cases", "episode", str(number))
    return Found(ref, f"EH-{number}", "EH-01", Finding.DUE, "destroy", date(2020, 1, 1), _REASON)


def _entry(number: int) -> Entry:
    return Entry(
        ref=RecordRef("cases", "episode", str(number)),
        reference=f"EH-{number}",
        record_class="EH-01",
        action=Action.DESTROY,
        state=sha256(b"%d" % number).hexdigest(),
        due_on=date(2020, 1, 1),
        reason=_REASON,
    )
