"""Pseudonyms: what stands in the place of a name for as long as somebody keeps the key that leads back to it.

A pseudonym is HMAC-SHA-256 (RFC 2104) of a text, so that the same person has the same one wherever the same key is
used, and tables can still be joined. It is not a hash: ten digits of an NHS number are tried out in minutes, unless a
secret of 32 bytes has to be guessed with them. Whoever has the key can try, so the record stays personal data while
the key exists (UK GDPR Art 4(5); ICO, Anonymisation, 28 March 2025; EDPB Guidelines 01/2025).
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

KEY_BYTES = 32
LENGTH = 64
"""Characters of a pseudonym: lower-case hex digits."""
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What a key may be called."""
MOST_NAME = 64

_FINGERPRINT = b"retentiond pseudonym key fingerprint v1\n"
_FORM = re.compile(f"[0-9a-f]{{{LENGTH}}}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def canonical(text: str) -> str:
    """Return a text as it is keyed: as it stands, but without the spaces some databases put behind it.

    A UUID written out is in lower case, as most databases write it. Nothing else is made alike: capitals and accents
    tell people apart.
    """
    bare = text.rstrip(" ")
    return bare.lower() if _UUID.fullmatch(bare) else bare


def is_pseudonym(text: str) -> bool:
    """Whether a text has the form of a pseudonym; what else has it cannot be told apart."""
    return _FORM.fullmatch(text) is not None


def pseudonym(key: bytes, text: str) -> str:
    """Return the pseudonym of a text: 64 lower-case hex digits.

    Args:
        key: 32 bytes.
        text: what names somebody.
    """
    return hmac.digest(key, canonical(text).encode("utf-8", "surrogatepass"), "sha256").hex()


def fingerprint(key: bytes) -> str:
    """Return what a key may be told apart by: a SHA-256 in 64 hex digits, from which nothing of the key follows.

    It is a digest of the key behind words that stand before no value, so it is no pseudonym of anything.
    """
    return sha256(_FINGERPRINT + key).hexdigest()
