"""State tokens: a digest over everything a store holds of a record. Values go in and never come out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from retentiond.connectors.sql.values import Value
from retentiond.domain.records import StateToken


def encoded(value: Value) -> bytes:
    """Return a value as bytes that no other value shares: its type, its length, itself.

    Numbers are written as decimal text and floats by their shortest exact form, so that the bytes do not depend on
    a driver, a locale or a session.
    """
    match value:
        case None:
            return b"n;"
        case bytes():
            return b"b%d:%b;" % (len(value), value)
        case str():
            raw = value.encode("utf-8", "surrogateescape")
            return b"s%d:%b;" % (len(raw), raw)
        case int():
            return b"i%d;" % value
        case float():
            return b"f" + repr(value).encode() + b";"


def row_digest(values: Sequence[Value]) -> bytes:
    """Return the SHA-256 of one row, its columns in the order of their names."""
    return hashlib.sha256(b"".join(map(encoded, values))).digest()


def state_of(sections: Mapping[str, Iterable[bytes]]) -> StateToken:
    """Return the token of a record from the row digests of each of its tables, by a label of the table and columns.

    Rows are taken as a set: the order in which a database returns them does not matter.
    """
    whole = hashlib.sha256()
    for label in sorted(sections):
        digests = sorted(sections[label])
        raw = label.encode("utf-8", "surrogateescape")
        whole.update(b"%d:%b;%d;" % (len(raw), raw, len(digests)))
        for one in digests:
            whole.update(one)
    return StateToken(whole.hexdigest())
