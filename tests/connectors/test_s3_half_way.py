"""Deletions that come to an end half-way, replies that get lost, and what is said of each object afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.connectors.s3 import S3Connector
from retentiond.domain.definitions import ClassCondition, KindOfRecord
from retentiond.domain.errors import StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.letters import all_clear
from tests.connectors.odd_servers import Kept, OddServer, VersionedServer, refused, serving

WANTED = ScanRequest("letter", {"C-01": ({},)})


@contextmanager
def _kept(kind: type[Any], **letters: int) -> Iterator[tuple[S3Connector, Any]]:
    """Serve letters with so many versions each."""
    with serving(kind) as (connector, server):
        server.versions.clear()
        for key, count in letters.items():
            server.versions[key] = [Kept(f"{key}{number:05}", str(number).encode()) for number in range(count)]
        yield connector, server


def _orders(connector: S3Connector, *keys: str) -> list[DisposalOrder]:
    refs = [RecordRef("letters", "letter", key) for key in keys]
    found = connector.fetch(refs)
    return [DisposalOrder(uuid4().hex, ref, Action.DESTROY, found[ref].state, 1) for ref in refs]


def _told(receipts: Collection[Receipt]) -> dict[str, tuple[Outcome, Grade | None, str]]:
    return {one.order.ref.key: (one.outcome, one.grade, one.reason) for one in receipts}


def _again(order: DisposalOrder) -> DisposalOrder:
    return DisposalOrder(order.id, order.ref, order.action, order.reviewed_state, order.attempt + 1)


class _RefusesSome(VersionedServer):
    """Answers with an error for versions whose ids end in 1, 2 or 3; the last it destroys all the same."""

    def deleted(self, key: str, version: str, *, quiet: bool) -> str:
        if version.endswith("1"):
            return refused(key, version, "AccessDenied")
        if version.endswith("2"):
            return refused(key, version, "InternalError")
        if version.endswith("3"):
            self.destroy(key, version)
            return refused(key, version, "InternalError")
        return super().deleted(key, version, quiet=quiet)


def test_every_version_that_was_refused_is_looked_for_again() -> None:
    """An error for a version says nothing sure about it: what is left is counted by looking, and half is a failure."""
    with _kept(_RefusesSome, whole=1, half=2, odd=3) as (connector, server):
        server.versions["unsure"] = [Kept("a3"), Kept("a0")]
        server.versions["refused"] = [Kept("a1")]
        orders = _orders(connector, "whole", "half", "odd", "unsure", "refused")
        receipts = connector.dispose(orders, all_clear)
        assert _told(receipts) == {
            "whole": (Outcome.DESTROYED, Grade.A, ""),
            "half": (Outcome.FAILED, None, "1 of 2 versions destroyed: AccessDenied"),
            "odd": (Outcome.FAILED, None, "1 of 3 versions destroyed: AccessDenied, InternalError"),
            "unsure": (
                Outcome.DESTROYED,
                Grade.B,
                "the store did not say so of all of it (InternalError), and none is left",
            ),
            "refused": (Outcome.FAILED, None, "the store refused: access denied"),
        }
        assert receipts[1].evidence == {"versions destroyed": 1, "versions left": 1}
        assert {key: len(kept) for key, kept in server.versions.items()} == {"half": 1, "odd": 2, "refused": 1}
        (again,) = connector.dispose([_again(orders[1])], all_clear)
        assert again.outcome is Outcome.CHANGED


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_a_version_without_an_id_is_left_alone(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key alone would name whatever stands there when the request comes: also what was written since."""
    monkeypatch.setattr(VersionedServer, "status", status)
    with _kept(VersionedServer) as (connector, server):
        server.versions["nameless"] = [Kept("")]
        (order,) = _orders(connector, "nameless")
        (receipt,) = connector.dispose([order], all_clear)
        assert receipt.outcome is Outcome.FAILED
        assert "no id" in receipt.reason
        assert len(server.versions["nameless"]) == 1


class _StopsAtTheThird(VersionedServer):
    """Refuses the third request for deletion, and all after it."""

    requests = 0

    def answer_deletion(self, named: list[tuple[str, str]], *, quiet: bool) -> None:
        type(self).requests += 1
        if self.requests < 3:
            super().answer_deletion(named, quiet=quiet)
        else:
            self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")


