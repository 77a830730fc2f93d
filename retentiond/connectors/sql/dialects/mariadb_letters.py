"""By which collation MariaDB compares two columns, and whether that one tells apart what a column tells apart."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_COLLATIONS = sa.text(
    "SELECT table_name, column_name, collation_name FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL"
)
_UNICODE = ("utf", "ucs")
_BIN, _NO_PAD = "_bin", "nopad"


def collations(connection: Connection) -> dict[tuple[str, str], str]:
    """Return the collation of every column of text of the schema, by table and column."""
    return {(table, column): collation for table, column, collation in connection.execute(_COLLATIONS)}


def tells_apart(ours: str, theirs: str) -> bool:
    """Whether comparing columns of two collations takes no texts for one that ours tells apart."""
    by = _compared_by(ours, theirs)
    if by is None:
        return False
    keeps_spaces = _NO_PAD in by or _NO_PAD not in ours
    return keeps_spaces and (by.endswith(_BIN) or _rule(by) == _rule(ours))


def _compared_by(one: str, other: str) -> str | None:
    """Return the collation that decides between two columns; None where the server refuses, or is not known to."""
    if one == other:
        return one
    is_unicode = [name.startswith(_UNICODE) for name in (one, other)]
    if is_unicode == [True, True] and _charset(one) != _charset(other):
        return max(one, other, key=lambda name: name.startswith("utf8mb4"))
    if is_unicode[0] != is_unicode[1]:
        return one if is_unicode[0] else other
    if _charset(one) == _charset(other) and one.endswith(_BIN) != other.endswith(_BIN):
        return one if one.endswith(_BIN) else other
    return None


def _charset(collation: str) -> str:
    return collation.partition("_")[0]


def _rule(collation: str) -> str:
    """Return how a collation tells letters apart, whatever the bytes they are kept in."""
    return collation.partition("_")[2].replace("nopad_", "")
