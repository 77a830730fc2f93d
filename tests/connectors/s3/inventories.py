"""Inventories as Amazon writes them, of what a bucket on another server holds: CSV by hand, Parquet by DuckDB."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import duckdb

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

VERSIONS = ("VersionId", "IsLatest", "IsDeleteMarker")
FIELDS = ("Bucket", "Key", *VERSIONS, "Size", "LastModifiedDate", "ETag")
Row = dict[str, Any]


@dataclass
class Inventories:
    """The place where the inventories of one bucket are written."""

    owner: S3Client
    bucket: str
    where: str
    prefix: str
    form: str = "CSV"
    fields: tuple[str, ...] = FIELDS

    @property
    def options(self) -> dict[str, str]:
        """What a definition says of it."""
        return {"inventory-bucket": self.where, "inventory-prefix": self.prefix}

    def rows(self, prefix: str) -> list[Row]:
        """Return what the bucket holds, a row for each version or object."""
        if not {*VERSIONS} <= {*self.fields}:
            page: Any = self.owner.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
            return [self._row(one, {}) for one in page.get("Contents", [])]
        page = self.owner.list_object_versions(Bucket=self.bucket, Prefix=prefix)
        rows = [self._row(one, {"IsDeleteMarker": False}) for one in page.get("Versions", [])]
        rows += [self._row({**one, "Size": None}, {"IsDeleteMarker": True}) for one in page.get("DeleteMarkers", [])]
        return sorted(rows, key=lambda row: str(row["Key"]))

    def _row(self, one: Row, more: Row) -> Row:
        known = {"Bucket": self.bucket, "LastModifiedDate": one["LastModified"], **more}
        return {name: known.get(name, one.get(name)) for name in self.fields}

    def write(self, lists: Sequence[Sequence[Row]], at: datetime | None = None, **manifest: Any) -> str:
        """Write an inventory with a file for each list of rows, and return its folder.

        Args:
            lists: the rows of each file.
            at: when it was made.
            manifest: what its manifest is to say otherwise; None: not at all.
        """
        made = at or datetime.now(UTC)
        folder = f"{self.prefix}{made:%Y-%m-%dT%H-%MZ}/"
        named = []
        for number, rows in enumerate(lists):
            body = self._csv(rows) if self.form == "CSV" else self._parquet(rows)
            key = f"{self.prefix}data/{made:%H%M%S%f}-{number}"
            self.put(key, body)
            named.append({"key": key, "size": len(body), "MD5checksum": md5(body, usedforsecurity=False).hexdigest()})
        said = {
            "sourceBucket": self.bucket,
            "destinationBucket": f"arn:aws:s3:::{self.where}",
            "version": "2016-11-30",
            "creationTimestamp": str(int(made.timestamp() * 1000)),
            "fileFormat": self.form,
            "fileSchema": ", ".join(self.fields) if self.form == "CSV" else self._message(),
            "files": named,
        }
        body = json.dumps({name: value for name, value in (said | manifest).items() if value is not None}).encode()
        self.put(f"{folder}manifest.json", body)
        self.put(f"{folder}manifest.checksum", md5(body, usedforsecurity=False).hexdigest().encode())
        return folder

    def put(self, key: str, body: bytes) -> None:
        """Put an object beside the inventories."""
        self.owner.put_object(Bucket=self.where, Key=key, Body=body)

    def _csv(self, rows: Sequence[Row]) -> bytes:
        text = io.StringIO()
        lines = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        lines.writerows([[_written(name, row[name]) for name in self.fields] for row in rows])
        return gzip.compress(text.getvalue().encode())

    def _message(self) -> str:
        columns = "".join(f"  optional binary {_snake(one)} (UTF8);\n" for one in self.fields)
        return f"message s3.inventory {{\n{columns}}}"

    def _parquet(self, rows: Sequence[Row]) -> bytes:
        kinds = {
            "IsLatest": "BOOLEAN",
            "IsDeleteMarker": "BOOLEAN",
            "Size": "BIGINT",
            "LastModifiedDate": "TIMESTAMP_MS",
        }
        with TemporaryDirectory() as folder, duckdb.connect(":memory:") as connection:
            columns = ", ".join(f"{_snake(one)} {kinds.get(one, 'VARCHAR')}" for one in self.fields)
            connection.execute(f"CREATE TABLE entry ({columns})")
            marks = ", ".join("?" * len(self.fields))
            for row in rows:
                values = [row[one] for one in self.fields]
                plain = [
                    one.astimezone(UTC).replace(tzinfo=None) if isinstance(one, datetime) else one for one in values
                ]
                connection.execute(f"INSERT INTO entry VALUES ({marks})", plain)  # noqa: S608 - marks only
            path = Path(folder) / "file"
            connection.execute(f"COPY entry TO '{path}' (FORMAT parquet)")
            return path.read_bytes()


def _snake(field: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() and at else one.lower() for at, one in enumerate(field))


def _written(field: str, value: Any) -> str:
    if field == "Key":
        return quote_plus(str(value), safe="/")
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
