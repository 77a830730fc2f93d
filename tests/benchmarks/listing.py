"""A bucket listed and its versions deleted: through the SDK, by us, and by s5cmd where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from resource import RUSAGE_CHILDREN, getrusage
from typing import TYPE_CHECKING

from retentiond.connectors.interface import Role
from retentiond.connectors.s3.bucket import Bucket
from retentiond.connectors.s3.client import Place, open_client
from tests.benchmarks.measuring import ROOT, Measured, timed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

UNTIL = date(2010, 12, 31)
S5CMD = shutil.which("s5cmd")


@dataclass(frozen=True)
class Served:
    """A bucket in memory that is being served."""

    port: int


@contextmanager
def served(objects: int, pause: int = 0) -> Iterator[Served]:
    """Serve a bucket of so many objects, each answer after so many milliseconds."""
    command = [sys.executable, "-m", "tests.benchmarks.listing_server", str(objects), str(pause)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            if process.stdout is None:
                raise AssertionError
            yield Served(int(process.stdout.readline()))
        finally:
            process.terminate()


def _client(port: int) -> tuple[S3Client, Place]:
    place = Place("bench", "bucket", "eu-west-2", f"http://127.0.0.1:{port}")
    return open_client(place, Role.SCAN, "key", "secret"), place


def through_sdk(port: int) -> Measured:
    """List with the SDK's paginator, and count what was written long ago."""
    client, _ = _client(port)
    with timed() as found, closing(client):
        examined = old = 0
        for page in client.get_paginator("list_objects_v2").paginate(Bucket="bucket"):
            examined += len(page["Contents"])
            old += sum(one["LastModified"].date() <= UNTIL for one in page["Contents"])
        found.counts.update(examined=examined, old=old)
    return found


def in_streams(port: int, streams: int) -> Measured:
    """List as a scan by ``last-modified`` does."""
    client, place = _client(port)
    bucket = Bucket(client, place, streams)
    bucket.__dict__["is_versioned"] = False  # the server in memory knows no such question
    with timed() as found, closing(bucket):
        pages = [(one.examined, len(one.keyed)) for one in bucket.pages("", "", UNTIL)]
        found.counts.update(examined=sum(one for one, _ in pages), old=sum(old for _, old in pages))
    return found


def by_s5cmd(port: int) -> Measured:
    """List with ``s5cmd ls``, its whole process; what it prints is not read."""
    environment = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-2"}
    command = [str(S5CMD), "--endpoint-url", f"http://127.0.0.1:{port}", "ls", "s3://bucket/*"]
    before = getrusage(RUSAGE_CHILDREN)
    with timed() as found:
        done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    found.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = done.stdout.splitlines()
    old = sum(line.startswith(b"2009") for line in lines)
    found.counts.update(examined=len(lines), old=old)
    return found


def deleted_by_sdk(port: int, versions: int) -> Measured:
    """Delete versions by the SDK's requests, a thousand each, quiet."""
    client, _ = _client(port)
    named = _named(versions)
    with timed() as found, closing(client):
        for start in range(0, versions, 1000):
            some = [{"Key": key, "VersionId": version} for key, version in named[start : start + 1000]]
            client.delete_objects(Bucket="bucket", Delete={"Objects": some, "Quiet": True})  # type: ignore[typeddict-item]
        found.counts.update(n=versions)
    return found


def deleted_by_us(port: int, versions: int) -> Measured:
    """Delete versions as a disposal does, a thousand a request."""
    client, place = _client(port)
    bucket = Bucket(client, place)
    named = _named(versions)
    with timed() as found, closing(bucket):
        refused = sum(len(bucket.delete(named[start : start + 1000])) for start in range(0, versions, 1000))
        found.counts.update(n=versions - refused)
    return found


def _named(versions: int) -> list[tuple[str, str]]:
    return [(f"cases/2010/04/{n:08}-document.pdf", f"{n:032x}") for n in range(versions)]
