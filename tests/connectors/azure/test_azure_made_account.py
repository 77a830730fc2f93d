"""What Azurite lacks, on a service made here: these answers follow the REST reference and were never seen live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from retentiond.connectors.azure import AzureConnector
from retentiond.connectors.conformance import ConnectorConformance, StoreUnderTest
from retentiond.connectors.interface import Role, ScanRequest
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Trigger
from retentiond.domain.errors import StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.azure.made_account import Account, serving

REF = RecordRef("letters", "letter", "letter")


def _open(url: str, role: Role) -> AzureConnector:
    letters = KindOfRecord("letter", (ClassCondition("C-01"),), (Trigger("closed", "metadata:closed"),))
    where = {"container": "container", "account-url": url}
    definition = Definition("letters", "azure-blob", "GB", (letters,), "0" * 64, options=where)
    return AzureConnector(definition, role=role, credential="aGVsbG8=")


def _all_clear(orders: Any) -> set[str]:
    return {one.id for one in orders}


@contextmanager
def _one_letter(account: Account, versions: int = 1, snapshots: int = 0) -> Iterator[str]:
    for _ in range(versions):
        account.put("letter")
    for _ in range(snapshots):
        account.snapshot("letter")
    with serving(account) as url:
        yield url


def _record(url: str) -> Record:
    with _open(url, Role.SCAN) as connector:
        return connector.fetch([REF])[REF]


def _disposed(url: str, record: Record, meanwhile: Callable[[], None] = lambda: None, attempt: int = 1) -> Receipt:
    order = DisposalOrder(uuid4().hex, REF, Action.DESTROY, record.state, attempt)

    def clear(orders: Any) -> set[str]:
        meanwhile()
        return _all_clear(orders)

    with _open(url, Role.DISPOSE) as connector:
        (receipt,) = connector.dispose([order], clear)
    return receipt


def _sighting(url: str, record: Record) -> Sighting:
    with _open(url, Role.VERIFY) as connector:
        (found,) = connector.inspect([DisposalOrder(uuid4().hex, REF, Action.DESTROY, record.state, 1)])
    return found


def test_every_version_and_snapshot_goes_and_is_counted() -> None:
    """A blob with two earlier versions and a snapshot is one record, and nothing of it is left, nor of the canary."""
    account = Account()
    with _one_letter(account, versions=3, snapshots=1) as url:
        record = _record(url)
        receipt = _disposed(url, record)
        assert (receipt.outcome, receipt.grade) == (Outcome.DESTROYED, Grade.A)
        assert receipt.evidence == {"blobs": 1, "versions": 2, "snapshots": 1, "soft-deleted": 0}
        assert {name: kept for name, kept in account.blobs.items() if kept} == {}
        assert _sighting(url, record).sight is Sight.GONE


def test_versions_left_by_a_deletion_are_a_record() -> None:
    """A blob that was deleted and has versions left is still there: found, seen, destroyed."""
    account = Account()
    with _one_letter(account, versions=2) as url:
        account.delete("letter", {}, {"If-Match": None, "x-ms-delete-snapshots": "include"})
        record = _record(url)
        assert record.blockers == ()
        expected = {"blobs": 0, "versions": 2, "snapshots": 0, "soft-deleted": 0, "uncommitted": 0}
        assert _sighting(url, record).checked == expected
        assert _disposed(url, record).outcome is Outcome.DESTROYED
        assert _sighting(url, record).sight is Sight.GONE


def test_soft_deleted_is_not_gone() -> None:
    """Where the account keeps what is deleted and allows no permanent delete, nothing is touched, and check says so."""
    account = Account(soft_delete=True)
    with _one_letter(account) as url:
        receipt = _disposed(url, _record(url))
        expected = "the account keeps what is deleted for 7 days (soft delete) and does not allow deleting permanently"
        assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, expected)
        assert account.asked["DELETE"] == account.asked["PUT"] == 0
        with _open(url, Role.SCAN) as connector:
            assert [one.message for one in connector.check()] == [f"{expected}: its records can only be reported on"]


def test_permanent_delete_makes_a_soft_deleted_version_gone() -> None:
    """Where versions are kept and permanent delete is allowed, every one is deleted twice, and then it is gone."""
    account = Account(soft_delete=True, allows_permanent=True)
    with _one_letter(account, versions=2, snapshots=1) as url:
        record = _record(url)
        with _open(url, Role.SCAN) as connector:
            assert connector.check() == []
        assert _disposed(url, record).outcome is Outcome.DESTROYED
        assert account.blobs["letter"] == []


def test_an_attempt_that_stopped_at_soft_deletion_goes_on() -> None:
    """Soft-deleting leaves the state as it was reviewed, so the next attempt destroys exactly that."""
    account = Account(soft_delete=True, allows_permanent=True)
    with _one_letter(account, versions=2) as url:
        record = _record(url)
        account.blobs["letter"] = [replace(one, is_current=False, is_deleted=True) for one in account.blobs["letter"]]
        left = _record(url)
        assert (left.state, left.blockers) == (record.state, ("soft-deleted",))
        assert _sighting(url, record).checked["soft-deleted"] == 2
        assert _disposed(url, record, attempt=2).outcome is Outcome.DESTROYED
        assert account.blobs["letter"] == []


def test_without_versions_permanent_delete_is_impossible() -> None:
    """Permanent delete is for versions and snapshots: an account without versions is report-only; the canary tells."""
    account = Account(versions=False, soft_delete=True, allows_permanent=True)
    with _one_letter(account) as url:
        receipt = _disposed(url, _record(url))
    assert receipt.outcome is Outcome.FAILED
    assert receipt.reason == "what is deleted here is kept by the service (soft delete); the store is report-only"
    assert [one.is_deleted for one in account.blobs["letter"]] == [False]


@pytest.mark.parametrize("versions", [False, True])
def test_an_account_that_does_not_say_is_tried_out(versions: object) -> None:
    """A credential that may not read the service's properties is no excuse: the canary finds soft delete, or none."""
    for soft_delete, outcome in ((True, Outcome.FAILED), (False, Outcome.DESTROYED)):
        account = Account(versions=bool(versions), soft_delete=soft_delete, tells_itself=False)
        with _one_letter(account) as url:
            assert _disposed(url, _record(url)).outcome is outcome
            assert any(one.is_current for one in account.blobs["letter"]) is (outcome is Outcome.FAILED)
            with _open(url, Role.SCAN) as connector:
                faults = connector.check()
            assert [(one.message, one.is_remark) for one in faults] == [
                ("the container does not say whether it is under a legal hold", True),
                ("the account does not say whether it keeps what is deleted", True),
            ]


