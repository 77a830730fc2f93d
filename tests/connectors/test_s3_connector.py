from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from retentiond.connectors.conformance import ConnectorConformance, StoreUnderTest
from retentiond.connectors.interface import Role, ScanRequest
from retentiond.connectors.s3 import S3Connector
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.definitions import ClassCondition, Status
from retentiond.domain.errors import ConfigurationRefused, StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Sight
from retentiond.domain.records import RecordRef, StateToken
from retentiond.domain.schedule import Action
from tests.connectors.letters import EVERYTHING, Letters, all_clear

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class TestS3Connector(ConnectorConformance):
    @pytest.fixture
    def store(self, letters: Letters) -> StoreUnderTest:
        """A corner of either bucket."""
        return StoreUnderTest(
            open=letters.open,
            kind="letter",
            record_class="C-01",
            trigger="closed",
            seed=letters.put,
            touch=letters.rewrite,
            remove=letters.remove,
            traces=lambda ref: len(letters.versions(ref)),
            hold=letters.hold if letters.bucket == "locked" else None,
            unreachable=lambda role: letters.open(role, endpoint="http://127.0.0.1:9"),
        )


def test_tags_and_patterns_classify_and_date(letters: Letters) -> None:
    """A tag gives the class, a name the date with its last day, and the newest version's tags count."""
    by_name = replace(
        letters,
        column="name:-(\\d{4}-\\d{2})-",
        classes=(ClassCondition("C-02", where={"tag:status": "looked-after"}), ClassCondition("C-01")),
    )
    special, ordinary = by_name.put("a-2001-02-x"), by_name.put("b-2001-02-x")
    tags = {"TagSet": [{"Key": "status", "Value": "looked-after"}]}
    by_name.owner.put_object_tagging(Bucket=by_name.bucket, Key=special.key, Tagging=tags)  # type: ignore[arg-type]
    found = {record.ref: (record.record_class, record.dates["closed"]) for record in by_name.scanned()}
    assert found == {special: ("C-02", date(2001, 2, 28)), ordinary: ("C-01", date(2001, 2, 28))}


def test_last_modified_counts_when_asked_for_by_name(letters: Letters) -> None:
    """``last-modified`` is the newest version's time, read as a civil day that is never too early."""
    ref = replace(letters, column="last-modified").put("recent", None)
    found = replace(letters, column="last-modified").record(ref).dates["closed"]
    assert found is not None
    assert found >= datetime.now(UTC).date() - timedelta(days=1)


def test_a_date_that_cannot_be_read_is_a_problem(letters: Letters) -> None:
    """A tag that is no date leaves the record undated and never due, and is not repeated."""
    tagged = replace(letters, column="tag:closed")
    ref = tagged.put("odd", None)
    tags = {"TagSet": [{"Key": "closed", "Value": "Easter"}]}
    tagged.owner.put_object_tagging(Bucket=tagged.bucket, Key=ref.key, Tagging=tags)  # type: ignore[arg-type]
    record = tagged.record(ref)
    assert (record.dates, len(record.problems)) == ({"closed": None}, 1)
    assert "Easter" not in record.problems[0]
    assert tagged.scanned() == []


def test_documents_that_go_with_a_case_are_fetched_and_never_scanned(letters: Letters) -> None:
    """A kind without classes finds nothing by itself, and its objects are fetched and destroyed by key."""
    key = letters.papers.put("attachment").key
    ref = RecordRef("letters", "document", key)
    with letters.open(Role.DISPOSE) as connector:
        pages = list(connector.scan(ScanRequest("document", {"C-01": ({},)})))
        assert [(page.records, page.examined) for page in pages] == [((), 0)]
        record = connector.fetch([ref])[ref]
        assert (record.record_class, record.dates) == (None, {})
        order = DisposalOrder(uuid4().hex, ref, Action.DESTROY, record.state, 1)
        (receipt,) = connector.dispose([order], all_clear)
    assert receipt.outcome is Outcome.DESTROYED
    assert letters.versions(ref) == []


