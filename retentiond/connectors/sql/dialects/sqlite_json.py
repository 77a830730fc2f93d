"""JSON in SQLite: text, looked into by its own functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa

from retentiond.connectors.sql.dialects.nodes import Column, inlined


@dataclass(frozen=True, slots=True)
class SqliteNode:
    """JSON in text of SQLite."""

    document: Column
    path: str = "$"
    row: sa.FromClause | None = None
    """The element of a list, where the document is one."""

    @classmethod
    def of(cls, column: Column) -> Self:
        """Return the whole of the JSON in a column."""
        return cls(sa.case((_is_json(column), column), else_=sa.null()))

    def field(self, name: str) -> Self:
        """Return what stands under a name."""
        return type(self)(self.document, f'{self.path}."{name}"', self.row)

    def elements(self) -> tuple[sa.FromClause, Self]:
        """Return the elements of the list there as rows, and the place of one of them; no list, no rows."""
        whole = sa.func.json_extract(self.document, inlined(self.path))
        listed = sa.case((self._kind() == "array", whole), else_=sa.literal("[]", sa.Text()))
        rows = sa.func.json_each(listed).table_valued("value", "type", joins_implicitly=True)
        inner = sa.case((rows.c["type"].in_(("object", "array")), rows.c["value"]), else_=sa.null())
        return rows, type(self)(inner, "$", rows)

    def text(self) -> Column:
        """Return the text of the value there, numbers as they are written; NULL for null."""
        path = inlined(self.path)
        value: Column = sa.func.json_extract(self.document, path)
        other: Column = self.document.op("->")(path)
        if self.path == "$" and self.row is not None:
            value = self.row.c["value"]
            other = sa.case(
                (self.row.c["type"].in_(("true", "false")), self.row.c["type"]), else_=sa.cast(value, sa.Text)
            )
        kind = self._kind()
        return sa.type_coerce(sa.case((kind == "text", value), (kind == "null", sa.null()), else_=other), sa.Text())

    def is_a(self, *kinds: str) -> Column:
        """Return the condition that what stands there is of a kind."""
        return sa.func.coalesce(self._kind(), "null").in_(kinds)

    def invalid(self, column: Column) -> Column | None:
        """Return the condition that a column holds text that is no JSON."""
        return sa.and_(column.is_not(None), sa.not_(_is_json(column)))

    def _kind(self) -> Column:
        if self.path == "$" and self.row is not None:
            return self.row.c["type"]
        return sa.func.json_type(self.document, inlined(self.path))


def _is_json(column: Column) -> Column:
    # Bytes may be valid by their look, and cannot be looked into.
    return sa.and_(sa.func.typeof(column) != "blob", sa.func.json_valid(column) == 1)
