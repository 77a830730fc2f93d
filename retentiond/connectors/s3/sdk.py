"""The SDK's client, which speaks to one bucket with one credential, and to nothing the surroundings suggest."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

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
from retentiond.connectors.s3.client import AT_ONCE, NO_ANSWER, NOT_TRUSTED, Place, said_no, unclear
from retentiond.domain.errors import Fault, RetentiondError, StoreRefused, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Name of a session setting to where it may come from: configuration file, environment, default, conversion.
_AMBIENT = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


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


def in_our_words(place: Place, error: Exception) -> RetentiondError | None:
    """Return what the SDK says went wrong, without the server's words; None: it is nothing that the SDK says."""
    match error:
        case ClientError():
            return said_no(place, error, error.operation_name)
        case ParamValidationError():
            return StoreRefused(Fault(place.store, "a request could not be made from what is asked for"))
        case EndpointConnectionError() | ConnectTimeoutError():
            return StoreUnavailable(Fault(place.store, *NO_ANSWER))
        case SSLError():
            return StoreUnavailable(Fault(place.store, *NOT_TRUSTED))
        case BotoCoreError() | ResponseParserError():
            return StoreUnavailable(Fault(place.store, *unclear(type(error).__name__)))
        case _:
            return None
