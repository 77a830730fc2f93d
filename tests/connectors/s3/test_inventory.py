from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from retentiond.connectors.conformance.store import AWKWARD_KEYS
from retentiond.connectors.interface import Role, ScanPage, ScanRequest
from retentiond.connectors.s3 import S3Connector
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.definitions import ClassCondition
from retentiond.domain.errors import StoreRefused
from retentiond.domain.records import Record
from tests.connectors.letters import Letters
from tests.connectors.s3.conftest import Processes
from tests.connectors.s3.inventories import FIELDS, VERSIONS, Inventories

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ALL = ScanRequest("letter", {"C-01": ({},), "C-02": ({},)})
CURRENT = tuple(one for one in FIELDS if one not in VERSIONS)


@pytest.fixture(scope="module")
def owner(seaweed: ObjectStore) -> Iterator[S3Client]:
    """The buckets' owner, past the connector."""
    client = seaweed.client()
    for bucket in ("inv-plain", "inv-locked", "inv-lists"):
        client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket="inv-locked", VersioningConfiguration={"Status": "Enabled"})
    with closing(client):
        yield client


@pytest.fixture(params=["inv-plain", "inv-locked"])
def letters(request: pytest.FixtureRequest, seaweed: ObjectStore, owner: S3Client) -> Letters:
    """A corner of either bucket; a name tells the date."""
    return Letters(seaweed, owner, request.param, f"{uuid4().hex}/", column="name:/(\\d{4})")


@pytest.fixture
def versioned(seaweed: ObjectStore, owner: S3Client) -> Letters:
    """A corner of the bucket that keeps versions."""
    return Letters(seaweed, owner, "inv-locked", f"{uuid4().hex}/", column="name:/(\\d{4})")


def _inventories(letters: Letters, form: str = "CSV") -> Inventories:
    fields = CURRENT if letters.bucket == "inv-plain" else FIELDS
    return Inventories(
        letters.owner, letters.bucket, "inv-lists", f"{uuid4().hex}/{letters.bucket}/daily/", form, fields
    )


def _scanned(letters: Letters, inventories: Inventories | None = None) -> list[Record]:
    with _open(letters, inventories) as connector:
        return [record for page in connector.scan(ALL) for record in page.records]


def _open(letters: Letters, inventories: Inventories | None, role: Role = Role.SCAN) -> S3Connector:
    return letters.open(role, **(inventories.options if inventories else {}))


@pytest.mark.parametrize("form", ["CSV", "Parquet"])
def test_an_inventory_tells_what_a_listing_tells(letters: Letters, form: str) -> None:
    """Scanned by an inventory or by listing, a bucket has the same records with the same dates, whatever their keys."""
    for key in AWKWARD_KEYS:
        letters.put(f"2001 {key}")
    letters.rewrite(letters.put("2002"))
    letters.owner.delete_object(Bucket=letters.bucket, Key=letters.put("2003").key)
    inventories = _inventories(letters, form)
    rows = inventories.rows(letters.prefix)
    inventories.write([rows[1::2], rows[::2]])
    live = _scanned(letters)
    assert len(live) == len(AWKWARD_KEYS) + (2 if letters.bucket == "inv-locked" else 1)
    told = {(one.ref, one.record_class, tuple(one.dates.items())) for one in live}
    found = _scanned(letters, inventories)
    assert {(one.ref, one.record_class, tuple(one.dates.items())) for one in found} == told
    assert len(found) == len(live)


