"""The database's own guard over the append-only tables: triggers that refuse UPDATE, DELETE and TRUNCATE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

FUNCTION = "ledger_is_append_only"
FUNCTION_BODY = (
    "BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation'; END;"
)


def sqlite_triggers(tables: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the triggers for SQLite: name to statement.

    Args:
        tables: the append-only tables, each with its unique columns. ``INSERT OR REPLACE`` removes the row in the way
            without firing its DELETE trigger, so an INSERT that meets one is refused as well.
    """
    # The names are this program's own: no value from outside gets into a statement.
    refuse = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    made: dict[str, str] = {}
    for table, unique in tables.items():
        for verb in ("update", "delete"):
            name = f"{table}_no_{verb}"
            made[name] = f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} {refuse}"
        clash = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {one} = NEW.{one})" for one in unique)  # noqa: S608 - see above
        name = f"{table}_no_replace"
        made[name] = f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {clash} {refuse}"
    return made


def postgresql_triggers(tables: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the triggers for PostgreSQL: name to statement. They need :func:`postgresql_function` first."""
    return {
        f"{table}_append_only": (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
        )
        for table in tables
    }


def postgresql_function() -> str:
    """Return the statement that makes the function the PostgreSQL triggers call."""
    return f"CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${FUNCTION_BODY}$$"
