"""Where the buckets are that are listed and emptied: a server in memory, and a SeaweedFS server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retentiond.connectors.interface import Role
from retentiond.connectors.s3.client import Place, open_client
from retentiond.demo.object_store import ObjectStore
from tests.benchmarks.listing_server import key_of
from tests.benchmarks.measuring import ROOT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_REGION = "eu-west-2"
_AT_ONCE = 32


@dataclass(frozen=True)
class Served:
    """A bucket that is being served."""

    endpoint: str
    key: str = "key"
    secret: str = "secret"
    bucket: str = "bucket"
    pid: int = 0
    """The server whose CPU time counts; 0: the one in memory, whose does not."""
    filer: int = 0
    """The port of SeaweedFS at which files are written without a signature."""
    versioned: bool = False
    """Versions are kept, by ids that the server made."""

    @property
    def given(self) -> dict[str, Any]:
        """Return what a process is told about it."""
        return asdict(self)

    @property
    def environment(self) -> dict[str, str]:
        """Return what a program of others finds its credential in."""
        return {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_REGION": _REGION}

    def client(self, role: Role = Role.SCAN) -> tuple[S3Client, Place]:
        """Return a client as the connector opens one, and the bucket's place."""
        place = Place("bench", self.bucket, _REGION, self.endpoint)
        return open_client(place, role, self.key, self.secret), place


@contextmanager
def served(objects: int, pause: int = 0) -> Iterator[Served]:
    """Serve a bucket of so many objects from memory, each answer after so many milliseconds."""
    command = [sys.executable, "-m", "tests.benchmarks.listing_server", str(objects), str(pause)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            if process.stdout is None:
                raise AssertionError
            yield Served(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.terminate()


@contextmanager
def seaweed(folder: Path) -> Iterator[Served]:
    """Run SeaweedFS as the tests do, with an empty bucket."""
    with ObjectStore.start(folder) as store:
        if store.process is None:
            raise AssertionError
        client = store.client()
        client.create_bucket(Bucket="bucket")
        client.close()
        words = [str(one) for one in store.process.args]  # type: ignore[union-attr] # it was started with a list
        filer = next(one.partition("=")[2] for one in words if one.startswith("-filer.port="))
        yield Served(store.endpoint, store.access_key, store.secret_key, pid=store.process.pid, filer=int(filer))


def load_versions(where: Served, objects: int) -> Served:
    """Write the first so many objects to a bucket of SeaweedFS that keeps versions, and return that bucket."""
    kept = replace(where, bucket="versioned", versioned=True)
    client, _ = kept.client()
    with closing(client):
        client.create_bucket(Bucket=kept.bucket)
        client.put_bucket_versioning(Bucket=kept.bucket, VersioningConfiguration={"Status": "Enabled"})

        def put(number: int) -> None:
            client.put_object(Bucket=kept.bucket, Key=key_of(number), Body=b"x")

        with ThreadPoolExecutor(4) as pool:
            for _ in pool.map(put, range(objects)):
                pass
    return kept


def load(where: Served, objects: int) -> None:
    """Write the first so many objects, one byte each, to SeaweedFS by its own door, which is faster than S3."""
    asyncio.run(_load(where, objects))


async def _load(where: Served, objects: int) -> None:
    await asyncio.gather(*(_put(where, range(at, objects, _AT_ONCE)) for at in range(_AT_ONCE)))


async def _put(where: Served, numbers: range) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", where.filer)
    for number in numbers:
        path = f"/buckets/{where.bucket}/{key_of(number)}"
        writer.write(f"PUT {path} HTTP/1.1\r\nHost: filer\r\nContent-Length: 1\r\n\r\nx".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b" 201 " not in head.partition(b"\r\n")[0]:
            raise AssertionError(head)
        length = head.partition(b"content-length:")[2].split(maxsplit=1)[0]
        await reader.readexactly(int(length))
    writer.close()
    await writer.wait_closed()
