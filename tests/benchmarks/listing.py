"""A bucket listed: by us, through the SDK, without reading the answers, and by programs of others."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from hashlib import sha256
from html import unescape
from typing import Any

from retentiond.connectors.s3.bucket import Bucket
from retentiond.connectors.s3.listing import OBJECTS, Wire
from tests.benchmarks.buckets import Served
from tests.benchmarks.measuring import ROOT, Measured, ran, timed
from tests.benchmarks.peers import PYTHON, RCLONE, S5CMD

UNTIL = date(2010, 12, 31)
MINIO_SCRIPT = str(ROOT / "tests" / "benchmarks" / "peer_minio.py")
_TOKEN = b"<NextContinuationToken>"


def through_sdk(**given: Any) -> Measured:
    """List with the SDK's paginator as it comes, and count what was written long ago."""
    where = Served(**given)
    client = plain_sdk(where)
    with timed(where.pid) as found, closing(client):
        examined = old = 0
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=where.bucket):
            examined += len(page["Contents"])
            old += sum(one["LastModified"].date() <= UNTIL for one in page["Contents"])
        found.counts.update(examined=examined, old=old)
    return found


def in_streams(streams: int, **given: Any) -> Measured:
    """List as a scan by ``last-modified`` does."""
    where = Served(**given)
    client, place = where.client()
    bucket = Bucket(client, place, streams)
    bucket.__dict__["is_versioned"] = False  # the server in memory knows no such question
    with timed(where.pid) as found, closing(bucket):
        pages = [(one.examined, len(one.keyed)) for one in bucket.pages("", "", UNTIL)]
        found.counts.update(examined=sum(one for one, _ in pages), old=sum(old for _, old in pages))
    return found


def unread(**given: Any) -> Measured:
    """Send the requests of one stream, look for where each answer goes on, and read nothing else of it."""
    where = Served(**given)
    client, place = where.client()
    wire = Wire(client, place.bucket)
    asked = {"list-type": "2", "prefix": "", "max-keys": "1000", "encoding-type": "url"}
    with timed(where.pid) as found, closing(client):
        token = b""
        while True:
            more = {"continuation-token": unescape(token.decode())} if token else {}
            body = wire._send(OBJECTS, "GET", asked | more)
            begin = body.find(_TOKEN)
            if begin < 0:
                break
            token = body[begin + len(_TOKEN) : body.find(b"<", begin + len(_TOKEN))]
    return found


def keys_by_sdk(**given: Any) -> Measured:
    """List with the SDK's paginator, one page after another, and digest the keys in the order they come."""
    where = Served(**given)
    client = plain_sdk(where)
    digest, examined = sha256(), 0
    with timed(where.pid) as found, closing(client):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=where.bucket):
            for one in page["Contents"]:
                digest.update(one["Key"].encode() + b"\n")
            examined += len(page["Contents"])
    found.counts.update(examined=examined, digest=_number(digest.digest()))
    return found


def keys_in_streams(streams: int, **given: Any) -> Measured:
    """List in streams, wanting every object, and digest the keys in the order they come."""
    where = Served(**given)
    client, place = where.client()
    bucket = Bucket(client, place, streams)
    bucket.__dict__["is_versioned"] = False
    digest, examined = sha256(), 0
    with timed(where.pid) as found, closing(bucket):
        for page in bucket.pages("", ""):
            for key, _ in page.keyed:
                digest.update(key.encode() + b"\n")
            examined += page.examined
    found.counts.update(examined=examined, digest=_number(digest.digest()))
    return found


def by_s5cmd(where: Served) -> Measured:
    """List with ``s5cmd ls``."""
    command = [str(S5CMD.path), "--endpoint-url", where.endpoint, "ls", f"s3://{where.bucket}/*"]
    found, said = ran(command, server=where.pid, environment=where.environment)
    lines = said.splitlines()
    found.counts.update(examined=len(lines), old=sum(line.startswith(b"2009") for line in lines))
    return found


def by_rclone(where: Served) -> Measured:
    """List with ``rclone lsf -R --fast-list``, times included."""
    command = [str(RCLONE.path), "--config", "", "lsf", "-R", "--fast-list", "--files-only", "--format", "pt"]
    options = {"PROVIDER": "Other", "ENV_AUTH": "true", "ENDPOINT": where.endpoint, "REGION": "eu-west-2"}
    words = {f"RCLONE_S3_{name}": value for name, value in options.items()}
    # It would ask for the time of each object that it uploaded itself.
    found, said = ran(
        [*command, "--use-server-modtime", f":s3:{where.bucket}"],
        server=where.pid,
        environment=words | where.environment,
    )
    lines = said.splitlines()
    found.counts.update(examined=len(lines), old=sum(b";2009" in line for line in lines))
    return found


def by_minio(where: Served) -> Measured:
    """List with minio-py."""
    found, said = ran([PYTHON, MINIO_SCRIPT, "list", json.dumps(where.given)], server=where.pid)
    found.counts.update(json.loads(said))
    return found


def plain_sdk(where: Served) -> Any:
    """Return a client of the SDK as whoever writes a script makes it."""
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "s3",
        endpoint_url=where.endpoint,
        region_name="eu-west-2",
        aws_access_key_id=where.key,
        aws_secret_access_key=where.secret,
        config=Config(s3={"addressing_style": "path"}),
    )


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:6], "big")
