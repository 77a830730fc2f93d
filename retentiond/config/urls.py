"""Addresses and secrets: a secret never stands in a file, only the name of the credential that holds it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

from retentiond.config import patterns
from retentiond.config.shape import said, scalar
from retentiond.config.words import CREDENTIAL

_SECRET_KEYS = re.compile(r"(^|[&;])[^=&;]*(password|passwd|pwd|secret|token)[^=&;]*=(?!$|[&;])", re.IGNORECASE)
_REMEDY = "write ${credential:NAME} in its place and give the secret to the service as a credential"
_MASK = "CREDENTIAL"


def masked(text: str) -> str:
    """Return the text with every reference to a credential put out of the way; refuse one that is not well formed."""
    without = re.sub(CREDENTIAL, _MASK, text)
    if "${" in without:
        raise said("this reference to a credential cannot be read", "write ${credential:NAME}")
    return without


def read_url(text: str) -> str:
    """Read a database URL, or a reference to the credential that holds it. No complaint repeats any of it."""
    plain = masked(text)
    if plain == _MASK:
        return text
    match = re.fullmatch(r"[a-z][a-z0-9+.-]*://([^/?#]*)([^?#]*)(?:\?(.*))?", plain)
    if match is None:
        raise said("this is not a database URL", "write sqlite:///FILE or ${credential:NAME}")
    authority, path, query = match[1], match[2], unquote(match[3] or "")
    user, _, host = authority.rpartition("@")
    password = user.partition(":")[2]
    port = re.sub(r"^\[[^\]]*\]", "", host).partition(":")[2]
    suspicious = not re.fullmatch(rf"[0-9]*|{_MASK}", port) or (":" in authority and "@" in path)
    if password.replace(_MASK, "") or suspicious or _SECRET_KEYS.search(query.replace(f"={_MASK}", "=")):
        raise said("a password stands in this URL", _REMEDY)
    return text


def read_secret(text: str) -> str:
    """Read a reference to a credential; anything else would be the secret itself, and is not repeated."""
    if not re.fullmatch(CREDENTIAL, text):
        raise said("a secret stands in this file", _REMEDY)
    return text


def read_endpoint(text: str) -> str:
    """Read the address of an S3 server."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+/?", masked(text)):
        raise said("this is not the address of an S3 server", "write for example https://s3.example.org")
    return text


def read_account_url(text: str) -> str:
    """Read the address of an Azure storage account; on a server of one's own the account may stand in the path."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[a-z0-9]+)?/?", masked(text)):
        raise said(
            "this is not the address of a storage account", "write for example https://ACCOUNT.blob.core.windows.net"
        )
    return text


def anchored(url: str, folder: Path) -> str:
    """Return a SQLite URL with a relative path made absolute against a folder; any other URL as it is."""
    match = re.fullmatch(r"(sqlite(?:\+[a-z]+)?:///)([^/?:$][^?]*)(\?.*)?", url)
    if match is None or match[2].startswith("file:"):
        return url
    return f"{match[1]}{folder.absolute() / match[2]}{match[3] or ''}"


def looks_secret(name: str) -> bool:
    """Whether an option of this name would hold a secret."""
    return re.search(r"pass|pwd|secret|token|credential|(access|api|private|account|shared)-?_?key", name) is not None


URL_HINT = "write a URL without a password, or ${credential:NAME}"

Url = Annotated[str, *scalar(read_url, pattern=patterns.URL, hint=URL_HINT)]
Secret = Annotated[str, *scalar(read_secret, pattern=patterns.SECRET, hint="write ${credential:NAME}, not the secret")]
AccountUrl = Annotated[
    str, *scalar(read_account_url, pattern="^https?://", hint="write for example https://ACCOUNT.blob.core.windows.net")
]
Endpoint = Annotated[str, *scalar(read_endpoint, pattern="^https?://", hint="write for example https://s3.example.org")]
