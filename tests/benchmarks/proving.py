"""The commitments and the manifest of a long list."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import rfc8785

from retentiond.domain.lists import Entry
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from retentiond.evidence.manifest import manifest, parse_manifest, read_manifest, read_pieces
from retentiond.lifecycle.committed import proposed, what_is_proposed
from tests.benchmarks.measuring import Measured, timed

KEY = bytes(32)
_PAD = bytes(byte ^ 0x36 for byte in range(256))
DISCLOSURE = b"x" * 330
"""As long as the disclosure of one record."""


def hashes_alone(records: int) -> Measured:
    """Do the hashing alone: for each record three keyed hashes, its disclosure, its leaf and one node of the tree.

    The keyed hashes are written out as two hashes each, as the commitments do: calls of ``hmac`` take twice as long,
    and would make ours look better beside them than they are.
    """
    begun, half = sha256(bytes(64)), bytes(32)
    with timed() as found:
        for number in range(records):
            inner, outer = begun.copy(), begun.copy()
            inner.update(b'{"kind":"episode","ref":"%d","store":"cases"}' % number)
            outer.update(inner.digest())
            key = outer.digest()
            low, high = key.translate(_PAD), key.translate(_PAD) + half
            tag = sha256(high + sha256(low + half).digest()).digest()
            salt = sha256(high + sha256(low + half).digest()).digest()
            line = tag[:16] + sha256(DISCLOSURE + salt).digest()
            sha256(b"\x01" + sha256(b"\x00" + line).digest() + salt).digest()
    found.counts["n"] = records
    return found


def leaves(records: int) -> Measured:
    """Write what is said of each record in canonical form as the commitments do, and hash it."""
    entries = list(_entries(records))
    with timed() as found:
        for one in what_is_proposed(entries):
            sha256(b"\x00" + one).digest()
    found.counts["n"] = records
    return found


def leaves_by_package(records: int) -> Measured:
    """Write the same by the rfc8785 package, and hash it."""
    said = [_said(number) for number in range(records)]
    with timed() as found:
        for one in said:
            sha256(b"\x00" + rfc8785.dumps(one)).digest()
    found.counts["n"] = records
    return found


def commitments(records: int) -> Measured:
    """Commit to each record, lay out the manifest and compute its Merkle root."""
    entries = list(_entries(records))
    with timed() as found:
        made = manifest(proposed(entries, KEY))
    found.counts.update(n=made.size)
    return found


def manifest_read(records: int) -> Measured:
    """Read a manifest line by line and compute its root anew, as whoever checks a certificate does."""
    made = manifest(proposed(list(_entries(records)), KEY))
    with timed() as found:
        read = parse_manifest(made.text)
    if read.root != made.root:
        raise AssertionError("the root of what was read is another")
    found.counts["n"] = read.size
    return found


def manifest_file_read(records: int) -> Measured:
    """Read a manifest's file piece by piece and compute its root anew, as an auditor's check does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "manifest.txt")
        with path.open("w", encoding="ascii") as file:
            file.writelines(f"{number:032x} {sha256(b'%d' % number).hexdigest()}\n" for number in range(records))
        with timed() as found:
            read = read_manifest(partial(read_pieces, path))
    found.counts["n"] = read.size
    return found


def _said(number: int) -> dict[str, Any]:
    return {
        "store": "cases",
        "kind": "episode",
        "ref": str(number),
        "class": "EH-01",
        "action": "destroy",
        "state": sha256(b"%d" % number).hexdigest(),
        "due_on": "2020-01-01",
        "documents": 0,
    }


def _entries(records: int) -> Iterable[Entry]:
    for number in range(records):
        yield Entry(
            ref=RecordRef("cases", "episode", str(number)),
            reference=f"EH-{number}",
            record_class="EH-01",
            action=Action.DESTROY,
            state=sha256(b"%d" % number).hexdigest(),
            due_on=date(2020, 1, 1),
            reason="case closed 31 December 2013 + 6 years = 31 December 2019; due since 1 January 2020",
        )
