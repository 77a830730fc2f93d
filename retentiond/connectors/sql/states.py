"""State tokens: a digest over everything a store holds of a record. Values go in and never come out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

from retentiond.connectors.sql.values import Value
from retentiond.domain.records import StateToken

_PLAIN = frozenset({type(None), str, int, float, bytes})


def row_digests(rows: Sequence[tuple[Value, ...]]) -> list[bytes]:
    """Return the SHA-256 of each row, its columns in the order of their names.

    It is taken over the row as Python writes a tuple in ASCII: quotes and prefixes say where a value ends and of which
    type it is, floats have their shortest exact form, and no version of Unicode decides what is escaped.

    Raises:
        TypeError: a driver handed over something else than a value.
    """
    kinds = set(map(type, chain.from_iterable(rows)))
    if not kinds <= _PLAIN:
        raise TypeError("a column was not read as a plain value")
    written = map(_without_bytes, rows) if bytes in kinds else rows
    return [hashlib.sha256(ascii(one).encode("ascii")).digest() for one in written]


def _without_bytes(values: tuple[Value, ...]) -> tuple[object, ...]:
    # Written out they would be up to four times as long. No value is a tuple, so that none looks like this one.
    return tuple((hashlib.sha256(one).hexdigest(),) if isinstance(one, bytes) else one for one in values)


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
