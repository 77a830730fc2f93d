"""Signed requests to one bucket beneath the SDK, which still says where to, as whom and how to sign."""

from __future__ import annotations

import os
import random
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import md5
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from botocore.utils import get_environ_proxies

from retentiond.connectors.s3.listing.page import Garbled, Page, Position
from retentiond.connectors.s3.listing.parsed import OBJECTS, VERSIONS, Parser
from retentiond.connectors.s3.listing.scanner import objects_page, versions_page

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ATTEMPTS = 3
_OWNER = "x-amz-expected-bucket-owner"
_SCANNERS = {OBJECTS: objects_page, VERSIONS: versions_page}
_DELETE = "DeleteObjects"
_FIXED: Mapping[str, Mapping[str, str]] = {OBJECTS: {"list-type": "2"}, VERSIONS: {"versions": ""}}
_ERROR = re.compile(rb"\s*(?:<\?[^>]*\?>\s*)?<Error[\s/>]")
_NOTHING = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


@dataclass
class _Way:
    """What the SDK decides about every request to the bucket."""

    signer: RequestSigner
    signing: tuple[str, str, str]
    """Name of the service, region, version of the signature."""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Wire:
    """Asks one bucket for pages of listings and for deletions.

    The SDK makes one request that is never sent, and from it come address, signer and the owner the bucket is expected
    to have. So credentials that expire are renewed as the SDK renews them, and endpoints are found as it finds them.

    Args:
        client: before it is shared between threads, for the wire listens to its events.
        bucket: its name.
        connections: how many are kept open at a time.
        pause: how to wait between attempts, in seconds.
    """

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        *,
        connections: int = 1,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._bucket, self._pause, self._connections = client, bucket, pause, connections
        self._parser = Parser(client)
        self._looking = threading.local()
        client.meta.events.register(f"before-sign.s3.{OBJECTS}", self._see_signer)
        client.meta.events.register(f"before-send.s3.{OBJECTS}", self._see_request)  # type: ignore[arg-type]

    def page(self, operation: str, prefix: str, most: int, where: Position) -> Page:
        """Return one page of a listing.

        Args:
            operation: ``ListObjectsV2`` or ``ListObjectVersions``.
            prefix: only keys that start so.
            most: how many entries at most.
            where: where the listing begins or goes on; empty: at its beginning.

        Raises:
            Garbled: the answer says too little, or contradicts itself, three times.
            botocore.exceptions.ClientError: the server said no.
            botocore.exceptions.BotoCoreError: it did not answer.
        """
        asked = {**_FIXED[operation], "prefix": prefix, "max-keys": str(most), "encoding-type": "url", **where}

        def read() -> Page:
            page = read_page(self._parser, operation, self._send(operation, "GET", asked))
            if page.goes_on is not None and page.goes_on == where:
                raise Garbled
            return page

        return self._again(read)

    def delete(self, body: bytes) -> bytes:
        """Send a request for deletion, once, and return what was said about it.

        Raises:
            botocore.exceptions.ClientError: the server said no.
            botocore.exceptions.BotoCoreError: it did not answer, or not clearly.
        """
        digest = b64encode(md5(body, usedforsecurity=False).digest()).decode()
        return self._send(_DELETE, "POST", {"delete": ""}, body, {"Content-MD5": digest})

    def read_deletion(self, said: bytes) -> dict[str, Any]:
        """Read an answer to a request for deletion as the SDK does.

        Raises:
            botocore.parsers.ResponseParserError: it is no XML.
        """
        return self._parser.answer(_DELETE, 200, {}, said)

    def close(self) -> None:
        """Let go of the connections."""
        if "_session" in self.__dict__:
            self._session.close()

    def _again(self, read: Callable[[], Page]) -> Page:
        """Ask for a page; where the answer was lost or garbled, ask twice more."""
        slowed = attempt = 0
        while True:
            attempt += 1
            try:
                page = read()
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if attempt == _ATTEMPTS or (status < 500 and status != 429):
                    raise
                slowed += status in (429, 503)
            except (HTTPClientError, Garbled):
                if attempt == _ATTEMPTS:
                    raise
            else:
                page.slowed = slowed
                return page
            self._pause(random.uniform(0.05, 0.2) * 2**attempt)  # noqa: S311 - not a secret

    def _send(
        self,
        operation: str,
        method: str,
        asked: Mapping[str, str],
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Send one request, once, and return the body of an answer that is no error."""
        way = self._way
        query = "&".join(f"{name}={quote(asked[name], safe='-_.~')}" for name in sorted(asked))
        request = AWSRequest(method, f"{way.url}?{query}", headers={**way.headers, **(headers or {})}, data=body)
        way.signer.get_auth_instance(*way.signing).add_auth(request)
        answer = self._session.send(request.prepare())
        said: bytes = answer.content
        status = answer.status_code
        if status == 200 and not _is_error(said):
            return said
        parsed = self._parser.answer(operation, status if status != 200 else 500, dict(answer.headers), said)
        raise ClientError(parsed, operation)  # type: ignore[arg-type] # what it needs is in it

    @cached_property
    def _session(self) -> URLLib3Session:
        bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
        return URLLib3Session(
            verify=bundle or True,  # type: ignore[arg-type] # the stubs know neither a path nor a pair
            proxies=get_environ_proxies(self._way.url),
            timeout=(10, 60),  # type: ignore[arg-type]
            max_pool_connections=self._connections,
        )

    @cached_property
    def _way(self) -> _Way:
        """Have the SDK make a request for a listing, and take it from its hands before it is sent."""
        self._looking.on = True
        try:
            self._client.list_objects_v2(Bucket=self._bucket)
        finally:
            self._looking.on = False
        found: _Way = self._looking.way
        return found

    def _see_signer(
        self, signing_name: str, region_name: str, signature_version: str, request_signer: RequestSigner, **_: object
    ) -> None:
        if getattr(self._looking, "on", False):
            self._looking.way = _Way(request_signer, (signing_name, region_name, signature_version))

    def _see_request(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        if not getattr(self._looking, "on", False):
            return None
        way: _Way = self._looking.way
        way.url = request.url.partition("?")[0]
        way.headers = {name: _text(value) for name, value in request.headers.items() if name.lower() == _OWNER}
        return AWSResponse(request.url, 200, HTTPHeaders(), _Unsent(_NOTHING))


def read_page(parser: Parser, operation: str, body: bytes) -> Page:
    """Read a page of a listing, by the SDK's parser where it does not check.

    Raises:
        Garbled: the page says too little, or contradicts itself.
    """
    try:
        return _SCANNERS[operation](body)
    except Garbled:
        return parser.page(operation, body)


class _Unsent(BytesIO):
    """The answer to a request that was not sent."""

    def stream(self) -> list[bytes]:
        """Return the body as the SDK asks for it."""
        return [self.read()]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _is_error(body: bytes) -> bool:
    """Return whether a body is an ``Error`` in spite of its status, as S3 sends when it fails after it has begun."""
    return _ERROR.match(body) is not None
