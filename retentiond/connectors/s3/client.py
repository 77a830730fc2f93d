"""A client that speaks to one bucket with one credential, and to nothing the surroundings suggest."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    SSLError,
)
from botocore.loaders import Loader, create_loader
from botocore.parsers import ResponseParserError
from botocore.session import Session
from botocore.utils import parse_timestamp

from retentiond.connectors.interface import Role
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import ConfigurationRefused, Fault, RetentiondError, StoreRefused, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AT_ONCE = 8
"""Requests in flight at once; on servers that are the narrow place, more make it slower."""

# Name of a session setting to where it may come from: configuration file, environment, default, conversion.
_AMBIENT = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


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


def open_client(place: Place, role: Role, access_key: str, secret_key: str) -> S3Client:
    """Make a client that uses this credential, this endpoint and this region, and no other.

    Profiles, configuration files, instance metadata and endpoints named in the environment are not looked at, and a
    server's word that the bucket lies in another region is not followed. A client that can delete sends each request
    once: the library would otherwise repeat a DELETE whose reply was lost, and report on its own deed.
    """
    core = Session(session_vars=dict(_AMBIENT))
    core.register_component("data_loader", _loader())
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    client = boto3.session.Session(botocore_session=core).client(
        "s3",
        endpoint_url=place.endpoint,
        region_name=place.region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(  # type: ignore[call-arg]  # the stubs lack the first one
            ignore_configured_endpoint_urls=True,
            retries={"total_max_attempts": 1 if role is Role.DISPOSE else 3, "mode": "standard"},
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=AT_ONCE,
            s3={"addressing_style": "path" if place.endpoint else "auto", "use_accelerate_endpoint": False},
        ),
    )
    client.meta.events.register("before-call.s3", _stay_in_region)
    if place.owner:
        named = partial(_name_owner, place.owner)
        client.meta.events.register("provide-client-params.s3", named)  # type: ignore[arg-type] # may return them
    return client


@cache
def _loader() -> Loader:
    """Read the library's description of the service once, not once a client."""
    return create_loader()


def _stay_in_region(context: dict[str, Any], **_: object) -> None:
    context.setdefault("s3_redirect", {})["redirected"] = True


def _name_owner(owner: str, params: dict[str, Any], **_: object) -> dict[str, Any]:
    """Name the account a bucket must belong to, in every request: one of the same name in other hands is refused."""
    return {**params, "ExpectedBucketOwner": owner}


def _moment(text: str) -> datetime:
    """Read a time as listings write it; the library's own way takes most of a long listing's time."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return parse_timestamp(text)


def code_of(error: ClientError) -> str:
    """Return a server's error code; for answers without a body, the HTTP status."""
    return error.response.get("Error", {}).get("Code", "")


def status_of(error: ClientError) -> int:
    """Return the HTTP status of a server's refusal."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def is_refusal(error: ClientError) -> bool:
    """Return whether a server said no for good, so that the request had no effect."""
    return 400 <= status_of(error) < 500 and status_of(error) not in (408, 409, 429)


_WRONG_KEYS = ("the store refuses the credential", "check the access key and the secret key")
_PLAIN = {
    "InvalidAccessKeyId": _WRONG_KEYS,
    "SignatureDoesNotMatch": _WRONG_KEYS,
    "NoSuchBucket": ("there is no such bucket", "see 'bucket' and 'endpoint' in its definition"),
}
"""Error codes of S3 that mean one thing whatever was asked (Amazon S3 API reference, list of error codes)."""


@contextmanager
def asking(place: Place) -> Iterator[None]:
    """Turn what goes wrong between us and the store into our words, without the server's (they may name a key)."""
    try:
        yield
    except ClientError as error:
        raise _said_no(place, error) from None
    except ParamValidationError:
        raise StoreRefused(Fault(place.store, "a request could not be made from what is asked for")) from None
    except (EndpointConnectionError, ConnectTimeoutError):
        said, remedy = "the store did not answer", "check that it runs, and 'endpoint' and 'region' in its definition"
        raise StoreUnavailable(Fault(place.store, said, remedy)) from None
    except SSLError:
        said, remedy = "the store's TLS certificate was not accepted", "have whoever keeps the store look at it"
        raise StoreUnavailable(Fault(place.store, said, remedy)) from None
    except (BotoCoreError, ResponseParserError) as error:
        kind = type(error).__name__
        raise StoreUnavailable(
            Fault(place.store, f"the store did not answer clearly ({kind})", "try again later")
        ) from None


def _said_no(place: Place, error: ClientError) -> RetentiondError:
    code = code_of(error) or "no code"
    if not is_refusal(error):
        return StoreUnavailable(Fault(place.store, f"the store could not answer {error.operation_name} ({code})"))
    if code in _PLAIN:
        return StoreRefused(Fault(place.store, *_PLAIN[code]))
    remedy = "see the credential's permissions" if status_of(error) == 403 else "run 'retentiond check'"
    return StoreRefused(Fault(place.store, f"the store refused {error.operation_name} ({code})", remedy))
