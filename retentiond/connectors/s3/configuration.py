"""What is configured on a bucket that stands against destroying its objects, read anew each time it matters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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
    copied: tuple[Rule, ...]
    """Every rule that copies, or copied until somebody disabled it, whichever bucket it names."""
    connected: frozenset[str]
    """The buckets of which the definition says that they are connected stores."""
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
            tuple(rule for rule, _ in _rules(replication or {})),
            bucket.place.copies_in,
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

    def why_copied(self, key: str, heads: Iterable[Mapping[str, Any]]) -> str:
        """Return why copies of an object stand against destroying it here, or nothing.

        A server says that a version was copied and not where to, so that only the bucket's rules can tell: where each
        that concerns the key leads to a connected store, the copies are disposed of there.

        Args:
            key: the object's.
            heads: what a HEAD says of each of its versions, asked for one by one.
        """
        targets = {one.target for one in self.copied if key.startswith(one.prefix)}
        # Where there are several buckets, what failed for one of them may have come to another.
        copied = _COPIED | {"FAILED"} if len(targets) > 1 else _COPIED
        if (targets and targets <= self.connected) or not any(one.get("ReplicationStatus") in copied for one in heads):
            return ""
        if not self.connected:
            return "it was replicated to another bucket"
        if unnamed := sorted(targets - self.connected):
            return f"it may have been replicated to '{unnamed[0]}', which 'copies-in' does not name"
        return "it was replicated, and no rule of the bucket says any more where to"


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
    return (rule for rule, is_enabled in _rules(found) if is_enabled and rule.target not in connected)


def _rules(found: Mapping[str, Any]) -> Iterator[tuple[Rule, bool]]:
    for rule in found.get("ReplicationConfiguration", {}).get("Rules", []):
        target = str(rule.get("Destination", {}).get("Bucket", "")).rpartition(":")[2]
        yield Rule(_prefix(rule), target), rule.get("Status") == "Enabled"


def _expiring(found: Mapping[str, Any]) -> Iterator[Rule]:
    for rule in found.get("Rules", []):
        expiration = rule.get("Expiration", {})
        deletes = expiration.get("Days") or expiration.get("Date") or rule.get("NoncurrentVersionExpiration")
        if rule.get("Status") == "Enabled" and deletes:
            yield Rule(_prefix(rule))


def _prefix(rule: Mapping[str, Any]) -> str:
    within = rule.get("Filter", {})
    return str(within.get("Prefix") or within.get("And", {}).get("Prefix") or rule.get("Prefix") or "")
