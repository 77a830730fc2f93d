"""One bucket: its listings, whole; one key's versions; the holds on them; and what is configured on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retentiond.connectors.s3.client import Place, asking, code_of, status_of
from retentiond.domain.errors import Fault, StoreUnavailable
from retentiond.domain.wording import in_words

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CANARIES = ".retentiond-canary/"
"""Prefix of the objects that try out whether a server keeps its word; never records."""

_PAGE = 1000

_NOT_LOCKED = {
    "ObjectLockConfigurationNotFoundError",
    "NoSuchObjectLockConfiguration",
    "NoSuchObjectLegalHold",
    "NoSuchKey",
    "NoSuchVersion",
}
_NOT_KNOWN_THERE = (405, 501)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or one delete marker. An unversioned object is its own single version, without id."""

    id: str
    etag: str
    size: int
    modified: datetime
    is_marker: bool = False
    is_latest: bool = True


Keyed = tuple[str, tuple[Version, ...]]
"""A key with all its versions and delete markers, newest first."""


class Bucket:
    """A bucket through one client. Everything it returns was said by the server; nothing is inferred from silence."""

    def __init__(self, client: S3Client, place: Place) -> None:
        self.client = client
        self.place = place

    def versioning(self) -> str:
        """Return ``Enabled``, ``Suspended`` or nothing for a bucket that never had versions; asked anew each time."""
        with asking(self.place):
            return self.client.get_bucket_versioning(Bucket=self.place.bucket).get("Status", "")

    @cached_property
    def is_versioned(self) -> bool:
        """Whether objects of the bucket have or may have versions."""
        return bool(self.versioning())

    @cached_property
    def is_locked(self) -> bool:
        """Whether objects of the bucket can be under legal hold or retention."""
        with asking(self.place):
            try:
                found = self.client.get_object_lock_configuration(Bucket=self.place.bucket)
            except ClientError as error:
                if code_of(error) in _NOT_LOCKED or status_of(error) in _NOT_KNOWN_THERE:
                    return False
                raise
        return found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"

    def pages(self, prefix: str, after: str) -> Iterator[list[Keyed]]:
        """Yield every key behind another in the server's order, a page at a time and never cut in two."""
        pages = self._version_pages(prefix, after) if self.is_versioned else self._object_pages(prefix, after)
        for page in pages:
            yield [keyed for keyed in page if not keyed[0].startswith(CANARIES)]

    def _object_pages(self, prefix: str, after: str) -> Iterator[list[Keyed]]:
        asked: dict[str, Any] = {"StartAfter": after} if after else {}
        while True:
            with asking(self.place):
                page: dict[str, Any] = dict(
                    self.client.list_objects_v2(Bucket=self.place.bucket, Prefix=prefix, MaxKeys=_PAGE, **asked)
                )
            found = page.get("Contents", [])
            if "IsTruncated" not in page or page.get("KeyCount", len(found)) != len(found):
                raise self._garbled()
            yield [(one["Key"], (Version("", one["ETag"], one["Size"], one["LastModified"]),)) for one in found]
            if not page["IsTruncated"]:
                return
            token = page.get("NextContinuationToken")
            if not token or token == asked.get("ContinuationToken"):
                raise self._garbled()
            asked = {"ContinuationToken": token}

    def _version_pages(self, prefix: str, after: str) -> Iterator[list[Keyed]]:
        """Group versions by key, holding back the key a page may have stopped in the middle of."""
        open_key: dict[str, list[Version]] = {}
        given: set[str] = set()
        for found, marker in self._raw_versions(prefix, after):
            if given & found.keys():
                raise self._garbled()
            for key, versions in found.items():
                open_key.setdefault(key, []).extend(versions)
            complete = [key for key in open_key if key != marker]
            yield [(key, _newest_first(open_key.pop(key))) for key in complete]
            given = set(complete)

    def _raw_versions(self, prefix: str, after: str) -> Iterator[tuple[dict[str, list[Version]], str | None]]:
        """Yield each page's versions by key, and the key at which the next page begins (None: there is none)."""
        asked: dict[str, Any] = {"KeyMarker": after} if after else {}
        while True:
            with asking(self.place):
                page: dict[str, Any] = dict(
                    self.client.list_object_versions(Bucket=self.place.bucket, Prefix=prefix, MaxKeys=_PAGE, **asked)
                )
            if "IsTruncated" not in page:
                raise self._garbled()
            found: dict[str, list[Version]] = {}
            for one in page.get("Versions", []):
                version = Version(
                    one["VersionId"], one["ETag"], one["Size"], one["LastModified"], is_latest=one["IsLatest"]
                )
                found.setdefault(one["Key"], []).append(version)
            for gone in page.get("DeleteMarkers", []):
                marker = Version(gone["VersionId"], "", 0, gone["LastModified"], True, gone["IsLatest"])
                found.setdefault(gone["Key"], []).append(marker)
            if not page["IsTruncated"]:
                yield found, None
                return
            where = {"KeyMarker": page.get("NextKeyMarker", ""), "VersionIdMarker": page.get("NextVersionIdMarker", "")}
            where = {name: value for name, value in where.items() if value}
            if "KeyMarker" not in where or where == asked:
                raise self._garbled()
            yield found, where["KeyMarker"]
            asked = where

    def versions_of(self, key: str) -> tuple[Version, ...]:
        """Return all versions and delete markers of one key by listing; empty where the listing shows none.

        A key is the first of those that begin with it, so the listing ends once it has gone past.
        """
        versions: list[Version] = []
        for found, marker in self._raw_versions(key, ""):
            versions.extend(found.get(key, []))
            if marker != key:
                break
        return _newest_first(versions)

    def head(self, key: str, version: str = "") -> dict[str, Any] | None:
        """Return what a HEAD says of an object or one version of it, or None where there is none.

        A HEAD has no words to tell a missing object from a missing bucket: ask for the bucket first.
        """
        asked: dict[str, Any] = {"VersionId": version} if version else {}
        with asking(self.place):
            try:
                return dict(self.client.head_object(Bucket=self.place.bucket, Key=key, **asked))
            except ClientError as error:
                if status_of(error) in (404, 405):
                    return None
                raise

    def tags(self, key: str, version: str = "") -> dict[str, str]:
        """Return an object's tags."""
        asked: dict[str, Any] = {"VersionId": version} if version else {}
        with asking(self.place):
            try:
                found = self.client.get_object_tagging(Bucket=self.place.bucket, Key=key, **asked)
            except ClientError as error:
                if code_of(error) in ("NoSuchTagSet", "NoSuchKey", "NoSuchVersion"):
                    return {}
                raise
        return {one["Key"]: one["Value"] for one in found["TagSet"]}

    def holds_on(self, key: str, versions: Sequence[Version]) -> tuple[str, ...]:
        """Return the holds the store enforces on any version, in words."""
        if not self.is_locked:
            return ()
        holds: dict[str, None] = {}
        for version in versions:
            if not version.is_marker:
                holds.update(dict.fromkeys(self._holds_on(key, version)))
        return tuple(holds)

    def _holds_on(self, key: str, version: Version) -> Iterator[str]:
        asked = {"Bucket": self.place.bucket, "Key": key, "VersionId": version.id}
        hold = self._lock_answer(self.client.get_object_legal_hold, asked).get("LegalHold", {})
        if hold.get("Status") == "ON":
            yield "legal hold on a version"
        until = self._lock_answer(self.client.get_object_retention, asked).get("Retention", {}).get("RetainUntilDate")
        if until is not None and until > datetime.now(UTC):
            yield f"object lock until {in_words(until.date())}"

    def _lock_answer(self, question: Any, asked: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - one of two calls
        with asking(self.place):
            try:
                return dict(question(**asked))
            except ClientError as error:
                if code_of(error) in _NOT_LOCKED:
                    return {}
                raise

    def _garbled(self) -> StoreUnavailable:
        return StoreUnavailable(Fault(self.place.store, "a listing contradicts itself; nothing is concluded from it"))


def _newest_first(versions: Sequence[Version]) -> tuple[Version, ...]:
    return tuple(sorted(versions, key=lambda one: (one.is_latest, one.modified, one.id), reverse=True))
