"""Listings and deletions of one bucket, asked for beneath the SDK, which still reads what is not written as usual."""

from __future__ import annotations

import os
import re
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import md5
from random import uniform
from typing import TYPE_CHECKING, Any

from retentiond.connectors.s3.access import Access
from retentiond.connectors.s3.client import Refused
from retentiond.connectors.s3.direct.bucket import Direct
from retentiond.connectors.s3.direct.connections import Answer, Unanswered
from retentiond.connectors.s3.direct.signing import Signer
from retentiond.connectors.s3.direct.whereto import whereto
from retentiond.connectors.s3.listing.operations import OBJECTS, VERSIONS
from retentiond.connectors.s3.listing.page import Garbled, Page, Position
from retentiond.connectors.s3.listing.scanner import objects_page, versions_page

if TYPE_CHECKING:
    from retentiond.connectors.s3.listing.parsed import Parser
    from retentiond.connectors.s3.listing.through_sdk import ThroughSdk

ATTEMPTS = 3
_SCANNERS = {OBJECTS: objects_page, VERSIONS: versions_page}
_DELETE, _VERSIONING = "DeleteObjects", "GetBucketVersioning"
_USUAL_VERSIONING = re.compile(
    rb"\s*(?:<\?xml[^<>]*\?>)?\s*<VersioningConfiguration(?:\s[^<>]*)?(?:/>|>\s*"
    rb"(?:<Status>(Enabled|Suspended)</Status>)?\s*</VersioningConfiguration\s*>)\s*"
)
_FIXED: Mapping[str, Mapping[str, str]] = {OBJECTS: {"list-type": "2"}, VERSIONS: {"versions": ""}}
_ERROR = re.compile(rb"\s*(?:<\?[^>]*\?>\s*)?<Error[\s/>]")
_CODE = re.compile(rb"<Code>\s*([A-Za-z0-9_.-]{1,100})\s*</Code>")


class Wire:
    """Asks one bucket for pages of listings and for deletions.

    Args:
        access: the bucket, and as whom it is asked.
        connections: how many are kept open at a time.
        pause: how to wait between attempts, in seconds.
    """

    def __init__(self, access: Access, *, connections: int = 1, pause: Callable[[float], None] = time.sleep) -> None:
        self._access, self._pause, self._connections = access, pause, connections

    def page(self, operation: str, prefix: str, most: int, where: Position) -> Page:
        """Return one page of a listing.

        Args:
            operation: ``ListObjectsV2`` or ``ListObjectVersions``.
            prefix: only keys that start so.
            most: how many entries at most.
            where: where the listing begins or goes on; empty: at its beginning.

        Raises:
            Garbled: the answer says too little, or contradicts itself, three times.
            Refused: the server said no.
            Unanswered: it did not answer.
        """
        question = asking_for(operation, prefix, most, where)
        patience = Patience()
        while True:
            try:
                page = self.read(operation, where, self._way.exchange("GET", question, {}))
            except (Refused, Unanswered, Garbled) as failure:
                self._pause(patience.after(failure))
            else:
                page.slowed = patience.slowed
                return page

    def read(self, operation: str, where: Position, answer: Answer) -> Page:
        """Read the page of a listing that was asked for at a position.

        Raises:
            Garbled: it says too little, or contradicts itself.
            Refused: the server said no.
        """
        page = read_page(lambda: self.parser, operation, said(operation, answer))
        if page.goes_on is not None and page.goes_on == where:
            raise Garbled
        return page

    def versioning(self) -> str:
        """Return what the bucket says of its versions: ``Enabled``, ``Suspended``, or nothing where it never had any.

        Raises:
            Refused: the server said no.
            Unanswered: it did not answer, or not clearly.
        """
        patience = Patience()
        while True:
            try:
                body = said(_VERSIONING, self._way.exchange("GET", {"versioning": ""}, {}))
            except (Refused, Unanswered) as failure:
                self._pause(patience.after(failure))
                continue
            if usual := _USUAL_VERSIONING.fullmatch(body):
                return (usual[1] or b"").decode()
            status: str = self.parser.answer(_VERSIONING, 200, {}, body).get("Status", "")
            return status

    def delete(self, body: bytes) -> bytes:
        """Send a request for deletion, once, and return what was said about it.

        Raises:
            Refused: the server said no.
            Unanswered: it did not answer, or not clearly.
        """
        digest = b64encode(md5(body, usedforsecurity=False).digest()).decode()
        return said(_DELETE, self._way.exchange("POST", {"delete": ""}, {"content-md5": digest}, body))

    def read_deletion(self, answer: bytes) -> dict[str, Any]:
        """Read an answer to a request for deletion as the SDK does.

        Raises:
            botocore.parsers.ResponseParserError: it is no XML.
        """
        return self.parser.answer(_DELETE, 200, {}, answer)

    @cached_property
    def direct(self) -> Direct | None:
        """The way to the bucket without the SDK; None where it takes the SDK to find it."""
        place = self._access.place
        to = whereto(place.endpoint, place.region, place.bucket)
        if to is None or _is_proxied(to.host):
            return None
        signer = Signer(self._access.access_key, self._access.secret_key, place.region)
        return Direct(to, signer, place.owner, self._connections)

    @cached_property
    def _way(self) -> Direct | ThroughSdk:
        if self.direct is not None:
            return self.direct
        from retentiond.connectors.s3.listing.through_sdk import ThroughSdk  # noqa: PLC0415 - loads the SDK

        return ThroughSdk(self._access.client, self._access.place.bucket, self._connections)

    @cached_property
    def parser(self) -> Parser:
        """What reads as the SDK does."""
        from retentiond.connectors.s3.listing.parsed import Parser  # noqa: PLC0415 - loads the SDK

        return Parser(self._access.client)

    def close(self) -> None:
        """Let go of the connections."""
        if "_way" in self.__dict__:
            self._way.close()
        elif "direct" in self.__dict__ and self.direct is not None:
            self.direct.close()


