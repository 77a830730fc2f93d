"""Objects and versions deleted: by us, through the SDK, and by programs of others."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from retentiond.connectors.interface import Role
from retentiond.connectors.s3.bucket import Bucket
from retentiond.connectors.s3.deleting import delete_unchanged
from tests.benchmarks.buckets import Served
from tests.benchmarks.listing import MINIO_SCRIPT, plain_sdk
from tests.benchmarks.listing_server import PER_MONTH, key_of, version_of
from tests.benchmarks.measuring import Measured, ran, timed
from tests.benchmarks.peers import PYTHON, S5CMD

MONTHS = 4
SLICE = MONTHS * PER_MONTH
"""Objects of SeaweedFS that one way deletes in one round: those of four months."""
Named = list[tuple[str, str]]


def named(where: Served, first: int, objects: int, *, versions: bool) -> Named:
    """Return keys, each with the id of its version as its server made it, or with none."""
    if not where.versioned:
        return [(key_of(n), version_of(n) if versions else "") for n in range(first, first + objects)]
    pages = plain_sdk(where).get_paginator("list_object_versions")
    return [
        (one["Key"], one["VersionId"])
        for month in months(first, objects)
        for page in pages.paginate(Bucket=where.bucket, Prefix=f"{month}/")
        for one in page["Versions"]
    ]


def months(first: int, objects: int) -> list[str]:
    """Return the folders of the months that objects lie in."""
    return sorted({"/".join(key_of(n).split("/")[:3]) for n in range(first, first + objects, PER_MONTH)})


def by_sdk(first: int, objects: int, *, versions: bool, **given: Any) -> Measured:
    """Delete by the SDK's requests, a thousand each, quiet."""
    where = Served(**given)
    going = named(where, first, objects, versions=versions)
    client = plain_sdk(where)
    refused = 0
    with timed(where.pid) as found, closing(client):
        for start in range(0, objects, 1000):
            some = [
                {"Key": key, "VersionId": version} if version else {"Key": key}
                for key, version in going[start : start + 1000]
            ]
            said = client.delete_objects(Bucket=where.bucket, Delete={"Objects": some, "Quiet": True})
            refused += len(said.get("Errors", ()))
    found.counts.update(n=objects - refused)
    return found


def by_us(first: int, objects: int, **given: Any) -> Measured:
    """Delete versions as a disposal does, a thousand a request."""
    where = Served(**given)
    going = named(where, first, objects, versions=True)
    client, place = where.client(Role.DISPOSE)
    bucket = Bucket(client, place)
    with timed(where.pid) as found, closing(bucket):
        refused = sum(len(bucket.delete(going[start : start + 1000])) for start in range(0, objects, 1000))
    found.counts.update(n=objects - refused)
    return found


def unchanged_by_us(first: int, objects: int, **given: Any) -> Measured:
    """Delete as a disposal does where there are no versions: one at a time, each only if its ETag is as reviewed."""
    where = Served(**given)
    client, place = where.client(Role.DISPOSE)
    bucket = Bucket(client, place)
    bucket.__dict__["is_versioned"] = False
    wanted = {key for key, _ in named(where, first, objects, versions=False)}
    going = [(key, one) for page in bucket.pages("", "") for key, (one,) in page.keyed if key in wanted]
    with timed(where.pid) as found, closing(bucket):
        refused = sum(bool(delete_unchanged(bucket, key, one)) for key, one in going)
    found.counts.update(n=len(going) - refused)
    return found


def by_s5cmd(where: Served, first: int, objects: int, *, versions: bool) -> Measured:
    """Delete with ``s5cmd rm``, which lists what it deletes; whole months on SeaweedFS, all of the server in memory."""
    folders = [f"/{one}" for one in months(first, objects)] if where.pid else [""]
    patterns = [f"s3://{where.bucket}{one}/*" for one in folders]
    what = ["rm", "--all-versions", *patterns] if versions else ["rm", *patterns]
    found, _ = ran(
        [str(S5CMD.path), "--endpoint-url", where.endpoint, *what], server=where.pid, environment=where.environment
    )
    found.counts.update(n=objects)
    return found


def by_minio(where: Served, first: int, objects: int, *, versions: bool) -> Measured:
    """Delete with minio-py."""
    keys = json.dumps(named(where, first, objects, versions=versions)).encode()
    command = [PYTHON, MINIO_SCRIPT, "delete", json.dumps(where.given)]
    found, said = ran(command, server=where.pid, given=keys)
    found.counts.update(json.loads(said))
    return found