@pytest.mark.parametrize("form", ["CSV", "Parquet"])
def test_an_inventory_is_read_by_other_processes_as_here(
    letters: Letters, form: str, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file a task: read by processes that share nothing with this one, an inventory tells the same, page by page."""
    monkeypatch.setattr("retentiond.connectors.s3.inventory.source.CHUNK", 1000)
    for key in AWKWARD_KEYS:
        letters.put(f"2001 {key}")
    inventories = _inventories(letters, form)
    rows = inventories.rows(letters.prefix)
    inventories.write([rows[1::3], [], rows[::3], rows[2::3]])
    access_key, secret_key = processes.keys
    named = {"access-key": access_key, "secret-key": secret_key}
    told = []
    for workers in (None, processes.workers):
        store = replace(letters, workers=workers)
        with store.open(Role.SCAN, **inventories.options, **named) as connector:
            told.append(list(connector.scan(ALL)))
            assert [one for page in connector.scan(ALL, after=told[0][0].cursor) for one in page.records] == [
                one for page in told[0][1:] for one in page.records
            ]
    assert told[0] == told[1]
    spec = json.loads(processes.specs[-1])
    assert (spec["task"], spec["keys"]) == ("inventory-file", [access_key, secret_key])
    assert letters.server.secret_key not in "".join(processes.specs)


def test_a_damaged_file_is_a_refusal_wherever_it_is_read(versioned: Letters, processes: Processes) -> None:
    """What another process finds wrong with a file of an inventory is said here in the same words."""
    versioned.put("2001")
    inventories = _inventories(versioned)
    inventories.write([[{**inventories.rows(versioned.prefix)[0], "Bucket": "elsewhere"}]])
    access_key, secret_key = processes.keys
    store = replace(versioned, workers=processes.workers)
    options = {**inventories.options, "access-key": access_key, "secret-key": secret_key}
    with store.open(Role.SCAN, **options) as connector, pytest.raises(StoreRefused, match="a row of another bucket"):
        list(connector.scan(ALL))


def _told(pages: Sequence[ScanPage]) -> tuple[list[Record], int]:
    return [record for one in pages for record in one.records], sum(one.examined for one in pages)


@pytest.mark.parametrize("form", ["CSV", "Parquet"])
def test_a_page_of_an_inventory_resumes_after_its_cursor(
    letters: Letters, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun behind any page, a scan yields the rest; every key is counted once, and other prefixes are not."""
    monkeypatch.setattr("retentiond.connectors.s3.inventory.source.CHUNK", 3)
    for number in range(11):
        letters.put(f"{2000 + number}")
    inventories = _inventories(letters, form)
    rows = inventories.rows(letters.prefix)
    inventories.write([rows[:5], [], rows[5:], [{**rows[0], "Key": "elsewhere"}]])
    request = ScanRequest("letter", {"C-01": ({"closed": date(2008, 12, 31)},)})
    with _open(letters, inventories) as connector:
        pages = list(connector.scan(request))
        for number, page in enumerate(pages):
            rest = list(connector.scan(request, after=page.cursor))
            assert _told(rest) == _told(pages[number + 1 :])
    assert sum(one.examined for one in pages) == 11
    assert len([record for one in pages for record in one.records]) == 9


def test_a_key_whose_versions_lie_in_two_files_is_told_once(versioned: Letters) -> None:
    """The newest version decides in which file a key is told, and the key is one record."""
    ref = versioned.put("2001")
    versioned.rewrite(ref)
    inventories = _inventories(versioned)
    rows = inventories.rows(versioned.prefix)
    assert len(rows) == 2
    inventories.write([rows[:1], rows[1:]])
    assert [one.ref for one in _scanned(versioned, inventories)] == [ref]


def test_what_is_too_young_is_counted_and_never_made(letters: Letters) -> None:
    """A scan by the time of writing asks the inventory for what is old enough, to the day."""
    letters.put("a")
    by_time = replace(letters, column="last-modified")
    inventories = _inventories(letters)
    (row,) = inventories.rows(letters.prefix)
    inventories.write([[{**row, "LastModifiedDate": datetime(2020, 5, 31, 20, 59, 59, tzinfo=UTC)}]])
    for day, found in ((date(2020, 5, 30), 0), (date(2020, 5, 31), 1), (date.max, 1)):
        with _open(by_time, inventories) as connector:
            pages = list(connector.scan(ScanRequest("letter", {"C-01": ({"closed": day},)})))
        assert (sum(len(one.records) for one in pages), sum(one.examined for one in pages)) == (found, 1)


def test_an_inventory_names_candidates_and_the_bucket_decides(letters: Letters) -> None:
    """What has gone since is fetched as gone, and where tags have to be asked for it is not even a candidate."""
    stays, goes = letters.put("2001"), letters.put("2002")
    inventories = _inventories(letters)
    inventories.write([inventories.rows(letters.prefix)])
    letters.owner.delete_object(Bucket=letters.bucket, Key=goes.key)
    for version in letters.versions(goes):
        letters.owner.delete_object(Bucket=letters.bucket, Key=goes.key, VersionId=version)
    assert {one.ref for one in _scanned(letters, inventories)} == {stays, goes}
    with _open(letters, inventories) as connector:
        assert set(connector.fetch([stays, goes])) == {stays}
    tagged = replace(letters, classes=(ClassCondition("C-02", where={"tag:a": "b"}), ClassCondition("C-01")))
    assert {one.ref for one in _scanned(tagged, inventories)} == {stays}


def test_the_newest_inventory_that_is_whole_is_used(letters: Letters) -> None:
    """One that is still being written has no checksum yet, and the one before it is used."""
    letters.put("2001")
    inventories = _inventories(letters)
    old = datetime.now(UTC) - timedelta(hours=30)
    inventories.write([[]], old - timedelta(hours=1))
    inventories.write([inventories.rows(letters.prefix)], old)
    inventories.put(f"{inventories.prefix}{datetime.now(UTC):%Y-%m-%dT%H-%MZ}/manifest.json", b"{}")
    inventories.put(f"{inventories.prefix}hive/dt=2026-11-26-01-00/symlink.txt", b"")
    assert len(_scanned(letters, inventories)) == 1


Change = Callable[[Inventories, list[dict[str, Any]]], Any]

REFUSED: dict[str, tuple[Change, str]] = {
    "none": (lambda _one, _rows: None, "there is no complete inventory under the prefix"),
    "too old": (
        lambda one, rows: one.write([rows], datetime.now(UTC) - timedelta(hours=49, minutes=30)),
        "the newest inventory is 50 hours old, and may be 48 hours",
    ),
    "ahead": (
        lambda one, rows: one.write([rows], datetime.now(UTC) + timedelta(hours=3)),
        "the inventory is dated later than today",
    ),
    "another bucket": (lambda one, rows: one.write([rows], sourceBucket="other"), "the inventory is of another bucket"),
    "ORC": (lambda one, rows: one.write([rows], fileFormat="ORC"), "the inventory is written as ORC"),
    "odd form": (lambda one, rows: one.write([rows], fileFormat="XML"), "the inventory's manifest cannot be read"),
    "no files": (lambda one, rows: one.write([rows], files=None), "the inventory's manifest cannot be read"),
    "checksum": (
        lambda one, rows: one.put(f"{one.write([rows])}manifest.json", b"{}"),
        "the inventory's manifest does not agree with its checksum",
    ),
    "file missing": (
        lambda one, rows: one.write([rows], files=[{"key": "gone", "size": 1, "MD5checksum": "0" * 32}]),
        "a file of the inventory is missing",
    ),
    "file twice": (
        lambda one, rows: one.write([rows], files=[{"key": "a", "size": 1, "MD5checksum": "0" * 32}] * 2),
        "the inventory's manifest names a file twice, or one without its checksum",
    ),
    "rows of another bucket": (
        lambda one, rows: one.write([[*rows, {**rows[0], "Bucket": "other"}]]),
        "the inventory has a row of another bucket, or one without key, time or size",
    ),
    "no key": (
        lambda one, rows: one.write([[{**rows[0], "LastModifiedDate": None}, *rows]]),
        "the inventory has a row of another bucket, or one without key, time or size",
    ),
    "no time": (
        lambda one, rows: one.write([[{**rows[0], "LastModifiedDate": "yesterday"}]]),
        "a file of the inventory cannot be read as its manifest says",
    ),
    "other columns": (
        lambda one, rows: one.write([rows], fileSchema=", ".join([*one.fields, "StorageClass"])),
        "a file of the inventory cannot be read as its manifest says",
    ),
    "no size": (
        lambda one, rows: one.write([rows], fileSchema=", ".join(one.fields).replace("Size", "Length")),
        "the inventory has no field Size",
    ),
    "current ones only": (
        lambda one, rows: one.write([rows], fileSchema="Bucket, Key, Size, LastModifiedDate"),
        "the bucket keeps versions, and the inventory tells only of current ones",
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_an_inventory_that_cannot_be_relied_on_is_refused_in_words(versioned: Letters, wrong: str) -> None:
    """What is wrong with an inventory ends the scan before its first record, and no key is in the words."""
    change, message = REFUSED[wrong]
    versioned.put("2001-Jane-Example")
    inventories = _inventories(versioned)
    change(inventories, inventories.rows(versioned.prefix))
    with pytest.raises(StoreRefused) as refusal:
        _scanned(versioned, inventories)
    assert [fault.message for fault in refusal.value.faults] == [message]
    assert "Jane" not in str(refusal.value)


def test_a_file_that_changed_is_refused(versioned: Letters) -> None:
    """A file whose bytes are not those the manifest vouches for is not read, even if it could be."""
    versioned.put("2001")
    inventories = _inventories(versioned)
    rows = inventories.rows(versioned.prefix)
    inventories.write([rows])
    (key,) = (
        one["Key"]
        for one in versioned.owner.list_objects_v2(Bucket="inv-lists", Prefix=f"{inventories.prefix}data/")["Contents"]
    )
    inventories.put(key, inventories._csv([]))
    with pytest.raises(StoreRefused, match="a file of the inventory does not agree with its checksum"):
        _scanned(versioned, inventories)


def test_check_tells_what_is_wrong_with_the_inventory(versioned: Letters) -> None:
    """Before any scan, check says that there is no inventory to rely on, and how old one may be is the definition's."""
    inventories = _inventories(versioned)
    with _open(versioned, inventories) as connector:
        assert [one.message for one in connector.check()] == ["there is no complete inventory under the prefix"]
    inventories.write([[]], datetime.now(UTC) - timedelta(hours=60))
    with versioned.open(Role.SCAN, **inventories.options, **{"inventory-at-most": str(3600 * 61)}) as connector:
        assert list(connector.check()) == []
    with _open(versioned, inventories, Role.VERIFY) as connector:
        assert list(connector.check()) == []
