"""A MariaDB server of Debian's packages, on loopback, for as long as tests need it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pymysql

_STARTS_WITHIN_SECONDS = 60


class MariaDBServer:
    """A running server, and the way in of its all-powerful user."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._numbers = count(1)

    def run(self, *statements: str, database: str | None = None) -> list[tuple[Any, ...]]:
        """Run statements as root and return the rows of the last."""
        connection = pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user="root",
            database=database,
            charset="utf8mb4",
            autocommit=True,
            ssl_disabled=True,
        )
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def url(self, database: str, user: str = "root") -> str:
        """Return the URL of a database for a user without a password."""
        # To read the certificates of all authorities takes longer than most tests.
        return f"mariadb+pymysql://{user}@127.0.0.1:{self.port}/{database}?ssl_disabled=true"

    def new_database(self) -> str:
        """Make an empty database and return its URL. Its collation ignores case, accents and trailing spaces."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
        return self.url(name)


@contextmanager
def mariadb_server(folder: Path, *settings: str) -> Iterator[MariaDBServer]:
    """Start a server with its data in a folder; stop it at the end. Settings come after our own and win."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    tools = {name: shutil.which(name, path=path) for name in ("mariadb-install-db", "mariadbd")}
    install, server = tools["mariadb-install-db"], tools["mariadbd"]
    assert install and server, "MariaDB is not installed: apt install mariadb-server-core mariadb-client-core"  # noqa: PT018
    user = ["--user=root"] if os.geteuid() == 0 else []
    data, log = folder / "data", folder / "log"
    making = [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
    made = subprocess.run([*making, "--skip-test-db", *user], check=False, capture_output=True, text=True)
    assert made.returncode == 0, f"MariaDB makes no data directory:\n{made.stdout}\n{made.stderr}"
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    with log.open("wb") as output:
        running = subprocess.Popen(
            [
                server,
                "--no-defaults",
                *user,
                f"--datadir={data}",
                "--bind-address=127.0.0.1",
                f"--port={port}",
                f"--socket={folder / 'socket'}",
                f"--pid-file={folder / 'pid'}",
                "--skip-name-resolve",
                "--skip-log-bin",
                "--feedback=OFF",
                "--default-time-zone=+00:00",
                # What the server itself keeps through a power cut is not under test.
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-flush-method=nosync",
                "--innodb-buffer-pool-size=32M",
                *settings,
            ],
            stdout=output,
            stderr=output,
        )
    try:
        server_there = MariaDBServer(port)
        _await(server_there, running, log)
        yield server_there
    finally:
        running.terminate()
        running.wait(timeout=30)


def _await(server: MariaDBServer, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN_SECONDS
    while True:
        try:
            server.run("SELECT 1")
        except pymysql.OperationalError:
            if running.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"MariaDB does not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.1)
        else:
            return
