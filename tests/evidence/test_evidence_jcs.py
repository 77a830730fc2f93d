from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.jcs import canonical, cut, encoded, quick, quoted
from retentiond.evidence.strict import decode_base64, parse_object

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
KEYS = st.text(st.characters(max_codepoint=127))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20)


@given(VALUES)
def test_both_forms_are_rfc_8785(value: Any) -> None:
    """The checked form and the fast one give the bytes of an independent implementation of RFC 8785."""
    assert canonical(value) == quick(value) == rfc8785.dumps(value)


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, TEXT, max_size=3))
def test_pieces_make_the_whole(alike: dict[str, Any], others: dict[str, str]) -> None:
    """An object cut at some of its fields is RFC 8785 again once their texts stand in the gaps."""
    alike = {name: value for name, value in alike.items() if name not in others}
    first, *pieces = cut(alike, others.keys())
    filled = "".join(quoted(others[name]) + piece for name, piece in zip(sorted(others), pieces, strict=True))
    assert list(encoded([first + filled])) == [rfc8785.dumps(alike | others)]


def test_pieces_have_one_form_or_none() -> None:
    """Pieces refuse what the whole refuses, and half a character shows at the end, without the text around it."""
    faults: list[tuple[dict[str, Any], str]] = [({"a": 1.5}, "b"), ({"é": 1}, "b"), ({}, "é"), ({"a": 2**53}, "b")]
    for alike, gap in faults:
        with pytest.raises(EvidenceRefused):
            cut(alike, {gap})
    with pytest.raises(EvidenceRefused) as refused:
        list(encoded([quoted("Zoe \ud800")]))
    assert "Zoe" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), 2**53, -(2**53), {"a": [1.0]}, {1: 2}, {"é": 1}, b"bytes", object(), "\ud800", {1.0}],
)
def test_what_has_no_one_form_is_refused(value: Any) -> None:
    """Floats, large integers, other keys than ASCII, half characters and foreign types are refused by both forms."""
    for form in (canonical, quick):
        with pytest.raises(EvidenceRefused):
            form(value)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a":{"b":1,"b":1}}',
        '{"a":1.0}',
        '{"a":1e3}',
        '{"a":NaN}',
        '{"a":9007199254740992}',
        '{"a":' + "9" * 5000 + "}",
        "[1]",
        '"a"',
        "",
        "{",
        '{"a":1} x',
        '{"a":"\\ud800"}',
        '\ufeff{"a":1}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_json_that_readers_differ_on_is_refused(text: str) -> None:
    """JSON with twin keys, floats, large integers, half characters, a byte order mark or no end is refused."""
    with pytest.raises(EvidenceRefused):
        parse_object(text.encode(), "file")


@given(st.binary())
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    """Random bytes are an object or a refusal, never another exception."""
    try:
        found = parse_object(data, "file")
    except EvidenceRefused:
        return
    assert isinstance(found, dict)


def test_a_whole_character_in_escapes_is_read() -> None:
    """Two escapes that make one character are that character."""
    assert parse_object(b'{"a":"\\ud83d\\ude00"}', "file") == {"a": json.loads('"\\ud83d\\ude00"')}


@pytest.mark.parametrize("text", ["QQ", "QQ=", "QR==", "Q Q==", "QQ==\n", "_-==", "QUE", None, 5, "é"])
def test_base64_with_slack_is_refused(text: object) -> None:
    """Missing padding, stray bits, white space and other alphabets are refused."""
    with pytest.raises(EvidenceRefused):
        decode_base64(text, "file")


@given(st.binary())
def test_base64_round_trip(data: bytes) -> None:
    """What base64 says is read back."""
    import base64

    assert decode_base64(base64.b64encode(data).decode(), "file") == data
