"""Servers that break the rules: small ones made here, for no real server breaks them on request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

from retentiond.connectors.interface import Role
from retentiond.connectors.s3 import S3Connector
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord
from retentiond.domain.records import RecordRef

LETTER = RecordRef("letters", "letter", "letter")
BODY = b"dear Ms Example"


Server = TypeVar("Server", bound="OddServer")


class OddServer(BaseHTTPRequestHandler):
    """An unversioned bucket that ignores conditions on DELETE. Subclasses are odd in other ways."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    objects: dict[str, bytes]
    asked: Counter[str]

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a question."""
        self.get()

    def do_HEAD(self) -> None:
        """Describe an object, or the bucket."""
        self.head()

    def do_PUT(self) -> None:
        """Keep an object."""
        self.put()

    def do_POST(self) -> None:
        """Destroy what is named."""
        self.post()

    def do_DELETE(self) -> None:
        """Destroy an object, or abort an upload."""
        self.delete()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def parse_request(self) -> bool:
        """Take the question apart."""
        parsed = super().parse_request()
        if parsed:
            url = urlsplit(self.path)
            self.question = parse_qs(url.query, keep_blank_values=True)
            self.key = unquote(url.path.removeprefix("/bucket").removeprefix("/"))
            self.asked[self.command] += 1
        return parsed

    def missing(self, code: str) -> None:
        """Say that something is not there."""
        self.answer(404, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())

    def get(self) -> None:
        """Answer a question about the bucket."""
        if "versioning" in self.question:
            self.answer(200, b"<VersioningConfiguration></VersioningConfiguration>")
        elif "uploads" in self.question:
            self.answer(
                200, b"<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
            )
        else:
            self.missing("ObjectLockConfigurationNotFoundError")

    def head(self) -> None:
        """Describe an object."""
        if self.key in self.objects:
            etag = '"' + md5(self.objects[self.key], usedforsecurity=False).hexdigest() + '"'
            self.answer(200, self.objects[self.key], ETag=etag, Last_Modified="Mon, 23 Nov 2026 00:00:00 GMT")
        else:
            self.answer(404)

    def put(self) -> None:
        """Keep an object."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.objects[self.key] = BODY
        self.answer(200, ETag='"' + md5(body, usedforsecurity=False).hexdigest() + '"')

    def post(self) -> None:
        """Know no such request."""
        self.answer(501)

    def delete(self) -> None:
        """Destroy an object whatever the condition."""
        self.objects.pop(self.key, None)
        self.answer(204)


@dataclass
class Kept:
    """One version of an object, or a delete marker."""

    id: str
    body: bytes = BODY
    is_marker: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    """What a HEAD of it says beside."""

    @property
    def etag(self) -> str:
        """Its ETag, as servers write it."""
        return '"' + md5(self.body, usedforsecurity=False).hexdigest() + '"'


_NAMED = re.compile("<Key>(.*?)</Key><VersionId>(.*?)</VersionId>")
_NOT_CONFIGURED = {
    "replication": "ReplicationConfigurationNotFoundError",
    "lifecycle": "NoSuchLifecycleConfiguration",
    "object-lock": "ObjectLockConfigurationNotFoundError",
}


