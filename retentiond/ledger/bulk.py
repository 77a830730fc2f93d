"""Many rows at a time, as they lie in the columns: the driver takes them as they are, no statement is made for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

Row = tuple[str | int | bytes | None, ...]
"""The values of a table's columns in their order."""


def insert_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert rows, all of them or none; they are read one by one.

    Args:
        connection: the transaction's.
        table: where they go.
        rows: each with the values of all columns, as :mod:`retentiond.ledger.columns` writes them.

    Raises:
        DBAPIError: a rule of the table is broken.
    """
    with _driven(connection) as cursor:
        if connection.dialect.name == "sqlite":
            cursor.executemany(_insert(table), rows)
            return
        with cursor.copy(f"COPY {table.name} ({_names(table)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def change_rows(connection: Connection, statement: str, rows: Sequence[Row]) -> bool:
    """Change one row for each set of values, and return whether each changed exactly one.

    Args:
        connection: the transaction's.
        statement: an UPDATE that changes at most one row, with a ``?`` for each value and no other ``?`` or ``%``.
        rows: the values.
    """
    if not rows:
        return True
    marked = statement if connection.dialect.name == "sqlite" else statement.replace("?", "%s")
    return connection.exec_driver_sql(marked, list(rows)).rowcount == len(rows)


@cache
def _insert(table: Table) -> str:
    marks = ", ".join("?" * len(table.columns))
    return f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks})"  # noqa: S608 - the program's own names


@contextmanager
def _driven(connection: Connection) -> Iterator[Any]:
    """Give a cursor of the driver; what it raises is wrapped as SQLAlchemy does, without the values."""
    driver = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except driver.Error as error:
        raise DBAPIError.instance("", None, error, driver.Error, hide_parameters=True) from error
    finally:
        cursor.close()


def _names(table: Table) -> str:
    return ", ".join(f'"{one.name}"' for one in table.columns)