class Patience:
    """How often a page is asked for: three times, if answers are lost or garbled, each time after a longer pause.

    Attributes:
        slowed: how often the server has asked for fewer requests.
    """

    def __init__(self) -> None:
        self.slowed = self._attempts = 0

    def after(self, failure: Refused | Unanswered | Garbled) -> float:
        """Return how many seconds to wait before the next attempt.

        Raises:
            Refused, Unanswered, Garbled: the failure, where there is to be none.
        """
        self._attempts += 1
        status = failure.status if isinstance(failure, Refused) else 500
        if self._attempts == ATTEMPTS or (status < 500 and status != 429):
            raise failure
        self.slowed += status in (429, 503)
        return uniform(0.05, 0.2) * float(2**self._attempts)  # noqa: S311 - not a secret


def asking_for(operation: str, prefix: str, most: int, where: Position) -> dict[str, str]:
    """Return the query that asks for a page."""
    return {**_FIXED[operation], "prefix": prefix, "max-keys": str(most), "encoding-type": "url", **where}


def said(operation: str, answer: Answer) -> bytes:
    """Return the body of an answer.

    Raises:
        Refused: it is an error, perhaps in spite of its status, as S3 sends when it fails after it has begun.
    """
    is_error = _ERROR.match(answer.body) is not None
    if answer.status == 200 and not is_error:
        return answer.body
    status = answer.status if answer.status != 200 else 500
    code = _CODE.search(answer.body) if is_error else None
    raise Refused(operation, status, code[1].decode() if code else str(status))


def _is_proxied(host: str) -> bool:
    """Return whether the surroundings name a proxy on the way to a host."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return False
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - it loads much, and is seldom needed

    return bool(getproxies()) and not proxy_bypass(host)


def read_page(parser: Callable[[], Parser], operation: str, body: bytes) -> Page:
    """Read a page of a listing, by the SDK's parser where it does not check.

    Raises:
        Garbled: the page says too little, or contradicts itself.
    """
    try:
        return _SCANNERS[operation](body)
    except Garbled:
        return parser().page(operation, body)