def test_an_object_with_more_versions_than_a_request_takes_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one of its requests is refused, the receipt says how many of how many versions went."""
    monkeypatch.setattr("retentiond.connectors.s3.disposing.REQUEST", 10)
    with _kept(VersionedServer, many=25, few=2) as (connector, server):
        orders = _orders(connector, "many", "few")
        receipts = connector.dispose(orders, all_clear)
        assert [one.evidence for one in receipts] == [
            {"versions": 25, "delete markers": 0},
            {"versions": 2, "delete markers": 0},
        ]
        assert (server.versions, server.asked["POST"]) == ({}, 4)
    with _kept(_StopsAtTheThird, many=25) as (connector, server):
        (receipt,) = connector.dispose(_orders(connector, "many"), all_clear)
        assert (receipt.outcome, receipt.reason) == (
            Outcome.FAILED,
            "20 of 25 versions destroyed: AccessDenied",
        )
        assert len(server.versions["many"]) == 5


class _FailsTheSecond(VersionedServer):
    """Carries out the first request for deletion and fails the second, in the way of its subclass."""

    named: list[tuple[str, str]]

    def answer_deletion(self, named: list[tuple[str, str]], *, quiet: bool) -> None:
        if self.asked["POST"] == 1:
            super().answer_deletion(named, quiet=quiet)
        else:
            self.named = named
            self.fail()

    def fail(self) -> None:
        self.answer(503, b"<Error><Code>SlowDown</Code></Error>")


class _HangsUp(_FailsTheSecond):
    def fail(self) -> None:
        for key, version in self.named:
            self.destroy(key, version)
        self.close_connection = True


class _ErrorIn200(_FailsTheSecond):
    def fail(self) -> None:
        self.answer(200, b"<?xml version='1.0'?>\n<Error><Code>InternalError</Code></Error>")


class _SaysNothing(_FailsTheSecond):
    def fail(self) -> None:
        self.answer(200, b"")


class _Proxy(_FailsTheSecond):
    def fail(self) -> None:
        self.answer(200, b"<html><body>Please log in</body></html>")


FAILING = (_FailsTheSecond, _HangsUp, _ErrorIn200)


@pytest.mark.parametrize("kind", FAILING)
def test_what_other_replies_said_outlives_one_that_was_lost(
    kind: type[VersionedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receipts of earlier requests are kept; an order whose reply was lost has none, and nothing is sent after it."""
    monkeypatch.setattr("retentiond.connectors.s3.disposing.REQUEST", 2)
    with _kept(kind, a=2, b=2, c=2) as (connector, server):
        orders = _orders(connector, "a", "b", "c")
        receipts = connector.dispose(orders, all_clear)
        assert _told(receipts) == {"a": (Outcome.DESTROYED, Grade.A, "")}
        assert server.asked["POST"] == 2
        assert "c" in server.versions
        server.asked["POST"] = 0
        after = connector.dispose([_again(one) for one in orders[1:2]], all_clear)
        expected = Grade.B if kind is _HangsUp else Grade.A
        assert [(one.outcome, one.grade) for one in after] == [(Outcome.DESTROYED, expected)]


