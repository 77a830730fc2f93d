from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from retentiond.ledger import Ledger
from retentiond.ledger.tables import APPEND_ONLY

AT = datetime(2026, 11, 2, tzinfo=UTC)


def _unguarded(ledger_url: str, *statements: str) -> None:
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _lift_guards(connection_url: str, table: str) -> list[str]:
    if connection_url.startswith("sqlite"):
        return [f"DROP TRIGGER {table}_no_{verb}" for verb in ("update", "delete", "replace")]
    return [f"DROP TRIGGER {table}_append_only ON {table}"]


def _fill(ledger: Ledger) -> None:
    with ledger.transaction() as transaction:
        for number in range(1, 4):
            transaction.events.append("x", AT)
            transaction.log.append(number, b"leaf", b"hash", [], "checkpoint")


def test_a_whole_ledger_has_no_fault(ledger: Ledger) -> None:
    """A new ledger and one in use are whole."""
    assert ledger.check() == []
    _fill(ledger)
    assert ledger.check() == []


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_a_missing_guard_is_noticed(table: str, ledger: Ledger, ledger_url: str) -> None:
    """Each trigger that was dropped is a fault of its own."""
    _unguarded(ledger_url, *_lift_guards(ledger_url, table))
    assert [one.message for one in ledger.check()] == [
        f"the guard {statement.split()[2]} is missing or was changed"
        for statement in sorted(_lift_guards(ledger_url, table))
    ]


def test_a_guard_that_no_longer_guards_is_noticed(ledger: Ledger, ledger_url: str) -> None:
    """A trigger of the right name that refuses nothing, or that was switched off, is a fault."""
    if ledger_url.startswith("sqlite"):
        hollow = "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT 1; END"
        _unguarded(ledger_url, "DROP TRIGGER events_no_update", hollow)
    else:
        _unguarded(ledger_url, "ALTER TABLE events DISABLE TRIGGER events_append_only")
    assert len(ledger.check()) == 1


def test_a_hollow_function_is_noticed(postgres_url: str) -> None:
    """On PostgreSQL all guards call one function, and its body is part of the guard."""
    hollow = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END;'"
    _unguarded(postgres_url, f"CREATE OR REPLACE FUNCTION ledger_is_append_only() {hollow}")
    opened = Ledger.open(postgres_url)
    assert len(opened.check()) == len(APPEND_ONLY)
    opened.close()


@pytest.mark.parametrize(
    ("table", "statement", "words"),
    [
        ("events", "UPDATE events SET seq = 9 WHERE seq = 4", "the sequence of events has a gap"),
        ("log_checkpoints", "DELETE FROM log_checkpoints WHERE size = 3", "the checkpoints of the log do not go"),
        ("log_leaves", "DELETE FROM log_leaves WHERE leaf_index = 1", "the leaves of the log have a gap"),
    ],
)
def test_a_gap_is_noticed(table: str, statement: str, words: str, ledger: Ledger, ledger_url: str) -> None:
    """An event, a leaf or a checkpoint that is missing is a fault."""
    _fill(ledger)
    with ledger.transaction() as transaction:
        transaction.events.append("without a leaf", AT)
    _unguarded(ledger_url, *_lift_guards(ledger_url, table), statement)
    assert any(one.message.startswith(words) for one in ledger.check())


def test_a_missing_table_is_noticed(ledger: Ledger, ledger_url: str) -> None:
    """A table that is gone is named, and nothing further is guessed."""
    _unguarded(ledger_url, "DROP TABLE marks")
    assert [one.message for one in ledger.check()] == ["the table marks is missing"]


def test_a_dangling_reference_is_noticed(sqlite_ledger: Ledger, sqlite_url: str) -> None:
    """A row that refers to nothing, written by a program that does not check, is a fault."""
    _unguarded(sqlite_url, "INSERT INTO proposals VALUES ('DL-2026-0009', x'00', x'00', x'00', 77, NULL)")
    assert [one.message for one in sqlite_ledger.check()] == ["a row refers to one that is not there"]
