"""JSON in MariaDB: text, looked into by its own functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa

from retentiond.connectors.sql.dialects.nodes import Column, inlined

_ROWS: Column = sa.literal_column("'$[*]' COLUMNS (n FOR ORDINALITY)")


@dataclass(frozen=True, slots=True)
class MariaNode:
    """JSON in text of MariaDB, whose type ``json`` is text as well."""

    document: Column
    path: Column

    @classmethod
    def of(cls, column: Column) -> Self:
        """Return the whole of the JSON in a column."""
        return cls(sa.case((sa.func.json_valid(column) == 1, column), else_=sa.null()), inlined("$"))

    def field(self, name: str) -> Self:
        """Return what stands under a name."""
        return type(self)(self.document, sa.func.concat(self.path, inlined(f'."{name}"')))

    def elements(self) -> tuple[sa.FromClause, Self]:
        """Return the elements of the list there as rows, and the place of one of them; no list, no rows."""
        listed = sa.case((self._kind() == "ARRAY", self._whole()), else_=inlined("[]"))
        rows = sa.func.json_table(listed, _ROWS).table_valued("n", joins_implicitly=True)
        place = sa.func.concat(self.path, inlined("["), rows.c["n"] - 1, inlined("]"))
        return rows, type(self)(self.document, place)

    def text(self) -> Column:
        """Return the text of the value there, numbers as they are written; NULL for null."""
        kind = self._kind()
        text = sa.case(
            (kind == "STRING", sa.func.json_unquote(self._whole())),
            (kind == "NULL", sa.null()),
            else_=self._whole(),
        )
        return sa.type_coerce(text, sa.Text())

    def is_a(self, *kinds: str) -> Column:
        """Return the condition that what stands there is of a kind."""
        return sa.func.lower(sa.func.coalesce(self._kind(), "null")).in_(kinds)

    def invalid(self, column: Column) -> Column | None:
        """Return the condition that a column holds text that is no JSON."""
        return sa.and_(column.is_not(None), sa.func.json_valid(column) == 0)

    def _kind(self) -> Column:
        return sa.func.json_type(self._whole())

    def _whole(self) -> Column:
        return sa.func.json_extract(self.document, self.path)
