"""Blobs on Azurite: what it really has, seen live."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.connectors.registry import open_connector
from retentiond.domain.definitions import ClassCondition, KeyTable, KindOfRecord, Status, Trigger
from retentiond.domain.errors import ConfigurationRefused, StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.azure.azurite import KEY, Letters

EVERYTHING = ScanRequest("letter", {"C-01": ({"closed": date.max},), "C-02": ({"closed": date.max},)})


def _all_clear(orders: Any) -> set[str]:
    return {one.id for one in orders}


def test_tags_and_patterns_classify_and_date(letters: Letters) -> None:
    """An index tag gives the class and the status, a name the date with its last day."""
    by_name = replace(
        letters,
        column="name:-(\\d{4}-\\d{2})-",
        classes=(ClassCondition("C-02", where={"tag:status": "looked-after"}), ClassCondition("C-01")),
        statuses=(Status("looked-after", where={"tag:ever": "CLA"}),),
    )
    special, ordinary = by_name.put("a-2001-02-x"), by_name.put("b-2001-02-x")
    by_name.blob(special).set_blob_tags({"status": "looked-after", "ever": "CLA"})
    found = {one.ref: (one.record_class, one.dates["closed"], one.statuses) for one in by_name.scanned()}
    assert found == {
        special: ("C-02", date(2001, 2, 28), {"looked-after": True}),
        ordinary: ("C-01", date(2001, 2, 28), {"looked-after": False}),
    }
    assert by_name.record(special).record_class == "C-02"


def test_metadata_and_a_key_table_classify_and_date(letters: Letters, tmp_path: Path) -> None:
    """What stands in a blob's metadata, or in a row of a database under its name, gives class, status and date."""
    with closing(sqlite3.connect(tmp_path / "index.db")) as index:
        index.execute("CREATE TABLE documents (name TEXT PRIMARY KEY, kind TEXT, closed_on DATE)")
        index.execute("INSERT INTO documents VALUES ('cla', 'CLA', '2001-02-03'), ('other', 'CIN', '2001-02-04')")
        index.commit()
    for name in ("cla", "other", "unknown"):
        letters.put(name)
    kind = KindOfRecord(
        "letter",
        (ClassCondition("C-02", where={"column:kind": "CLA"}), ClassCondition("C-01")),
        (Trigger("closed", "column:closed_on"),),
        statuses=(Status("dated", where={"metadata:closed": "2001-02-03"}),),
    )
    table = KeyTable(f"sqlite:///{tmp_path}/index.db", "documents", "name")
    definition = replace(letters.definition(credential="key"), records=(kind,), key_table=table)
    with open_connector(definition, role=Role.SCAN, resolve=lambda text: KEY if text == "key" else text) as connector:
        assert connector.check() == []
        (page,) = connector.scan(ScanRequest("letter", {"C-01": ({},), "C-02": ({},)}))
    assert [(one.ref.key, one.record_class, one.dates["closed"], one.statuses) for one in page.records] == [
        ("cla", "C-02", date(2001, 2, 3), {"dated": True}),
        ("other", "C-01", date(2001, 2, 4), {"dated": True}),
        ("unknown", "C-01", None, {"dated": True}),
    ]


def test_a_tag_holds_the_date_and_one_that_cannot_be_read_is_a_problem(letters: Letters) -> None:
    """A tag that is no date leaves the record undated and never due, and is not repeated."""
    tagged = replace(letters, column="tag:closed")
    good, odd = tagged.put("good", None), tagged.put("odd", None)
    tagged.blob(good).set_blob_tags({"closed": "2001-02-03"})
    tagged.blob(odd).set_blob_tags({"closed": "Easter"})
    record = tagged.record(odd)
    assert (record.dates, len(record.problems)) == ({"closed": None}, 1)
    assert "Easter" not in record.problems[0]
    assert [one.ref for one in tagged.scanned()] == [good]


def test_last_modified_counts_when_asked_for_by_name(letters: Letters) -> None:
    """``last-modified`` is the service's own time, read as a civil day that is never too early."""
    recent = replace(letters, column="last-modified")
    found = recent.record(recent.put("recent", None)).dates["closed"]
    assert found is not None
    assert found >= datetime.now(UTC).date() - timedelta(days=1)


