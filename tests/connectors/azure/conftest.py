from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient

from tests.connectors.azure.azurite import ACCOUNT, KEY, OPEN, PROGRAM, Azurite, Letters


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Run Azurite on loopback: a blob service with conditions, snapshots, leases and index tags."""
    assert PROGRAM.exists(), "make tests/servers/azurite/.installed brings it"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--blobPort", str(port), "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"]
    process = subprocess.Popen(
        [shutil.which("node") or "node", str(PROGRAM), *arguments, "--silent"],
        cwd=tmp_path_factory.mktemp("azurite"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            assert process.poll() is None, "azurite ended before it answered"
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        url = f"http://127.0.0.1:{port}/{ACCOUNT}"
        with BlobServiceClient(url, credential={"account_name": ACCOUNT, "account_key": KEY}) as owner:
            yield Azurite(port, owner)
    finally:
        process.terminate()
        process.wait()
        for connection, _ in OPEN.values():
            connection.close()


@pytest.fixture
def letters(azurite: Azurite) -> Letters:
    """An empty container."""
    name = f"letters-{uuid4().hex[:12]}"
    azurite.owner.create_container(name)
    return Letters(azurite, name)
