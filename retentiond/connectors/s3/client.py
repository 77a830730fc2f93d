"""Which bucket is meant, and what goes wrong between us and it, in our words."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retentiond.connectors.s3.direct.connections import Unanswered
from retentiond.domain.errors import ConfigurationRefused, Fault, RetentiondError, StoreRefused, StoreUnavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from retentiond.domain.definitions import Definition

AT_ONCE = 8
"""Requests in flight at once; on servers that are the narrow place, more make it slower."""

_AMAZON = ("amazonaws.com", "amazonaws.eu", "amazonaws.com.cn")
"""Domains of the partitions of AWS that can be reached from outside them."""


_UNNAMED = "us-east-1"
"""The region that requests to a server of one's own are signed for where its definition names none, as SDKs do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which bucket, and where."""

    store: str
    bucket: str
    region: str
    endpoint: str | None
    owner: str = ""
    """The account it must belong to; empty: whichever."""
    copies_in: frozenset[str] = frozenset()
    """The buckets it is replicated to that are connected stores of their own."""

    @property
    def is_amazon(self) -> bool:
        """Whether Amazon itself says where the bucket lies."""
        host = urlsplit(self.endpoint or "").hostname or "amazonaws.com"
        return any(host == one or host.endswith(f".{one}") for one in _AMAZON)


def place_of(definition: Definition) -> Place:
    """Read the options of a definition.

    Raises:
        ConfigurationRefused: a bucket or region is missing, or the endpoint is one credentials must not be sent to.
    """
    options = definition.options
    where = definition.source or definition.name
    endpoint = options.get("endpoint") or None
    region = options.get("region") or (_UNNAMED if endpoint else "")
    given = {"bucket": options.get("bucket"), "region": region}
    faults = [Fault(where, f"'{name}' is missing") for name, value in given.items() if not value]
    if endpoint is not None and (reason := _unsafe(endpoint)):
        faults.append(Fault(where, f"'endpoint' {reason}", "write it as https://HOST or https://HOST:PORT"))
    if faults:
        raise ConfigurationRefused.gathered(faults)
    return Place(definition.name, options["bucket"], region, endpoint, options.get("owner", ""), _copies(options))


def _copies(options: Mapping[str, str]) -> frozenset[str]:
    return frozenset(options.get("copies-in", "").split())


def _unsafe(endpoint: str) -> str:
    try:
        url = urlsplit(endpoint)
        host, _ = url.hostname or "", url.port
    except ValueError:
        return "is no URL"
    if url.scheme not in ("http", "https") or not host or url.username or url.password or url.query or url.fragment:
        return "is not a plain URL"
    try:
        address = ip_address(host)
    except ValueError:
        loopback, metadata = host == "localhost", False
    else:
        loopback = address.is_loopback
        metadata = address.is_link_local or address.is_unspecified or address.is_multicast
    if metadata:
        return "is not the address of a store"
    return "" if loopback or url.scheme == "https" else "is not encrypted"


class Refused(Exception):
    """A server said no to a request that did not go through the SDK.

    Attributes:
        operation: what was asked.
        status: of HTTP.
        code: S3's own, or the status where it gave none.
    """

    def __init__(self, operation: str, status: int, code: str) -> None:
        self.operation, self.status, self.code = operation, status, code
        super().__init__(operation, status, code)


def code_of(error: ClientError | Refused) -> str:
    """Return a server's error code; for answers without a body, the HTTP status."""
    return error.code if isinstance(error, Refused) else error.response.get("Error", {}).get("Code", "")


def status_of(error: ClientError | Refused) -> int:
    """Return the HTTP status of a server's refusal."""
    if isinstance(error, Refused):
        return error.status
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def is_refusal(error: ClientError | Refused) -> bool:
    """Return whether a server said no for good, so that the request had no effect."""
    return 400 <= status_of(error) < 500 and status_of(error) not in (408, 409, 429)


_WRONG_KEYS = ("the store refuses the credential", "check the access key and the secret key")
_PLAIN = {
    "InvalidAccessKeyId": _WRONG_KEYS,
    "SignatureDoesNotMatch": _WRONG_KEYS,
    "NoSuchBucket": ("there is no such bucket", "see 'bucket' and 'endpoint' in its definition"),
}
"""Error codes of S3 that mean one thing whatever was asked (Amazon S3 API reference, list of error codes)."""


NO_ANSWER = ("the store did not answer", "check that it runs, and 'endpoint' and 'region' in its definition")
NOT_TRUSTED = ("the store's TLS certificate was not accepted", "have whoever keeps the store look at it")
_UNANSWERED = {"connection": NO_ANSWER, "tls": NOT_TRUSTED}


@contextmanager
def asking(place: Place) -> Iterator[None]:
    """Turn what goes wrong between us and the store into our words, without the server's (they may name a key)."""
    try:
        yield
    except Refused as error:
        raise said_no(place, error, error.operation) from None
    except Unanswered as error:
        raise StoreUnavailable(Fault(place.store, *_UNANSWERED.get(error.kind, unclear("Lost")))) from None
    except Exception as error:
        if "botocore" not in sys.modules:  # nobody has asked the SDK for anything
            raise
        from retentiond.connectors.s3.sdk import in_our_words  # noqa: PLC0415 - loads the SDK

        if (ours := in_our_words(place, error)) is None:
            raise
        raise ours from None


def unclear(kind: str) -> tuple[str, str]:
    """Return what to say of an answer that did not come whole."""
    return f"the store did not answer clearly ({kind})", "try again later"


def said_no(place: Place, error: ClientError | Refused, operation: str) -> RetentiondError:
    """Return a server's refusal in our words."""
    code = code_of(error) or "no code"
    if not is_refusal(error):
        return StoreUnavailable(Fault(place.store, f"the store could not answer {operation} ({code})"))
    if code in _PLAIN:
        return StoreRefused(Fault(place.store, *_PLAIN[code]))
    remedy = "see the credential's permissions" if status_of(error) == 403 else "run 'retentiond check'"
    return StoreRefused(Fault(place.store, f"the store refused {operation} ({code})", remedy))
