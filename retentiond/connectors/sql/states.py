"""State tokens: a digest over everything a store holds of a record. Values go in and never come out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

from retentiond.connectors.sql.values import Value
from retentiond.domain.records import StateToken

_PLAIN = frozenset({type(None), str, int, float, bytes})


def row_digest(values: tuple[Value, ...]) -> bytes:
    """Return the SHA-256 of one row, its columns in the order of their names.

    It is taken over the row as Python writes a tuple in ASCII: quotes and prefixes say where a value ends and of which
    type it is, floats have their shortest exact form, and no version of Unicode decides what is escaped.

    Raises:
        TypeError: a driver handed over something else than a value.
    """
    if not _PLAIN.issuperset(map(type, values)):
        raise TypeError("a column was not read as a plain value")
    written: tuple[object, ...] = values
    if bytes in map(type, values):
        # Written out they would be up to four times as long. No value is a tuple, so that none looks like this one.
        written = tuple((hashlib.sha256(one).hexdigest(),) if isinstance(one, bytes) else one for one in values)
    return hashlib.sha256(ascii(written).encode("ascii")).digest()


def section(label: str, digests: Sequence[bytes]) -> bytes:
    """Return what one of its tables adds to a record's state: a label of the table and columns, and its row digests.

    Rows are taken as a set: the order in which a database returns them does not matter.
    """
    return b"".join((_head(label, len(digests)), *(sorted(digests) if len(digests) > 1 else digests)))


def state_of(sections: Iterable[bytes]) -> StateToken:
    """Return the token of a record from the sections of all its tables, in the order of their labels."""
    return StateToken(hashlib.sha256(b"".join(sections)).hexdigest())


@lru_cache
def _head(label: str, rows: int) -> bytes:
    raw = label.encode("utf-8", "surrogateescape")
    return b"%d:%b;%d;" % (len(raw), raw, rows)
