"""Unique indexes of SQLite, of which each may have a rule for texts that is not that of its columns."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from retentiond.connectors.sql.dialects.interface import Letters, Tables

_INDEXES = sa.text(
    "SELECT m.name, m.sql LIKE '%collate%', i.name, x.name, upper(x.coll)"
    " FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) x"
    " WHERE m.type = 'table' AND i.\"unique\" AND NOT i.partial AND x.key"
)
_BINARY = "BINARY"
_RULES = {(0, 0): _BINARY, (1, 0): "NOCASE", (0, 1): "RTRIM"}


def letters(connection: Connection, tables: Tables) -> Letters:
    """Return what is unique, also where it is written beside a column, which SQLAlchemy does not always read.

    What an index tells apart and a comparison of its columns takes for one is not.
    """
    loose: set[tuple[str, frozenset[str]]] = set()
    strict: set[tuple[str, frozenset[str]]] = set()
    indexes: dict[tuple[str, bool, str], dict[str | None, str]] = {}
    for table, is_collated, index, column, rule in connection.execute(_INDEXES):
        indexes.setdefault((table, bool(is_collated), index), {})[column] = rule
    rules: dict[tuple[str, str], str] = {}
    for (table, is_collated, _), columns in indexes.items():
        named = {one: rule for one, rule in columns.items() if one is not None}
        if table not in tables or len(named) < len(columns):
            continue
        for one in named if is_collated else ():
            if (table, one) not in rules:
                rules[table, one] = _rule(connection, tables[table].columns[one])
        differs = any(rules.get((table, one), _BINARY) not in (_BINARY, rule) for one, rule in named.items())
        (loose if differs else strict).add((table, frozenset(named)))
    return Letters(loose=frozenset(loose - strict), strict=frozenset(strict))


def _rule(connection: Connection, column: sa.Column[object]) -> str:
    """Ask how a column compares: the catalogue does not say, and it may be written in many ways."""
    asked = sa.union_all(sa.select(column.label("x")).where(sa.false()), sa.select(sa.literal("a"))).subquery()
    try:
        case, spaces = connection.execute(sa.select(asked.c.x == "A", asked.c.x == "a ")).one()
    except OperationalError:  # a rule that only the application knows
        return ""
    return _RULES.get((int(case), int(spaces)), "")
