"""Where a value stands in a row: a column, or a way into the JSON that a column holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import JSON

from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.dialects.nodes import Node
from retentiond.connectors.sql.values import Column, equals

Source = sa.FromClause
"""A table or an alias of one."""

EACH = "[*]"
"""Every element of a list."""

_STEP = re.compile(r'\.([A-Za-z0-9_$#@-]+)|\."([^"]+)"|(\[\*\])')


@dataclass(frozen=True, slots=True)
class Reached:
    """A value as it stands in one statement."""

    value: Column
    """A column as it is typed, or the text of what stands in JSON; NULL where nothing does."""
    lists: tuple[Source, ...] = ()
    """The lists whose elements are looked at, each a table of its own beside the row's."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a value stands in a row of a table."""

    text: str
    """As the definition writes it."""
    column: str
    path: tuple[str, ...] = ()
    """Names in the JSON, from without to within; :data:`EACH` goes on with every element. Empty: the column itself."""

    @property
    def is_single(self) -> bool:
        """Whether a row has one value there at most."""
        return EACH not in self.path

    def reached(self, row: Source, dialect: Dialect) -> Reached:
        """Return what stands there in a row of the table or an alias of it."""
        if not self.path:
            return Reached(row.c[self.column])
        node, lists = self._node(row, dialect)
        return Reached(node.text(), tuple(lists))

    def value(self, row: Source, dialect: Dialect) -> Column:
        """Return the one value there, typed as its column is, or text."""
        return self.reached(row, dialect).value

    def equals(self, row: Source, value: str | None, dialect: Dialect) -> Column:
        """Return the condition that the value there, or that of some element, is one written as text; None is none."""
        if not self.path:
            return equals(row.c[self.column], value, dialect)
        reached = self.reached(row, dialect)
        same = equals(reached.value, value, dialect)
        return same if not reached.lists else some(reached.lists, same)

    def unclear(self, row: Source, dialect: Dialect) -> Column | None:
        """Return the condition that the JSON is not of a form in which a value stands there; None where it always is.

        A list where a name is looked up, a name where a list is, a mapping where one value is: what is meant there
        cannot be told, and it must not pass for a value that is missing.
        """
        if not self.path:
            return None
        column = row.c[self.column]
        node = dialect.json(column)
        invalid = node.invalid(column)
        conditions = [] if invalid is None else [invalid]
        conditions.append(_unfit(node, self.path))
        return sa.or_(*conditions)

    def _node(self, row: Source, dialect: Dialect) -> tuple[Node, list[Source]]:
        node, lists = dialect.json(row.c[self.column]), []
        for step in self.path:
            if step == EACH:
                elements, node = node.elements()
                lists.append(elements)
            else:
                node = node.field(step)
        return node, lists


def some(lists: tuple[Source, ...], *conditions: Column) -> Column:
    """Return the condition that a combination of elements of lists meets all conditions."""
    inner: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(*lists).where(*conditions)
    return inner.correlate_except(*lists).exists()


def _unfit(node: Node, path: tuple[str, ...]) -> Column:
    if not path:
        return node.is_a("object", "array")
    step, *rest = path
    if step != EACH:
        return sa.or_(sa.not_(node.is_a("object", "null")), _unfit(node.field(step), tuple(rest)))
    elements, element = node.elements()
    return sa.or_(sa.not_(node.is_a("array", "null")), some((elements,), _unfit(element, tuple(rest))))


def address(columns: sa.Table | Source, text: str) -> Address:
    """Read an address as it is written, over a table or an alias of it; a column of that very name comes first."""
    if text in columns.c:
        return Address(text, text)
    column = re.split(r"[.\[]", text, maxsplit=1)[0]
    return Address(text, column, tuple(_steps(text.removeprefix(column))))


def _steps(text: str) -> Iterator[str]:
    for plain, quoted, each in _STEP.findall(text):
        yield plain or quoted or each


def holds_json(column: Column) -> bool:
    """Whether a column may hold JSON, or a list whose elements can be looked at: by its type, or as text."""
    kind = declared(column)
    return isinstance(kind, JSON | ARRAY | sa.String | sa.types.NullType) and not isinstance(kind, sa.Enum)