def test_a_server_that_ignores_conditions_is_report_only() -> None:
    """Where the canary is deleted in spite of a wrong ETag, no record is deleted at all."""
    account = Account(ignores_conditions=True)
    with _one_letter(account) as url:
        receipt = _disposed(url, _record(url))
    assert receipt.reason == "this server ignores conditions on delete; the store is report-only"
    assert len(account.blobs["letter"]) == 1


def test_a_hierarchical_namespace_is_report_only() -> None:
    """What is deleted in a Data Lake cannot be seen here, so nothing is deleted there, and check says so."""
    account = Account(hierarchical=True)
    with _one_letter(account) as url:
        assert _disposed(url, _record(url)).outcome is Outcome.FAILED
        with _open(url, Role.SCAN) as connector:
            (fault,) = connector.check()
    assert "hierarchical namespace" in fault.message
    assert account.asked["DELETE"] == 0


def test_holds_of_a_version_and_of_the_container_are_named() -> None:
    """A legal hold on any version, or on the container, is a native hold, and the order is answered held."""
    account = Account()
    with _one_letter(account, versions=2) as url:
        account.blobs["letter"][0] = replace(account.blobs["letter"][0], held=True)
        assert _record(url).native_holds == ("legal hold on a version",)
        account.container_held = True
        record = _record(url)
        assert record.native_holds == ("legal hold on the container", "legal hold on a version")
        receipt = _disposed(url, record)
        assert (receipt.outcome, receipt.reason) == (Outcome.HELD, ", ".join(record.native_holds))
    assert len(account.blobs["letter"]) == 2


