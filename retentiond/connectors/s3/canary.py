"""Whether a server keeps a condition on deletion: tried out with an object of our own before any record is at stake."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from botocore.exceptions import ClientError

from retentiond.connectors.s3.bucket import CANARIES, Bucket
from retentiond.connectors.s3.client import asking, status_of

IGNORES = "this server ignores conditions on delete; the store is report-only"


def why_not_conditional(bucket: Bucket) -> str:
    """Return why conditional deletion cannot be relied on in an unversioned bucket, or nothing where it can.

    An object of our own is put and deleted under a wrong ETag. Servers are known that answer such a DELETE with
    success and destroy what it should have spared.

    Raises:
        StoreUnavailable: the server did not answer.
    """
    name: dict[str, Any] = {"Bucket": bucket.place.bucket, "Key": CANARIES + token_hex(16)}
    with asking(bucket.place):
        try:
            etag = bucket.client.put_object(**name, Body=b"canary")["ETag"]
        except ClientError as error:
            if status_of(error) == 403:
                return (
                    f"it cannot be tried out whether this server honours conditions: no object may be put in {CANARIES}"
                )
            raise
        try:
            bucket.client.delete_object(**name, IfMatch='"00000000000000000000000000000000"')
            refused = False
        except ClientError as error:
            if status_of(error) != 412:
                raise
            refused = True
    survived = bucket.head(name["Key"]) is not None
    if survived:
        with asking(bucket.place):
            bucket.client.delete_object(**name, IfMatch=etag)
    return "" if refused and survived and bucket.head(name["Key"]) is None else IGNORES
