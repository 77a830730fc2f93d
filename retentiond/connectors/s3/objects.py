"""Single objects of a bucket, asked about through the SDK: what they are, their tags, the holds on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retentiond.connectors.s3.client import Place, asking, code_of, status_of
from retentiond.domain.wording import in_words

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from retentiond.connectors.s3.bucket import Version

_NOT_LOCKED = {
    "ObjectLockConfigurationNotFoundError",
    "NoSuchObjectLockConfiguration",
    "NoSuchObjectLegalHold",
    "NoSuchKey",
    "NoSuchVersion",
}
_NOT_KNOWN_THERE = (405, 501)


class Objects:
    """The objects of one bucket.

    Args:
        client: the SDK's.
        place: the bucket.
    """

    def __init__(self, client: S3Client, place: Place) -> None:
        self._client, self._place = client, place

    def are_locked(self) -> bool:
        """Return whether objects of the bucket can be under legal hold or retention."""
        with asking(self._place):
            try:
                found = self._client.get_object_lock_configuration(Bucket=self._place.bucket)
            except ClientError as error:
                if code_of(error) in _NOT_LOCKED or status_of(error) in _NOT_KNOWN_THERE:
                    return False
                raise
        return found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"

    def head(self, key: str, version: str = "") -> dict[str, Any] | None:
        """Return what a HEAD says of an object or one version of it, or None where there is none.

        A HEAD has no words to tell a missing object from a missing bucket: ask for the bucket first.
        """
        asked: dict[str, Any] = {"VersionId": version} if version else {}
        with asking(self._place):
            try:
                return dict(self._client.head_object(Bucket=self._place.bucket, Key=key, **asked))
            except ClientError as error:
                if status_of(error) in (404, 405):
                    return None
                raise

    def tags(self, key: str, version: str = "") -> dict[str, str]:
        """Return an object's tags."""
        asked: dict[str, Any] = {"VersionId": version} if version else {}
        with asking(self._place):
            try:
                found = self._client.get_object_tagging(Bucket=self._place.bucket, Key=key, **asked)
            except ClientError as error:
                if code_of(error) in ("NoSuchTagSet", "NoSuchKey", "NoSuchVersion"):
                    return {}
                raise
        return {one["Key"]: one["Value"] for one in found["TagSet"]}

    def holds_on(self, key: str, versions: Sequence[Version]) -> tuple[str, ...]:
        """Return the holds the store enforces on any version, in words."""
        holds: dict[str, None] = {}
        for version in versions:
            if not version.is_marker:
                holds.update(dict.fromkeys(self._holds_on(key, version)))
        return tuple(holds)

    def _holds_on(self, key: str, version: Version) -> Iterator[str]:
        asked = {"Bucket": self._place.bucket, "Key": key, "VersionId": version.id}
        hold = self._lock_answer(self._client.get_object_legal_hold, asked).get("LegalHold", {})
        if hold.get("Status") == "ON":
            yield "legal hold on a version"
        retention = self._lock_answer(self._client.get_object_retention, asked).get("Retention", {})
        until = retention.get("RetainUntilDate")
        if until is not None and until > datetime.now(UTC):
            mode = str(retention.get("Mode", "")).lower() or "unnamed"
            yield f"object lock in {mode} mode until {in_words(until.date())}"

    def _lock_answer(self, question: Any, asked: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - one of two calls
        with asking(self._place):
            try:
                return dict(question(**asked))
            except ClientError as error:
                if code_of(error) in _NOT_LOCKED:
                    return {}
                raise
