"""State tokens: a digest over everything a store holds of a record. Values go in and never come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import chain

from retentiond.connectors.sql.values import Identity, Value
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
    return [one.digest() for one in map(sha256, map(str.encode, map(ascii, written)))]


def _without_bytes(values: tuple[Value, ...]) -> tuple[object, ...]:
    # Written out they would be up to four times as long. No value is a tuple, so that none looks like this one.
    return tuple((sha256(one).hexdigest(),) if isinstance(one, bytes) else one for one in values)


def section(label: str, digests: Sequence[bytes]) -> bytes:
    """Return what one of its tables adds to a record's state: a label of the table and columns, and its row digests.

    Rows are taken as a set: the order in which a database returns them does not matter.
    """
    return b"".join((_head(label, len(digests)), *(sorted(digests) if len(digests) > 1 else digests)))


def written_of(label: str, owners: Sequence[Identity], digests: Sequence[bytes]) -> dict[Identity, bytes]:
    """Return what a table adds to the state of each record that has rows in it (:func:`section`).

    Args:
        label: of the table.
        owners: the key of the record that each row belongs to.
        digests: of those rows.
    """
    alone = dict(zip(owners, digests, strict=True))
    if len(alone) == len(owners):
        return dict(zip(alone, map(_head(label, 1).__add__, digests), strict=True))
    ours: dict[Identity, list[bytes]] = {owner: [] for owner in alone}
    for owner, digest in zip(owners, digests, strict=True):
        ours[owner].append(digest)
    return {owner: section(label, found) for owner, found in ours.items()}


def state_of(sections: Iterable[bytes]) -> StateToken:
    """Return the token of a record from the sections of all its tables, in the order of their labels."""
    return StateToken(sha256(b"".join(sections)).hexdigest())


@lru_cache
def _head(label: str, rows: int) -> bytes:
    raw = label.encode("utf-8", "surrogateescape")
    return b"%d:%b;%d;" % (len(raw), raw, rows)
