"""JSON in MariaDB: text, whether or not a check says that it is JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa

from retentiond.connectors.sql.dialects.nodes import Column, inlined


@dataclass(frozen=True, slots=True)
class MariadbNode:
    """JSON in a column of text, on MariaDB.

    Every mention of a document is read anew by the server: a place is one path from its beginning, and what stands on
    the way is asked for its kind once a level.
    """

    document: Column
    """A piece of JSON as text."""
    path: str = "$"
    within: tuple[Column, ...] = ()
    """Conditions that what stands on the way is an object each time."""

    @classmethod
    def of(cls, column: Column) -> Self:
        """Return the whole of the JSON in a column."""
        return cls(_text(column))

    def field(self, name: str) -> Self:
        """Return what stands under a name."""
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        # A name asked of a list is no name: without this a path would look into its first element.
        return type(self)(self.document, f'{self.path}."{quoted}"', (*self.within, self._kind_there() == "OBJECT"))

    def elements(self) -> tuple[sa.FromClause, Self]:
        """Return the elements of the list there as rows, and the place of one of them; no list, no rows."""
        listed = sa.case((self._kind() == "ARRAY", self._there()), else_=sa.literal_column("'[]'", sa.Text()))
        # Elements are numbered and taken out by number: JSON_TABLE itself would lose those of a form not expected.
        numbered: Column = sa.literal_column("'$[*]' COLUMNS (number FOR ORDINALITY)")
        rows = sa.func.json_table(listed, numbered).table_valued("number", joins_implicitly=True)
        place = sa.func.concat(inlined(f"{self.path}["), rows.c["number"] - 1, "]")
        return rows, type(self)(sa.func.json_extract(self.document, place, type_=sa.Text()))

    def text(self) -> Column:
        """Return the text of the value there, numbers as they are written; NULL for null."""
        there = self._there()
        plain = sa.func.json_unquote(there, type_=sa.Text())
        usable = sa.and_(*self.within, sa.func.json_type(there, type_=sa.Text()) != "NULL")
        return sa.case((usable, plain), else_=sa.null())

    def is_a(self, *kinds: str) -> Column:
        """Return the condition that what stands there is of a kind."""
        return sa.func.coalesce(self._kind(), "NULL").in_([kind.upper() for kind in kinds])

    def invalid(self, column: Column) -> Column | None:
        """Return the condition that a column holds text that is no JSON."""
        return sa.and_(column.is_not(None), sa.func.json_valid(_text(column)) == 0)

    def _there(self) -> Column:
        if self.path == "$":
            return self.document
        return sa.func.json_extract(self.document, inlined(self.path), type_=sa.Text())

    def _kind_there(self) -> Column:
        return sa.func.json_type(self._there(), type_=sa.Text())

    def _kind(self) -> Column:
        if not self.within:
            return self._kind_there()
        return sa.case((sa.and_(*self.within), self._kind_there()), else_=sa.null())


def _text(column: Column) -> Column:
    return column if isinstance(column.type, sa.String) else sa.cast(column, sa.Text)
