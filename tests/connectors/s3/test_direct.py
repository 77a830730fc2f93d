"""Requests beneath the SDK, with the SDK as the judge of where they go and how they are signed."""

from __future__ import annotations

import datetime as dt
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import example, given
from hypothesis import strategies as st

from retentiond.connectors.interface import Role
from retentiond.connectors.s3.client import Place
from retentiond.connectors.s3.direct.bucket import Direct
from retentiond.connectors.s3.direct.connections import Connections, Unanswered
from retentiond.connectors.s3.direct.signing import Signer
from retentiond.connectors.s3.direct.whereto import Whereto, whereto
from retentiond.connectors.s3.listing.through_sdk import ThroughSdk
from retentiond.connectors.s3.sdk import open_client

words = st.text(st.characters(codec="utf-8"), max_size=12)
keys = st.text("abcXYZ0123+/=", min_size=1, max_size=40)


@given(
    st.sampled_from(["GET", "POST"]),
    st.dictionaries(st.sampled_from(["list-type", "prefix", "start-after", "key-marker", "delete", "versions"]), words),
    keys,
    st.binary(max_size=40),
    st.sampled_from(["", "123456789012"]),
)
def test_a_request_is_signed_as_the_sdk_signs_it(
    method: str, asked: dict[str, str], secret: str, body: bytes, owner: str
) -> None:
    """Whatever is asked, the signature is the one that the SDK gives the very same request at the same moment."""
    to = Whereto(False, "store.example", 8333, "store.example:8333", "/bucket")
    now = dt.datetime(2026, 11, 26, 1, 2, 3, tzinfo=dt.UTC).timestamp()
    way = Direct(to, Signer("key", secret, "eu-west-2", lambda: now), owner, 1)
    sent = way.request(method, asked, {"content-md5": "abc"} if body else {}, body)
    head, _, rest = sent.partition(b"\r\n\r\n")
    assert rest == body
    line, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    target = line.split(" ")[1]
    named = re.findall("SignedHeaders=([^,]*)", headers["authorization"])[0].split(";")
    request = AWSRequest(
        method, f"http://store.example:8333{target}", headers={n: headers[n] for n in named}, data=body
    )
    judge = S3SigV4Auth(Credentials("key", secret), "s3", "eu-west-2")
    request.context["timestamp"] = headers["x-amz-date"]
    string = judge.string_to_sign(request, judge.canonical_request(request))
    assert headers["authorization"].endswith(f"Signature={judge.signature(string, request)}")
    assert headers["x-amz-content-sha256"] == judge.payload(request)
    assert owner == headers.get("x-amz-expected-bucket-owner", "")


REGIONS = sorted(
    {
        region
        for partition in ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
        for region in Session().get_available_regions("s3", partition, allow_non_regional=True)
    }
)


def _as_the_sdk(place: Place) -> tuple[str, str]:
    client = open_client(place, Role.SCAN, "key", "secret")
    with closing(client):
        way = ThroughSdk(client, place.bucket, 1)._way
        return way.url, way.signing[1]


def _as_we(to: Whereto, region: str) -> tuple[str, str]:
    return f"http{'s' * to.is_encrypted}://{to.named}{to.path}", region


def test_amazons_buckets_are_asked_where_the_sdk_asks_them() -> None:
    """In every region, a bucket is asked where the SDK asks it, or left to the SDK; Europe's are not left to it."""
    for region in REGIONS:
        found = whereto(None, region, "some-bucket")
        assert found is None or _as_we(found, region) == _as_the_sdk(Place("store", "some-bucket", region, None))
    assert whereto(None, "eu-west-2", "some-bucket") is not None
    assert whereto(None, "cn-north-1", "some-bucket") is None


@pytest.mark.parametrize(
    "bucket", ["bucket", "b.u.c", "bucket--use1-az4--x-s3", "arn:aws:s3:eu-west-2:1:accesspoint/a"]
)
@pytest.mark.parametrize(
    "endpoint",
    [
        "http://localhost:8333",
        "https://store.example",
        "https://store.example:443/",
        "https://store.example/prefix",
        "https://STORE.example",
        "https://[::1]:9000",
        "https://s3.eu-west-2.amazonaws.com",
    ],
)
@pytest.mark.parametrize("region", ["eu-west-2", "us-east-1", "here", "aws-global"])
def test_other_servers_are_asked_where_the_sdk_asks_them(bucket: str, endpoint: str, region: str) -> None:
    """A bucket is asked where the SDK asks it, and signed for the same region, or left to the SDK."""
    found = whereto(endpoint, region, bucket)
    if found is not None:
        assert _as_we(found, region) == _as_the_sdk(Place("store", bucket, region, endpoint))
    plain = bucket == "bucket" and endpoint in ("http://localhost:8333", "https://store.example")
    if plain and region != "aws-global":
        assert found is not None


