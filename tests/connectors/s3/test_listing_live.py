"""Listings over HTTP: a real server, moto, and small servers here that answer in odd ways."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from retentiond.connectors.interface import Role
from retentiond.connectors.s3.bucket import Bucket
from retentiond.connectors.s3.client import Place, open_client
from retentiond.connectors.s3.elsewhere import Elsewhere
from retentiond.connectors.workers import Workers
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.errors import StoreRefused, StoreUnavailable
from tests.connectors.s3.conftest import Processes
from tests.connectors.s3.written_pages import AMAZON, OBJECTS, VERSIONS, Told, page

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEYS = [
    *(f"cases/{2000 + n // 60}/{n // 5 % 12 + 1:02}/{n:04}.pdf" for n in range(240)),
    *(f"{name}{mark}{n}" for name in ("anna", "b+en", "é 100%") for mark in "/-. " for n in range(5)),
]


@pytest.fixture(scope="module", params=["seaweed", "moto"])
def filled(request: pytest.FixtureRequest) -> Iterator[tuple[ObjectStore, S3Client]]:
    """A server with the same keys in a bucket without and in one with versions."""
    server: ObjectStore = request.getfixturevalue(request.param)
    client = server.client()
    with closing(client):
        for bucket in ("many-plain", "many-versions"):
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
        client.put_bucket_versioning(Bucket="many-versions", VersioningConfiguration={"Status": "Enabled"})
        for key in KEYS:
            client.put_object(Bucket="many-plain", Key=key, Body=b"")
            client.put_object(Bucket="many-versions", Key=key, Body=b"")
        for key in KEYS[::40]:
            client.put_object(Bucket="many-versions", Key=key, Body=b"again")
            client.delete_object(Bucket="many-versions", Key=key)
        yield server, client


@pytest.mark.parametrize("streams", [1, 4, 64])
def test_streams_list_what_the_sdk_lists(
    filled: tuple[ObjectStore, S3Client], streams: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On real servers, whatever their order and traps, all streams together give what the SDK gives, in its order."""
    monkeypatch.setattr("retentiond.connectors.s3.bucket._PAGE", 4)
    server, client = filled
    place = Place("store", "many-plain", server.region, server.endpoint)
    pages: Any = client.get_paginator("list_objects_v2").paginate(Bucket="many-plain")
    expected = [(one["Key"], one["ETag"], one["Size"]) for listed in pages for one in listed["Contents"]]
    with closing(Bucket(open_client(place, Role.SCAN, server.access_key, server.secret_key), place, streams)) as bucket:
        found = [keyed for listed in bucket.pages("", "") for keyed in listed.keyed]
    assert [(key, one.etag, one.size) for key, (one,) in found] == expected
    assert sorted(key for key, _ in found) == sorted(KEYS)


@pytest.mark.parametrize("streams", [1, 64])
def test_streams_list_every_version(filled: tuple[ObjectStore, S3Client], streams: int) -> None:
    """Every version and delete marker of every key comes, once."""
    server, client = filled
    place = Place("store", "many-versions", server.region, server.endpoint)
    pages: Any = client.get_paginator("list_object_versions").paginate(Bucket="many-versions")
    expected = {
        (one["Key"], one["VersionId"])
        for listed in pages
        for one in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    }
    with closing(Bucket(open_client(place, Role.SCAN, server.access_key, server.secret_key), place, streams)) as bucket:
        found = [keyed for listed in bucket.pages("", "") for keyed in listed.keyed]
    assert len(found) == len(KEYS)
    assert {(key, one.id) for key, versions in found for one in versions} == expected


