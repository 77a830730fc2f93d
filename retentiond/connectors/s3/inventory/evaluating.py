"""One file of an inventory, judged set-wise: which of its keys a scan wants, and how many it looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retentiond.connectors.s3.inventory.manifest import Format, Manifest, Unusable, column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "1GB",
    # Nothing is fetched from anywhere.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_DAMAGED = "a file of the inventory cannot be read as its manifest says"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key an inventory has, with what it says of all its versions in one file."""

    key: str
    modified: datetime
    size: int
    number: int
    """Which it is of the keys looked at in the file, from 1 on in their order."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which keys are wanted."""

    prefix: str
    after: str = ""
    """Only keys behind this one."""
    before: datetime | None = None
    """Only keys without a version written at this moment or later."""
    without: str = ""
    """No keys that start so; empty: all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a file has to say: each page of candidates in the order of keys, how many keys there are, and the last."""

    total: int
    last: str
    pages: Iterator[list[Candidate]]


def evaluate(path: Path, manifest: Manifest, question: Question, *, at_once: int) -> Answer:
    """Judge one file.

    A key is told where its newest version or delete marker is: a key whose versions lie in two files is so told once.

    Args:
        path: the file, on this machine; its folder takes what does not fit into memory.
        manifest: of its inventory.
        question: what is wanted.
        at_once: most candidates on a page.

    Raises:
        Unusable: the file is not what the manifest says, or holds something of another bucket. None of its text is in
            the message.
    """
    import duckdb  # noqa: PLC0415 - only where inventories are used

    connection = duckdb.connect(":memory:", config=_SETTINGS)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET temp_directory = ?", [str(path.parent)])
        _read(connection, path, manifest)
        (odd,) = _row(connection, _ODD, {"bucket": manifest.bucket})
        asked = {"prefix": question.prefix, "after": question.after, "without": question.without}
        connection.execute(_KEYS, asked)
        total, last = _row(connection, "SELECT count(*), coalesce(max(key), '') FROM found")
    except duckdb.Error:
        connection.close()
        raise Unusable(_DAMAGED) from None
    if odd:
        connection.close()
        raise Unusable("the inventory has a row of another bucket, or one without key, time or size")
    return Answer(total, last, _pages(connection, question, at_once))


_ODD = """
    SELECT count(*) FROM entry
    WHERE bucket IS DISTINCT FROM $bucket OR key IS NULL OR modified IS NULL OR latest IS NULL
       OR (size IS NULL AND NOT marker) OR marker IS NULL
"""
_KEYS = """
    CREATE TEMP TABLE found AS
    SELECT key, max(modified) AS modified, sum(coalesce(size, 0))::BIGINT AS size,
           row_number() OVER (ORDER BY key) AS number
    FROM entry
    WHERE starts_with(key, $prefix) AND key > $after AND NOT ($without <> '' AND starts_with(key, $without))
    GROUP BY key HAVING bool_or(latest)
"""


def _pages(connection: DuckDBPyConnection, question: Question, at_once: int) -> Iterator[list[Candidate]]:
    import duckdb  # noqa: PLC0415 - see above

    before = question.before
    limit = (before - _EPOCH) // timedelta(microseconds=1) if before is not None else None
    wanted = "SELECT key, modified, size, number FROM found WHERE $limit IS NULL OR modified < $limit ORDER BY number"
    try:
        cursor = connection.execute(wanted, {"limit": limit})
        while rows := cursor.fetchmany(at_once):
            yield [Candidate(key, _EPOCH + timedelta(microseconds=at), size, n) for key, at, size, n in rows]
    except duckdb.Error:
        raise Unusable(_DAMAGED) from None
    finally:
        connection.close()


def _row(connection: DuckDBPyConnection, query: str, given: dict[str, Any] | None = None) -> tuple[Any, ...]:
    rows: list[tuple[Any, ...]] = connection.execute(query, given).fetchall()
    return rows[0]


def _read(connection: DuckDBPyConnection, path: Path, manifest: Manifest) -> None:
    """Make of a file the view ``entry``: bucket, key, size, modified (microseconds of UTC), latest, marker."""
    csv = manifest.format is Format.CSV

    def named(field: str) -> str:
        return '"' + column(manifest, field).replace('"', '""') + '"'

    versions = manifest.tells_versions
    columns = {
        "bucket": named("Bucket"),
        # Keys are encoded in CSV, a space as a plus sign; in Parquet they are not.
        "key": f"url_decode(replace({named('Key')}, '+', ' '))" if csv else named("Key"),
        "size": f"CAST({named('Size')} AS BIGINT)",
        "modified": f"epoch_us({(_TIME if csv else '{}').format(named('LastModifiedDate'))})",
        "latest": f"CAST({named('IsLatest')} AS BOOLEAN)" if versions else "true",
        "marker": f"CAST({named('IsDeleteMarker')} AS BOOLEAN)" if versions else "false",
    }
    picked = ", ".join(f"{one} AS {name}" for name, one in columns.items())
    connection.execute(f"CREATE TEMP VIEW entry AS SELECT {picked} FROM {_source(path, manifest)}")  # noqa: S608 - quoted


_TIME = "strptime({}, ['%Y-%m-%dT%H:%M:%S.%gZ', '%Y-%m-%dT%H:%M:%SZ'])"


def _source(path: Path, manifest: Manifest) -> str:
    file = _text(str(path))
    if manifest.format is Format.PARQUET:
        return f"read_parquet({file})"
    columns = ", ".join(f"{_text(one)}: 'VARCHAR'" for one in manifest.fields)
    return (
        f"read_csv({file}, header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"',"
        f" nullstr = '', compression = 'gzip', strict_mode = true, columns = {{{columns}}})"
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
