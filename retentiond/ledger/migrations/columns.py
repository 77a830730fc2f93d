"""What tables are written with in every migration."""

from __future__ import annotations

import sqlalchemy as sa

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def one_of(column: str, *words: str) -> str:
    """Return a check in comparisons: for an IN of several words SQLite fills a table for each row it writes."""
    return " OR ".join(f"{column} = '{one}'" for one in words)
