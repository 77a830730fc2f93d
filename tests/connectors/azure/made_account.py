"""A blob service made here after the REST reference, for what Azurite lacks: versions, soft delete, holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Kept:
    """One version, snapshot or root blob as the service keeps it."""

    id: str = ""
    """Version id, or the snapshot's; empty for a blob of an account without versions."""
    is_snapshot: bool = False
    is_current: bool = False
    is_deleted: bool = False
    etag: str = "0x1"
    held: bool = False
    replicated: bool = False


@dataclass
class Account:
    """The account's settings and what it keeps, by name."""

    versions: bool = True
    soft_delete: bool = False
    allows_permanent: bool = False
    hierarchical: bool = False
    container_held: bool = False
    tells_itself: bool = True
    """Whether the properties of service and container may be read with this credential."""
    ignores_conditions: bool = False
    loses_reply_to: str = ""
    """Name of a blob whose DELETE is carried out and not answered."""
    listing: bytes | None = None
    """Answered to every listing, where given; ``{turn}`` in it is one of three by turns."""
    version_level: bool = False
    blobs: dict[str, list[Kept]] = field(default_factory=dict)
    dates: dict[str, date | None] = field(default_factory=dict)
    """The metadata a blob says it was closed by; a day of 2001 where nothing is said."""
    asked: Counter[str] = field(default_factory=Counter)
    number: int = 0
    lock: Any = field(default_factory=Lock)

    def stamp(self) -> str:
        """Return an id nothing else has."""
        self.number += 1
        return f"2026-11-26T00:00:00.{self.number:07}Z"

    def put(self, name: str) -> str:
        """Write a blob, and return its ETag."""
        kept = self.blobs.setdefault(name, [])
        if self.versions:
            kept[:] = [replace(one, is_current=False) for one in kept]
            kept.append(Kept(self.stamp(), is_current=True, etag=f"0x{self.number}"))
        else:
            kept[:] = [one for one in kept if not one.is_current]
            kept.append(Kept(is_current=True, etag=f"0x{self.number}"))
            self.number += 1
        return kept[-1].etag

    def rewriting(self, name: str) -> Callable[[], None]:
        """Return what writes a blob anew when it is called."""

        def write() -> None:
            self.put(name)

        return write

    def snapshot(self, name: str) -> None:
        """Take a snapshot of a blob."""
        self.blobs[name].append(replace(self._current(name), id=self.stamp(), is_snapshot=True, is_current=False))

    def _current(self, name: str) -> Kept:
        return next(one for one in self.blobs[name] if one.is_current)

    def delete(self, name: str, question: dict[str, list[str]], headers: Any) -> tuple[int, str]:
        """Carry out a DELETE as the reference says; return status and error code."""
        kept = self.blobs.get(name, [])
        wanted = question.get("versionid", question.get("snapshot", [""]))[0]
        found = next((one for one in kept if (one.id == wanted if wanted else one.is_current)), None)
        if found is None:
            return 404, "BlobNotFound"
        if found.held or self.container_held:
            return 409, "BlobImmutableDueToPolicy"
        if wanted:
            return self._delete_one(kept, found, permanently="deletetype" in question)
        return self._delete_current(kept, found, headers)

    def _delete_one(self, kept: list[Kept], found: Kept, *, permanently: bool) -> tuple[int, str]:
        if found.is_current:
            return 403, "OperationNotAllowedOnRootBlob"
        if permanently and not (found.is_deleted and self.allows_permanent):
            return 409, "PermanentDeleteNotAllowed"
        if permanently:
            kept.remove(found)
        elif found.is_deleted:
            return 404, "BlobNotFound"
        else:
            self._drop(kept, found)
        return 202, ""

    def _delete_current(self, kept: list[Kept], found: Kept, headers: Any) -> tuple[int, str]:
        if headers["If-Match"] not in (None, f'"{found.etag}"') and not self.ignores_conditions:
            return 412, "ConditionNotMet"
        snapshots = [one for one in kept if one.is_snapshot and not one.is_deleted]
        if snapshots and headers["x-ms-delete-snapshots"] != "include":
            return 409, "SnapshotsPresent"
        for one in snapshots:
            self._drop(kept, one)
        if self.versions:
            kept[kept.index(found)] = replace(found, is_current=False)
        else:
            self._drop(kept, found)
        return 202, ""

    def _drop(self, kept: list[Kept], one: Kept) -> None:
        if self.soft_delete:
            kept[kept.index(one)] = replace(one, is_deleted=True, is_current=False)
        else:
            kept.remove(one)


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    account: Account

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "x-ms-version": "2026-02-06", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status: int, code: str) -> None:
        self.answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode(), x_ms_error_code=code)

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        if parsed:
            url = urlsplit(self.path)
            self.question = parse_qs(url.query, keep_blank_values=True)
            self.name = unquote(url.path.removeprefix("/account").removeprefix("/container").strip("/"))
            self.account.asked[self.command] += 1
        return parsed

    def do_GET(self) -> None:
        match self.question.get("restype"), self.question.get("comp"):
            case ["account"], _:
                hierarchical = str(self.account.hierarchical).lower()
                self.answer(
                    200, x_ms_sku_name="Standard_LRS", x_ms_account_kind="StorageV2", x_ms_is_hns_enabled=hierarchical
                )
            case ["service"], _ if not self.account.tells_itself:
                self.refuse(403, "AuthorizationPermissionMismatch")
            case ["service"], _:
                self.answer(200, self._service_properties(), Content_Type="application/xml")
            case ["container"], None if not self.account.tells_itself:
                self.refuse(403, "AuthorizationFailure")
            case ["container"], ["list"]:
                turn = b"%d" % (self.account.asked["GET"] % 3)
                given = self.account.listing
                body = self._listing() if given is None else given.replace(b"{turn}", turn)
                self.answer(200, body, Content_Type="application/xml")
            case _:
                held = str(self.account.container_held).lower()
                self.answer(
                    200,
                    ETag='"0x0"',
                    Last_Modified="Thu, 26 Nov 2026 00:00:00 GMT",
                    x_ms_has_legal_hold=held,
                    x_ms_has_immutability_policy="false",
                    x_ms_immutable_storage_with_versioning_enabled=str(self.account.version_level).lower(),
                )

    def _service_properties(self) -> bytes:
        enabled, permanent = self.account.soft_delete, self.account.allows_permanent
        told = f"<AllowPermanentDelete>{str(permanent).lower()}</AllowPermanentDelete>"
        policy = f"<Enabled>{str(enabled).lower()}</Enabled>" + (f"<Days>7</Days>{told}" if enabled else "")
        text = f"<DeleteRetentionPolicy>{policy}</DeleteRetentionPolicy>"
        return f"<StorageServiceProperties>{text}</StorageServiceProperties>".encode()

    def _listing(self) -> bytes:
        prefix, marker = (self.question.get(name, [""])[0] for name in ("prefix", "marker"))
        size = int(self.question.get("maxresults", ["5000"])[0])
        entries = [
            ((name, index), one)
            for name, kept in sorted(self.account.blobs.items())
            if name.startswith(prefix)
            for index, one in enumerate(kept)
        ]
        if marker:
            entries = [one for one in entries if list(one[0]) >= json.loads(marker)]
        following = escape(json.dumps(entries[size][0])) if size < len(entries) else ""
        dates = self.account.dates
        blobs = "".join(_entry(name, one, dates.get(name, date(2001, 2, 3))) for (name, _), one in entries[:size])
        told = f"<Blobs>{blobs}</Blobs><NextMarker>{following}</NextMarker>"
        return f"<EnumerationResults>{told}</EnumerationResults>".encode()

    def do_HEAD(self) -> None:
        if self.name and not any(one.is_current for one in self.account.blobs.get(self.name, [])):
            self.answer(404, x_ms_error_code="BlobNotFound")
        else:
            self.answer(200, ETag='"0x0"', Last_Modified="Thu, 26 Nov 2026 00:00:00 GMT", x_ms_blob_type="BlockBlob")

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.account.lock:
            etag = self.account.put(self.name)
        self.answer(201, ETag=f'"{etag}"', Last_Modified="Thu, 26 Nov 2026 00:00:00 GMT")

    def do_DELETE(self) -> None:
        with self.account.lock:
            status, code = self.account.delete(self.name, self.question, self.headers)
        if self.account.loses_reply_to == self.name:
            self.close_connection = True
        elif status == 202:
            self.answer(202)
        else:
            self.refuse(status, code)


