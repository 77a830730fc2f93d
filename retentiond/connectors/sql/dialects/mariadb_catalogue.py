"""What MariaDB's catalogue says beyond SQLAlchemy's inspector: triggers, other databases' keys, odd tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.dialects.acting import all_called, in_full
from retentiond.connectors.sql.dialects.interface import Flaw, Tables
from retentiond.connectors.sql.dialects.mariadb_calls import functions_called, own_functions, sees_all_routines
from retentiond.connectors.sql.dialects.mariadb_grants import Grants
from retentiond.connectors.sql.foreign import ForeignKey, action_of, gathered

_TRIGGERS = sa.text(
    "SELECT event_object_table, trigger_name,"
    " CONCAT_WS('\\n', action_timing, event_manipulation, action_order, definer, sql_mode, action_statement),"
    " action_statement, sql_mode FROM information_schema.triggers WHERE event_object_schema = DATABASE() ORDER BY 1, 2"
)
_ROUTINES = sa.text(
    "SELECT routine_name, routine_definition,"
    " CONCAT_WS('\\n', routine_type, dtd_identifier, security_type, definer, sql_mode, routine_definition),"
    " sql_mode, routine_schema"
    " FROM information_schema.routines WHERE routine_schema NOT IN ('mysql', 'sys') ORDER BY 1, routine_schema, 3"
)
_CALL = re.compile(r"\bCALL\s+(?:`[^`]+`\.|\w+\.)?(?:`([^`]+)`|(\w+))", re.IGNORECASE)
_VERSIONED = sa.text(
    "SELECT table_name FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_type = 'SYSTEM VERSIONED'"
)
_ENGINES = sa.text(
    "SELECT t.table_name, t.engine FROM information_schema.tables t"
    " LEFT JOIN information_schema.engines e ON e.engine = t.engine"
    " WHERE t.table_schema = DATABASE() AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')"
    " AND COALESCE(e.transactions, 'NO') <> 'YES'"
)
_KEYS = sa.text(
    "SELECT k.table_schema, k.table_name, k.constraint_name, k.referenced_table_name, r.delete_rule,"
    " k.column_name, k.referenced_column_name"
    " FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r"
    " ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name"
    " AND r.table_name = k.table_name"
    " WHERE k.referenced_table_schema = DATABASE()"
    " ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position"
)


def named(column: str, part: int) -> str:
    """Return the SQL that tells a name as people write it from one that InnoDB keeps, as files are called.

    Args:
        column: of InnoDB's own tables; it holds a schema and a table.
        part: 1 for the schema, -1 for the table.
    """
    stored = f"CAST(SUBSTRING_INDEX({column}, '/', {part}) AS BINARY)"
    return f"CONVERT(CONVERT({stored} USING filename) USING utf8mb4)"


_INNODB = sa.text(
    f"SELECT {named('f.for_name', 1)}, {named('f.for_name', -1)}, f.id, {named('f.ref_name', 1)},"  # noqa: S608 - names above
    f" {named('f.ref_name', -1)}, f.type, c.for_col_name, c.ref_col_name"
    " FROM information_schema.innodb_sys_foreign f JOIN information_schema.innodb_sys_foreign_cols c ON c.id = f.id"
    " ORDER BY f.id, c.pos"
)
_CASCADE, _SET_NULL = 1, 2
"""Bits of ``INNODB_SYS_FOREIGN.TYPE``."""


@dataclass(slots=True)
class _Acting:
    """The triggers of a schema, and the routines that may be seen."""

    triggers: list[tuple[str, str, str]] = field(default_factory=list)
    """Table, name and text."""
    routines: dict[str, str] = field(default_factory=dict)
    """Name to text."""
    hidden: set[str] = field(default_factory=set)
    """Names of those whose text may not be seen."""
    known: set[tuple[str, str]] = field(default_factory=set)
    """Schema and name of the routines, in small letters."""
    bodies: dict[tuple[str, ...], list[tuple[str, str, str]]] = field(default_factory=dict)
    """Of triggers, by table and name, and of routines: what is carried out, its mode, the schema it means by none."""


def triggers(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Yield the table, name and whole text of each trigger."""
    acting = _acting(connection)
    yield from in_full(acting.triggers, acting.routines)


def _acting(connection: Connection) -> _Acting:
    found = _Acting()
    schema = connection.execute(sa.text("SELECT DATABASE()")).scalar_one()
    for table, name, text, body, mode in connection.execute(_TRIGGERS):
        found.triggers.append((table, name, text))
        found.bodies.setdefault((table, name), []).append((body, mode, schema))
    for name, body, text, mode, of in connection.execute(_ROUTINES) if found.triggers else ():
        found.routines[name] = f"{found.routines.get(name, '')}\n{text}"
        found.known.add((of.lower(), name.lower()))
        if body is None:
            found.hidden.add(name)
        else:
            found.bodies.setdefault((name,), []).append((body, mode, of))
    return found


