"""One bucket: its listings, whole; one key's versions; the holds on them; and what is configured on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retentiond.connectors.circles import Circle
from retentiond.connectors.interface import CHUNK
from retentiond.connectors.s3.client import Place, asking, code_of, is_refusal, status_of
from retentiond.connectors.s3.deletion_xml import Named, refusals, request
from retentiond.connectors.s3.elsewhere import Elsewhere, page_told
from retentiond.connectors.s3.listing import (
    AT_ONCE,
    OBJECTS,
    VERSIONS,
    Garbled,
    Page,
    Position,
    Wire,
    in_threads,
    listed,
    written_moment_after,
)
from retentiond.connectors.workers import gave_up
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


@dataclass(frozen=True, slots=True)
class Listed:
    """Some keys of a bucket's listing, in its order."""

    keyed: list[Keyed]
    last: str
    """The key to go on behind."""
    examined: int
    """How many keys these stand for, wanted or not."""


class Bucket:
    """A bucket through one client. Everything it returns was said by the server; nothing is inferred from silence."""

    def __init__(
        self, client: S3Client, place: Place, streams: int = AT_ONCE, elsewhere: Elsewhere | None = None
    ) -> None:
        self.client = client
        self.place = place
        self.elsewhere = elsewhere
        """Who asks for pages of listings; None: threads of its own."""
        self._streams = streams
        self._wire = Wire(client, place.bucket, connections=streams)

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

    def pages(self, prefix: str, after: str, until: date | None = None) -> Iterator[Listed]:
        """Yield every key behind another in the server's order, some at a time and never one cut in two.

        Args:
            prefix: only keys that start so.
            after: only keys behind this one; empty: all.
            until: leave out, but count, the keys with a version younger than this day (:func:`day_of`).
        """
        young = written_moment_after(until) if until is not None else None
        listing = self._versions_listed if self.is_versioned else self._objects_listed
        for one in listing(prefix, after, young):
            yield from _cut(one)

    def _objects_listed(self, prefix: str, after: str, young: bytes | None) -> Iterator[Listed]:
        for page in self._listing(OBJECTS, prefix, {"start-after": after} if after else {}, young):
            ours = sum(key.startswith(CANARIES) for key in page.keys) if CANARIES in "\n".join(page.keys) else 0
            wanted = [number for number in page.old if not ours or not page.keys[number].startswith(CANARIES)]
            if len(page.keys) > ours:
                keyed: list[Keyed] = [(page.keys[number], (self._version(page, number),)) for number in wanted]
                yield Listed(keyed, page.keys[-1], len(page.keys) - ours)

    def _versions_listed(self, prefix: str, after: str, young: bytes | None) -> Iterator[Listed]:
        """Group versions by key, holding back the key a page may have stopped in the middle of."""
        open_keys: dict[str, list[tuple[Page, int, bool]]] = {}
        given: set[str] = set()
        for page in self._listing(VERSIONS, prefix, {"key-marker": after} if after else {}, young):
            if not given.isdisjoint(page.keys):
                raise self._garbled()
            old = frozenset(page.old)
            for number, key in enumerate(page.keys):
                open_keys.setdefault(key, []).append((page, number, number in old))
            marker = page.goes_on["key-marker"] if page.goes_on is not None else None
            complete = [key for key in open_keys if key != marker]
            given = set(complete)
            found = [(key, open_keys.pop(key)) for key in complete]
            found = [(key, versions) for key, versions in found if not key.startswith(CANARIES)]
            wanted = [
                (key, _newest_first([self._version(page, number) for page, number, _ in versions]))
                for key, versions in found
                if all(is_old for _, _, is_old in versions)
            ]
            if found:
                yield Listed(wanted, complete[-1], len(found))

    def _listing(self, operation: str, prefix: str, begin: Position, young: bytes | None) -> Iterator[Page]:
        guess = "start-after" if operation == OBJECTS else "key-marker"
        if self.elsewhere is not None:
            submit = self.elsewhere.listing(operation, prefix, young, _PAGE)
            try:
                yield from listed(submit, begin, guess, read=page_told, store=self.place.store, at_once=self._streams)
            except (BrokenExecutor, CancelledError):
                raise gave_up(self.place.store) from None
            return
        with in_threads(partial(self.page, operation, prefix, young, _PAGE), self._streams) as submit:
            yield from listed(submit, begin, guess, store=self.place.store, at_once=self._streams)

    def page(self, operation: str, prefix: str, young: bytes | None, most: int, where: Position) -> Page:
        """Return one page of a listing, thinned.

        Args:
            operation: ``ListObjectsV2`` or ``ListObjectVersions``.
            prefix: only keys that start so.
            young: of what was written at this moment or later only the key is wanted; None: all.
            most: how many entries at most.
            where: where the listing begins or goes on.

        Raises:
            StoreUnavailable, StoreRefused: there is no answer, or none that anything can be concluded from.
        """
        with asking(self.place):
            try:
                return self._wire.page(operation, prefix, most, where).thinned(young)
            except Garbled:
                raise self._garbled() from None

    def _version(self, page: Page, number: int) -> Version:
        try:
            return Version(*page.entry(number))
        except Garbled:
            raise self._garbled() from None

    def versions_of(self, key: str) -> tuple[Version, ...]:
        """Return all versions and delete markers of one key by listing; empty where the listing shows none.

        A key is the first of those that begin with it, so the listing ends once it has gone past.
        """
        versions: list[Version] = []
        where: Position | None = {}
        circle = Circle(self.place.store)
        while where is not None:
            page = self.page(VERSIONS, key, None, _PAGE, where)
            circle.step(page.goes_on)
            versions.extend(self._version(page, number) for number, one in enumerate(page.keys) if one == key)
            where = page.goes_on if page.goes_on is not None and page.goes_on["key-marker"] == key else None
        return _newest_first(versions)

    def delete(self, named: Sequence[Named]) -> dict[Named, str]:
        """Ask for exact versions to be deleted, once, and return those not acknowledged, each with its error code.

        Raises:
            StoreUnavailable: the reply was lost, or cannot be read; what became of them is to be found out by looking.
        """
        with asking(self.place):
            try:
                return refusals(self._wire.delete(request(named)), named, self._wire.read_deletion)
            except ClientError as error:
                if not is_refusal(error):
                    raise
                return dict.fromkeys(named, code_of(error))
            except Garbled:
                raise self._garbled() from None

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
        retention = self._lock_answer(self.client.get_object_retention, asked).get("Retention", {})
        until = retention.get("RetainUntilDate")
        if until is not None and until > datetime.now(UTC):
            mode = str(retention.get("Mode", "")).lower() or "unnamed"
            yield f"object lock in {mode} mode until {in_words(until.date())}"

    def _lock_answer(self, question: Any, asked: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - one of two calls
        with asking(self.place):
            try:
                return dict(question(**asked))
            except ClientError as error:
                if code_of(error) in _NOT_LOCKED:
                    return {}
                raise

    def close(self) -> None:
        """Let go of the connections."""
        self._wire.close()
        self.client.close()

    def _garbled(self) -> StoreUnavailable:
        return StoreUnavailable(Fault(self.place.store, "a listing contradicts itself; nothing is concluded from it"))


def _cut(whole: Listed) -> Iterator[Listed]:
    """Cut what holds more keys than one page of a scan may: the rest of a key may come with a whole page."""
    start = 0
    while len(whole.keyed) - start > CHUNK:
        some = whole.keyed[start : start + CHUNK]
        yield Listed(some, some[-1][0], len(some))
        start += CHUNK
    yield Listed(whole.keyed[start:], whole.last, whole.examined - start)


def _newest_first(versions: Sequence[Version]) -> tuple[Version, ...]:
    return tuple(sorted(versions, key=lambda one: (one.is_latest, one.modified, one.id), reverse=True))
