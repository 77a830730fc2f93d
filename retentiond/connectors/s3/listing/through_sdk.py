"""Signed requests to a bucket that the SDK says where to send, as whom and how; for what is not plain without it.

It is used for access points, partitions of AWS beside the commercial one, and where the surroundings name a proxy.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, HTTPClientError, ProxyConnectionError
from botocore.exceptions import SSLError as NotTrusted
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from botocore.utils import get_environ_proxies

from retentiond.connectors.s3.direct.connections import Answer, Unanswered
from retentiond.connectors.s3.listing.operations import OBJECTS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_OWNER = "x-amz-expected-bucket-owner"
_NOTHING = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


@dataclass
class _Way:
    """What the SDK decides about every request to the bucket."""

    signer: RequestSigner
    signing: tuple[str, str, str]
    """Name of the service, region, version of the signature."""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class ThroughSdk:
    """Sends requests as the SDK would.

    The SDK makes one request that is never sent, and from it come address, signer and the owner the bucket is expected
    to have.

    Args:
        client: whose way requests go.
        bucket: its name.
        connections: how many are kept open at a time.
    """

    def __init__(self, client: S3Client, bucket: str, connections: int) -> None:
        self._client, self._bucket, self._connections = client, bucket, connections
        self._looking = threading.local()
        client.meta.events.register(f"before-sign.s3.{OBJECTS}", self._see_signer)
        client.meta.events.register(f"before-send.s3.{OBJECTS}", self._see_request)  # type: ignore[arg-type]

    def exchange(
        self,
        method: str,
        asked: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes = b"",
    ) -> Answer:
        """Send a request about the bucket, once, and return its answer.

        Raises:
            Unanswered: there is none.
        """
        way = self._way
        query = "&".join(f"{name}={quote(asked[name], safe='-_.~')}" for name in sorted(asked))
        request = AWSRequest(method, f"{way.url}?{query}", headers={**way.headers, **headers}, data=body)
        way.signer.get_auth_instance(*way.signing).add_auth(request)
        try:
            answer = self._session.send(request.prepare())
            return Answer(answer.status_code, dict(answer.headers), answer.content)
        except NotTrusted:
            raise Unanswered("tls") from None
        except (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError):
            raise Unanswered("connection") from None
        except HTTPClientError:
            raise Unanswered("lost") from None

    def close(self) -> None:
        """Let go of the connections."""
        if "_session" in self.__dict__:
            self._session.close()

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


class _Unsent(BytesIO):
    """The answer to a request that was not sent."""

    def stream(self) -> list[bytes]:
        """Return the body as the SDK asks for it."""
        return [self.read()]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