def _unseen(connection: Connection) -> Iterator[Flaw]:
    """Yield a flaw for each trigger that calls a routine whose text the credential may not see."""
    acting = _acting(connection)
    named = {one.lower() for one in acting.routines}
    own = None if not acting.triggers or sees_all_routines(Grants.of(connection)) else own_functions(connection)
    for table, trigger, text in in_full(acting.triggers, acting.routines):
        reached = all_called(text, acting.routines)
        unseen = {one for one in map("".join, _CALL.findall(text)) if one.lower() not in named}
        if own is not None:
            unseen.update(_unseen_functions(acting, [(table, trigger), *((one,) for one in reached)], own))
        for name in sorted((reached & acting.hidden) | unseen):
            message = f"its trigger '{trigger}' calls the routine '{name}', whose text the credential may not see"
            yield Flaw(table, message, "grant it SELECT on mysql.proc, or SHOW CREATE ROUTINE from MariaDB 11.3 on")


def _unseen_functions(acting: _Acting, whose: Iterable[tuple[str, ...]], own: frozenset[str]) -> Iterator[str]:
    """Yield the functions that bodies call and that are neither the server's own nor in the catalogue."""
    for body, mode, schema in (one for each in whose for one in acting.bodies.get(each, ())):
        for of, name in functions_called(body, mode, own):
            if ((of or schema).lower(), name.lower()) not in acting.known:
                yield name


def versioned(connection: Connection) -> list[str]:
    """Return the tables that keep their own history, which SQLAlchemy does not list."""
    return list(connection.scalars(_VERSIONED))


def foreign_keys(connection: Connection, tables: Tables, read: Iterable[ForeignKey]) -> Iterator[ForeignKey]:
    """Yield the foreign keys into this database: those read, and those that only the server tells of.

    SQLAlchemy reads SHOW CREATE TABLE of the tables one has a right to, and passes over what it does not understand
    there without a word: the foreign key of a column with a parenthesis in its name, or to a table with a grave accent.
    Within the database InnoDB checks them at every row, and not at the end of the statement.

    Args:
        connection: a connection in a transaction.
        tables: the tables of the schema.
        read: what SQLAlchemy understood of it.
    """
    grants = Grants.of(connection)
    known: set[tuple[str, str, frozenset[tuple[str, str]]]] = set()
    for one in read:
        known.add((one.table.name, one.to, frozenset(one.pairs)))
        yield replace(one, checks_each_row=True)
    for one in gathered(_told(connection, grants)):
        if one.table.schema != grants.schema:
            yield one
        elif (one.table.name, one.to, frozenset(one.pairs)) not in known:
            yield replace(one, table=tables.get(one.table.name, one.table), checks_each_row=True)


def _told(connection: Connection, grants: Grants) -> Iterator[tuple[str, ...]]:
    """Yield what the server tells of foreign keys into this database, as ``gathered`` takes it.

    InnoDB's own tables show all of them, to who may read them; the standard ones only those of tables on which one has
    another right than SELECT. Without the first, :func:`flaws` says that they cannot be seen.
    """
    if not grants.everywhere("PROCESS"):
        for *key, rule, column, to_column in connection.execute(_KEYS):
            yield (*key, action_of(rule), column, to_column)
        return
    for schema, table, key, to_schema, to, bits, column, to_column in connection.execute(_INNODB):
        if to_schema == grants.schema:
            yield schema, table, key, to, _action(bits), column, to_column


def _action(bits: int) -> str:
    return "CASCADE" if bits & _CASCADE else "SET NULL" if bits & _SET_NULL else ""


def flaws(connection: Connection, tables: Tables, role: Role) -> Iterator[Flaw]:
    """Yield what makes a disposal in a table impossible to answer for."""
    for name, engine in connection.execute(_ENGINES):
        message = f"its engine, {engine}, has no transactions, and half a disposal cannot be taken back"
        yield Flaw(name, message, "have it moved to InnoDB (ALTER TABLE … ENGINE=InnoDB)")
    for name in versioned(connection):
        message = "the table keeps its own history, in which rows that were deleted stay readable"
        yield Flaw(name, message, "have its versioning dropped (ALTER TABLE … DROP SYSTEM VERSIONING)")
    yield from _unseen(connection)
    if role is not Role.DISPOSE:
        return  # What only who disposes must see is not asked of a credential that only reads.
    grants = Grants.of(connection)
    if not grants.everywhere("PROCESS"):
        message = "foreign keys of other databases on the server cannot be seen by the credential that disposes"
        yield Flaw("", message, "grant it PROCESS (on *.*)")
    for name in tables:
        if not grants.on(name, "TRIGGER"):
            message = "whether it has triggers cannot be seen by the credential that disposes"
            yield Flaw(name, message, "grant it TRIGGER on the table")