def test_an_immutability_policy_that_only_the_service_knows_is_a_hold() -> None:
    """A container's own immutability policy is told to nobody but who tries to delete: the refusal is a hold."""
    account = Account(versions=False)
    with _one_letter(account) as url:
        record = _record(url)

        def held() -> None:
            account.blobs["letter"] = [replace(one, held=True) for one in account.blobs["letter"]]

        receipt = _disposed(url, record, held)
    assert receipt.outcome is Outcome.HELD
    assert receipt.reason == "the store refused: immutability policy or legal hold"
    assert len(account.blobs["letter"]) == 1


def test_a_version_held_at_the_last_moment_leaves_a_part_and_says_so() -> None:
    """When only an earlier version is refused, the order has failed, not succeeded, and the version is there."""
    account = Account()
    with _one_letter(account, versions=2) as url:
        record = _record(url)

        def held() -> None:
            account.blobs["letter"][0] = replace(account.blobs["letter"][0], held=True)

        receipt = _disposed(url, record, held)
        assert receipt.outcome is Outcome.FAILED
        assert receipt.reason.startswith("only a part of it is destroyed")
        assert _sighting(url, record).sight is Sight.PRESENT


def test_a_version_written_after_the_last_look_survives() -> None:
    """The condition on the blob itself fails first, before any version is touched."""
    account = Account()
    with _one_letter(account, versions=2) as url:
        record = _record(url)
        receipt = _disposed(url, record, account.rewriting("letter"))
    assert (receipt.outcome, len(account.blobs["letter"])) == (Outcome.CHANGED, 3)


def test_a_replicated_blob_is_blocked() -> None:
    """A blob that the account copies elsewhere is blocked, and an order for it fails: the copy would stay."""
    account = Account()
    with _one_letter(account) as url:
        account.blobs["letter"] = [replace(one, replicated=True) for one in account.blobs["letter"]]
        record = _record(url)
        assert record.blockers == ("replicated",)
        assert _disposed(url, record).outcome is Outcome.FAILED
    assert len(account.blobs["letter"]) == 1


def test_a_lost_reply_is_not_guessed_at_and_the_request_not_repeated() -> None:
    """When the reply to a DELETE is lost it is sent once, the store is unavailable, and the next attempt is B."""
    account = Account(versions=False, loses_reply_to="letter")
    with _one_letter(account) as url:
        record = _record(url)
        with pytest.raises(StoreUnavailable):
            _disposed(url, record)
        assert account.asked["DELETE"] == 3  # two for the canary and one for the letter
        again = _disposed(url, record, attempt=2)
    assert (again.outcome, again.grade) == (Outcome.DESTROYED, Grade.B)


def test_a_lost_reply_takes_no_other_receipt_with_it() -> None:
    """Of two orders the one whose reply came is told as done; the other has no receipt, and the next attempt is B."""
    account = Account(versions=False)
    with _one_letter(account) as url:
        account.put("other")
        refs = [REF, replace(REF, key="other")]
        with _open(url, Role.DISPOSE) as connector:
            states = {ref: one.state for ref, one in connector.fetch(refs).items()}
            orders = [DisposalOrder(uuid4().hex, ref, Action.DESTROY, states[ref], 1) for ref in refs]
            account.loses_reply_to = "other"
            receipts = connector.dispose(orders, _all_clear)
            again = connector.dispose([replace(one, attempt=2) for one in orders], lambda _: set())
    assert [(one.order.ref.key, one.outcome, one.grade) for one in receipts] == [("letter", Outcome.DESTROYED, Grade.A)]
    assert [(one.outcome, one.grade) for one in again] == [(Outcome.DESTROYED, Grade.B)] * 2