class VersionedServer(OddServer):
    """A bucket with versions that keeps the rules. Subclasses are odd."""

    versions: dict[str, list[Kept]]
    """Key to its versions, newest first."""
    seen: list[dict[str, str]]
    """The headers of every request, names in small letters."""
    status = "Enabled"
    page_size = 1000

    def parse_request(self) -> bool:
        """Note what was asked, and with which headers."""
        parsed = super().parse_request()
        if parsed:
            self.seen.append({name.lower(): value for name, value in self.headers.items()})
        return parsed

    def get(self) -> None:
        """Answer a question about the bucket."""
        if "versioning" in self.question:
            self.answer(
                200, f"<VersioningConfiguration><Status>{self.status}</Status></VersioningConfiguration>".encode()
            )
        elif "versions" in self.question:
            self.list_versions()
        elif codes := [code for name, code in _NOT_CONFIGURED.items() if name in self.question]:
            self.missing(codes[0])
        else:
            super().get()

    def list_versions(self) -> None:
        """Answer a listing of versions, a page from behind the markers."""
        (prefix,) = self.question.get("prefix", [""])
        begin = tuple(self.question.get(name, [""])[0] for name in ("key-marker", "version-id-marker"))
        most = min(self.page_size, int(self.question.get("max-keys", ["1000"])[0]))
        found = [(key, one) for key in sorted(self.versions) if key.startswith(prefix) for one in self.versions[key]]
        if any(begin):
            behind = [index for index, (key, one) in enumerate(found) if (key, one.id) == begin]
            found = found[behind[0] + 1 :] if behind else [one for one in found if one[0] > begin[0]]
        page, more = found[:most], len(found) > most
        body = "<ListVersionsResult>" + "".join(self.entry(*one) for one in page)
        body += f"<IsTruncated>{str(more).lower()}</IsTruncated><EncodingType>url</EncodingType>"
        if more:
            body += f"<NextKeyMarker>{quote(page[-1][0])}</NextKeyMarker>"
            body += f"<NextVersionIdMarker>{page[-1][1].id}</NextVersionIdMarker>"
        self.answer(200, (body + "</ListVersionsResult>").encode())

    def entry(self, key: str, one: Kept) -> str:
        """Describe one version in a listing."""
        latest = str(self.versions[key][0] is one).lower()
        said = f"<Key>{quote(key)}</Key><VersionId>{one.id}</VersionId><IsLatest>{latest}</IsLatest>"
        said += "<LastModified>2026-11-23T00:00:00.000Z</LastModified>"
        if one.is_marker:
            return f"<DeleteMarker>{said}</DeleteMarker>"
        return f"<Version>{said}<ETag>{escape(one.etag)}</ETag><Size>{len(one.body)}</Size></Version>"

    def head(self) -> None:
        """Describe a version, or the newest."""
        wanted = self.question.get("versionId", [""])[0]
        kept = self.versions.get(self.key, [])
        one = next((one for one in kept if one.id == wanted), None) if wanted else next(iter(kept), None)
        if self.key and (one is None or one.is_marker):
            self.answer(404)
        elif one is None:
            self.answer(200)
        else:
            told = {"ETag": one.etag, "Last-Modified": "Mon, 23 Nov 2026 00:00:00 GMT", **one.headers}
            self.answer(200, one.body, **told)

    def post(self) -> None:
        """Destroy the versions that are named."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        named = [(unescape(key), version) for key, version in _NAMED.findall(body.decode())]
        self.answer_deletion(named, quiet=b"<Quiet>true" in body)

    def answer_deletion(self, named: list[tuple[str, str]], *, quiet: bool) -> None:
        """Say of each version what became of it."""
        said = "".join(self.deleted(key, version, quiet=quiet) for key, version in named)
        self.answer(200, f"<DeleteResult>{said}</DeleteResult>".encode())

    def deleted(self, key: str, version: str, *, quiet: bool) -> str:
        """Destroy one version and say so."""
        self.destroy(key, version)
        return "" if quiet else f"<Deleted><Key>{escape(key)}</Key><VersionId>{version}</VersionId></Deleted>"

    def destroy(self, key: str, version: str) -> None:
        """Take one version away."""
        self.versions[key] = [one for one in self.versions.get(key, []) if one.id != version]
        if not self.versions[key]:
            del self.versions[key]


def refused(key: str, version: str, code: str) -> str:
    """Say of one version that it was not destroyed."""
    return f"<Error><Key>{escape(key)}</Key><VersionId>{version}</VersionId><Code>{code}</Code></Error>"


@contextmanager
def serving(kind: type[Server], **options: str) -> Iterator[tuple[S3Connector, type[Server]]]:
    """Serve one letter, and open a connector on it that may dispose."""
    handler = type(
        kind.__name__,
        (kind,),
        {"objects": {"letter": BODY}, "asked": Counter(), "seen": [], "versions": {"letter": [Kept("1")]}},
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
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
