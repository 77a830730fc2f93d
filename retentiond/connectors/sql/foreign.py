"""Foreign keys as the live catalogue declares them."""

from __future__ import annotations

from dataclasses import dataclass

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


def action_of(declared: str | None) -> str:
    """Return what a foreign key does to its row when the row it refers to goes; empty where it refuses."""
    action = (declared or "").upper()
    return "" if action in _REFUSING else action
