"""Requests for deletion, each sent once, and what the server said about every version they named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from retentiond.connectors.s3.bucket import Bucket, Version
from retentiond.connectors.s3.client import asking, code_of, is_refusal, status_of
from retentiond.connectors.s3.deletion_xml import Named

REQUEST = 1000
"""Most versions that one request can name."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said about versions that were to go. Of one that it does not mention nothing is known."""

    gone: set[Named] = field(default_factory=set)
    errors: dict[Named, str] = field(default_factory=dict)
    """Version to error code."""


def delete_versions(bucket: Bucket, named: Sequence[Named], said: Said) -> None:
    """Destroy versions by their exact ids, at most :data:`REQUEST`, and note what was said of each.

    Raises:
        StoreUnavailable: the reply was lost; what became of them is to be found out by looking.
    """
    refused = bucket.delete(named)
    said.errors.update(refused)
    said.gone.update(one for one in named if one not in refused)


def delete_unchanged(bucket: Bucket, key: str, version: Version) -> str:
    """Destroy one version under the condition of its ETag; return why it was not destroyed, or nothing.

    ``404`` and ``412`` say that the condition did not hold: servers answer alike for changed and for absent.

    Raises:
        StoreUnavailable: the reply was lost; what became of it is to be found out by looking.
    """
    asked = {"VersionId": version.id} if version.id else {}
    with asking(bucket.place):
        try:
            answer = bucket.client.delete_object(
                Bucket=bucket.place.bucket,
                Key=key,
                IfMatch=version.etag,
                **asked,  # type: ignore[arg-type]
            )
        except ClientError as error:
            status = status_of(error)
            if status not in (404, 412, 501) and not is_refusal(error):
                raise
            return str(status) if status in (403, 404, 412) else code_of(error)
    if not version.id and (answer.get("VersionId") or answer.get("DeleteMarker")):
        return VERSIONED_MEANWHILE
    return ""


VERSIONED_MEANWHILE = "the bucket keeps versions since a moment ago"
"""A bare key was deleted, and the store put a marker over it."""
