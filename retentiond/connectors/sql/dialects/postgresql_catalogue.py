"""What PostgreSQL's catalogue says beyond SQLAlchemy's inspector: triggers and rules, with all that they call."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.dialects.acting import in_full
from retentiond.connectors.sql.dialects.interface import Flaw, Letters

_TRIGGERS = sa.text(
    "SELECT c.relname, t.tgname, concat_ws(E'\\n', pg_get_triggerdef(t.oid), t.tgenabled, pg_get_functiondef(t.tgfoid))"
    " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
    " UNION ALL SELECT c.relname, r.rulename, concat_ws(E'\\n', pg_get_ruledef(r.oid), r.ev_enabled)"
    " FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
    " WHERE r.rulename <> '_RETURN' AND c.relnamespace = current_schema()::regnamespace"
)
_FUNCTIONS = sa.text(
    "SELECT p.proname, pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"
    " AND NOT EXISTS (SELECT FROM pg_aggregate a WHERE a.aggfnoid = p.oid)"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid"
    " AND d.deptype = 'e') ORDER BY p.proname, p.oid::regprocedure::text"
)
"""The functions that are nobody's but the owner's: neither the server's own nor those of an extension."""

_STAMP = sa.text(
    "WITH RECURSIVE ours AS (SELECT oid FROM pg_class"
    " WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(CAST(:names AS text[]))"
    " UNION SELECT h.inhrelid FROM ours JOIN pg_inherits h ON h.inhparent = ours.oid)"
    " SELECT string_agg(told, ' ' ORDER BY told) FROM ("
    "SELECT 'o' || oid FROM ours"
    " UNION ALL SELECT concat('a', attrelid, '.', attnum, ':', xmin) FROM pg_attribute"
    " WHERE attnum > 0 AND attrelid IN (SELECT oid FROM ours)"
    " UNION ALL SELECT concat('d', oid, ':', xmin) FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM ours)"
    " UNION ALL SELECT concat('c', oid, ':', xmin) FROM pg_constraint"
    " WHERE conrelid IN (SELECT oid FROM ours) OR confrelid IN (SELECT oid FROM ours)"
    " UNION ALL SELECT concat('i', indexrelid, ':', xmin) FROM pg_index WHERE indrelid IN (SELECT oid FROM ours)"
    " UNION ALL SELECT concat('h', inhrelid, ':', xmin) FROM pg_inherits WHERE inhparent IN (SELECT oid FROM ours)"
    " UNION ALL SELECT concat('t', oid, ':', xmin) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM ours)"
    " UNION ALL SELECT concat('r', oid, ':', xmin) FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM ours)"
    " UNION ALL SELECT concat('T', oid, ':', xmin) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN"
    " (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
    " UNION ALL SELECT concat('R', oid, ':', xmin) FROM pg_rewrite WHERE rulename <> '_RETURN' AND ev_class IN"
    " (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
    " UNION ALL SELECT concat('p', oid, ':', xmin) FROM pg_proc WHERE pronamespace NOT IN"
    " ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND (EXISTS (SELECT FROM pg_trigger"
    " WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM ours))"
    " OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM ours)))"
    ") AS parts (told)"
)

_LAX = (12,)
"""The first version in which a collation may take different texts for one."""
_UNIQUE = sa.text(
    "SELECT c.relname, array_agg(a.attname::text),"
    " bool_or(NOT i.indisvalid OR NOT l.collisdeterministic AND i.indcollation[k.n - 1] <> a.attcollation)"
    " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
    " JOIN unnest(i.indkey) WITH ORDINALITY k (attnum, n) ON k.n <= i.indnkeyatts"
    " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
    " LEFT JOIN pg_collation l ON l.oid = a.attcollation"
    " WHERE i.indisunique AND c.relnamespace = current_schema()::regnamespace GROUP BY c.relname, i.indexrelid"
)
_HEIRS = sa.text(
    "SELECT DISTINCT c.relname, c.relkind = 'p' FROM pg_class c LEFT JOIN pg_inherits h ON h.inhparent = c.oid"
    " WHERE c.relnamespace = current_schema()::regnamespace"
    " AND (c.relkind = 'p' OR c.relkind = 'r' AND h.inhrelid IS NOT NULL)"
)

_BELOW = sa.text(
    "WITH RECURSIVE below (top, part) AS (SELECT h.inhparent, h.inhrelid FROM pg_inherits h"
    " JOIN pg_class c ON c.oid = h.inhparent AND c.relkind = 'p'"
    " WHERE c.relnamespace = current_schema()::regnamespace"
    " UNION SELECT b.top, h.inhrelid FROM below b JOIN pg_inherits h ON h.inhparent = b.part)"
    " SELECT c.relname, p.relname FROM below b JOIN pg_class c ON c.oid = b.top JOIN pg_class p ON p.oid = b.part"
    " WHERE EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = b.part AND NOT t.tgisinternal AND t.tgparentid = 0)"
    " OR EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = b.part AND k.conparentid = 0)"
)
_TELLS_PARTS = (13,)
"""The first version that says of a partition's trigger whether it is that of the whole table."""


def letters(connection: Connection) -> Letters:
    """Return what is unique by an index alone that is not valid, or that tells apart what its column does not."""
    version = connection.dialect.server_version_info
    if version is not None and version < _LAX:
        return Letters()
    found: dict[bool, set[tuple[str, frozenset[str]]]] = {True: set(), False: set()}
    for table, columns, is_loose in connection.execute(_UNIQUE):
        found[bool(is_loose)].add((table, frozenset(columns)))
    return Letters(loose=frozenset(found[True] - found[False]))


def partitioned(connection: Connection) -> set[str]:
    """Return the tables whose rows lie in partitions: where a row lies does not name it among all of them."""
    return {name for name, is_partitioned in connection.execute(_HEIRS) if is_partitioned}


def flaws(connection: Connection) -> Iterator[Flaw]:
    """Yield the tables whose rows stand in other tables as well, of which the catalogue says things by themselves.

    What is unique in a table and in each of its heirs is not unique among all. A trigger on a partition alone, and a
    reference to one, act on rows of the whole table.
    """
    version = connection.dialect.server_version_info
    for name, part in connection.execute(_BELOW) if version is None or version >= _TELLS_PARTS else ():
        message = f"its partition {part} has a trigger of its own, or is referred to by itself"
        yield Flaw(name, message, "have the trigger or the foreign key declared for the whole table, or removed")
    for name, is_partitioned in connection.execute(_HEIRS):
        if not is_partitioned:
            message = "other tables inherit from it, and nothing is unique among the rows of all of them"
            yield Flaw(
                name, message, "have their inheritance ended (ALTER TABLE … NO INHERIT), or the table partitioned"
            )


def stamp(connection: Connection, tables: Collection[str]) -> str:
    """Return which transactions wrote what is said about tables, and about functions where anything may call them."""
    return str(connection.execute(_STAMP, {"names": sorted(tables)}).scalar_one())


def triggers(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Yield the table, name and whole text of each trigger and rule."""
    acting = [(table, name, text) for table, name, text in connection.execute(_TRIGGERS)]
    functions: dict[str, str] = {}
    for name, text in connection.execute(_FUNCTIONS) if acting else ():
        functions[name] = f"{functions.get(name, '')}\n{text}"
    yield from in_full(acting, functions)
