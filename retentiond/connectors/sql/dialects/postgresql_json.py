"""JSON in PostgreSQL: of its types, as an array, or as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from retentiond.connectors.sql.dialects.nodes import Column, inlined


@dataclass(frozen=True, slots=True)
class PostgresqlNode:
    """JSON, an array, or text that holds JSON, on PostgreSQL."""

    document: Column
    parent: Column | None = None
    name: str = ""

    @classmethod
    def of(cls, column: Column) -> Self:
        """Return the whole of the JSON in a column."""
        if isinstance(column.type, JSONB):
            return cls(column)
        if isinstance(column.type, ARRAY):
            return cls(sa.func.to_jsonb(column, type_=JSONB()))
        text = sa.cast(column, sa.Text)
        valid = sa.func.pg_input_is_valid(text, sa.literal("jsonb", sa.Text()))
        return cls(sa.case((valid, sa.cast(text, JSONB)), else_=sa.cast(sa.null(), JSONB)))

    def field(self, name: str) -> Self:
        """Return what stands under a name."""
        inner = self.document.op("->", return_type=JSONB())(inlined(name))
        return type(self)(inner, self.document, name)

    def elements(self) -> tuple[sa.FromClause, Self]:
        """Return the elements of the list there as rows, and the place of one of them; no list, no rows."""
        empty = sa.cast(sa.literal("[]", sa.Text()), JSONB)
        listed = sa.case((self._kind() == "array", self.document), else_=empty)
        rows = sa.func.jsonb_array_elements(listed).table_valued(sa.column("value", JSONB), joins_implicitly=True)
        return rows, type(self)(rows.c["value"])

    def text(self) -> Column:
        """Return the text of the value there, numbers as they are written; NULL for null."""
        if self.parent is not None:
            return self.parent.op("->>", return_type=sa.Text())(inlined(self.name))
        path = sa.literal_column("'{}'", sa.Text())
        return self.document.op("#>>", return_type=sa.Text())(sa.cast(path, ARRAY(sa.Text)))

    def is_a(self, *kinds: str) -> Column:
        """Return the condition that what stands there is of a kind."""
        return sa.func.coalesce(self._kind(), "null").in_(kinds)

    def invalid(self, column: Column) -> Column | None:
        """Return the condition that a column holds text that is no JSON; None where its type rules that out."""
        if isinstance(column.type, JSONB | ARRAY):
            return None
        valid = sa.func.pg_input_is_valid(sa.cast(column, sa.Text), sa.literal("jsonb", sa.Text()))
        return sa.and_(column.is_not(None), sa.not_(valid))

    def _kind(self) -> Column:
        return sa.func.jsonb_typeof(self.document)
