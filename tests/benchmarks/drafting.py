"""Drafting a definition of a database of three hundred tables, beside reading its catalogue."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from retentiond.config.written import definition_text
from retentiond.connectors.interface import Role
from retentiond.connectors.registry import draft
from retentiond.connectors.sql.catalogue import reflected
from retentiond.connectors.sql.opening import Opening
from tests.benchmarks.measuring import Measured, timed

TABLES = 300


def database(folder: Path, tables: int) -> str:
    """Make an empty SQLite database, a third of whose tables hang on a record, and return its URL."""
    file = folder / "many.db"
    columns = "name VARCHAR(80), created_on DATE, status VARCHAR(10), about VARCHAR(200)"
    with sqlite3.connect(file) as made:
        made.execute(f"CREATE TABLE matter (id INTEGER PRIMARY KEY, closed_on DATE, {columns})")
        for number in range(1, tables):
            up = f"up INTEGER REFERENCES {'matter' if number < 30 else f'part_{number // 10 * 3}'} (id), "
            made.execute(
                f"CREATE TABLE part_{number} (id INTEGER PRIMARY KEY, {up if number % 3 == 0 else ''}{columns})"
            )
    made.close()
    return f"sqlite:///{file}"


def catalogue_alone(tables: int) -> Measured:
    """Read the catalogue and do nothing with it."""
    with tempfile.TemporaryDirectory() as folder:
        opening = Opening("many", database(Path(folder), tables), Role.SCAN)
        with timed() as found, opening.reading() as connection:
            catalogue = reflected(connection)
        opening.close()
    found.counts["n"] = len(catalogue.tables)
    return found


def whole_draft(tables: int) -> Measured:
    """Draft a definition and write it, as the command does."""
    with tempfile.TemporaryDirectory() as folder:
        url = database(Path(folder), tables)
        with timed() as found:
            text = definition_text(draft("many", url, tables=["matter"]), location="GB")
    found.counts |= {"n": tables, "plans": sum(f"      part_{number}: " in text for number in range(tables))}
    return found
