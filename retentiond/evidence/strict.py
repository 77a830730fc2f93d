"""Reading so strictly that bytes can mean one thing only: JSON without twins, base64 and hex without slack."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from retentiond.domain.errors import EvidenceRefused

JsonValue: TypeAlias = "bool | int | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
"""What a statement may hold. No floats: their text differs between languages (RFC 8785 §3.2.2.3)."""

INTEGER_LIMIT = 2**53
"""Integers at or beyond it, either side of zero, are not the same number in every JSON reader (RFC 8785 appendix D)."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
"""An escape that is half a character; without its other half the text is no Unicode, and the second look says so."""
_HEX = re.compile(r"[0-9a-f]*")


def parse_object(data: bytes, place: str) -> dict[str, Any]:
    """Read one JSON object.

    Args:
        data: UTF-8 bytes.
        place: what to call them in a refusal.

    Raises:
        EvidenceRefused: not UTF-8, not one JSON object, a key given twice, a float, an integer of 2^53 or more.
    """
    try:
        found = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_without_twins,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_small_integer,
        )
        if _SURROGATE.search(data):
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, _NotStrict) else "it is not JSON in UTF-8"
        raise EvidenceRefused.about(place, why, "the file was damaged or changed; fetch it again") from None
    if not isinstance(found, dict):
        raise EvidenceRefused.about(place, "it is not a JSON object", "the file was damaged or changed; fetch it again")
    return found


class _NotStrict(ValueError):
    """A JSON text that some readers take and others do not."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotStrict("a JSON key is given twice")
    return found


def _no_float(_text: str) -> int:
    raise _NotStrict("it holds a number that is not an integer")


def _small_integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= INTEGER_LIMIT:
        raise _NotStrict("it holds an integer of 2^53 or more")
    return int(text)


def decode_base64(text: object, place: str) -> bytes:
    """Decode standard base64 (RFC 4648 §4) that is exactly what encoding the result gives.

    Raises:
        EvidenceRefused: not text, another alphabet, missing padding, stray characters or bits.
    """
    try:
        found = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        found = None
    if found is None or base64.b64encode(found).decode() != text:
        raise EvidenceRefused.about(place, "it is not strict base64", "the file was damaged or changed; fetch it again")
    return found


def encode_base64(data: bytes) -> str:
    """Return standard base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(data).decode("ascii")


def is_hex(text: object, size: int) -> bool:
    """Return whether this is lower-case hex for exactly ``size`` bytes."""
    return isinstance(text, str) and len(text) == 2 * size and _HEX.fullmatch(text) is not None
