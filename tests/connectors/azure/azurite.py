"""Azurite as its tests see it: the running server, and a container with its letters."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from azure.storage.blob import (
    AccountSasPermissions,
    BlobClient,
    BlobServiceClient,
    ContainerClient,
    ResourceTypes,
    generate_account_sas,
)

from retentiond.connectors.azure import AzureConnector
from retentiond.connectors.interface import Role, ScanRequest
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Status, Trigger
from retentiond.domain.orders import DisposalOrder
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action

PROGRAM = Path(__file__).parents[2] / "servers/azurite/node_modules/azurite/dist/src/blob/main.js"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The emulator's own account, printed in its documentation: no secret."""

EVERYTHING = ScanRequest("letter", {"C-01": ({"closed": date.max},), "C-02": ({"closed": date.max},)})


@dataclass(frozen=True)
class Azurite:
    """A running server, and what its owner does past the connector."""

    port: int
    owner: BlobServiceClient

    @property
    def url(self) -> str:
        """The account's address."""
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        """The account's address and key in one."""
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url};"

    def sas(self) -> str:
        """Return a signature that allows everything for an hour."""
        return generate_account_sas(
            ACCOUNT,
            KEY,
            ResourceTypes(service=True, container=True, object=True),
            AccountSasPermissions(read=True, write=True, delete=True, list=True, add=True, create=True, tag=True),
            datetime.now(UTC) + timedelta(hours=1),
        )


@contextmanager
def running(folder: Path) -> Iterator[Azurite]:
    """Run Azurite on loopback, with what it says of itself in a folder; it ends with the block."""
    assert PROGRAM.exists(), "make tests/servers/azurite/.installed brings it"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--blobPort", str(port), "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"]
    process = subprocess.Popen(
        [shutil.which("node") or "node", str(PROGRAM), *arguments, "--silent"],
        cwd=folder,
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


def new_container(server: Azurite) -> Letters:
    """Make an empty container."""
    name = f"letters-{uuid4().hex[:12]}"
    server.owner.create_container(name)
    return Letters(server, name)


@dataclass(frozen=True)
class Letters:
    """A container that belongs to one test."""

    server: Azurite
    container: str
    column: str = "metadata:closed"
    classes: tuple[ClassCondition, ...] = (ClassCondition("C-01"),)
    statuses: tuple[Status, ...] = ()
    prefix: str = ""

    @property
    def owner(self) -> ContainerClient:
        """The container, past the connector."""
        return self.server.owner.get_container_client(self.container)

    def definition(self, **options: str) -> Definition:
        """Return the store's definition."""
        triggers = (Trigger("closed", self.column),)
        letter = KindOfRecord("letter", self.classes, triggers, prefix=self.prefix, statuses=self.statuses)
        kinds = (letter, KindOfRecord("document", (), (), prefix="papers/"))
        where = {"container": self.container, "account-url": self.server.url, **options}
        return Definition("letters", "azure-blob", "GB", kinds, "0" * 64, options=where)

    def open(
        self, role: Role = Role.SCAN, *, credential: str = KEY, address: str | None = None, **options: str
    ) -> AzureConnector:
        """Open a connector on the container."""
        where = {} if address is None else {"account-url": address}
        return AzureConnector(self.definition(**where, **options), role=role, credential=credential)

    def blob(self, ref: RecordRef) -> BlobClient:
        """Return one blob, past the connector."""
        return self.owner.get_blob_client(ref.key)

    def put(self, key: str, closed_on: date | None = date(2001, 2, 3), body: str = "letter") -> RecordRef:
        """Put a blob; plainly, for the library takes longer than the server."""
        headers = {"x-ms-blob-type": "BlockBlob", "x-ms-version": "2021-12-02"}
        if closed_on is not None:
            headers["x-ms-meta-Closed"] = closed_on.isoformat()
        connection, sas = connection_to(self.server)
        path = f"/{ACCOUNT}/{self.container}/{quote(key, safe='/')}?{sas}"
        try:
            status = _sent(connection, path, body, headers)
        except (ConnectionError, HTTPException):  # the server lets go of a connection that nobody used for a while
            connection.close()
            status = _sent(connection, path, body, headers)
        assert status == 201
        return RecordRef("letters", "letter", key)

    def rewrite(self, ref: RecordRef) -> None:
        """Write another letter under the same name."""
        self.put(ref.key, body=uuid4().hex)

    def traces(self, ref: RecordRef) -> int:
        """Count what is listed of a blob."""
        listed = self.owner.list_blobs(name_starts_with=ref.key, include=["snapshots", "versions", "deleted"])
        return sum(one.name == ref.key for one in listed)

    def remove(self, ref: RecordRef) -> None:
        """Take a blob away with its snapshots."""
        self.blob(ref).delete_blob("include")

    def record(self, ref: RecordRef) -> Record:
        """Return the record as it is now."""
        with self.open() as connector:
            return connector.fetch([ref])[ref]

    def order(self, ref: RecordRef, *, attempt: int = 1) -> DisposalOrder:
        """Return an order on the record as it is now."""
        return DisposalOrder(uuid4().hex, ref, Action.DESTROY, self.record(ref).state, attempt)

    def scanned(self, request: ScanRequest = EVERYTHING) -> list[Record]:
        """Return what a whole scan yields."""
        with self.open() as connector:
            return [record for page in connector.scan(request) for record in page.records]


OPEN: dict[int, tuple[HTTPConnection, str]] = {}


def _sent(connection: HTTPConnection, path: str, body: str, headers: dict[str, str]) -> int:
    connection.request("PUT", path, body=body.encode(), headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def connection_to(server: Azurite) -> tuple[HTTPConnection, str]:
    """Return the one open connection to a server, and a signature."""
    if server.port not in OPEN:
        OPEN[server.port] = HTTPConnection("127.0.0.1", server.port), server.sas()
    return OPEN[server.port]
