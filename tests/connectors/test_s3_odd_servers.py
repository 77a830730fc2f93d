"""Servers that break the rules: small ones made here, for no real server breaks them on request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import pytest

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.connectors.s3 import S3Connector
from retentiond.connectors.s3.bucket import Version
from retentiond.connectors.s3.reading import state_of
from retentiond.connectors.written_dates import day_of
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action

LETTER = RecordRef("letters", "letter", "letter")
BODY = b"dear Ms Example"


class _OddServer(BaseHTTPRequestHandler):
    """An unversioned bucket that ignores conditions on DELETE. Subclasses are odd in other ways."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    asked: Counter[str]

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        if parsed:
            url = urlsplit(self.path)
            self.question = parse_qs(url.query, keep_blank_values=True)
            self.key = unquote(url.path.removeprefix("/bucket").removeprefix("/"))
            self.asked[self.command] += 1
        return parsed

    def missing(self, code: str) -> None:
        self.answer(404, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())

    def do_GET(self) -> None:
        if "versioning" in self.question:
            self.answer(200, b"<VersioningConfiguration></VersioningConfiguration>")
        elif "uploads" in self.question:
            self.answer(
                200, b"<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
            )
        else:
            self.missing("ObjectLockConfigurationNotFoundError")

    def do_HEAD(self) -> None:
        if self.key in self.objects:
            etag = '"' + md5(self.objects[self.key], usedforsecurity=False).hexdigest() + '"'
            self.answer(200, self.objects[self.key], ETag=etag, Last_Modified="Mon, 23 Nov 2026 00:00:00 GMT")
        else:
            self.answer(404)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.objects[self.key] = BODY
        self.answer(200, ETag='"' + md5(body, usedforsecurity=False).hexdigest() + '"')

    def do_DELETE(self) -> None:
        self.objects.pop(self.key, None)
        self.answer(204)


class _LosesReplies(_OddServer):
    """Keeps conditions, destroys the letter when asked to, and hangs up before it says so."""

    def do_DELETE(self) -> None:
        if self.headers["If-Match"] == '"00000000000000000000000000000000"':
            self.answer(412)
            return
        self.objects.pop(self.key, None)
        if self.key == "letter":
            self.close_connection = True
        else:
            self.answer(204)


class _SendsElsewhere(_OddServer):
    """Says that the bucket lies in another region."""

    def do_GET(self) -> None:
        body = b"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"
        self.answer(301, body, x_amz_bucket_region="us-east-1")

    do_HEAD = do_GET  # noqa: N815 - the library calls it so


class _CountsWrong(_OddServer):
    """Lists fewer keys than it says there are."""

    def do_GET(self) -> None:
        if "list-type" in self.question:
            body = b"<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>3</KeyCount></ListBucketResult>"
            self.answer(200, body)
        else:
            super().do_GET()


class _AnswersNothing(_OddServer):
    """Answers a listing with success and an empty document."""

    def do_GET(self) -> None:
        if "list-type" in self.question:
            self.answer(200, b"<ListBucketResult></ListBucketResult>")
        else:
            super().do_GET()


@contextmanager
def _serving(kind: type[_OddServer], **options: str) -> Iterator[tuple[S3Connector, type[_OddServer]]]:
    handler = type(kind.__name__, (kind,), {"objects": {"letter": BODY}, "asked": Counter()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        where = {"bucket": "bucket", "region": "eu-west-2", "endpoint": endpoint, **options}
        letters = KindOfRecord("letter", (ClassCondition("C-01"),), ())
        definition = Definition("letters", "s3", "GB", (letters,), "0" * 64, options=where)
        try:
            with S3Connector(definition, role=Role.DISPOSE, access_key="key", secret_key="secret") as connector:
                yield connector, handler
        finally:
            server.shutdown()
            thread.join()


def _order() -> DisposalOrder:
    etag = '"' + md5(BODY, usedforsecurity=False).hexdigest() + '"'
    state = state_of([Version("", etag, len(BODY), None)])  # type: ignore[arg-type] # a time is no part of the state
    return DisposalOrder(uuid4().hex, LETTER, Action.DESTROY, state, 1)


def _dispose(connector: S3Connector) -> Receipt:
    (receipt,) = connector.dispose([_order()], lambda orders: {one.id for one in orders})
    return receipt


def test_a_server_that_ignores_conditions_is_report_only() -> None:
    """Where the canary is deleted in spite of a wrong ETag, no record is deleted at all."""
    with _serving(_OddServer) as (connector, server):
        receipt = _dispose(connector)
        assert (receipt.outcome, receipt.reason) == (
            Outcome.FAILED,
            "this server ignores conditions on delete; the store is report-only",
        )
        assert set(server.objects) == {"letter"}


def test_a_lost_reply_is_not_guessed_at_and_the_request_not_repeated() -> None:
    """When the reply to a DELETE is lost it is sent once, the store is unavailable, and the next attempt is B."""
    with _serving(_LosesReplies) as (connector, server):
        sent = _order()
        with pytest.raises(StoreUnavailable):
            connector.dispose([sent], lambda orders: {one.id for one in orders})
        assert server.asked["DELETE"] == 3  # two for the canary and one for the letter
        (again,) = connector.dispose(
            [DisposalOrder(sent.id, sent.ref, sent.action, sent.reviewed_state, 2)],
            lambda orders: {one.id for one in orders},
        )
        assert (again.outcome, again.grade) == (Outcome.DESTROYED, "B")


def test_a_bucket_that_moved_is_not_followed() -> None:
    """A server's word that the bucket lies in another region is a fault, and no request goes there."""
    with _serving(_SendsElsewhere) as (connector, server):
        assert [fault.message for fault in connector.check()] == ["the bucket lies in another region"]
        assert server.asked == {"HEAD": 1}


@pytest.mark.parametrize("kind", [_CountsWrong, _AnswersNothing])
def test_a_listing_that_contradicts_itself_ends_the_scan(kind: type[_OddServer]) -> None:
    """A listing that is shorter than it says, or says nothing, is no empty bucket."""
    with _serving(kind) as (connector, _), pytest.raises(StoreUnavailable):
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