@pytest.mark.parametrize("filled", ["seaweed"], indirect=True)
@pytest.mark.parametrize("name", ["many-plain", "many-versions"])
def test_processes_list_what_threads_list(
    filled: tuple[ObjectStore, S3Client], name: str, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed by other processes that share nothing with this one, a bucket has the same keys in the same order.

    What they are told is small, plain JSON and no secret, and so is what they tell.
    """
    monkeypatch.setattr("retentiond.connectors.s3.bucket._PAGE", 4 if name == "many-plain" else 200)
    server, _ = filled
    place = Place("store", name, server.region, server.endpoint)
    client = open_client(place, Role.SCAN, server.access_key, server.secret_key)
    elsewhere = Elsewhere(processes.workers, place, processes.keys, 8)
    before = len(processes.specs)
    with closing(Bucket(client, place, 8)) as here:
        for until in (None, date(2001, 1, 1), date(2100, 1, 1)):
            there = Bucket(client, place, 8, elsewhere)
            told = [
                [(one.keyed, one.last, one.examined) for one in bucket.pages("", "", until)] for bucket in (here, there)
            ]
            assert [keyed for some, _, _ in told[0] for keyed in some] == [
                keyed for some, _, _ in told[1] for keyed in some
            ]
            assert [sum(one for _, _, one in some) for some in told] == [len(KEYS)] * 2
    assert len(processes.specs) > before + 3
    for spec in processes.specs[before:]:
        assert json.loads(spec)["place"]["bucket"] == name
        assert len(spec) < 1000
        assert server.secret_key not in spec
        assert server.access_key not in spec


def test_workers_that_are_gone_make_a_store_unavailable(processes: Processes) -> None:
    """Where the work is not done, nothing is concluded: it is as if the store had not answered."""

    class Broken(Executor):
        def submit(self, _fn: Any, /, *_args: Any, **_kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool())
            return future

    with _answering([GOOD]) as (bucket, asked):
        bucket.elsewhere = Elsewhere(Workers(Broken(), processes.workers.run), bucket.place, ("a", "b"), 4)
        with pytest.raises(StoreUnavailable, match="gave up"):
            _keys(bucket)
        assert asked == []


HUNG_UP = 299
Answer = tuple[int, bytes]


@contextmanager
def _answering(answers: list[Answer], owner: str = "") -> Iterator[tuple[Bucket, list[Any]]]:
    """Serve answers to listings one after another, the last one for good."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            asked.append((self.path, dict(self.headers)))
            status, body = answers[min(len(asked), len(answers)) - 1]
            self.send_response(200 if status == HUNG_UP else status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if status == HUNG_UP else body)
            self.close_connection = status == HUNG_UP

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        place = Place("store", "bucket", "eu-west-2", f"http://127.0.0.1:{server.server_address[1]}", owner)
        bucket = Bucket(open_client(place, Role.SCAN, "key", "secret"), place)
        bucket._wire._pause = lambda _: None
        bucket.__dict__["is_versioned"] = False
        try:
            yield bucket, asked
        finally:
            bucket.close()
            server.shutdown()
            thread.join()


def _keys(bucket: Bucket) -> list[str]:
    return [key for listed in bucket.pages("a b/", "") for key, _ in listed.keyed]


GOOD = (200, page(OBJECTS, AMAZON, [Told("a b/+", "", '"e"', 1, "2026-11-26T01:21:00Z", False, True)]))
ERROR = b'<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>Jane Example</Message></Error>'
BUSY = (503, b"<Error><Code>SlowDown</Code></Error>")


@pytest.mark.parametrize(
    "bad",
    [BUSY, (500, b""), (429, b"slow"), (200, ERROR), (200, b"<html>"), (200, GOOD[1][:-40]), (HUNG_UP, GOOD[1])],
    ids=["busy", "failed", "too many", "error in a 200", "page of a proxy", "half a page", "hung up"],
)
def test_a_page_is_asked_for_again_and_never_made_up(bad: Answer) -> None:
    """An answer that failed or broke off is asked for again; when it stays so the store is unavailable."""
    with _answering([bad, GOOD]) as (bucket, asked):
        assert _keys(bucket) == ["a b/+"]
        assert len(asked) == 2
    with _answering([bad]) as (bucket, asked):
        with pytest.raises(StoreUnavailable) as failure:
            _keys(bucket)
        assert len(asked) == 3
    assert "Jane" not in str(failure.value)


def _cut_off(operation: str, key: str, token: str, *, forgets: bytes = b"") -> Answer:
    told = Told(key, "1", '"e"', 1, "2026-11-26T01:21:00Z", False, True)
    body = page(operation, AMAZON, [told], token)
    for name in (b"NextContinuationToken", b"NextVersionIdMarker", b"NextKeyMarker"):
        if name == forgets:
            body = re.sub(b"<%b>.*</%b>" % (name, name), b"", body)
    return 200, body


@pytest.mark.parametrize(
    ("operation", "forgets"),
    [(OBJECTS, b"NextContinuationToken"), (VERSIONS, b"NextVersionIdMarker"), (VERSIONS, b"NextKeyMarker")],
)
def test_a_listing_that_does_not_say_where_it_goes_on_is_not_whole(operation: str, forgets: bytes) -> None:
    """More is said to follow and not from where: nothing is concluded from such a page, and the store has not answered.

    Versions are told apart by a key and a version. By the key alone the rest of its versions would be left out.
    """
    with _answering([_cut_off(operation, "a b/k", "a b/k", forgets=forgets)]) as (bucket, asked):
        bucket.__dict__["is_versioned"] = operation == VERSIONS
        with pytest.raises(StoreUnavailable, match="contradicts itself"):
            _keys(bucket)
        assert len(asked) == 3
        if operation == VERSIONS:
            with pytest.raises(StoreUnavailable, match="contradicts itself"):
                bucket.versions_of("a b/k")


@pytest.mark.parametrize("operation", [OBJECTS, VERSIONS])
@pytest.mark.parametrize("tokens", [2, 7, 60], ids=["of two", "of seven", "always new"])
def test_a_listing_that_goes_round_comes_to_an_end(operation: str, tokens: int) -> None:
    """A server that sends a listing back to where it was, or heeds no position, is refused, and not asked again."""
    rounds = [_cut_off(operation, f"a b/{n % 7 % tokens}", f"a b/{n % tokens}") for n in range(60)]
    with _answering(rounds) as (bucket, asked):
        bucket.__dict__["is_versioned"] = operation == VERSIONS
        with pytest.raises((StoreRefused, StoreUnavailable), match=r"no end|contradicts itself"):
            _keys(bucket)
        assert len(asked) < 60
    of_one_key = [_cut_off(VERSIONS, "a b/k", "a b/k") for _ in range(2)]
    of_one_key = [(status, body.replace(b"v.1", b"%d" % n)) for n, (status, body) in enumerate(of_one_key)] * 30
    with _answering(of_one_key) as (bucket, asked):
        with pytest.raises(StoreRefused, match="no end"):
            bucket.versions_of("a b/k")
        assert len(asked) < 60


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_not_repeated(status: int) -> None:
    """Where the server says no, it is asked once."""
    with _answering([(status, b"<Error><Code>AccessDenied</Code></Error>")]) as (bucket, asked):
        with pytest.raises(StoreRefused):
            _keys(bucket)
        assert len(asked) == 1


def test_a_bucket_that_moved_is_not_listed_elsewhere() -> None:
    """A redirect is not followed."""
    with _answering([(301, b"<Error><Code>PermanentRedirect</Code></Error>")]) as (bucket, asked):
        with pytest.raises((StoreRefused, StoreUnavailable)):
            _keys(bucket)
        assert len(asked) == 1


def test_a_request_is_signed_and_names_the_owner() -> None:
    """What is asked is encoded as S3 encodes it, signed, and says to whom the bucket must belong."""
    with _answering([GOOD], owner="123456789012") as (bucket, asked):
        _keys(bucket)
    ((path, headers),) = asked
    assert path == "/bucket?encoding-type=url&list-type=2&max-keys=1000&prefix=a%20b%2F"
    assert headers["x-amz-expected-bucket-owner"] == "123456789012"
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert "x-amz-expected-bucket-owner" in headers["Authorization"]
