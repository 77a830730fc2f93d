from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from functools import partial
from hashlib import sha256
from hmac import digest as hmac_digest
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.commitments import (
    Purpose,
    commit,
    disclosure_digest,
    key_commitment,
    manifest,
    new_opening_key,
    parse_manifest,
    record_key,
    reference_bytes,
    tag,
    unwrap,
    wrap,
)
from retentiond.evidence.lines import lines, references, tag_of
from retentiond.evidence.log import leaf_hash, tree_root
from retentiond.evidence.manifest import Manifest, read_manifest, read_pieces
from retentiond.evidence.verify_package import tag_faults

K = bytes(range(32))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def decoded(text: str) -> bytes:
    """Decode base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_rfc_9901_digest() -> None:
    """The digest of RFC 9901's own array-element disclosure is as printed there."""
    printed = decoded("w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs").hex()
    assert disclosure_digest("WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0") == printed


@given(TEXT, TEXT, TEXT)
def test_references_are_canonical(store: str, kind: str, key: str) -> None:
    """A reference is the RFC 8785 form of its three parts, trimmed and in NFC."""
    import unicodedata

    parts = {"kind": kind, "ref": key, "store": store}
    expected = {name: unicodedata.normalize("NFC", value.strip()) for name, value in parts.items()}
    assert reference_bytes(store, kind, key) == rfc8785.dumps(expected)


@given(st.lists(st.tuples(TEXT, TEXT, st.text(max_size=30))))
def test_references_of_many(named: list[tuple[str, str, str]]) -> None:
    """The names of many records are those of one after the other, also where one holds half a character."""
    assert list(references(named)) == [reference_bytes(*one) for one in named]


@given(st.binary(min_size=32, max_size=32), st.lists(st.tuples(st.binary(max_size=90), TEXT), max_size=5))
def test_lines_of_many(opening_key: bytes, records: list[tuple[bytes, str]]) -> None:
    """The lines of many records are the commitments to one after the other, whose keyed hashes are those of hmac."""
    purposes: tuple[Purpose, ...] = ("proposal", "outcome")
    for purpose in purposes:
        one_by_one = [commit(record_key(opening_key, name), purpose, {"said": said}) for name, said in records]
        at_once = list(lines(opening_key, purpose, [(name, rfc8785.dumps({"said": said})) for name, said in records]))
        assert at_once == [one.line for one in one_by_one]
        assert [tag_of(line) for line in at_once] == [one.tag for one in one_by_one]


def test_a_typed_reference_is_the_same() -> None:
    """A reference typed with white space around it, or accents put together, opens the same record."""
    assert reference_bytes("s", "k", " Zoe\u0301/1 ") == reference_bytes("s", "k", "Zo\u00e9/1")


@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), TEXT | st.integers(0, 2**53 - 1), max_size=6))
def test_disclosures_open(record: dict[str, str | int]) -> None:
    """A disclosure decodes to salt and record; its digest is over its own text; and the salts differ by purpose."""
    key = record_key(K, reference_bytes("s", "k", "1"))
    proposal, outcome = commit(key, "proposal", record), commit(key, "outcome", record)
    salt, said = json.loads(decoded(proposal.disclosure))
    assert said == record
    assert decoded(salt) == hmac_digest(key, b"salt/proposal", "sha256")
    assert decoded(proposal.disclosure) == rfc8785.dumps([salt, record])
    assert proposal.digest == sha256(proposal.disclosure.encode()).hexdigest()
    assert proposal.tag == outcome.tag == tag(key)
    assert proposal.digest != outcome.digest


def test_derivations_are_as_documented() -> None:
    """Record key, tag and key commitment are the published derivations, so that others can compute them."""
    reference = reference_bytes("early-help", "episode", "FAM/1")
    key = hmac_digest(K, b"retentiond/v1/record\x00" + reference, "sha256")
    assert record_key(K, reference) == key
    assert tag(key) == hmac_digest(key, b"tag", "sha256")[:16].hex()
    assert key_commitment(K) == sha256(b"retentiond/v1/key\x00" + K).hexdigest()


def test_opening_keys_are_wrapped() -> None:
    """A wrapped key opens with the same wrapping key and list only, and never wraps twice alike."""
    opening, wrapping = new_opening_key(), bytes(32)
    sealed = wrap(opening, wrapping, b"DL-1")
    assert unwrap(sealed, wrapping, b"DL-1") == opening
    assert sealed != wrap(opening, wrapping, b"DL-1")
    for data, key, aad in ((sealed, wrapping, b"DL-2"), (sealed, bytes([1]) * 32, b"DL-1"), (b"", wrapping, b"DL-1")):
        with pytest.raises(EvidenceRefused):
            unwrap(data, key, aad)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(EvidenceRefused):
            unwrap(changed, wrapping, b"DL-1")


