"""Foreign keys as the live catalogue declares them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

_REFUSING = {"", "NO ACTION", "RESTRICT"}


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One foreign key, wherever in the database it stands."""

    table: sa.Table
    columns: tuple[str, ...]
    to: str
    """The table it refers to, in the schema we work in."""
    to_columns: tuple[str, ...]
    on_delete: str = ""
    """``CASCADE``, ``SET NULL``, ``SET DEFAULT``, or empty where the database refuses."""
    checks_each_row: bool = False
    """The database refuses at the row (RESTRICT), not at the end of the statement."""
    is_deferrable: bool = False
    """The database can be told to check only at the end of the transaction."""
    where: tuple[tuple[str, str | None], ...] = ()
    """Only rows with these values refer; only a definition can say so."""
    is_enforced: bool = True
    """Declared in the database, which refuses what would break it; a definition's reference is not."""
    leaves: bool = False
    """Its rows are known to stay behind when what they name goes."""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Columns that agree: the one referred to, and the one that refers."""
        return tuple(zip(self.to_columns, self.columns, strict=True))


def is_strict(declared: str | None) -> bool:
    """Whether a foreign key refuses at the very row, though the row that refers goes in the same statement."""
    return (declared or "").upper() == "RESTRICT"


def action_of(declared: str | None) -> str:
    """Return what a foreign key does to its row when the row it refers to goes; empty where it refuses."""
    action = (declared or "").upper()
    return "" if action in _REFUSING else action


def gathered(rows: Iterable[Sequence[str]]) -> Iterator[ForeignKey]:
    """Yield the foreign keys of tables in other schemas.

    Args:
        rows: a row a pair of columns, in order: schema, table, name of the key, table it refers to, what happens to
            a row when the one it refers to goes (see :func:`action_of`), its column, the other table's column.
    """
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for *key, left, right in rows:
        found.setdefault(tuple(key), []).append((left, right))
    for (schema, name, _, to, action), pairs in found.items():
        columns: list[sa.Column[Any]] = [sa.Column(left) for left, _ in pairs]
        table = sa.Table(name, sa.MetaData(), *columns, schema=schema)
        yield ForeignKey(table, tuple(left for left, _ in pairs), to, tuple(right for _, right in pairs), action)
