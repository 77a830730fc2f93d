"""The commitments and the manifest of a long list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from hmac import digest
from typing import Any

import rfc8785

from retentiond.domain.lists import Entry
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from retentiond.evidence.jcs import quick
from retentiond.evidence.manifest import manifest, parse_manifest
from retentiond.lifecycle.manifests import proposed
from tests.benchmarks.measuring import Measured, timed

KEY = bytes(32)
DISCLOSURE = b"x" * 330
"""As long as the disclosure of one record."""


def hashes_alone(records: int) -> Measured:
    """Do the hashing alone: for each record three keyed hashes, its disclosure, its leaf and one node of the tree."""
    with timed() as found:
        for number in range(records):
            name = b'{"kind":"episode","ref":"%d","store":"cases"}' % number
            key = digest(KEY, name, "sha256")
            tag, salt = digest(key, b"tag", "sha256"), digest(key, b"salt/proposal", "sha256")
            line = tag[:16] + sha256(DISCLOSURE + salt).digest()
            sha256(b"\x01" + sha256(b"\x00" + line).digest() + salt).digest()
    found.counts["n"] = records
    return found


def leaves(records: int) -> Measured:
    """Write what is said of each record in canonical form as the commitments do, and hash it."""
    said = [_said(number) for number in range(records)]
    with timed() as found:
        for one in said:
            sha256(b"\x00" + quick(one)).digest()
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
        made = manifest(proposed(one, KEY) for one in entries)
    found.counts.update(n=made.size)
    return found


def manifest_read(records: int) -> Measured:
    """Read a manifest line by line and compute its root anew, as whoever checks a certificate does."""
    made = manifest(proposed(one, KEY) for one in _entries(records))
    with timed() as found:
        read = parse_manifest(made.text)
    if read.root != made.root:
        raise AssertionError("the root of what was read is another")
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
