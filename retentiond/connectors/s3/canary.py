"""Whether a server keeps a condition on deletion: tried out with an object of our own before any record is at stake."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from botocore.exceptions import ClientError

from retentiond.connectors.s3.bucket import CANARIES, Bucket
from retentiond.connectors.s3.client import asking, status_of

IGNORES = "this server ignores conditions on delete; the store is report-only"


def why_not_conditional(bucket: Bucket, version: str = "") -> str:
    """Return why conditional deletion cannot be relied on, or nothing where it can.

    An object of our own is put and deleted under a wrong ETag. Servers are known that answer such a DELETE with
    success and destroy what it should have spared, and others that do not know such a request.

    Args:
        bucket: one that keeps no versions, or whose versioning is suspended.
        version: the id that an object has which is put there now: ``null`` where versioning is suspended.

    Raises:
        StoreUnavailable: the server did not answer.
    """
    name: dict[str, Any] = {"Bucket": bucket.place.bucket, "Key": CANARIES + token_hex(16)}
    exact = name | ({"VersionId": version} if version else {})
    with asking(bucket.place):
        try:
            etag = bucket.client.put_object(**name, Body=b"canary")["ETag"]
        except ClientError as error:
            if status_of(error) == 403:
                return (
                    f"it cannot be tried out whether this server honours conditions: no object may be put in {CANARIES}"
                )
            raise
        refused = _refused(bucket, exact, '"00000000000000000000000000000000"') == 412
        survived = bucket.head(name["Key"], version) is not None
        if survived:
            _refused(bucket, exact, etag)
    left = bucket.head(name["Key"], version) is not None
    if left:
        with asking(bucket.place):
            bucket.client.delete_object(**exact)
    return "" if refused and survived and not left else IGNORES


def _refused(bucket: Bucket, exact: dict[str, Any], etag: str) -> int:
    """Delete the canary under a condition; return the status of the refusal, or 0 where it was carried out."""
    try:
        bucket.client.delete_object(**exact, IfMatch=etag)
    except ClientError as error:
        if status_of(error) not in (400, 405, 412, 501):
            raise
        return status_of(error)
    return 0
