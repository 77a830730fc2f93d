from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from socket import socket
from subprocess import DEVNULL, Popen
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from retentiond.connectors.conformance import StoreUnderTest
from retentiond.connectors.interface import Connector, Role
from retentiond.connectors.memory import Kept, MemoryStore
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.records import RecordRef
from tests.connectors.letters import Letters

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class _Silent(MemoryStore):
    """A store that answers nothing."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("kinds", "receipts"):
            raise StoreUnavailable
        return super().__getattribute__(name)


def _memory_under_test(open_on: Callable[[str, Role, MemoryStore], Connector]) -> StoreUnderTest:
    name, store = f"memory-{uuid4().hex}", MemoryStore()
    store.kinds["case"] = {}

    def seed(key: str, closed_on: date | None, reference: str) -> RecordRef:
        store.put("case", key, Kept(reference, "C-01", {"closed": closed_on}, names=("Ada Example",)))
        return RecordRef(name, "case", key)

    def seed_unclassified(key: str) -> RecordRef:
        store.put("case", key, Kept(key, None, {"closed": None}))
        return RecordRef(name, "case", key)

    def traces(ref: RecordRef) -> int:
        kept = store.kinds["case"].get(ref.key)
        return 0 if kept is None else len(kept.names) + bool(kept.reference)

    return StoreUnderTest(
        open=lambda role: open_on(name, role, store),
        kind="case",
        record_class="C-01",
        trigger="closed",
        seed=seed,
        touch=lambda ref: store.alter("case", ref.key, names=("Ada Example", uuid4().hex)),
        remove=lambda ref: store.remove("case", ref.key),
        traces=traces,
        hold=lambda ref: store.hold("case", ref.key, "a public inquiry"),
        seed_unclassified=seed_unclassified,
        unreachable=lambda role: open_on(name, role, _Silent()),
    )


@pytest.fixture
def memory_under_test() -> Callable[[Callable[[str, Role, MemoryStore], Connector]], StoreUnderTest]:
    """Makes a new memory store and the way a connector is opened on it."""
    return _memory_under_test


@pytest.fixture(scope="session")
def owner(seaweed: ObjectStore) -> Iterator[S3Client]:
    """The buckets' owner, past the connector."""
    client = seaweed.client()
    client.create_bucket(Bucket="plain")
    client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    with closing(client):
        yield client


@pytest.fixture(params=["plain", "locked"])
def letters(request: pytest.FixtureRequest, seaweed: ObjectStore, owner: S3Client) -> Letters:
    """Either bucket, without versions and with object lock."""
    return Letters(seaweed, owner, request.param, f"{uuid4().hex}/")


@pytest.fixture
def plain(seaweed: ObjectStore, owner: S3Client) -> Letters:
    """A corner of the bucket without versions."""
    return Letters(seaweed, owner, "plain", f"{uuid4().hex}/")


@pytest.fixture
def locked(seaweed: ObjectStore, owner: S3Client) -> Letters:
    """A corner of the bucket with versions and object lock."""
    return Letters(seaweed, owner, "locked", f"{uuid4().hex}/")


_MOTO = """\
import sys
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
run_simple("127.0.0.1", int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=True)
"""
"""The server that moto's own command starts, which catches the signals that should end it."""


@pytest.fixture(scope="session")
def moto() -> Iterator[ObjectStore]:
    """Run moto's server on loopback: it answers in Amazon's words where SeaweedFS has no such thing."""
    with socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-c", _MOTO, str(port)]
    with Popen(command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, env=environment) as process:
        try:
            _await(port, process)
            yield ObjectStore(f"http://127.0.0.1:{port}", "AKIAEXAMPLE", "secret")
        finally:
            process.terminate()


def _await(port: int, process: Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("moto does not start")
