"""What MariaDB's catalogue says about tables, in one question whose answer is only compared."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.dialects.mariadb_catalogue import named
from retentiond.connectors.sql.dialects.mariadb_grants import Grants

_COLUMNS = (
    "SELECT 'c', table_name, column_name, CONCAT_WS(' ', ordinal_position, column_type, collation_name, is_nullable,"
    " column_key, extra, generation_expression) FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND table_name IN :names"
)
_TABLES = (
    "SELECT 'e', table_name, engine, table_type FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_name IN :names"
)
_INDEXES = (
    "SELECT 'i', table_name, index_name, CONCAT_WS(' ', non_unique, seq_in_index, column_name, sub_part)"
    " FROM information_schema.statistics"
    " WHERE table_schema = DATABASE() AND table_name IN :names AND non_unique = 0"
)
_TRIGGERS = (
    "SELECT 't', event_object_table, trigger_name,"
    " CONCAT_WS(' ', action_timing, event_manipulation, action_order, definer, sql_mode, action_statement)"
    " FROM information_schema.triggers WHERE event_object_schema = DATABASE()"
)
_ROUTINES = (
    "SELECT 'r', routine_schema, routine_name, CONCAT_WS(' ', last_altered, routine_definition)"
    " FROM information_schema.routines WHERE routine_schema NOT IN ('mysql', 'sys') AND EXISTS"
    " (SELECT 1 FROM information_schema.triggers WHERE event_object_schema = DATABASE()"
    " AND event_object_table IN :names)"
)
_FOREIGN = (
    "SELECT 'f', f.id, f.ref_name, CONCAT_WS(' ', f.for_name, f.type, c.pos, c.for_col_name, c.ref_col_name)"  # noqa: S608 - names above
    " FROM information_schema.innodb_sys_foreign f JOIN information_schema.innodb_sys_foreign_cols c ON c.id = f.id"
    f" WHERE {named('f.ref_name', 1)} = DATABASE() AND {named('f.ref_name', -1)} IN :names"
)
_FOREIGN_UNPRIVILEGED = (
    "SELECT 'f', CONCAT_WS(' ', k.table_schema, k.table_name, k.constraint_name), k.referenced_table_name,"
    " CONCAT_WS(' ', r.delete_rule, k.ordinal_position, k.column_name, k.referenced_column_name)"
    " FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r"
    " ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name"
    " AND r.table_name = k.table_name"
    " WHERE k.referenced_table_schema = DATABASE() AND k.referenced_table_name IN :names"
)
_OWN = (_COLUMNS, _TABLES, _INDEXES, _TRIGGERS, _ROUTINES)


def stamp(connection: Connection, tables: Collection[str]) -> str:
    """Return a digest of what the catalogue says about tables."""
    grants = Grants.of(connection)
    foreign = _FOREIGN if grants.everywhere("PROCESS") else _FOREIGN_UNPRIVILEGED
    statement = sa.text(" UNION ALL ".join((*_OWN, foreign))).bindparams(sa.bindparam("names", expanding=True))
    rows = connection.execute(statement, {"names": sorted(tables)}).all()
    return sha256(repr(sorted(tuple(row) for row in rows)).encode()).hexdigest()