def test_every_version_and_delete_marker_goes_and_is_counted(locked: Letters) -> None:
    """A key with three versions under two delete markers is one record, and nothing of it is left."""
    ref = locked.put("often")
    locked.rewrite(ref)
    locked.owner.delete_object(Bucket="locked", Key=ref.key)
    locked.rewrite(ref)
    locked.owner.delete_object(Bucket="locked", Key=ref.key)
    assert len(locked.versions(ref)) == 5
    order = locked.order(ref)
    with locked.open(Role.DISPOSE) as connector:
        (before,) = connector.inspect([order])
        (receipt,) = connector.dispose([order], all_clear)
        (after,) = connector.inspect([order])
    assert before.checked == {"versions": 3, "delete markers": 2, "current objects": 0, "unfinished uploads": 0}
    assert (receipt.grade, receipt.evidence) == (Grade.A, {"versions": 3, "delete markers": 2})
    assert (after.sight, locked.versions(ref)) == (Sight.GONE, [])


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_no_page_of_the_server_cuts_a_key_in_two(locked: Letters, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few versions the server tells at a time, a key with seven is one record, and is destroyed whole."""
    monkeypatch.setattr("retentiond.connectors.s3.bucket._PAGE", size)
    monkeypatch.setattr("retentiond.connectors.s3.disposing.REQUEST", size)
    refs = [locked.put(key) for key in ("a", "many", "many/more", "z")]
    for _ in range(6):
        locked.rewrite(refs[1])
    with locked.open(Role.DISPOSE) as connector:
        records = connector.fetch(refs)
        pages = list(connector.scan(EVERYTHING))
        rest = [record for page in connector.scan(EVERYTHING, after=pages[0].cursor) for record in page.records]
        found = [record for page in pages for record in page.records]
        order = DisposalOrder(uuid4().hex, refs[1], Action.DESTROY, records[refs[1]].state, 1)
        (receipt,) = connector.dispose([order], all_clear)
    unread = StateToken("")
    assert sorted(found, key=lambda one: one.ref) == [replace(records[one], state=unread) for one in sorted(refs)]
    assert rest == found[len(pages[0].records) :]
    assert sum(page.examined for page in pages) == 4
    assert receipt.evidence == {"versions": 7, "delete markers": 0}
    assert [len(locked.versions(ref)) for ref in refs] == [1, 0, 1, 1]


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_object_lock_is_a_hold_until_its_day(locked: Letters, mode: Any) -> None:
    """Retention of an older version in either mode is named with its day, and the order is answered held."""
    ref = locked.put("kept")
    until = datetime.now(UTC) + timedelta(seconds=20)
    locked.owner.put_object_retention(Bucket="locked", Key=ref.key, Retention={"Mode": mode, "RetainUntilDate": until})
    locked.rewrite(ref)
    expected = f"object lock in {mode.lower()} mode until {until.day} {until:%B} {until.year}"
    assert locked.record(ref).native_holds == (expected,)
    with locked.open(Role.DISPOSE) as connector:
        (receipt,) = connector.dispose([locked.order(ref)], all_clear)
    assert (receipt.outcome, receipt.reason) == (Outcome.HELD, expected)
    assert len(locked.versions(ref)) == 2


def test_a_legal_hold_placed_after_the_last_look_wins(locked: Letters) -> None:
    """When the store itself refuses, the order is held, or failed with what was destroyed of it; the rest goes."""
    whole, part, free = locked.put("whole"), locked.put("part"), locked.put("free")
    locked.rewrite(part)
    orders = [locked.order(ref) for ref in (whole, part, free)]

    def holding(candidates: Any) -> set[str]:
        for ref in (whole, part):
            locked.hold(ref)
        return all_clear(candidates)

    with locked.open(Role.DISPOSE) as connector:
        receipts = connector.dispose(orders, holding)
        (again,) = connector.dispose([replace(orders[1], attempt=2)], all_clear)
    assert [one.outcome for one in receipts] == [Outcome.HELD, Outcome.FAILED, Outcome.DESTROYED]
    assert [one.reason for one in receipts[:2]] == [
        "the store refused: object lock or legal hold",
        "1 of 2 versions destroyed: AccessDenied",
    ]
    assert again.outcome is Outcome.CHANGED
    assert [len(locked.versions(ref)) for ref in (whole, part, free)] == [1, 1, 0]


def test_a_version_added_after_the_last_look_survives(locked: Letters) -> None:
    """Only the reviewed versions are destroyed; one that is written meanwhile stays and is seen."""
    ref = locked.put("rewritten")
    order = locked.order(ref)

    def rewriting(candidates: Any) -> set[str]:
        locked.rewrite(ref)
        return all_clear(candidates)

    with locked.open(Role.DISPOSE) as connector:
        connector.dispose([order], rewriting)
        (sighting,) = connector.inspect([order])
    assert (sighting.sight, len(locked.versions(ref))) == (Sight.PRESENT, 1)


def test_an_object_rewritten_after_the_last_look_survives(plain: Letters) -> None:
    """Without versions the ETag decides: an object written meanwhile stays, one taken away meanwhile is absent."""
    rewritten, removed = plain.put("rewritten"), plain.put("removed")
    orders = [plain.order(rewritten), plain.order(removed)]

    def changing(candidates: Any) -> set[str]:
        plain.rewrite(rewritten)
        plain.remove(removed)
        return all_clear(candidates)

    with plain.open(Role.DISPOSE) as connector:
        receipts = connector.dispose(orders, changing)
    assert [one.outcome for one in receipts] == [Outcome.CHANGED, Outcome.ALREADY_ABSENT]
    assert set(plain.owner.list_objects_v2(Bucket="plain", Prefix=plain.prefix)) >= {"Contents"}


def test_no_canary_is_left_and_none_is_a_record(plain: Letters) -> None:
    """Trying out the server leaves nothing behind, and its objects are never records."""
    ref = plain.put("one")
    with plain.open(Role.DISPOSE) as connector:
        connector.dispose([plain.order(ref)], all_clear)
    left = plain.owner.list_objects_v2(Bucket="plain", Prefix=".retentiond-canary/")
    assert left["KeyCount"] == 0
    plain.owner.put_object(Bucket="plain", Key=".retentiond-canary/stale", Body=b"")
    everywhere = replace(plain, prefix=".retentiond")
    assert everywhere.scanned(ScanRequest("letter", {"C-01": ({},)})) == []
    with everywhere.open() as connector:
        assert connector.fetch([RecordRef("letters", "letter", ".retentiond-canary/stale")]) == {}
    plain.owner.delete_object(Bucket="plain", Key=".retentiond-canary/stale")


def test_a_missing_bucket_is_never_an_empty_one(letters: Letters) -> None:
    """Every question about a bucket that is not there is refused or inconclusive; nothing is called absent."""
    order = letters.order(letters.put("here"))
    with letters.open(Role.DISPOSE, bucket="no-such-bucket") as connector:
        assert [fault.message for fault in connector.check()] == ["there is no such bucket"]
        for question in (
            lambda: list(connector.scan(EVERYTHING)),
            lambda: connector.fetch([order.ref]),
            lambda: connector.dispose([replace(order, attempt=2)], all_clear),
        ):
            with pytest.raises((StoreRefused, StoreUnavailable)):
                question()
        assert [one.sight for one in connector.inspect([order])] == [Sight.INCONCLUSIVE]


def test_a_wrong_credential_is_refused_without_naming_anything(letters: Letters) -> None:
    """A server that does not know the key is a refusal, not an absence, and no key of a record is repeated."""
    order = letters.order(letters.put("Jane-Example"))
    stranger = replace(letters, server=replace(letters.server, secret_key="wrong" * 8))
    with stranger.open(Role.VERIFY) as connector:
        assert [fault.message for fault in connector.check()] == ["the bucket refuses the credential"]
        with pytest.raises(StoreRefused) as refusal:
            connector.fetch([order.ref])
        assert [one.sight for one in connector.inspect([order])] == [Sight.INCONCLUSIVE]
    assert "Jane" not in str(refusal.value)


def test_a_bucket_that_defeats_disposal_is_reported(owner: S3Client, seaweed: ObjectStore) -> None:
    """A lifecycle rule that deletes records by itself is a fault; one that only tidies up is none."""
    owner.create_bucket(Bucket="ruled")
    letters = Letters(seaweed, owner, "ruled", "letters/")
    with letters.open() as connector:
        assert connector.check() == []
        for prefix, faults in (("letters/old/", 1), ("other/", 0), ("", 1)):
            rule: Any = {"ID": "1", "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": 30}}
            owner.put_bucket_lifecycle_configuration(Bucket="ruled", LifecycleConfiguration={"Rules": [rule]})
            assert len(connector.check()) == faults


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://store.example",
        "https://169.254.169.254",
        "http://[fe80::1]",
        "ftp://store.example",
        "https://user:secret@store.example",
        "https://store.example:many",
        "store.example",
    ],
)
def test_credentials_are_sent_to_no_doubtful_place(plain: Letters, endpoint: str) -> None:
    """An endpoint that is unencrypted, link-local or no plain URL is refused before anything is sent."""
    with pytest.raises(ConfigurationRefused):
        plain.open(endpoint=endpoint)


def test_what_the_surroundings_suggest_is_not_followed(plain: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    """Endpoints, profiles and credentials in the environment change nothing."""
    ref = plain.put("here")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    assert plain.record(ref).ref == ref
    definition = replace(plain.open()._definition, options={})
    with pytest.raises(ConfigurationRefused) as refusal:
        S3Connector(definition, role=Role.SCAN, access_key="a", secret_key="b")
    assert len(refusal.value.faults) == 2
    with pytest.raises(ConfigurationRefused):
        S3Connector(plain.open()._definition, role=Role.SCAN, access_key=None, secret_key=None)


def test_a_status_follows_from_a_tag(letters: Letters) -> None:
    """A tag can say what was ever true of an object, in a scan as in a fetch."""
    ever = replace(letters, statuses=(Status("looked-after", where={"tag:ever": "CLA"}),))
    plain_one, tagged = ever.put("a"), ever.put("b")
    tags = {"TagSet": [{"Key": "ever", "Value": "CLA"}]}
    ever.owner.put_object_tagging(Bucket=ever.bucket, Key=tagged.key, Tagging=tags)  # type: ignore[arg-type]
    assert [ever.record(ref).statuses["looked-after"] for ref in (plain_one, tagged)] == [False, True]
    assert [one.statuses["looked-after"] for one in ever.scanned()] == [False, True]
