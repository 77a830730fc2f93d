"""Requests to delete versions, and what a server's answer to one says of each version."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from retentiond.connectors.s3.listing import Garbled

Named = tuple[str, str]
"""A key and the id of one of its versions."""

NO_WORD = "no word of it"

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;", "\n": "&#xA;", "\t": "&#x9;"})
_NOTHING_REFUSED = re.compile(rb"\s*(?:<\?xml[^<>]*\?>)?\s*<DeleteResult(?:\s[^<>]*)?(?:/>|>\s*</DeleteResult\s*>)\s*")
_ANSWER = re.compile(rb"\s*(?:<\?xml[^<>]*\?>)?\s*<(?:\w+:)?DeleteResult[\s/>]")


def request(named: Sequence[Named]) -> bytes:
    """Return the body of a ``DeleteObjects`` request that asks only to be told what was not deleted.

    Keys must hold only characters that XML can carry.
    """
    objects = "".join(
        f"<Object><Key>{key.translate(_ESCAPED)}</Key><VersionId>{version.translate(_ESCAPED)}</VersionId></Object>"
        for key, version in named
    )
    return (f'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>{objects}</Delete>').encode()


def refusals(body: bytes, named: Sequence[Named], parse: Callable[[bytes], Mapping[str, Any]]) -> dict[Named, str]:
    """Return the versions a server does not acknowledge to have deleted, each with its error code.

    A version is acknowledged by an answer that is well-formed and names no error for it; where the server names what
    it deleted, though it was asked not to, only if it is named. An error for something that was not asked about
    makes the whole answer unclear: nothing is acknowledged then. That a version is gone is proved by none of this,
    but by looking for it.

    Args:
        body: the answer.
        named: what was asked to be deleted.
        parse: reads the answer as the SDK does.

    Raises:
        Garbled: it is no answer to such a request.
    """
    if _NOTHING_REFUSED.fullmatch(body):
        return {}
    if not _ANSWER.match(body):
        raise Garbled
    answer = parse(body)
    by_key: dict[str, list[Named]] = {}
    for one in named:
        by_key.setdefault(one[0], []).append(one)
    refused: dict[Named, str] = {}
    for error in answer.get("Errors", []):
        # What stands twice in it comes as a list, and means nothing.
        key, version, code = (str(error.get(name, "")) for name in ("Key", "VersionId", "Code"))
        meant = [one for one in by_key.get(key, []) if version in (one[1], "")]
        if not meant:
            return dict.fromkeys(named, NO_WORD) | refused
        refused.update(dict.fromkeys(meant, code or "no code"))
    if answer.get("Deleted"):
        # Some servers name a destroyed delete marker only as such.
        told = {
            (str(one.get("Key", "")), str(one.get("VersionId") or one.get("DeleteMarkerVersionId", "")))
            for one in answer["Deleted"]
        }
        return {one: NO_WORD for one in named if one not in told} | refused
    return refused
