"""Whether a ledger is whole: its pages, its guards, its version, its sequences."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Connection, Table, func, inspect, select, text

from retentiond.domain.errors import Fault
from retentiond.ledger.tables import APPEND_ONLY, CHECKPOINTS, EVENTS, LEAVES, METADATA
from retentiond.ledger.triggers import FUNCTION, FUNCTION_BODY, postgresql_triggers, sqlite_triggers
from retentiond.ledger.versions import version, version_fault

_RESTORE = "dispose of nothing, and compare the ledger with its backups"


def faults_of(connection: Connection, place: str) -> Iterator[Fault]:
    """Yield what is wrong with a ledger. It reads all of it: minutes on a large one."""
    old = version_fault(place, version(connection))
    if old is not None:
        yield old
        return
    missing = set(METADATA.tables) - set(inspect(connection).get_table_names())
    yield from (Fault(place, f"the table {name} is missing", _RESTORE) for name in sorted(missing))
    if missing:
        return
    yield from _sqlite_faults(connection, place) if connection.dialect.name == "sqlite" else ()
    yield from _trigger_faults(connection, place)
    yield from _sequence_faults(connection, place)


def _sqlite_faults(connection: Connection, place: str) -> Iterator[Fault]:
    if connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one() != "ok":
        yield Fault(place, "the file is damaged", "restore it from a backup; dispose of nothing until then")
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        yield Fault(place, "a row refers to one that is not there", _RESTORE)


def _trigger_faults(connection: Connection, place: str) -> Iterator[Fault]:
    if connection.dialect.name == "sqlite":
        wanted = sqlite_triggers(APPEND_ONLY)
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        present = {name for name, statement in rows if wanted.get(name) == statement}
    else:
        wanted = postgresql_triggers(APPEND_ONLY)
        # tgtype 58: BEFORE (2) DELETE (8) UPDATE (16) TRUNCATE (32), for each statement.
        in_force = text(
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled IN ('O', 'A') AND t.tgtype = 58"
            " AND t.tgqual IS NULL AND p.proname = :name AND p.prosrc = :body"
        )
        rows = connection.execute(in_force, {"name": FUNCTION, "body": FUNCTION_BODY})
        present = {name for name, table in rows if name == f"{table}_append_only"}
    for name in sorted(set(wanted) - present):
        yield Fault(place, f"the guard {name} is missing or was changed", _RESTORE)


def _sequence_faults(connection: Connection, place: str) -> Iterator[Fault]:
    events = _gap_free(connection, EVENTS, EVENTS.c.seq, 1)
    leaves = _gap_free(connection, LEAVES, LEAVES.c.leaf_index, 0)
    checkpoints = _gap_free(connection, CHECKPOINTS, CHECKPOINTS.c.size, 1)
    if events is None:
        yield Fault(place, "the sequence of events has a gap", _RESTORE)
    if leaves is None:
        yield Fault(place, "the leaves of the log have a gap", _RESTORE)
    if checkpoints is None or (leaves is not None and leaves != checkpoints):
        yield Fault(place, "the checkpoints of the log do not go with its leaves", _RESTORE)


def _gap_free(connection: Connection, table: Table, column: Column[int], first: int) -> int | None:
    """Return how many rows a table has, or None where their numbers do not run without a gap from ``first``."""
    row = connection.execute(select(func.count(), func.min(column), func.max(column)).select_from(table)).one()
    count, lowest, highest = row
    return count if count == 0 or (lowest == first and highest == first + count - 1) else None
