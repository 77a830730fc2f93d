"""Unique indexes of SQLite whose rule for texts is not that of their columns: each may have one of its own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from retentiond.connectors.sql.dialects.interface import Letters, Tables

_COLLATED = sa.text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%collate%'")
_INDEXES = sa.text(
    "SELECT i.name, x.name, upper(x.coll) FROM pragma_index_list(:name) i, pragma_index_xinfo(i.name) x"
    ' WHERE i."unique" AND NOT i.partial AND x.key'
)
_BINARY = "BINARY"
_RULES = {(0, 0): _BINARY, (1, 0): "NOCASE", (0, 1): "RTRIM"}


def letters(connection: Connection, tables: Tables) -> Letters:
    """Return the columns of which an index tells texts apart that a comparison of theirs takes for one."""
    loose: set[tuple[str, frozenset[str]]] = set()
    strict: set[tuple[str, frozenset[str]]] = set()
    for name in connection.scalars(_COLLATED).all():
        if name not in tables:
            continue
        rules = {column.name: _rule(connection, column) for column in tables[name].columns if not column.system}
        indexes: dict[str, dict[str, str]] = {}
        for index, column, rule in connection.execute(_INDEXES, {"name": name}):
            indexes.setdefault(index, {})[column] = rule
        for columns in indexes.values():
            differs = any(rules.get(one, _BINARY) not in (_BINARY, rule) for one, rule in columns.items())
            (loose if differs else strict).add((name, frozenset(columns)))
    return Letters(loose=frozenset(loose - strict))


def _rule(connection: Connection, column: sa.Column[object]) -> str:
    """Ask how a column compares: the catalogue does not say, and it may be written in many ways."""
    asked = sa.union_all(sa.select(column.label("x")).where(sa.false()), sa.select(sa.literal("a"))).subquery()
    try:
        case, spaces = connection.execute(sa.select(asked.c.x == "A", asked.c.x == "a ")).one()
    except OperationalError:  # a rule that only the application knows
        return ""
    return _RULES.get((int(case), int(spaces)), "")
