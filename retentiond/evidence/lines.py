"""The lines of a manifest by the million: what :func:`retentiond.evidence.commitments.commit` makes of one record.

What is the same for all records of a list is worked out once: how the keyed hashes begin. HMAC is written out for that
(RFC 2104: the hash of the key under one pad before the hash of the key under the other and the text), because a call of
``hmac`` costs more than the hashing it asks for. The tests hold both against ``hmac``.
"""

from __future__ import annotations

import unicodedata
from binascii import b2a_base64
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256

from retentiond.evidence.commitments import RECORD, SALTS, TAG, Purpose
from retentiond.evidence.jcs import cut, quoted

_BLOCK, _KEY, _TAG_BYTES = 64, 32, 16
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def lines(opening_key: bytes, purpose: Purpose, records: Iterable[tuple[bytes, bytes]]) -> Iterator[bytes]:
    """Yield the line of each record, 48 raw bytes: 16 of its tag and 32 of its digest, in the order of the records.

    Args:
        opening_key: of the list, 32 bytes.
        purpose: which manifest it is for; each has a salt of its own.
        records: for each record the bytes that name it (:func:`references`), and what is said of it as canonical JSON.
    """
    begun = opening_key.ljust(_BLOCK, b"\0")
    inner, outer = sha256(begun.translate(_INNER) + RECORD), sha256(begun.translate(_OUTER))
    rest = bytes(_BLOCK - _KEY)
    inner_rest, outer_rest = rest.translate(_INNER), rest.translate(_OUTER)
    of_tag, of_salt = inner_rest + TAG, inner_rest + SALTS[purpose]
    for reference, said in records:
        below, above = inner.copy(), outer.copy()
        below.update(reference)
        above.update(below.digest())
        key = above.digest()
        low, high = key.translate(_INNER), key.translate(_OUTER) + outer_rest
        tag = sha256(high + sha256(low + of_tag).digest()).digest()
        salt = sha256(high + sha256(low + of_salt).digest()).digest()
        opens = b2a_base64(salt, newline=False).translate(_URL_SAFE, b"=")
        disclosed = b2a_base64(b'["' + opens + b'",' + said + b"]", newline=False).translate(_URL_SAFE, b"=")
        yield tag[:_TAG_BYTES] + sha256(disclosed).digest()


def tag_of(line: bytes) -> str:
    """Return the tag of a line as :func:`retentiond.evidence.commitments.tag` writes it, 32 hex digits."""
    return line[:_TAG_BYTES].hex()


def references(named: Iterable[tuple[str, str, str]]) -> Iterator[bytes]:
    """Yield the bytes that name each record, as :func:`retentiond.evidence.commitments.reference_bytes` does.

    Args:
        named: store, kind and key of each.
    """
    for store, kind, key in named:
        before, after = _around(store, kind)
        text = key.strip()
        plain = text if text.isascii() else unicodedata.normalize("NFC", text)
        yield f"{before}{quoted(plain)}{after}".encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1024)
def _around(store: str, kind: str) -> tuple[str, str]:
    spelt = {name: unicodedata.normalize("NFC", text.strip()) for name, text in (("store", store), ("kind", kind))}
    before, after = cut(spelt, {"ref"})
    return before, after