def test_what_an_earlier_attempt_destroyed_is_told_whatever_the_account_does_now() -> None:
    """Recovery asks with nothing clear: what is gone is told as ours, and nothing is tried out for it."""
    account = Account(versions=False)
    with _one_letter(account) as url:
        record = _record(url)
        account.blobs["letter"].clear()
        account.soft_delete = True
        receipt = _disposed(url, record, attempt=2)
    assert (receipt.outcome, receipt.grade, account.asked["PUT"]) == (Outcome.DESTROYED, Grade.B, 0)


@pytest.mark.parametrize(
    "listing",
    [
        b"",
        b"<html>It works!</html>",
        b"<EnumerationResults></EnumerationResults>",
        b"<EnumerationResults><Blobs></Blobs>",
        b"<EnumerationResults><Blobs><Blob><Name>a</Name></Blob></Blobs><NextMarker/></EnumerationResults>",
    ],
)
def test_an_answer_that_is_no_listing_is_no_empty_container(listing: bytes) -> None:
    """A proxy's page, a cut answer or one that lacks what every listing has ends the scan; nothing is called absent."""
    account = Account(listing=listing)
    with serving(account) as url, _open(url, Role.SCAN) as connector:
        with pytest.raises(StoreUnavailable):
            list(connector.scan(ScanRequest("letter", {})))
        with pytest.raises(StoreUnavailable):
            connector.fetch([REF])
        order = DisposalOrder(uuid4().hex, REF, Action.DESTROY, "x", 1)  # type: ignore[arg-type] # any state
        assert [one.sight for one in connector.inspect([order])] == [Sight.INCONCLUSIVE]


@pytest.mark.parametrize("blobs", [b"", b"<Blob><Name>letter</Name>%b</Blob>"], ids=["empty pages", "the same blob"])
def test_a_listing_that_goes_round_comes_to_an_end(blobs: bytes) -> None:
    """A service that sends a listing back to where it was is refused, and nothing is concluded from what it told."""
    written = b"<Last-Modified>Thu, 26 Nov 2026 00:00:00 GMT</Last-Modified><BlobType>BlockBlob</BlobType>"
    told = b"<Properties>%b<Etag>0x1</Etag></Properties>" % written
    page = b"<Blobs>%b</Blobs><NextMarker>m{turn}</NextMarker>" % blobs.replace(b"%b", told)
    account = Account(listing=b"<EnumerationResults>%b</EnumerationResults>" % page)
    with serving(account) as url, _open(url, Role.SCAN) as connector:
        with pytest.raises((StoreRefused, StoreUnavailable)):
            list(connector.scan(ScanRequest("letter", {})))
        with pytest.raises(StoreRefused, match="no end"):
            connector.fetch([REF])
    assert account.asked["GET"] < 30


class TestAzureConnectorWithVersions(ConnectorConformance):
    @pytest.fixture
    def store(self) -> Iterator[StoreUnderTest]:
        """An account that keeps versions and what is deleted, and allows permanent delete."""
        account = Account(soft_delete=True, allows_permanent=True, version_level=True)

        def seed(key: str, closed_on: date | None, _: str) -> RecordRef:
            account.put(key)
            account.dates[key] = closed_on
            return RecordRef("letters", "letter", key)

        def hold(ref: RecordRef) -> None:
            account.blobs[ref.key] = [replace(one, held=True) for one in account.blobs[ref.key]]

        with serving(account) as url:
            yield StoreUnderTest(
                open=lambda role: _open(url, role),
                kind="letter",
                record_class="C-01",
                trigger="closed",
                seed=seed,
                touch=lambda ref: account.rewriting(ref.key)(),
                remove=lambda ref: account.blobs[ref.key].clear(),
                traces=lambda ref: len(account.blobs.get(ref.key, [])),
                hold=hold,
                unreachable=lambda role: _open("http://127.0.0.1:9/account", role),
            )
