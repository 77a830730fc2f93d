"""Answers in Amazon's own words, from moto's server: what SeaweedFS does not have at all, or says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from retentiond.connectors.s3.checking import misplaced, region_of
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.definitions import ClassCondition
from tests.connectors.letters import Letters

REGION: Any = {"LocationConstraint": "eu-west-2"}
VERSIONS: Any = {"Status": "Enabled"}


@pytest.fixture
def amazon(moto: ObjectStore) -> Iterator[Letters]:
    """A bucket with versions and nothing in it; moto does not know GetObjectRetention, so it has no object lock."""
    bucket = f"letters-{uuid4().hex[:12]}"
    with closing(moto.client()) as owner:
        owner.create_bucket(Bucket=bucket, CreateBucketConfiguration=REGION)
        owner.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=VERSIONS)
        yield Letters(moto, owner, bucket, "letters/")


def test_replication_is_told_with_where_it_goes(amazon: Letters) -> None:
    """A rule of replication is a fault that names the bucket copies go to, and keeps every record of it from review."""
    target = f"{amazon.bucket}-copies"
    amazon.owner.create_bucket(Bucket=target, CreateBucketConfiguration=REGION)
    amazon.owner.put_bucket_versioning(Bucket=target, VersioningConfiguration=VERSIONS)
    rule: Any = {
        "ID": "1",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
    }
    configuration: Any = {
        "Role": "arn:aws:iam::123456789012:role/copier",
        "Rules": [{**rule, "Status": "Enabled", "DeleteMarkerReplication": {"Status": "Disabled"}}],
    }
    ref = amazon.put("one")
    assert amazon.record(ref).blockers == ()
    amazon.owner.put_bucket_replication(Bucket=amazon.bucket, ReplicationConfiguration=configuration)
    assert amazon.record(ref).blockers == ("a rule of the bucket replicates it elsewhere",)
    with amazon.open() as connector:
        assert [fault.message for fault in connector.check()] == [
            f"the bucket is replicated to '{target}', and deleting a version is not"
        ]


def test_where_a_bucket_lies_is_what_it_says(moto: ObjectStore) -> None:
    """A bucket in Zurich lies in Switzerland, in neither the UK nor the EEA, whatever the region's name begins with."""
    told: dict[str, list[str]] = {}
    for region in ("eu-west-2", "eu-central-2"):
        there, bucket = replace(moto, region=region), f"lies-{region}"
        where: Any = {"LocationConstraint": region}
        with closing(there.client()) as owner:
            owner.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
            with Letters(there, owner, bucket, "").open() as connector:
                said = region_of(connector._bucket, owner.head_bucket(Bucket=bucket))
                assert region_of(connector._bucket, {}) == said
                told[region] = [fault.message for fault in misplaced("letters", said, "GB")]
    assert told == {
        "eu-west-2": [],
        "eu-central-2": ["the bucket lies in CH (eu-central-2) and its definition says GB"],
    }


def test_metadata_and_tags_read_alike_there(amazon: Letters) -> None:
    """What is no ASCII in metadata and in tags arrives as it was given, and classifies."""
    by = replace(
        amazon,
        classes=(ClassCondition("C-02", where={"metadata:kind": "lado", "tag:Jahr": "März"}), ClassCondition("C-01")),
        column="tag:closed",
    )
    by.owner.put_object(
        Bucket=by.bucket,
        Key=by.prefix + "a",
        Body=b"x",
        Metadata={"Kind": "lado"},
        Tagging="Jahr=M%C3%A4rz&closed=2001-02-03",
    )
    record = by.record(by.ref("a"))
    assert (record.record_class, str(record.dates["closed"])) == ("C-02", "2001-02-03")
