"""Whether a bucket is what its definition says, and nothing about it defeats disposal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from retentiond.connectors.document_kinds import outermost
from retentiond.connectors.s3.bucket import Bucket
from retentiond.connectors.s3.client import asking, is_refusal, status_of
from retentiond.connectors.s3.configuration import Configuration, Rule, answer
from retentiond.connectors.s3.uploads import uploads_under
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import Fault, StoreRefused
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
        yield from misplaced(name, region_of(bucket, head), definition.location)
    yield from _defeating(bucket, [kind.prefix for kind in definition.records])


def _unreachable(status: int) -> tuple[str, str]:
    match status:
        case 404:
            return "there is no such bucket", "see 'bucket' and 'endpoint'"
        case 403:
            return "the bucket refuses the credential", "see the keys, their permissions, and 'owner' where it is given"
        case 301 | 400:
            return "the bucket lies in another region", "see 'region'"
        case _:
            return f"the bucket cannot be used (HTTP {status})", ""


def region_of(bucket: Bucket, head: Mapping[str, Any]) -> str:
    """Return the region the server says a bucket lies in: with a HEAD, or else by its location."""
    headers = head.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    told = str(head.get("BucketRegion") or headers.get("x-amz-bucket-region", ""))
    if told:
        return told
    location = answer(bucket, lambda: bucket.client.get_bucket_location(Bucket=bucket.place.bucket))
    return (
        ""
        if location is None
        else _FIRST_REGIONS.get(location.get("LocationConstraint"), location["LocationConstraint"])
    )


_FIRST_REGIONS = {None: "us-east-1", "EU": "eu-west-1"}
"""How the oldest regions are named by GetBucketLocation (Amazon S3 API reference)."""


def misplaced(name: str, region: str, location: str) -> Iterator[Fault]:
    """Yield why a bucket in a region is not where its definition says."""
    country = AWS_REGION_COUNTRY.get(region)
    if country is None:
        yield Fault(
            name, f"the country of the bucket's region '{region or 'unnamed'}' is not known", "use a European one"
        )
    elif country != location:
        yield Fault(name, f"the bucket lies in {country} ({region}) and its definition says {location}")


def _defeating(bucket: Bucket, prefixes: list[str]) -> Iterator[Fault]:
    name, where = bucket.place.store, {"Bucket": bucket.place.bucket}
    found = Configuration.of(bucket)
    if found.versioning is None:
        yield Fault(name, "the bucket does not say whether it keeps versions", "allow s3:GetBucketVersioning")
    elif found.asks_second_factor:
        yield Fault(name, "the bucket asks for a second factor before deleting", "its objects can only be reported on")
    if answer(bucket, lambda: bucket.client.get_object_lock_configuration(**where)) is None:
        yield Fault(
            name, "the bucket does not say whether its objects are locked", "allow s3:GetBucketObjectLockConfiguration"
        )
    if found.replication is None:
        yield Fault(name, "the bucket does not say whether it is replicated", "allow s3:GetReplicationConfiguration")
    for target in sorted({one.target for one in _concerning(found.replication, prefixes)}):
        yield Fault(
            name,
            f"the bucket is replicated to '{target}', and deleting a version is not",
            "connect that bucket as a store and name it in 'copies-in', or end replication",
        )
    if found.expiry is None:
        yield Fault(
            name,
            "the bucket does not say whether it deletes objects by itself",
            "allow s3:GetLifecycleConfiguration",
        )
    if any(True for _ in _concerning(found.expiry, prefixes)):
        yield Fault(
            name,
            "a lifecycle rule of the bucket deletes records without anybody's approval",
            "take the rule away, or confine it to another prefix",
        )
    yield from _astray(bucket, prefixes)


def _concerning(rules: Iterable[Rule] | None, prefixes: Sequence[str]) -> Iterator[Rule]:
    return (one for one in rules or () if any(one.may_concern(prefix) for prefix in prefixes))


def _astray(bucket: Bucket, prefixes: Sequence[str]) -> Iterator[Fault]:
    """Yield that there are unfinished uploads under keys that are no records: nothing else would ever find them."""
    try:
        found = [one for prefix in outermost(prefixes) for one in uploads_under(bucket, prefix).items()]
    except StoreRefused:
        remedy = "allow s3:ListBucketMultipartUploads"
        yield Fault(bucket.place.store, "the bucket does not say which uploads are unfinished", remedy)
        return
    versioned = bool(bucket.versioning())
    looked = found[:_LOOKED_UP]
    astray = sum(
        len(uploads) for key, uploads in looked if not (bucket.versions_of(key) if versioned else bucket.head(key))
    )
    if astray:
        more = "at least " if len(found) > len(looked) else ""
        said = f"{more}{astray} unfinished upload{'s' if astray > 1 else ''} under keys that are no records"
        yield Fault(
            bucket.place.store, said, "abort them, or have a lifecycle rule of the bucket do so", is_remark=True
        )


_LOOKED_UP = 100
"""Of how many keys with unfinished uploads a check asks whether they are records: a count, not a report."""
