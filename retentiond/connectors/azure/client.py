"""A client that speaks to one container with one credential, and to nothing the surroundings suggest."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AzureSasCredential
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from azure.storage.blob import BlobServiceClient

from retentiond.domain.definitions import Definition
from retentiond.domain.errors import ConfigurationRefused, Fault, RetentiondError, StoreRefused, StoreUnavailable

AT_ONCE = 8
"""Requests in flight at once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which container, and where."""

    store: str
    container: str


def open_account(definition: Definition, credential: str | None) -> BlobServiceClient:
    """Make a client that uses this credential at this address, and no other.

    Args:
        definition: the store; ``options`` name the ``container`` and, unless the credential is a connection string,
            the ``account-url``.
        credential: an account key, a shared access signature (``sv=…&sig=…``) or a connection string.

    Each request is sent once: the library would otherwise repeat a DELETE whose reply was lost, and report on its own
    deed. Proxies named in the environment are not used, and redirects are not followed.

    Raises:
        ConfigurationRefused: something is missing, or the address is one credentials must not be sent to.
    """
    where = definition.source or definition.name
    told = dict(one.partition("=")[::2] for one in (credential or "").split(";")) if _is_whole(credential) else {}
    url = definition.options.get("account-url") or _address(told)
    secret = told.get("SharedAccessSignature") or told.get("AccountKey", "") if told else credential
    faults = []
    if not definition.options.get("container"):
        faults.append(Fault(where, "'container' is missing"))
    if not secret:
        faults.append(Fault(where, "the credential is missing", f"set 'credential': {_REMEDY}"))
    if not url:
        faults.append(
            Fault(where, "'account-url' is missing", "write it, or let the credential be a connection string")
        )
    elif reason := unsafe(url):
        faults.append(Fault(where, f"the account's address {reason}", "write https://ACCOUNT.blob.core.windows.net"))
    if faults or not secret:
        raise ConfigurationRefused.gathered(faults)
    key: AzureSasCredential | dict[str, str]
    if "sig=" in secret:
        key = AzureSasCredential(secret.lstrip("?"))
    elif _is_key(secret):
        key = {"account_name": told.get("AccountName") or _account_of(url), "account_key": secret}
    else:
        raise ConfigurationRefused(Fault(where, "the credential is none of Azure Storage", _REMEDY))
    return BlobServiceClient(url, credential=key, **_ONCE_AND_ALONE)


_ONCE_AND_ALONE: Mapping[str, Any] = {
    "retry_total": 0,
    "retry_connect": 0,
    "retry_read": 0,
    "retry_status": 0,
    "permit_redirects": False,
    "use_env_settings": False,
    "connection_timeout": 10,
    "read_timeout": 60,
}
_REMEDY = "give an account key, a shared access signature or a connection string"


def _is_whole(credential: str | None) -> bool:
    """Return whether a credential is a connection string (Azure Storage: configure connection strings)."""
    return credential is not None and ("AccountName=" in credential or "BlobEndpoint=" in credential)


def _is_key(secret: str) -> bool:
    try:
        return bool(b64decode(secret, validate=True))
    except ValueError:
        return False


def _address(told: Mapping[str, str]) -> str:
    """Return the address a connection string names, or makes from the account's name."""
    if not told or told.get("BlobEndpoint"):
        return told.get("BlobEndpoint", "").rstrip("/")
    scheme, suffix = told.get("DefaultEndpointsProtocol", "https"), told.get("EndpointSuffix", "core.windows.net")
    return f"{scheme}://{told['AccountName']}.blob.{suffix}"


def _account_of(url: str) -> str:
    """Return the account's name: the host's first part, or the path where a server of one's own puts it there."""
    parts = urlsplit(url)
    return parts.path.strip("/") or (parts.hostname or "").partition(".")[0]


def unsafe(address: str) -> str:
    """Return why credentials must not be sent to an address, or nothing."""
    try:
        url = urlsplit(address)
        host, _ = url.hostname or "", url.port
    except ValueError:
        return "is no URL"
    if url.scheme not in ("http", "https") or not host or url.username or url.password or url.query or url.fragment:
        return "is not a plain URL"
    try:
        ip = ip_address(host)
    except ValueError:
        loopback = host == "localhost"
    else:
        loopback = ip.is_loopback
        if ip.is_link_local or ip.is_unspecified or ip.is_multicast:
            return "is not the address of a store"
    return "" if loopback or url.scheme == "https" else "is not encrypted"


def code_of(error: HttpResponseError) -> str:
    """Return a server's error code (``ConditionNotMet``); its HTTP status where it names none."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or error.status_code or "no code")


def is_refusal(error: HttpResponseError) -> bool:
    """Return whether a server said no for good, so that the request had no effect."""
    return 400 <= (error.status_code or 0) < 500 and error.status_code not in (408, 429)


_WRONG_KEY = ("the store refuses the credential", "check it, and that it has not run out")
_PLAIN = {
    "AuthenticationFailed": _WRONG_KEY,
    "AuthorizationFailure": _WRONG_KEY,
    "InvalidAuthenticationInfo": _WRONG_KEY,
    "ContainerNotFound": ("there is no such container", "see 'container' and 'account-url' in its definition"),
    "ContainerBeingDeleted": ("the container is being deleted", "ask whoever keeps the account"),
    "AccountIsDisabled": ("the account is disabled", "ask whoever keeps it"),
}
"""Error codes that mean one thing whatever was asked (Azure Storage REST reference, common and Blob error codes)."""


@contextmanager
def asking(place: Place) -> Iterator[None]:
    """Turn what goes wrong between us and the store into our words, without the server's (they may name a key)."""
    try:
        yield
    except HttpResponseError as error:
        raise _said_no(place, error) from None
    except ServiceRequestError:
        said, remedy = "the store did not answer", "check that it runs, and 'account-url' in its definition"
        raise StoreUnavailable(Fault(place.store, said, remedy)) from None
    except (AzureError, AttributeError, TypeError, ValueError, KeyError) as error:
        # The library reads answers as they come: what is no answer of a blob service ends as any of these.
        said = f"the store did not answer clearly ({type(error).__name__})"
        raise StoreUnavailable(Fault(place.store, said, "try again later")) from None


def _said_no(place: Place, error: HttpResponseError) -> RetentiondError:
    code = code_of(error)
    if not is_refusal(error):
        return StoreUnavailable(Fault(place.store, f"the store could not answer ({code})"))
    if code in _PLAIN:
        return StoreRefused(Fault(place.store, *_PLAIN[code]))
    remedy = "see the credential's permissions" if error.status_code == 403 else "run 'retentiond check'"
    return StoreRefused(Fault(place.store, f"the store refused ({code})", remedy))