@given(st.lists(st.binary(min_size=1, max_size=4), unique=True, max_size=40))
def test_manifests(keys: list[bytes]) -> None:
    """A manifest hides the order of its records, is read back as it was written, and its root is over its raw lines."""
    made = [commit(record_key(K, key), "proposal", {"n": at}) for at, key in enumerate(keys)]
    first = manifest(one.line for one in made)
    assert manifest(one.line for one in reversed(made)) == first == parse_manifest(first.text)
    assert first.text == b"".join(sorted(f"{one.tag} {one.digest}\n".encode() for one in made))
    leaves = [leaf_hash(bytes.fromhex(line.replace(" ", ""))) for line in first.text.decode().splitlines()]
    assert (first.root, first.size) == (tree_root(leaves).hex(), len(keys))
    assert list(first.tags()) == sorted(one.tag.encode() for one in made)
    assert first.sha256 == sha256(first.text).hexdigest()


def test_a_long_manifest_is_read_from_its_file(tmp_path: Path) -> None:
    """A manifest of several pieces is read from its file as it was made, and a fault in a later piece has its line."""
    made = manifest(sha256(b"%d" % number).digest() + bytes(16) for number in range(2500))
    path = tmp_path / "manifest.txt"
    path.write_bytes(made.text)
    read = read_manifest(partial(read_pieces, path))
    assert read == made == parse_manifest(made.text)
    assert list(read.tags()) == list(made.tags())
    assert read.sha256 == sha256(made.text).hexdigest()
    rows = made.text.splitlines(keepends=True)
    for text, said in (
        (b"".join([*rows[:1023], rows[1024], rows[1023], *rows[1025:]]), "line 1025 is malformed"),
        (b"".join([*rows[:2048], rows[2047], *rows[2048:]]), "line 2049 is malformed"),
        (made.text[:-1], "line 2500 is cut short"),
    ):
        path.write_bytes(text)
        with pytest.raises(EvidenceRefused, match=said):
            read_manifest(partial(read_pieces, path))


TAGS = st.sets(st.integers(0, 30)).map(lambda some: manifest(b"%016d" % one + bytes(32) for one in some))


@given(TAGS, TAGS)
def test_records_added_and_dropped_are_counted(proposed: Manifest, outcome: Manifest) -> None:
    """Manifests are compared without holding them: what only one of them has is counted as sets would count it."""
    before, after = set(proposed.tags()), set(outcome.tags())
    added, dropped = len(after - before), len(before - after)
    expected = [f"{added} records on it were never proposed"] if added else []
    expected += [f"{dropped} records of manifest-proposal.txt are not accounted for"] if dropped else []
    assert [one.removeprefix("manifest-outcome.txt: ") for one in tag_faults(proposed, outcome)] == expected


def test_a_record_is_on_a_manifest_once() -> None:
    """A record that is on a list twice makes no manifest."""
    with pytest.raises(EvidenceRefused, match="twice"):
        manifest([b"a" * 16 + b"b" * 32, b"a" * 16 + b"c" * 32])


LINE_1, LINE_2 = b"1" * 32 + b" " + b"a" * 64 + b"\n", b"2" * 32 + b" " + b"a" * 64 + b"\n"


@pytest.mark.parametrize(
    "text",
    [
        LINE_2 + LINE_1,
        LINE_1 + LINE_1,
        LINE_1 + LINE_2[:-1],
        LINE_1 + b"\n",
        LINE_1.upper(),
        LINE_1.replace(b" ", b"\t"),
        LINE_1.replace(b"\n", b"\r"),
        LINE_1 + LINE_2.replace(b"2", b"g"),
        b"\xff" * 98,
    ],
)
def test_malformed_manifests_are_refused(text: bytes) -> None:
    """Lines out of order, given twice, cut short or otherwise written are refused."""
    with pytest.raises(EvidenceRefused):
        parse_manifest(text)


@given(st.binary(max_size=300))
def test_random_manifests_are_refused(data: bytes) -> None:
    """Random bytes are no manifest unless they are empty."""
    if data:
        with pytest.raises(EvidenceRefused):
            parse_manifest(data)
