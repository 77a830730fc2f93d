"""Servers that break the rules: small ones made here, for no real server breaks them on request."""

from __future__ import annotations

from dataclasses import replace
from hashlib import md5
from uuid import uuid4

import pytest

from retentiond.connectors.interface import ScanRequest
from retentiond.connectors.s3 import S3Connector
from retentiond.connectors.s3.bucket import Version
from retentiond.connectors.s3.reading import state_of
from retentiond.connectors.written_dates import day_of
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.schedule import Action
from tests.connectors.odd_servers import BODY, LETTER, OddServer, serving


class _LosesReplies(OddServer):
    """Keeps conditions, destroys the letter when asked to, and hangs up before it says so."""

    def delete(self) -> None:
        if self.headers["If-Match"] == '"00000000000000000000000000000000"':
            self.answer(412)
            return
        self.objects.pop(self.key, None)
        if self.key == "letter":
            self.close_connection = True
        else:
            self.answer(204)


class _SendsElsewhere(OddServer):
    """Says that the bucket lies in another region."""

    def get(self) -> None:
        body = b"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"
        self.answer(301, body, x_amz_bucket_region="us-east-1")

    head = get


class _CountsWrong(OddServer):
    """Lists fewer keys than it says there are."""

    def get(self) -> None:
        if "list-type" in self.question:
            body = b"<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>3</KeyCount></ListBucketResult>"
            self.answer(200, body)
        else:
            super().get()


class _AnswersNothing(OddServer):
    """Answers a listing with success and an empty document."""

    def get(self) -> None:
        if "list-type" in self.question:
            self.answer(200, b"<ListBucketResult></ListBucketResult>")
        else:
            super().get()


def _order() -> DisposalOrder:
    etag = '"' + md5(BODY, usedforsecurity=False).hexdigest() + '"'
    state = state_of([Version("", etag, len(BODY), None)])  # type: ignore[arg-type] # a time is no part of the state
    return DisposalOrder(uuid4().hex, LETTER, Action.DESTROY, state, 1)


def _dispose(connector: S3Connector) -> Receipt:
    (receipt,) = connector.dispose([_order()], lambda orders: {one.id for one in orders})
    return receipt


def test_a_server_that_ignores_conditions_is_report_only() -> None:
    """Where the canary is deleted in spite of a wrong ETag, no record is deleted at all."""
    with serving(OddServer) as (connector, server):
        receipt = _dispose(connector)
        assert (receipt.outcome, receipt.reason) == (
            Outcome.FAILED,
            "this server ignores conditions on delete; the store is report-only",
        )
        assert set(server.objects) == {"letter"}


def test_a_lost_reply_is_not_guessed_at_and_the_request_not_repeated() -> None:
    """When the reply to a DELETE is lost it is sent once, the store is unavailable, and the next attempt is B."""
    with serving(_LosesReplies) as (connector, server):
        sent = _order()
        with pytest.raises(StoreUnavailable):
            connector.dispose([sent], lambda orders: {one.id for one in orders})
        assert server.asked["DELETE"] == 3  # two for the canary and one for the letter
        (again,) = connector.dispose(
            [DisposalOrder(sent.id, sent.ref, sent.action, sent.reviewed_state, 2)],
            lambda orders: {one.id for one in orders},
        )
        assert (again.outcome, again.grade) == (Outcome.DESTROYED, "B")


def test_one_lost_reply_does_not_lose_the_others() -> None:
    """In a bucket without versions each object has its own request: what was said of the others is kept."""
    with serving(_LosesReplies) as (connector, server):
        server.objects.update(a=b"a", z=b"z")
        refs = [replace(LETTER, key=key) for key in ("a", "letter", "z")]
        found = connector.fetch(refs)
        orders = [DisposalOrder(uuid4().hex, ref, Action.DESTROY, found[ref].state, 1) for ref in refs]
        receipts = connector.dispose(orders, lambda asked: {one.id for one in asked})
        assert [(one.order.ref.key, one.outcome) for one in receipts] == [
            ("a", Outcome.DESTROYED),
            ("z", Outcome.DESTROYED),
        ]
        assert server.objects == {}


class _KnowsNoConditions(OddServer):
    """Says of a DELETE with a condition that it knows no such thing."""

    def delete(self) -> None:
        if "If-Match" in self.headers:
            self.answer(501, b"<Error><Code>NotImplemented</Code></Error>")
        else:
            super().delete()


def test_a_server_that_knows_no_conditions_is_report_only() -> None:
    """Where conditions are refused as unknown nothing is deleted but the canary, and the store is no riddle."""
    with serving(_KnowsNoConditions) as (connector, server):
        receipt = _dispose(connector)
        assert (receipt.outcome, set(server.objects)) == (Outcome.FAILED, {"letter"})
        assert "report-only" in receipt.reason


def test_a_bucket_that_moved_is_not_followed() -> None:
    """A server's word that the bucket lies in another region is a fault, and no request goes there."""
    with serving(_SendsElsewhere) as (connector, server):
        assert [fault.message for fault in connector.check()] == ["the bucket lies in another region"]
        assert server.asked == {"HEAD": 1}


@pytest.mark.parametrize("kind", [_CountsWrong, _AnswersNothing])
def test_a_listing_that_contradicts_itself_ends_the_scan(kind: type[OddServer]) -> None:
    """A listing that is shorter than it says, or says nothing, is no empty bucket."""
    with serving(kind) as (connector, _), pytest.raises(StoreUnavailable):
        list(connector.scan(ScanRequest("letter", {})))


@pytest.mark.parametrize(
    ("region", "location", "faults"),
    [
        ("eu-west-2", "GB", []),
        ("eu-west-1", "GB", ["the bucket lies in IE (eu-west-1) and its definition says GB"]),
        ("", "GB", ["the country of the bucket's region 'unnamed' is not known"]),
        ("us-east-1", "US", ["the country of the bucket's region 'us-east-1' is not known"]),
    ],
)
def test_amazon_says_where_a_bucket_lies(region: str, location: str, faults: list[str]) -> None:
    """On Amazon's own servers the bucket's region decides; one whose country is not known is a fault."""
    from retentiond.connectors.s3.checking import misplaced

    assert [fault.message for fault in misplaced("letters", region, location)] == faults


def test_a_time_reads_the_same_in_listing_and_head() -> None:
    """The client's own reading of times agrees with both notations servers use."""
    from retentiond.connectors.s3.client import _moment

    assert _moment("2026-11-23T00:00:00.000Z") == _moment("Mon, 23 Nov 2026 00:00:00 GMT")
    assert day_of(_moment("2026-11-23T00:00:00.000Z")).isoformat() == "2026-11-23"
