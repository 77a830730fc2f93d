"""One container: its listings, whole; one key's versions and snapshots; and how the account keeps what is deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError

from retentiond.connectors.azure.client import Place, asking, code_of
from retentiond.connectors.circles import Circle
from retentiond.domain.errors import Fault, StoreUnavailable
from retentiond.domain.wording import in_words

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties, BlobServiceClient

CANARIES = ".retentiond-canary/"
"""Prefix of the blobs that try out whether a server keeps its word; never records."""

_PAGE = 1000
_MOST = 5000
"""Most a service tells at a time: a key with fewer versions and snapshots is told in one answer, at one moment."""
_LOOKED_UP = 100
"""How many empty blobs are asked for to find those that are none: a count, not a report."""
_INCLUDE = ("metadata", "snapshots", "versions", "deleted", "deletedwithversions", "immutabilitypolicy", "legalhold")


@dataclass(frozen=True, slots=True)
class Item:
    """The blob itself, an earlier version of it, or a snapshot; each may be soft-deleted, and then is still there."""

    version: str
    snapshot: str
    etag: str
    size: int
    modified: datetime
    is_current: bool = True
    is_deleted: bool = False
    is_shadow: bool = False
    """Nothing of its own: it says that versions are left of a blob that was deleted."""
    is_leased: bool = False
    is_replicated: bool = False
    holds: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


Keyed = tuple[str, tuple[Item, ...]]
"""A key with everything the service lists of it."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a listing goes on: the server's own marker, and the key that was already told whole."""

    marker: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class SoftDelete:
    """How the account keeps what is deleted (Set Blob Service Properties: ``DeleteRetentionPolicy``)."""

    enabled: bool
    days: int | None = None
    allows_permanent: bool = False


@dataclass(frozen=True, slots=True)
class Locks:
    """What a container says of holds and immutability."""

    legal_hold: bool
    immutability: bool
    """A policy of the container; how long it lasts is told to administrators only."""
    by_version: bool
    """Versions can have holds and policies of their own."""