def _entry(name: str, one: Kept, closed_on: date | None) -> str:
    identity = f"<Snapshot>{one.id}</Snapshot>" if one.is_snapshot else ""
    if one.id and not one.is_snapshot:
        current = "<IsCurrentVersion>true</IsCurrentVersion>" if one.is_current else ""
        identity = f"<VersionId>{one.id}</VersionId>{current}"
    deleted = "<Deleted>true</Deleted>" if one.is_deleted else ""
    held = "<LegalHold>true</LegalHold>" if one.held else ""
    closed = f"<closed>{closed_on}</closed>" if closed_on else ""
    replicated = "<OrMetadata><or-policy_rule>complete</or-policy_rule></OrMetadata>" if one.replicated else ""
    return (
        f"<Blob><Name>{escape(name)}</Name>{deleted}{identity}<Properties>"
        "<Last-Modified>Thu, 26 Nov 2026 00:00:00 GMT</Last-Modified>"
        f"<Etag>{one.etag}</Etag><Content-Length>6</Content-Length><BlobType>BlockBlob</BlobType>"
        f"<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>{held}</Properties>"
        f"<Metadata>{closed}</Metadata>{replicated}</Blob>"
    )


@contextmanager
def serving(account: Account) -> Iterator[str]:
    """Serve an account on loopback; give its address."""
    handler = type("Service", (_Service,), {"account": account})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/account"
        finally:
            server.shutdown()
            thread.join()
