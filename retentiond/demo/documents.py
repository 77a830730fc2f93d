"""The made-up council's documents: letters in a versioned bucket with object lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.config import Config

from retentiond.demo.caseload import letter
from retentiond.demo.facts import CaseStoreFacts
from retentiond.demo.object_store import session

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

BUCKET = "early-help-documents"


@dataclass(frozen=True, slots=True)
class DemoDocument:
    """One object to be put into the bucket."""

    key: str
    content: bytes
    """Content of the newest version; older ones are drafts of it."""
    versions: int = 1
    legal_hold: bool = False
    """The newest version is under a legal hold of the store's own."""
    deleted: bool = False
    """A delete marker lies on top of the versions."""
    tags: Mapping[str, str] = field(default_factory=dict)


def documents(facts: CaseStoreFacts) -> Iterator[DemoDocument]:
    """Yield the documents of the caseload, the one without a row among them."""
    for number, key in enumerate(facts.document_keys):
        yield DemoDocument(
            key,
            letter(key),
            versions=3 if key == facts.key_with_versions else 1 + number % 2,
            legal_hold=key == facts.key_on_legal_hold,
            deleted=key == facts.key_deleted,
            tags={"document-type": "letter"},
        )
    for scanned in (facts.scanned_letter_due, facts.scanned_letter_not_yet):
        received_on = scanned.ref.key.removeprefix("scanned-post/")[:10]
        yield DemoDocument(scanned.ref.key, letter(scanned.ref.key), tags={"received-on": received_on})


def fill_bucket(endpoint: str, access_key: str, secret_key: str, bucket: str, contents: Iterable[DemoDocument]) -> None:
    """Create a bucket with versioning and object lock and put the documents into it.

    Args:
        endpoint: URL of the S3 server.
        access_key: id of the key that may create buckets.
        secret_key: its secret.
        bucket: name of a bucket that does not exist yet.
        contents: what to put into it.
    """
    client: S3Client = session().client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-west-2",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
    try:
        client.create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
            ObjectLockEnabledForBucket=True,
        )
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for one in contents:
            _put(client, bucket, one)
    finally:
        client.close()


def _put(client: S3Client, bucket: str, document: DemoDocument) -> None:
    for draft in range(document.versions - 1):
        client.put_object(Bucket=bucket, Key=document.key, Body=b"DRAFT %d\n" % (draft + 1) + document.content)
    client.put_object(
        Bucket=bucket,
        Key=document.key,
        Body=document.content,
        ContentType="text/plain",
        Tagging="&".join(f"{name}={value}" for name, value in document.tags.items()),
    )
    if document.legal_hold:
        client.put_object_legal_hold(Bucket=bucket, Key=document.key, LegalHold={"Status": "ON"})
    if document.deleted:
        client.delete_object(Bucket=bucket, Key=document.key)