class Container:
    """A container through one client. Everything it returns was said by the server; nothing is inferred from silence.

    Args:
        account: the client.
        place: which container.
        tags: ask for index tags too, which is a permission of its own.
    """

    def __init__(self, account: BlobServiceClient, place: Place, *, tags: bool) -> None:
        self.account, self.place = account, place
        self.client = account.get_container_client(place.container)
        self._include = [*_INCLUDE, "tags"] if tags else [*_INCLUDE]

    def locks(self) -> Locks | None:
        """Return what keeps the container's blobs from being deleted, asked anew each time.

        None where the credential may not ask, as a signature for one container may not: whatever holds there are, the
        service refuses to delete what they are on.
        """
        with asking(self.place):
            try:
                found = self.client.get_container_properties()
            except HttpResponseError as error:
                if error.status_code == 403:
                    return None
                raise
            return Locks(
                bool(found.has_legal_hold),
                bool(found.has_immutability_policy),
                bool(found.immutable_storage_with_versioning_enabled),
            )

    def holds(self) -> tuple[str, ...]:
        """Return the holds on the container as a whole, in words."""
        locks = self.locks()
        return ("legal hold on the container",) if locks and locks.legal_hold else ()

    @cached_property
    def can_hold(self) -> bool:
        """Whether the container says that a hold or an immutability policy can be on its blobs."""
        locks = self.locks()
        return locks is not None and (locks.legal_hold or locks.immutability or locks.by_version)

    def is_hierarchical(self) -> bool:
        """Return whether the account has a hierarchical namespace (Data Lake)."""
        with asking(self.place):
            return bool(self.account.get_account_information()["is_hns_enabled"])

    def soft_delete(self) -> SoftDelete:
        """Return how the account keeps what is deleted."""
        told: list[str] = []
        with asking(self.place):
            found = self.account.get_service_properties(
                raw_response_hook=lambda response: told.append(response.http_response.text())
            )
            policy = found["delete_retention_policy"]
            # The library leaves this one out of what it returns.
            permanent = re.search(r"<AllowPermanentDelete>\s*true\s*</", "".join(told)) is not None
            return SoftDelete(bool(policy.enabled), policy.days, permanent)

    def pages(self, prefix: str, after: Position) -> Iterator[tuple[list[Keyed], Position | None]]:
        """Yield every key behind a position, each whole, in pages of at most a thousand, and where to go on.

        A key the server's page may have stopped in the middle of is asked for by itself, and what the next page says
        of it is left out.
        """
        last: set[str] = set()
        circle = Circle(self.place.store)
        while True:
            items, marker = self._page(prefix, after.marker, _PAGE)
            found: dict[str, list[Item]] = {}
            for key, item in items:
                if key != after.told and not key.startswith(CANARIES):
                    found.setdefault(key, []).append(item)
            if last & found.keys() or (marker and marker == after.marker):
                raise self._garbled()
            circle.step(items[0] if items else marker)
            told = after.told
            if marker and items:
                told = items[-1][0]
                if told in found:
                    found[told] = list(self.items_of(told))
            last, after = set(found), Position(marker, told)
            yield [(key, tuple(one)) for key, one in found.items() if one], after if marker else None
            if not marker:
                return

    def items_of(self, key: str, *, uncommitted: bool = False) -> tuple[Item, ...]:
        """Return everything the service lists of one key; empty where the listing shows nothing.

        A key is the first of those that begin with it, so the listing ends once it has gone past.

        Args:
            key: the blob's name.
            uncommitted: also where there are only blocks under the name that were never committed to a blob. They are
                listed like an empty one, and :meth:`is_there` denies it.
        """
        found: list[Item] = []
        marker = ""
        circle = Circle(self.place.store)
        while True:
            items, following = self._page(key, marker, _MOST, uncommitted=uncommitted)
            found.extend(item for name, item in items if name == key)
            if not following or any(name != key for name, _ in items):
                return tuple(found)
            circle.step(following)
            marker = following

    def uncommitted_under(self, prefix: str) -> int:
        """Return under how many names at least there are only blocks that were never committed, by one look."""
        found, _ = self._page(prefix, "", _MOST, uncommitted=True)
        empty = [key for key, item in found if item.is_current and not item.size and not key.startswith(CANARIES)]
        return sum(not self.is_there(key) for key in empty[:_LOOKED_UP])

    def _page(
        self, prefix: str, marker: str, size: int, *, uncommitted: bool = False
    ) -> tuple[list[tuple[str, Item]], str]:
        include = [*self._include, "uncommittedblobs"] if uncommitted else self._include
        with asking(self.place):
            listing = self.client.list_blobs(
                name_starts_with=prefix or None, include=include, results_per_page=size
            ).by_page(marker or None)
            page = [(one.name, _item(one)) for one in next(listing)]
            return page, str(getattr(listing, "continuation_token", None) or "")

    def is_there(self, key: str) -> bool:
        """Return whether the blob itself is there, by asking for it and not by listing."""
        with asking(self.place):
            try:
                self.client.get_blob_client(key).get_blob_properties()
            except HttpResponseError as error:
                if error.status_code == 404 and code_of(error) == "BlobNotFound":
                    return False
                raise
            return True

    def put(self, key: str) -> str:
        """Put a blob of our own and return its ETag."""
        with asking(self.place):
            return str(self.client.get_blob_client(key).upload_blob(b"canary")["etag"])

    def delete_current(self, key: str, etag: str) -> None:
        """Delete the blob itself with its snapshots, under the condition that it is still the one with this ETag.

        A snapshot taken since is one of this very state, so nothing goes that was not reviewed.

        Raises:
            HttpResponseError: the service said no.
        """
        self.client.get_blob_client(key).delete_blob(
            "include", etag=f'"{etag.strip(chr(34))}"', match_condition=MatchConditions.IfNotModified
        )

    def delete_item(self, key: str, item: Item, *, permanently: bool = False) -> None:
        """Delete one version or one snapshot by its exact id; permanently only what is soft-deleted already.

        Raises:
            HttpResponseError: the service said no.
        """
        how: dict[str, Any] = {"blob_delete_type": "Permanent"} if permanently else {}
        if item.snapshot:
            self.client.get_blob_client(key, snapshot=item.snapshot).delete_blob(**how)
        else:
            self.client.get_blob_client(key).delete_blob(version_id=item.version, **how)

    def _garbled(self) -> StoreUnavailable:
        return StoreUnavailable(Fault(self.place.store, "a listing contradicts itself; nothing is concluded from it"))


def _item(found: BlobProperties) -> Item:
    version, snapshot, deleted = found.version_id or "", found.snapshot or "", bool(found.deleted)
    return Item(
        version=version,
        snapshot=snapshot,
        etag=(found.etag or "").strip('"'),
        size=found.size or 0,
        modified=found.last_modified,
        is_current=not snapshot and not deleted and bool(found.is_current_version or not version),
        is_deleted=deleted,
        is_shadow=bool(found.has_versions_only),
        is_leased=found.lease.state in ("leased", "breaking"),
        is_replicated=bool(found.object_replication_source_properties),
        holds=tuple(_holds(found)),
        metadata=dict(found.metadata or {}),
        tags=dict(found.tags or {}),
    )


def _holds(found: BlobProperties) -> Iterator[str]:
    if found.has_legal_hold:
        yield "legal hold on a version"
    until = found.immutability_policy.expiry_time if found.immutability_policy else None
    if until is not None and until > datetime.now(UTC):
        yield f"immutability policy until {in_words(until.date())}"


def newest(items: Sequence[Item]) -> Item:
    """Return the item that speaks for the record: the blob itself, else what was written last."""
    return max(items, key=lambda one: (one.is_current, not one.is_deleted, not one.snapshot, one.modified, one.version))
