"""JSON inside a column: what stands in it, asked in one way of every database."""

from __future__ import annotations

from typing import Any, Protocol, Self

import sqlalchemy as sa

Column = sa.ColumnElement[Any]


class Node(Protocol):
    """One place in a JSON document. A document that is none, and a name that is not there, are like JSON's null."""

    def field(self, name: str) -> Self:
        """Return what stands under a name."""
        ...

    def elements(self) -> tuple[sa.FromClause, Self]:
        """Return the elements of the list there as rows, and the place of one of them; no list, no rows."""
        ...

    def text(self) -> Column:
        """Return the text of the value there, numbers as they are written; NULL for null."""
        ...

    def is_a(self, *kinds: str) -> Column:
        """Return the condition that what stands there is of a kind: ``object``, ``array``, ``null``; never NULL."""
        ...

    def invalid(self, column: Column) -> Column | None:
        """Return the condition that a column holds text that is no JSON; None where its type rules that out."""
        ...


def inlined(text: str) -> Column:
    """Return a name out of the definition, written into the statement: an index over the expression is recognised."""
    return sa.literal(text, sa.Text(), literal_execute=True)
