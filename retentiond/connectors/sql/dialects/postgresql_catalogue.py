"""What PostgreSQL's catalogue says beyond SQLAlchemy's inspector: triggers and rules, with all that they call."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.dialects.acting import in_full

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


def triggers(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Yield the table, name and whole text of each trigger and rule."""
    acting = [(table, name, text) for table, name, text in connection.execute(_TRIGGERS)]
    functions: dict[str, str] = {}
    for name, text in connection.execute(_FUNCTIONS) if acting else ():
        functions[name] = f"{functions.get(name, '')}\n{text}"
    yield from in_full(acting, functions)
