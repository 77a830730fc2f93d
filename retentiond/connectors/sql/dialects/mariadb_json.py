"""JSON in MariaDB: text, whether or not a check says that it is JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa

from retentiond.connectors.sql.dialects.nodes import Column, inlined


@dataclass(frozen=True, slots=True)
class MariadbNode:
    """JSON in a column of text, on MariaDB."""

    document: Column
    """A piece of JSON as text, NULL where there is none."""

    @classmethod
    def of(cls, column: Column) -> Self:
        """Return the whole of the JSON in a column."""
        text = sa.cast(column, sa.Text) if not isinstance(column.type, sa.String) else column
        return cls(sa.case((sa.func.json_valid(text) == 1, text), else_=sa.null()))

    def field(self, name: str) -> Self:
        """Return what stands under a name."""
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        # A name asked of a list is no name: without this a path would look into its first element.
        inner = sa.func.json_extract(self.document, inlined(f'$."{quoted}"'), type_=sa.Text())
        return type(self)(sa.case((self._kind() == "OBJECT", inner), else_=sa.null()))

    def elements(self) -> tuple[sa.FromClause, Self]:
        """Return the elements of the list there as rows, and the place of one of them; no list, no rows."""
        listed = sa.case((self._kind() == "ARRAY", self.document), else_=sa.literal_column("'[]'", sa.Text()))
        # Elements are numbered and taken out by number: JSON_TABLE itself would lose those of a form not expected.
        numbered: Column = sa.literal_column("'$[*]' COLUMNS (number FOR ORDINALITY)")
        rows = sa.func.json_table(listed, numbered).table_valued("number", joins_implicitly=True)
        place = sa.func.concat("$[", rows.c["number"] - 1, "]")
        return rows, type(self)(sa.func.json_extract(listed, place, type_=sa.Text()))

    def text(self) -> Column:
        """Return the text of the value there, numbers as they are written; NULL for null."""
        plain = sa.func.json_unquote(self.document, type_=sa.Text())
        return sa.case((self._kind() == "NULL", sa.null()), else_=plain)

    def is_a(self, *kinds: str) -> Column:
        """Return the condition that what stands there is of a kind."""
        return sa.func.coalesce(self._kind(), "NULL").in_([kind.upper() for kind in kinds])

    def invalid(self, column: Column) -> Column | None:
        """Return the condition that a column holds text that is no JSON."""
        text = sa.cast(column, sa.Text) if not isinstance(column.type, sa.String) else column
        return sa.and_(column.is_not(None), sa.func.json_valid(text) == 0)

    def _kind(self) -> Column:
        return sa.func.json_type(self.document, type_=sa.Text())
