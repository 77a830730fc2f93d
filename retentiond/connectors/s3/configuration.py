"""What is configured on a bucket that stands against destroying its objects, read anew each time it matters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from retentiond.connectors.s3.bucket import Bucket, Version
from retentiond.connectors.s3.client import asking, code_of, is_refusal, status_of

SUSPENDED = "Suspended"
NULL = "null"
"""The id of a version that was written while the bucket kept none."""

_COPIED = frozenset({"COMPLETED", "COMPLETE", "PENDING"})
"""What a server says of an object that was copied to another bucket, or is about to be. A copy itself is REPLICA."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the bucket about the objects whose keys begin so; what else it asks of them is not looked at."""

    prefix: str
    target: str = ""
    """The bucket that a rule of replication copies to."""

    def may_concern(self, prefix: str) -> bool:
        """Return whether any key that begins so may fall under the rule."""
        return self.prefix.startswith(prefix) or prefix.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a bucket says about itself. None is a refusal to say, and never the same as nothing."""

    versioning: str | None
    """``Enabled``, ``Suspended``, or empty for a bucket that never had versions."""
    asks_second_factor: bool
    replication: tuple[Rule, ...] | None
    """Rules that copy objects to buckets of which the definition does not say that they are connected stores."""
    expiry: tuple[Rule, ...] | None
    """Rules of its lifecycle that delete objects or their older versions."""

    @classmethod
    def of(cls, bucket: Bucket) -> Configuration:
        """Ask the bucket.

        Raises:
            StoreUnavailable: the server did not answer.
        """
        where = {"Bucket": bucket.place.bucket}
        versioning = answer(bucket, lambda: bucket.client.get_bucket_versioning(**where))
        replication = answer(bucket, lambda: bucket.client.get_bucket_replication(**where))
        lifecycle = answer(bucket, lambda: bucket.client.get_bucket_lifecycle_configuration(**where))
        return cls(
            None if versioning is None else str(versioning.get("Status", "")),
            (versioning or {}).get("MFADelete") == "Enabled",
            None if replication is None else tuple(_replicating(replication, bucket.place.copies_in)),
            None if lifecycle is None else tuple(_expiring(lifecycle)),
        )

    def blockers(self, key: str) -> Iterator[str]:
        """Yield why an object of this key cannot be destroyed as things are, for people to put right first."""
        if self.asks_second_factor:
            yield "the bucket asks for a second factor before deleting"
        if self.replication is None:
            yield "the bucket does not say whether it is replicated"
        elif any(key.startswith(one.prefix) for one in self.replication):
            yield "a rule of the bucket replicates it elsewhere"
        if self.expiry is None:
            yield "the bucket does not say whether it deletes objects by itself"
        elif any(key.startswith(one.prefix) for one in self.expiry):
            yield "a lifecycle rule of the bucket deletes it without anybody's approval"


def is_copied(head: Mapping[str, Any] | None) -> bool:
    """Return whether a version was, or is being, copied to another bucket, where destroying it here changes nothing."""
    return (head or {}).get("ReplicationStatus") in _COPIED


def is_overwritable(version: Version, versioning: str | None) -> bool:
    """Return whether another content may come under the same version id: so it is while versioning is suspended."""
    return versioning == SUSPENDED and version.id == NULL


def answer(bucket: Bucket, question: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return what the server answers; nothing configured, or not known there, is empty; None is a refusal to say."""
    with asking(bucket.place):
        try:
            found = dict(question())
        except ClientError as error:
            if status_of(error) == 403 or not (
                status_of(error) in (404, 405, 501) or code_of(error).startswith("NoSuch")
            ):
                if is_refusal(error):
                    return None
                raise
            if code_of(error) == "NoSuchBucket":
                raise
            return {}
    return {key: value for key, value in found.items() if key != "ResponseMetadata"}


def _replicating(found: Mapping[str, Any], connected: Collection[str]) -> Iterator[Rule]:
    for rule in found.get("ReplicationConfiguration", {}).get("Rules", []):
        if rule.get("Status") == "Enabled":
            target = str(rule.get("Destination", {}).get("Bucket", "")).rpartition(":")[2]
            if target not in connected:
                yield Rule(_prefix(rule), target)


def _expiring(found: Mapping[str, Any]) -> Iterator[Rule]:
    for rule in found.get("Rules", []):
        expiration = rule.get("Expiration", {})
        deletes = expiration.get("Days") or expiration.get("Date") or rule.get("NoncurrentVersionExpiration")
        if rule.get("Status") == "Enabled" and deletes:
            yield Rule(_prefix(rule))


def _prefix(rule: Mapping[str, Any]) -> str:
    within = rule.get("Filter", {})
    return str(within.get("Prefix") or within.get("And", {}).get("Prefix") or rule.get("Prefix") or "")