def test_documents_that_go_with_a_case_are_fetched_and_never_scanned(letters: Letters) -> None:
    """A kind without classes finds nothing by itself, and its blobs are fetched and destroyed by key."""
    letters = replace(letters, prefix="letters/")
    ref = RecordRef("letters", "document", letters.put("papers/attachment").key)
    with letters.open(Role.DISPOSE) as connector:
        pages = list(connector.scan(ScanRequest("document", {"C-01": ({},)})))
        assert [(page.records, page.examined) for page in pages] == [((), 0)]
        record = connector.fetch([ref])[ref]
        order = DisposalOrder(uuid4().hex, ref, Action.DESTROY, record.state, 1)
        (receipt,) = connector.dispose([order], _all_clear)
    assert (receipt.outcome, letters.traces(ref)) == (Outcome.DESTROYED, 0)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_no_page_of_the_server_cuts_a_key_in_two(letters: Letters, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little the server tells at a time, a blob with six snapshots is one record, and is destroyed whole."""
    monkeypatch.setattr("retentiond.connectors.azure.container._PAGE", size)
    refs = [letters.put(key) for key in ("a", "many", "many/more", "z")]
    for _ in range(6):
        letters.blob(refs[1]).create_snapshot()
    with letters.open(Role.DISPOSE) as connector:
        records = connector.fetch(refs)
        pages = list(connector.scan(EVERYTHING))
        rest = [record for page in connector.scan(EVERYTHING, after=pages[0].cursor) for record in page.records]
        found = [record for page in pages for record in page.records]
        order = DisposalOrder(uuid4().hex, refs[1], Action.DESTROY, records[refs[1]].state, 1)
        (receipt,) = connector.dispose([order], _all_clear)
    assert found == [records[one] for one in refs]
    assert rest == found[len(pages[0].records) :]
    assert sum(page.examined for page in pages) == 4
    assert receipt.evidence == {"blobs": 1, "versions": 0, "snapshots": 6, "soft-deleted": 0}
    assert [letters.traces(ref) for ref in refs] == [1, 0, 1, 1]


def test_a_leased_blob_is_open_elsewhere(letters: Letters) -> None:
    """A blob under a lease is blocked, and an order for it fails, whether the lease was there before or came late."""
    early, late = letters.put("early"), letters.put("late")
    lease = letters.blob(early).acquire_lease(15)
    assert letters.record(early).blockers == ("open-elsewhere",)
    orders = [letters.order(early), letters.order(late)]

    def leasing(candidates: Any) -> set[str]:
        letters.blob(late).acquire_lease(15)
        return _all_clear(candidates)

    with letters.open(Role.DISPOSE) as connector:
        receipts = connector.dispose(orders, leasing)
    said = "it is open elsewhere: somebody has a lease on it"
    assert [(one.outcome, one.reason) for one in receipts] == [(Outcome.FAILED, said)] * 2
    lease.break_lease(0)
    assert letters.record(early).blockers == ()
    assert [letters.traces(ref) for ref in (early, late)] == [1, 1]


def test_a_blob_rewritten_after_the_last_look_survives(letters: Letters) -> None:
    """The ETag decides: a blob written meanwhile stays with its snapshots, one taken away meanwhile is absent."""
    rewritten, removed = letters.put("rewritten"), letters.put("removed")
    letters.blob(rewritten).create_snapshot()
    orders = [letters.order(rewritten), letters.order(removed)]

    def changing(candidates: Any) -> set[str]:
        letters.rewrite(rewritten)
        letters.remove(removed)
        return _all_clear(candidates)

    with letters.open(Role.DISPOSE) as connector:
        receipts = connector.dispose(orders, changing)
    assert [one.outcome for one in receipts] == [Outcome.CHANGED, Outcome.ALREADY_ABSENT]
    assert letters.traces(rewritten) == 2


def test_a_snapshot_taken_after_the_last_look_goes_as_well(letters: Letters) -> None:
    """A snapshot of the very state that was reviewed does not keep it alive."""
    ref = letters.put("copied")
    order = letters.order(ref)

    def copying(candidates: Any) -> set[str]:
        letters.blob(ref).create_snapshot()
        return _all_clear(candidates)

    with letters.open(Role.DISPOSE) as connector:
        (receipt,) = connector.dispose([order], copying)
        (sighting,) = connector.inspect([order])
    assert (receipt.outcome, receipt.grade, sighting.sight) == (Outcome.DESTROYED, Grade.A, Sight.GONE)


def test_no_canary_is_left_and_none_is_a_record(letters: Letters) -> None:
    """Trying out the server leaves nothing behind, and its blobs are never records."""
    ref = letters.put("one")
    with letters.open(Role.DISPOSE) as connector:
        connector.dispose([letters.order(ref)], _all_clear)
    assert list(letters.owner.list_blobs()) == []
    stale = letters.put(".retentiond-canary/stale")
    assert letters.scanned(ScanRequest("letter", {"C-01": ({},)})) == []
    with letters.open() as connector:
        assert connector.fetch([stale]) == {}


def test_blocks_that_were_never_committed_are_seen(letters: Letters) -> None:
    """An upload that never ended is no record: check counts it, and the independent read sees it under its name."""
    ref, empty = letters.put("letter"), letters.put("empty", body="")
    order = letters.order(ref)
    with letters.open(Role.DISPOSE) as connector:
        assert connector.dispose([order], _all_clear)[0].outcome is Outcome.DESTROYED
    with letters.open(Role.VERIFY) as connector:
        assert [fault for fault in connector.check() if "upload" in fault.message] == []
        assert connector.inspect([order])[0].sight is Sight.GONE
        for name in ("letter", "letter.new"):
            letters.owner.get_blob_client(name).stage_block("MDAx", b"Dear Ms Exam")
        (fault,) = (fault for fault in connector.check() if "upload" in fault.message)
        said = "at least 2 unfinished uploads under names that are no records"
        assert (fault.message, fault.is_remark) == (said, True)
        (seen,) = connector.inspect([order])
        assert (seen.sight, seen.checked["uncommitted"], seen.checked["blobs"]) == (Sight.PRESENT, 1, 0)
        assert connector.fetch([ref]) == {}
    assert [one.ref for one in letters.scanned()] == [empty]


def test_a_missing_container_is_never_an_empty_one(letters: Letters) -> None:
    """Every question about a container that is not there is refused or inconclusive; nothing is called absent."""
    order = letters.order(letters.put("here"))
    with letters.open(Role.DISPOSE, container="no-such-container") as connector:
        assert [fault.message for fault in connector.check()] == ["there is no such container"]
        for question in (
            lambda: list(connector.scan(EVERYTHING)),
            lambda: connector.fetch([order.ref]),
            lambda: connector.dispose([replace(order, attempt=2)], _all_clear),
        ):
            with pytest.raises((StoreRefused, StoreUnavailable)):
                question()
        assert [one.sight for one in connector.inspect([order])] == [Sight.INCONCLUSIVE]


def test_a_wrong_credential_is_refused_without_naming_anything(letters: Letters) -> None:
    """A server that does not know the key is a refusal, not an absence, and no key of a record is repeated."""
    order = letters.order(letters.put("Jane-Example"))
    with letters.open(Role.VERIFY, credential="aGVsbG8=") as connector:
        assert [fault.message for fault in connector.check()] == ["the store refuses the credential"]
        with pytest.raises(StoreRefused) as refusal:
            connector.fetch([order.ref])
        assert [one.sight for one in connector.inspect([order])] == [Sight.INCONCLUSIVE]
    assert "Jane" not in str(refusal.value)


def test_a_store_that_is_not_there_is_unavailable(letters: Letters) -> None:
    """Nobody at the address is no absence, and trying again may help."""
    nobody = letters.open(address="http://127.0.0.1:9/devstoreaccount1")
    with nobody, pytest.raises(StoreUnavailable):
        nobody.fetch([letters.put("here")])


def test_each_power_has_its_own_credential(letters: Letters) -> None:
    """A signature, a connection string and a key all open the account, each role with its own."""
    ref = letters.put("here")
    secrets = {
        "${credential:scan}": letters.server.sas(),
        "${credential:dispose}": letters.server.connection_string,
        "${credential:verify}": KEY,
    }
    options = {
        "credential": "${credential:scan}",
        "dispose-credential": "${credential:dispose}",
        "verify-credential": "${credential:verify}",
    }
    asked: list[str] = []

    def resolve(name: str) -> str:
        asked.append(name)
        return secrets[name]

    for role in (Role.SCAN, Role.DISPOSE, Role.VERIFY):
        with open_connector(letters.definition(**options), role=role, resolve=resolve) as connector:
            assert set(connector.fetch([ref])) == {ref}
    assert asked == list(secrets)
    by_string = replace(
        letters.definition(), options={"container": letters.container, "credential": "${credential:dispose}"}
    )
    with open_connector(by_string, role=Role.SCAN, resolve=resolve) as connector:
        assert set(connector.fetch([ref])) == {ref}


@pytest.mark.parametrize(
    "address",
    [
        "http://account.blob.core.windows.net",
        "https://169.254.169.254",
        "http://[fe80::1]",
        "ftp://account.example",
        "https://user:secret@account.example",
        "https://account.example?sv=1&sig=abc",
        "account.example",
    ],
)
def test_credentials_are_sent_to_no_doubtful_place(letters: Letters, address: str) -> None:
    """An address that is unencrypted, link-local or no plain URL is refused before anything is sent."""
    with pytest.raises(ConfigurationRefused):
        letters.open(address=address)
    with pytest.raises(ConfigurationRefused):
        letters.open(credential=f"BlobEndpoint={address};AccountName=a;AccountKey=aGVsbG8=", address="")


def test_everything_that_is_missing_is_said_at_once(letters: Letters) -> None:
    """A definition without container and address is refused with both; a credential that is none is refused."""
    with pytest.raises(ConfigurationRefused) as refusal:
        letters.open(container="", address="")
    assert len(refusal.value.faults) == 2
    with pytest.raises(ConfigurationRefused) as refusal:
        letters.open(credential="no key, being no base64")
    assert "no key" not in str(refusal.value)
