from __future__ import annotations

import hmac
import re
import subprocess
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from retentiond.domain.pseudonyms import KEY_BYTES, LENGTH, fingerprint, pseudonym

KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
TEXTS = st.text()


@given(KEYS, TEXTS, st.integers(0, 9))
@example(bytes(KEY_BYTES), "", 3)  # an empty text is one like any other
def test_the_same_text_has_the_same_pseudonym(key: bytes, text: str, spaces: int) -> None:
    """It is RFC 2104 over the text, always of one form; spaces that a database puts behind a text change nothing."""
    made = pseudonym(key, text + " " * spaces)
    assert re.fullmatch(f"[0-9a-f]{{{LENGTH}}}", made)
    assert made == pseudonym(key, text)
    bare = text.rstrip(" ")
    if not re.fullmatch(r"[0-9A-Fa-f-]{36}", bare):
        assert made == hmac.new(key, bare.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


@given(KEYS, KEYS, TEXTS, TEXTS)
def test_other_texts_and_other_keys_have_others(key: bytes, other: bytes, one: str, two: str) -> None:
    """Two texts share a pseudonym only where they are alike but for spaces at the end; two keys never give the same."""
    assert (pseudonym(key, one) == pseudonym(key, two)) is (one.rstrip(" ") == two.rstrip(" "))
    assert (pseudonym(key, one) == pseudonym(other, one)) is (key == other)


@given(KEYS, st.uuids())
def test_a_uuid_is_the_same_in_capitals(key: bytes, one: UUID) -> None:
    """Databases write UUIDs in either case; braces or other forms are texts like any."""
    assert pseudonym(key, str(one)) == pseudonym(key, str(one).upper())
    assert pseudonym(key, f"{{{one}}}") != pseudonym(key, str(one))


@given(KEYS, KEYS, TEXTS)
def test_a_fingerprint_tells_keys_apart_and_is_nobodys_pseudonym(key: bytes, other: bytes, text: str) -> None:
    """Two keys have two fingerprints, and none is the key or a pseudonym made with it."""
    assert (fingerprint(key) == fingerprint(other)) is (key == other)
    assert fingerprint(key) not in (key.hex(), pseudonym(key, text))


def test_anybody_can_compute_one() -> None:
    """With the key in hand, openssl gives the same."""
    key, text = bytes(range(KEY_BYTES)), "943 476 5919"
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-r"]
    said = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout.decode()
    assert said.split()[0] == pseudonym(key, text)
