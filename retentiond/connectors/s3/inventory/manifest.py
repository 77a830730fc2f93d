"""The manifest of an inventory: which files it is, of which bucket, from when, with which fields.

Amazon S3 User Guide, "Locating your inventory list": ``PREFIX/YYYY-MM-DDTHH-MMZ/manifest.json`` and, once that is
whole, ``manifest.checksum`` with its MD5.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import md5

FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}Z")

_COLUMN = re.compile(r"(?:required|optional)\s+\w+\s+(\w+)")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_AHEAD = timedelta(hours=1)


class Unusable(ValueError):
    """An inventory that cannot be relied on: what is wrong, and what to do about it."""

    def __init__(self, message: str, remedy: str = "list the bucket itself: leave 'inventory' out") -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


class Format(StrEnum):
    """How its files are written."""

    CSV = "CSV"
    PARQUET = "Parquet"


@dataclass(frozen=True, slots=True)
class File:
    """One file of an inventory."""

    key: str
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One complete inventory."""

    bucket: str
    """The bucket it is of."""
    made: datetime
    """When the writing of it began: what was written to the bucket later is not in it."""
    format: Format
    fields: tuple[str, ...]
    """The columns of its files: in order for CSV, and by their names in Parquet."""
    files: tuple[File, ...]

    @property
    def tells_versions(self) -> bool:
        """Whether it tells of every version and delete marker."""
        return {*_names(self.format, "VersionId", "IsLatest", "IsDeleteMarker")} <= {*self.fields}


def read_manifest(body: bytes, checksum: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        Unusable: it does not agree with its checksum, or lacks something.
    """
    if checksum.decode("ascii", "replace").strip() != md5(body, usedforsecurity=False).hexdigest():
        raise Unusable("the inventory's manifest does not agree with its checksum", _AGAIN)
    try:
        found = json.loads(body)
        said = Format(found["fileFormat"]) if found["fileFormat"] != "ORC" else None
        made = datetime.fromtimestamp(int(found["creationTimestamp"]) / 1000, UTC)
        files = tuple(File(str(one["key"]), int(one["size"]), str(one["MD5checksum"])) for one in found["files"])
        schema = str(found["fileSchema"])
        bucket = str(found["sourceBucket"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Unusable("the inventory's manifest cannot be read", _AGAIN) from None
    if said is None:
        raise Unusable("the inventory is written as ORC", "have it written as CSV or Parquet")
    if len({one.key for one in files}) != len(files) or not all(_DIGEST.fullmatch(one.md5) for one in files):
        raise Unusable("the inventory's manifest names a file twice, or one without its checksum", _AGAIN)
    return Manifest(bucket, made, said, _fields(said, schema), files)


_AGAIN = "wait for the next inventory, or list the bucket itself: leave 'inventory' out"


def _fields(said: Format, schema: str) -> tuple[str, ...]:
    if said is Format.PARQUET:
        return tuple(_COLUMN.findall(schema))
    return tuple(one.strip() for one in schema.split(","))


def _names(said: Format, *fields: str) -> tuple[str, ...]:
    return fields if said is Format.CSV else tuple(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", one).lower() for one in fields)


def column(manifest: Manifest, field: str) -> str:
    """Return what a field is called in the files: ``LastModifiedDate`` in CSV is ``last_modified_date`` in Parquet."""
    return _names(manifest.format, field)[0]


def agree(manifest: Manifest, bucket: str, *, versioned: bool, at_most: timedelta, now: datetime) -> None:
    """Compare an inventory with what it is to be used for.

    Args:
        manifest: the inventory.
        bucket: the bucket whose objects are looked for.
        versioned: whether that keeps, or has kept, versions.
        at_most: how old it may be.
        now: the time.

    Raises:
        Unusable: it is of another bucket, too old, or lacks a field.
    """
    if manifest.bucket != bucket:
        raise Unusable("the inventory is of another bucket", "see 'inventory' and 'bucket' in its definition")
    age = now - manifest.made
    if age > at_most:
        raise Unusable(f"the newest inventory is {in_hours(age)} old, and may be {in_hours(at_most)}", _AGAIN)
    if age < -_AHEAD:
        raise Unusable("the inventory is dated later than today", "look at the clock of this machine")
    needed = ["Bucket", "Key", "Size", "LastModifiedDate"]
    missing = [one for one in needed if column(manifest, one) not in manifest.fields]
    if missing:
        raise Unusable(f"the inventory has no field {', '.join(missing)}", "have it written with that field")
    if versioned and not manifest.tells_versions:
        raise Unusable(
            "the bucket keeps versions, and the inventory tells only of current ones",
            "have it written with all versions",
        )


def in_hours(time: timedelta) -> str:
    """Return a length of time in hours, the last one begun."""
    hours = -(-int(time.total_seconds()) // 3600)
    return f"{hours} hour" if hours == 1 else f"{hours} hours"
