"""Whether a bucket is what its definition says, and nothing about it defeats disposal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from retentiond.connectors.s3.bucket import Bucket
from retentiond.connectors.s3.client import asking, code_of, is_refusal, status_of
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import Fault
from retentiond.domain.places import AWS_REGION_COUNTRY


def faults_of(bucket: Bucket, definition: Definition) -> Iterator[Fault]:
    """Yield everything about a bucket that stands against disposing of its objects.

    Raises:
        StoreUnavailable: the server did not answer.
    """
    name = bucket.place.store
    with asking(bucket.place):
        try:
            head = bucket.client.head_bucket(Bucket=bucket.place.bucket)
        except ClientError as error:
            if not is_refusal(error) and status_of(error) != 301:
                raise
            yield Fault(name, *_unreachable(status_of(error)))
            return
    if bucket.place.is_amazon:
        yield from _misplaced(name, _region(head), definition.location)
    yield from _defeating(bucket, [kind.prefix for kind in definition.records])


def _unreachable(status: int) -> tuple[str, str]:
    match status:
        case 404:
            return "there is no such bucket", "see 'bucket' and 'endpoint'"
        case 403:
            return "the bucket refuses the credential", "see the keys and their permissions"
        case 301 | 400:
            return "the bucket lies in another region", "see 'region'"
        case _:
            return f"the bucket cannot be used (HTTP {status})", ""


def _region(head: Mapping[str, Any]) -> str:
    headers = head.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(head.get("BucketRegion") or headers.get("x-amz-bucket-region", ""))


def _misplaced(name: str, region: str, location: str) -> Iterator[Fault]:
    country = AWS_REGION_COUNTRY.get(region)
    if country is None:
        yield Fault(
            name, f"the country of the bucket's region '{region or 'unnamed'}' is not known", "use a European one"
        )
    elif country != location:
        yield Fault(name, f"the bucket lies in {country} ({region}) and its definition says {location}")


def _defeating(bucket: Bucket, prefixes: list[str]) -> Iterator[Fault]:
    name, where = bucket.place.store, {"Bucket": bucket.place.bucket}
    client = bucket.client
    versioning = _answer(bucket, lambda: client.get_bucket_versioning(**where))
    if versioning is None:
        yield Fault(name, "the bucket does not say whether it keeps versions", "allow s3:GetBucketVersioning")
    elif versioning.get("MFADelete") == "Enabled":
        yield Fault(name, "the bucket asks for a second factor before deleting", "its objects can only be reported on")
    if _answer(bucket, lambda: client.get_object_lock_configuration(**where)) is None:
        yield Fault(
            name, "the bucket does not say whether its objects are locked", "allow s3:GetBucketObjectLockConfiguration"
        )
    if _answer(bucket, lambda: client.get_bucket_replication(**where)):
        yield Fault(
            name, "the bucket is replicated, and deleting a version is not", "connect the replicas or end replication"
        )
    rules = (_answer(bucket, lambda: client.get_bucket_lifecycle_configuration(**where)) or {}).get("Rules", [])
    if any(_expires(rule, prefixes) for rule in rules):
        yield Fault(
            name,
            "a lifecycle rule of the bucket deletes records without anybody's approval",
            "take the rule away, or confine it to another prefix",
        )


def _answer(bucket: Bucket, question: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return what the server answers; nothing configured, or not known there, is empty; None is a refusal to say."""
    with asking(bucket.place):
        try:
            answer = dict(question())
        except ClientError as error:
            if status_of(error) == 403 or not (
                status_of(error) in (404, 405, 501) or code_of(error).startswith("NoSuch")
            ):
                if is_refusal(error):
                    return None
                raise
            return {}
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _expires(rule: Mapping[str, Any], prefixes: list[str]) -> bool:
    expiration = rule.get("Expiration", {})
    if rule.get("Status") != "Enabled" or not (
        expiration.get("Days") or expiration.get("Date") or rule.get("NoncurrentVersionExpiration")
    ):
        return False
    within = rule.get("Filter", {})
    prefix = within.get("Prefix") or within.get("And", {}).get("Prefix") or rule.get("Prefix") or ""
    return any(prefix.startswith(one) or one.startswith(prefix) for one in prefixes)
