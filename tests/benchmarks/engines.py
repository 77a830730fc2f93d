"""What differs between the three databases when they are spoken to through their own drivers."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql
from pymysql.cursors import SSCursor

Rows = Iterator[tuple[Any, ...]]

_AT_ONCE = 20_000
_PURGED_WITHIN = 60.0


def kind_of(url: str) -> str:
    """Return ``sqlite``, ``postgresql`` or ``mariadb``."""
    return url.partition(":")[0]


def sqlalchemy_url(url: str) -> str:
    """Return a URL as a definition writes it."""
    if kind_of(url) == "mariadb":
        # To read the certificates of all authorities takes longer than much of what is measured.
        return f"{url.replace('mariadb:', 'mariadb+pymysql:')}?ssl_disabled=true"
    return url.replace("postgresql:", "postgresql+psycopg:")


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """Yield a connection of the database's own driver that commits only what it is told to begin and to commit."""
    match kind_of(url):
        case "sqlite":
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
                # As the connector has them: what is deleted is overwritten, and no child may stay behind.
                file.execute("PRAGMA secure_delete=ON")
                file.execute("PRAGMA foreign_keys=ON")
                yield file
        case "postgresql":
            with psycopg.connect(url, autocommit=True) as server:
                yield server
        case _:
            at = urlsplit(url)
            with pymysql.connect(
                host=at.hostname,
                port=at.port or 0,
                user=at.username,
                database=at.path.strip("/"),
                charset="utf8mb4",
                autocommit=True,
                local_infile=True,
                ssl_disabled=True,
            ) as server:
                with server.cursor() as cursor:
                    cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
                yield server


def run(connection: Any, statement: str, given: Any = ()) -> Any:
    """Run a statement with marks as the driver wants them and return its cursor."""
    cursor = connection.cursor()
    cursor.execute(statement, given) if given else cursor.execute(statement)
    return cursor


def mark(url: str) -> str:
    """Return what stands for a value in a statement."""
    return "?" if kind_of(url) == "sqlite" else "%s"


def begin(url: str) -> str:
    """Return the statement that begins a transaction which is going to write."""
    return "BEGIN IMMEDIATE" if kind_of(url) == "sqlite" else "BEGIN"


def among(url: str, column: str, keys: Collection[int]) -> tuple[str, tuple[Any, ...]]:
    """Return the condition that a column is one of many keys, as each database takes it best, and its values."""
    match kind_of(url):
        case "sqlite":
            return f"{column} IN (SELECT value FROM json_each(?))", (json.dumps(list(keys)),)  # noqa: S608 - names of ours
        case "postgresql":
            return f"{column} = ANY(%s)", (list(keys),)
        case _:
            return f"{column} IN ({','.join(map(str, keys))})", ()


@contextmanager
def streamed(url: str, statement: str) -> Iterator[Rows]:
    """Yield the rows of a query as the database finds them, some thousands in memory at a time."""
    with connected(url) as connection:
        match kind_of(url):
            case "sqlite":
                cursor = connection.cursor()
            case "postgresql":
                connection.autocommit = False
                cursor = connection.cursor(name="streamed")
                cursor.itersize = 4096
            case _:
                cursor = connection.cursor(SSCursor)
        with closing(cursor):
            cursor.execute(statement)
            yield iter(cursor)


def settled(url: str) -> Callable[[], None] | None:
    """Return what waits until a database has thrown away what was deleted; None for those that leave it to others."""
    return None if kind_of(url) != "mariadb" else lambda: purged(url)


def purged(url: str) -> None:
    """Wait until MariaDB has no transaction left to purge: one, however large, counts as one until all of it is."""
    until = time.monotonic() + _PURGED_WITHIN
    with connected(url) as connection:
        while True:
            (row,) = run(connection, "SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'").fetchall()
            if int(row[1]) == 0 or time.monotonic() > until:
                return
            time.sleep(0.05)


def filled(
    url: str, schema: Sequence[str], tables: Mapping[str, tuple[Sequence[str], Rows]], after: Sequence[str]
) -> None:
    """Make tables in an empty database and fill them, each in the fastest way its database has.

    Args:
        url: the database.
        schema: statements that make the tables.
        tables: by name: columns, and rows.
        after: statements that make the indexes.
    """
    with connected(url) as connection:
        if kind_of(url) == "sqlite":
            run(connection, "PRAGMA synchronous=OFF")
            run(connection, "BEGIN")
        for statement in schema:
            run(connection, statement)
        for table, (columns, rows) in tables.items():
            if kind_of(url) == "sqlite":
                marks = ", ".join("?" * len(columns))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - names of ours
            else:
                _copied(url, connection, table, columns, rows)
        if kind_of(url) == "sqlite":
            run(connection, "COMMIT")
        look = {"sqlite": "ANALYZE", "postgresql": "VACUUM ANALYZE"}
        for statement in (*after, look.get(kind_of(url), f"ANALYZE TABLE {', '.join(tables)}")):
            run(connection, statement)


def _copied(url: str, connection: Any, table: str, columns: Sequence[str], rows: Rows) -> None:
    if kind_of(url) == "postgresql":
        with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for text in _texts(rows):
                copy.write(text)
        return
    for text in _texts(rows):
        _load(connection, table, columns, text)


def _load(connection: pymysql.Connection[Any], table: str, columns: Sequence[str], text: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(text)
        file.flush()
        run(connection, f"LOAD DATA LOCAL INFILE '{file.name}' INTO TABLE {table} ({', '.join(columns)})")


def _texts(rows: Rows) -> Iterator[bytes]:
    while some := list(islice(rows, _AT_ONCE)):
        yield "".join(
            "\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in some
        ).encode()