@pytest.mark.parametrize("kind", [*FAILING, _SaysNothing, _Proxy])
def test_an_answer_that_says_nothing_is_no_receipt(
    kind: type[VersionedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single order whose reply is lost or makes no sense is never called destroyed on its word."""
    monkeypatch.setattr("retentiond.connectors.s3.disposing.REQUEST", 1)
    with _kept(kind, a=2) as (connector, server):
        (order,) = _orders(connector, "a")
        try:
            (receipt,) = connector.dispose([order], all_clear)
        except StoreUnavailable:
            pass
        else:
            assert (receipt.outcome, receipt.grade) == (Outcome.FAILED, None)
            assert receipt.reason.startswith("1 of 2 versions destroyed")
        assert len(server.versions.get("a", [])) == (0 if kind is _HangsUp else 1)


class _DeniesPageThree(VersionedServer):
    """Tells two versions at a time, and refuses to go on after the second page."""

    page_size = 2

    def list_versions(self) -> None:
        if self.question.get("key-marker", [""])[0] >= "d":
            self.fail()
        else:
            super().list_versions()

    def fail(self) -> None:
        self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")


class _HangsUpAtPageThree(_DeniesPageThree):
    def fail(self) -> None:
        self.close_connection = True


class _CutsPageThree(_DeniesPageThree):
    def fail(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"<ListVersionsResult><Version><Key>e</Key>")
        self.close_connection = True


class _VanishesAtPageThree(_DeniesPageThree):
    def fail(self) -> None:
        self.missing("NoSuchBucket")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (_DeniesPageThree, StoreRefused),
        (_HangsUpAtPageThree, StoreUnavailable),
        (_CutsPageThree, StoreUnavailable),
        (_VanishesAtPageThree, StoreRefused),
    ],
)
def test_a_scan_that_cannot_go_on_does_not_end_quietly(kind: type[VersionedServer], error: type[Exception]) -> None:
    """A listing that stops half-way is an error at that page: what was not told is not taken for absent."""
    with _kept(kind, a=1, b=1, c=1, d=1, e=1, f=1) as (connector, _), pytest.raises(error):
        list(connector.scan(WANTED))


class _DeniesOneKeysTags(VersionedServer):
    """Forbids to read the tags of one object."""

    def get(self) -> None:
        if "tagging" not in self.question:
            super().get()
        elif self.key == "b":
            self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        else:
            tag = b"<Tag><Key>kind</Key><Value>lado</Value></Tag>"
            self.answer(200, b"<Tagging><TagSet>" + tag + b"</TagSet></Tagging>")


def test_tags_that_may_not_be_read_are_not_taken_for_none() -> None:
    """A special class by tag comes before the base class: where one key's tags are denied, the scan is refused."""
    lines = (ClassCondition("C-02", where={"tag:kind": "lado"}), ClassCondition("C-01"))
    with _kept(_DeniesOneKeysTags, a=1, b=1) as (connector, _):
        kind = KindOfRecord("letter", lines, ())
        definition = replace(connector._definition, records=(kind,))
        with S3Connector(definition, role=Role.SCAN, access_key="key", secret_key="secret") as tagged:
            letter = RecordRef("letters", "letter", "a")
            assert tagged.fetch([letter])[letter].record_class == "C-02"
            with pytest.raises(StoreRefused, match="GetObjectTagging"):
                list(tagged.scan(ScanRequest("letter", {"C-01": ({},), "C-02": ({},)})))
            with pytest.raises(StoreRefused, match="GetObjectTagging"):
                tagged.fetch([letter, replace(letter, key="b")])


class _ListsTooLittle(VersionedServer):
    """Its listing of versions is always empty."""

    def list_versions(self) -> None:
        self.answer(200, b"<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>")


def test_an_empty_listing_alone_is_no_absence() -> None:
    """Where the listing shows nothing and the object still answers, nothing is called absent, destroyed or gone."""
    with _kept(_ListsTooLittle, letter=1) as (connector, _):
        for attempt in (1, 2):
            order = replace(_sent(RecordRef("letters", "letter", "letter"))[0], attempt=attempt)
            (receipt,) = connector.dispose([order], all_clear)
            assert (receipt.outcome, receipt.reason) == (
                Outcome.FAILED,
                "the store's listing and its HEAD contradict each other",
            )
            (sighting,) = connector.inspect([order])
            assert sighting.sight is Sight.PRESENT


class _Vanishes(OddServer):
    """Its bucket is there until somebody asks for an object."""

    gone = False

    def get(self) -> None:
        if self.gone:
            self.missing("NoSuchBucket")
        else:
            super().get()

    def head(self) -> None:
        type(self).gone = True
        self.answer(404)


def test_a_bucket_deleted_half_way_is_no_absent_record() -> None:
    """A HEAD answers alike for a missing object and a missing bucket; no record is called absent or destroyed by it."""
    ref = RecordRef("letters", "letter", "letter")
    for attempt in (1, 2):
        with serving(_Vanishes) as (connector, server):
            with pytest.raises(StoreRefused, match="no such bucket"):
                connector.fetch([ref])
            server.gone = False
            connector._tried[""] = ""
            with pytest.raises(StoreRefused, match="no such bucket"):
                connector.dispose([DisposalOrder("1" * 32, ref, Action.DESTROY, _order_state(), attempt)], all_clear)
            assert [one.sight for one in connector.inspect(_sent(ref))] == [Sight.INCONCLUSIVE]


def _order_state() -> Any:
    return "any"


def _sent(ref: RecordRef) -> list[DisposalOrder]:
    return [DisposalOrder("1" * 32, ref, Action.DESTROY, _order_state(), 1)]
