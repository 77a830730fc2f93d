"""Writing a long disposal list into a SQLite ledger: ours, and the same rows through the driver alone."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry

from retentiond.domain.lists import DisposalList, Entry, ListState
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from retentiond.ledger.ledger import Ledger
from retentiond.ledger.sqlite import PRAGMAS
from retentiond.ledger.tables import ENTRIES, LISTS
from tests.benchmarks.case_store import NOW
from tests.benchmarks.measuring import Measured, timed

LISTED = DisposalList("DL-2026-0001", ListState.IN_REVIEW, "a.khan", NOW, ("records-manager",), digest="0" * 64)


def driver_alone(entries: int) -> Measured:
    """Write the rows of such a list with ``executemany`` into the same tables of a ledger, under the same settings."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.db", Path(folder) / "second.db"
        _write(first, entries)
        rows = {table: _rows(first, table) for table in ("lists", "entries")}
        Ledger.create(f"sqlite:///{second}")
        with timed() as found, closing(sqlite3.connect(second)) as connection:
            for name, (wanted, _) in PRAGMAS.items():
                connection.execute(f"PRAGMA {name}={wanted}")
            with connection:
                for table, these in rows.items():
                    marks = ", ".join("?" * len(these[0]))
                    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", these)  # noqa: S608 - names from above
        found.counts["n"] = len(_rows(second, "entries"))
    return found


def by_mapper(entries: int) -> Measured:
    """Write the rows of such a list as objects of SQLAlchemy's mapper, under the same settings."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.db", Path(folder) / "second.db"
        _write(first, entries)
        engine = sa.create_engine(f"sqlite:///{first}", poolclass=sa.NullPool)
        with engine.connect() as connection:
            rows = {one: connection.execute(sa.select(one)).mappings().all() for one in (LISTS, ENTRIES)}
        Ledger.create(f"sqlite:///{second}")
        engine = sa.create_engine(f"sqlite:///{second}", poolclass=sa.NullPool)
        sa.event.listen(engine, "connect", _configure)
        mapper = registry()
        classes = {one: type(one.name.title(), (), {}) for one in (LISTS, ENTRIES)}
        for table, mapped in classes.items():
            mapper.map_imperatively(mapped, table)
        with timed() as found, Session(engine) as session:
            for table, these in rows.items():
                session.add_all([classes[table](**row) for row in these])
                session.flush()
            session.commit()
        mapper.dispose()
        found.counts["n"] = len(_rows(second, "entries"))
    return found


def _configure(connection: sqlite3.Connection, _entry: object) -> None:
    for name, (wanted, _) in PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={wanted}")


def list_created(entries: int) -> Measured:
    """Write the list and its entries as ``retentiond list create`` does, in one transaction."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        found = _write(file, entries)
        found.counts["n"] = len(_rows(file, "entries"))
    return found


def _write(file: Path, entries: int) -> Measured:
    made = [_entry(number) for number in range(entries)]
    Ledger.create(f"sqlite:///{file}")
    with timed() as found:
        ledger = Ledger.open(f"sqlite:///{file}")
        with ledger.transaction() as tx:
            tx.lists.create(LISTED, made, ())
        ledger.close()
    return found


def _rows(file: Path, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - names from above


def _entry(number: int) -> Entry:
    return Entry(
        ref=RecordRef("cases", "episode", str(number)),
        reference=f"EH-{number}",
        record_class="EH-01",
        action=Action.DESTROY,
        state=sha256(b"%d" % number).hexdigest(),
        due_on=date(2020, 1, 1),
        reason="case closed 31 December 2013 + 6 years = 31 December 2019; due since 1 January 2020",
    )