@contextmanager
def _saying(answer: bytes) -> Iterator[Connections]:
    """Serve an answer in pieces of three bytes to one request; then hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def serve() -> None:
            one, _ = server.accept()
            with one, suppress(OSError):
                one.recv(65536)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for at in range(0, len(answer), 3):
                    one.sendall(answer[at : at + 3])

        thread = Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        connections = Connections(Whereto(False, "127.0.0.1", port, f"127.0.0.1:{port}", "/"), 1)
        with closing(connections):
            yield connections
        thread.join()


bodies = st.binary(max_size=60)


@given(st.lists(bodies, max_size=4), st.sampled_from(["length", "chunks", "end"]), st.booleans())
@example([b"a\r\n\r\n0\r\n\r\n"], "chunks", True)
def test_a_body_is_read_however_its_end_is_told(pieces: list[bytes], ends: str, continues: bool) -> None:  # noqa: FBT001
    """By its length, in chunks or up to the end of the connection, an answer's body comes whole, or not at all."""
    body = b"".join(pieces)
    told = {
        "length": b"Content-Length: %d\r\n\r\n%b" % (len(body), body),
        "chunks": b"Transfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"%x;a=b\r\n%b\r\n" % (len(one), one) for one in pieces if one)
        + b"0\r\nTrailer: x\r\n\r\n",
        "end": b"\r\n" + body,
    }[ends]
    whole = b"HTTP/1.1 100 Continue\r\n\r\n" * continues + b"HTTP/1.1 200 OK\r\nETag: x\r\n" + told
    with _saying(whole) as connections:
        answer = connections.exchange(b"GET / HTTP/1.1\r\n\r\n")
        assert (answer.status, answer.headers["etag"], answer.body) == (200, "x", body)
    with _saying(whole[:-1]) as connections:
        if ends == "end" and body:
            assert connections.exchange(b"GET / HTTP/1.1\r\n\r\n").body == body[:-1]
        else:
            with pytest.raises(Unanswered):
                connections.exchange(b"GET / HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX" * 5000,
    ],
)
def test_what_is_no_answer_is_none(answer: bytes) -> None:
    """Nothing is made of what does not say clearly where it ends."""
    with _saying(answer) as connections, pytest.raises(Unanswered):
        connections.exchange(b"GET / HTTP/1.1\r\n\r\n")


def test_nobody_there_is_no_answer() -> None:
    """Where nobody listens, and where nobody knows the name, there is no answer and no wait."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for host in ("127.0.0.1", "no-such-host.invalid"):
        with closing(Connections(Whereto(False, host, port, host, "/"), 1)) as connections:
            with pytest.raises(Unanswered) as failure:
                connections.exchange(b"GET / HTTP/1.1\r\n\r\n")
            assert failure.value.kind == "connection"


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for ``localhost`` that signs itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    written = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    written.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return written


@pytest.mark.parametrize(("bundled", "host"), [(True, "localhost"), (False, "localhost"), (True, "127.0.0.1")])
def test_only_who_shows_a_certificate_is_told_anything(
    certified: Path,
    bundled: bool,  # noqa: FBT001
    host: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Under TLS a whole answer comes from a server that is trusted by its name; others are sent no request at all."""
    if bundled:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certified))
    else:
        monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified)
    body, asked = b"x" * 300_000, list[bytes]()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def serve() -> None:
            one, _ = server.accept()
            with suppress(OSError), context.wrap_socket(one, server_side=True) as wrapped:
                while request := wrapped.recv(65536):
                    asked.append(request)
                    wrapped.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

        thread = Thread(target=serve)
        thread.start()
        with closing(Connections(Whereto(True, host, server.getsockname()[1], host, "/"), 1)) as connections:
            if bundled and host == "localhost":
                for _ in range(2):
                    assert connections.exchange(b"GET / HTTP/1.1\r\n\r\n").body == body
            else:
                with pytest.raises(Unanswered) as failure:
                    connections.exchange(b"GET / HTTP/1.1\r\n\r\n")
                assert failure.value.kind == "tls"
        thread.join()
    assert bool(asked) == (bundled and host == "localhost")
