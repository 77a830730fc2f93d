"""Letters in a bucket, each test in a corner of its own, and what the bucket's owner does there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.connectors.keyed_rows import KeyedRows
from retentiond.connectors.s3 import S3Connector
from retentiond.connectors.workers import Workers
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Status, Trigger
from retentiond.domain.orders import DisposalOrder
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

EVERYTHING = ScanRequest("letter", {"C-01": ({"closed": date.max},), "C-02": ({"closed": date.max},)})


def all_clear(orders: Iterable[DisposalOrder]) -> set[str]:
    """Hold nothing back at the last moment."""
    return {order.id for order in orders}


@dataclass(frozen=True)
class Letters:
    """A corner of a bucket that belongs to one test."""

    server: ObjectStore
    owner: S3Client
    bucket: str
    prefix: str
    column: str = "metadata:closed"
    classes: tuple[ClassCondition, ...] = (ClassCondition("C-01"),)
    statuses: tuple[Status, ...] = ()
    rows: KeyedRows | None = None
    workers: Workers | None = None

    def open(self, role: Role = Role.SCAN, **options: str) -> S3Connector:
        """Open the corner as a store."""
        kind = KindOfRecord("letter", self.classes, (Trigger("closed", self.column),), prefix=self.prefix)
        kind = replace(kind, statuses=self.statuses)
        documents = KindOfRecord("document", (), (), prefix=self.papers.prefix)
        where = {"bucket": self.bucket, "region": self.server.region, "endpoint": self.server.endpoint, **options}
        definition = Definition("letters", "s3", "GB", (kind, documents), "0" * 64, options=where)
        keys = {"access_key": self.server.access_key, "secret_key": self.server.secret_key}
        return S3Connector(definition, role=role, **keys, keyed_rows=self.rows, workers=self.workers)

    @property
    def papers(self) -> Letters:
        """The corner where the documents of cases lie."""
        return replace(self, prefix=f"papers-of-{self.prefix}")

    def ref(self, key: str) -> RecordRef:
        """Name a letter."""
        return RecordRef("letters", "letter", self.prefix + key)

    def put(self, key: str, closed_on: date | None = date(2001, 2, 3), body: str = "letter") -> RecordRef:
        """Put a letter with its date in the metadata."""
        metadata = {} if closed_on is None else {"Closed": closed_on.isoformat()}
        self.owner.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=body.encode(), Metadata=metadata)
        return self.ref(key)

    def rewrite(self, ref: RecordRef) -> None:
        """Write over a letter."""
        self.put(ref.key.removeprefix(self.prefix), body=uuid4().hex)

    def versions(self, ref: RecordRef) -> list[str]:
        """Return the ids of its versions and delete markers."""
        page = self.owner.list_object_versions(Bucket=self.bucket, Prefix=ref.key)
        entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        return [one["VersionId"] for one in entries if one["Key"] == ref.key]

    def remove(self, ref: RecordRef) -> None:
        """Take a letter away with every version."""
        if self.bucket == "plain":
            self.owner.delete_object(Bucket=self.bucket, Key=ref.key)
        for version in self.versions(ref):
            self.owner.delete_object(Bucket=self.bucket, Key=ref.key, VersionId=version)

    def hold(self, ref: RecordRef) -> None:
        """Place a legal hold on its newest version."""
        self.owner.put_object_legal_hold(Bucket=self.bucket, Key=ref.key, LegalHold={"Status": "ON"})

    def record(self, ref: RecordRef) -> Record:
        """Fetch a letter."""
        with self.open() as connector:
            return connector.fetch([ref])[ref]

    def order(self, ref: RecordRef, *, attempt: int = 1) -> DisposalOrder:
        """Order a letter's destruction as it is now."""
        return DisposalOrder(uuid4().hex, ref, Action.DESTROY, self.record(ref).state, attempt)

    def scanned(self, request: ScanRequest = EVERYTHING) -> list[Record]:
        """Scan for letters."""
        with self.open() as connector:
            return [record for page in connector.scan(request) for record in page.records]
