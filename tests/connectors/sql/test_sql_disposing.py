from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from retentiond.connectors.sql import receipt_table_ddl
from retentiond.domain.definitions import HistoryTable, Reach
from retentiond.domain.errors import StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Sight
from retentiond.domain.schedule import Action

Store = Any  # the case store of conftest, which cannot be imported


def test_everything_of_the_record_goes_and_nothing_else(case_store: Store) -> None:
    """After a destruction exactly the record's rows are missing from the database, those it shares still in place."""
    before = case_store.rows()
    (receipt,) = case_store.disposed(case_store.order("10"))
    assert (receipt.outcome, receipt.grade) == (Outcome.DESTROYED, Grade.A)
    after = case_store.rows()
    gone = {table: [row for row in rows if row not in after[table]] for table, rows in before.items()}
    assert {table: [row[0] for row in rows] for table, rows in gone.items() if rows} == {
        "attachment": [1, 2],
        "case_note": [1, 2],
        "disclosure": [1],
        "eh_episode": [10],
        "family": [1],
        "family_member": [1, 1],
        "person": [101],
        "status_period": [1],
    }
    assert all(row in before[table] for table, rows in after.items() for row in rows)
    counted = {f"table {table}": len(rows) for table, rows in gone.items() if rows}
    assert dict(receipt.evidence) == counted


def test_a_shared_person_goes_with_the_last_record(case_store: Store) -> None:
    """A parent of two families stays with the first file and goes with the last, in one batch or in two."""
    case_store.disposed(case_store.order("10"), case_store.order("20"))
    assert {table for table, rows in case_store.rows().items() if rows} == set()


def test_a_person_someone_else_refers_to_stays(case_store: Store) -> None:
    """A row of any table of the database that refers to a shared row keeps it, though no definition names the table."""
    case_store.run("INSERT INTO unrelated VALUES (1, 101)")
    case_store.disposed(case_store.order("10"))
    assert [row[0] for row in case_store.rows()["person"]] == [100, 101, 200]


def test_shared_rows_stay_while_another_record_reaches_them(case_store: Store) -> None:
    """Of a family with two episodes, destroying one leaves the family and its people to the other."""
    case_store.run("INSERT INTO eh_episode VALUES (11, 1, 'EH-11', '2004-01-01', '2005-01-01', 'w.1')")
    before = case_store.rows()
    case_store.disposed(case_store.order("10"))
    after = case_store.rows()
    assert {name: after[name] for name in ("family", "family_member", "person", "disclosure")} == {
        name: before[name] for name in ("family", "family_member", "person", "disclosure")
    }


def test_shared_rows_that_refer_to_one_another_go_together(case_store: Store) -> None:
    """Mutual references among shared rows that all go hold none of them back, and one from outside holds all."""
    case_store.run(
        "ALTER TABLE person ADD COLUMN mother_id INTEGER REFERENCES person (person_id)",
        "UPDATE person SET mother_id = 100 WHERE person_id = 101",
        "UPDATE person SET mother_id = 101 WHERE person_id = 100",
    )
    store = case_store.having(anonymise={})
    store.disposed(store.order("10"))
    assert [row[0] for row in store.rows()["person"]] == [100, 101, 200]
    store.disposed(store.order("20"))
    assert [row[0] for row in store.rows()["person"]] == [100, 101]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE eh_episode SET worker_id = 'w.9' WHERE episode_id = 10",
        "UPDATE case_note SET body = NULL WHERE note_id = 2",
        "INSERT INTO attachment VALUES (9, 2, 'new')",
        "DELETE FROM attachment WHERE attachment_id = 2",
        "UPDATE person SET postcode = 'X' WHERE person_id = 100",
        "INSERT INTO status_period VALUES (9, 101, 'CP')",
    ],
)
def test_a_changed_record_is_left_alone(case_store: Store, change: str) -> None:
    """A change in any row of the record, shared rows too, is seen, and nothing of it is touched."""
    order = case_store.order("10")
    case_store.run(change)
    before = case_store.rows()
    (receipt,) = case_store.disposed(order)
    assert receipt.outcome is Outcome.CHANGED
    assert case_store.rows() == before


def test_a_change_while_we_ask_loses_nothing(case_store: Store) -> None:
    """Between the comparison and the deed the record's rows are locked: a writer waits or is refused."""
    refused: list[str] = []

    def meddling(orders: Sequence[DisposalOrder]) -> Collection[str]:
        owner = sa.create_engine(
            case_store.url,
            poolclass=sa.NullPool,
            connect_args={
                "sqlite": {"timeout": 0.1},
                "postgresql": {"options": "-c lock_timeout=100"},
                "mariadb": {"init_command": "SET innodb_lock_wait_timeout = 0"},
            }[case_store.owner.dialect.name],
        )
        for table, key in (
            ("eh_episode", "episode_id = 10"),
            ("case_note", "note_id = 2"),
            ("person", "person_id = 101"),
        ):
            with pytest.raises(sa.exc.OperationalError), owner.begin() as connection:
                connection.exec_driver_sql(f"UPDATE {table} SET {key} WHERE {key}")  # noqa: S608 - names of our own
            refused.append(table)
        owner.dispose()
        return {one.id for one in orders}

    (receipt,) = case_store.disposed(case_store.order("10"), still_clear=meddling)
    assert (receipt.outcome, len(refused)) == (Outcome.DESTROYED, 3)


def test_a_blocker_that_stands_now_stops_the_order(case_store: Store) -> None:
    """An episode opened since in the same family stops the order, by name."""
    order = case_store.order("10")
    case_store.run("INSERT INTO eh_episode VALUES (12, 1, 'EH-12', '2020-01-01', NULL, 'w.1')")
    (receipt,) = case_store.disposed(order)
    assert (receipt.outcome, receipt.reason) == (Outcome.CHANGED, "blocked: open-episode")


def test_a_late_hold_wins_and_the_rest_goes(case_store: Store) -> None:
    """What is not clear when asked at the last moment is held and untouched; the others go."""
    held, free = case_store.order("10"), case_store.order("20")
    receipts = case_store.disposed(held, free, still_clear=lambda _: [free.id])
    assert [one.outcome for one in receipts] == [Outcome.HELD, Outcome.DESTROYED]
    assert case_store.record("10").state == held.reviewed_state


def test_a_lost_reply_is_answered_by_the_receipt(case_store: Store) -> None:
    """Sent again after its reply was lost, an order is answered from the receipt row, and nothing is asked or done."""
    order = case_store.order("10")
    case_store.disposed(order)
    before = case_store.rows()
    (again,) = case_store.disposed(replace(order, attempt=2), still_clear=lambda _: pytest.fail("was asked again"))
    assert (again.outcome, again.grade) == (Outcome.DESTROYED, Grade.A)
    assert case_store.rows() == before
    (sighting,) = case_store.sighted(order)
    assert (sighting.sight, sighting.receipt_in_store) == (Sight.GONE, True)


def test_without_receipts_a_lost_reply_is_weaker_evidence(case_store: Store) -> None:
    """Without a receipt table, gone at a later attempt is grade B, and no table of ours appears in the store."""
    store = case_store.without_receipts()
    order = store.order("10")
    store.disposed(order)
    (again,) = store.disposed(replace(order, attempt=2))
    assert (again.outcome, again.grade) == (Outcome.DESTROYED, Grade.B)
    assert "retentiond_receipt" not in sa.inspect(store.owner).get_table_names()


def test_the_receipt_table_of_the_owner_is_used(case_store: Store) -> None:
    """The table the owner makes from our statement takes our receipts."""
    case_store.run(receipt_table_ddl(case_store.owner.dialect.name))
    order = case_store.order("10")
    case_store.disposed(order)
    with case_store.owner.connect() as connection:
        rows = connection.exec_driver_sql("SELECT order_id, outcome FROM retentiond_receipt").all()
    assert [tuple(row) for row in rows] == [(order.id, "destroyed")]


def test_two_orders_for_one_record_do_one_deed(case_store: Store) -> None:
    """The second order of a batch for the same record is left alone."""
    first, second = case_store.order("10"), case_store.order("10")
    assert [one.outcome for one in case_store.disposed(first, second)] == [Outcome.DESTROYED, Outcome.CHANGED]


_SIGNAL = "SIGNAL SQLSTATE '45000'"
_GUARD = {
    "sqlite": (
        "CREATE TRIGGER guard BEFORE DELETE ON case_note WHEN OLD.note_id = 3 BEGIN SELECT RAISE(ABORT, 'no'); END",
    ),
    "mariadb": (
        f"CREATE TRIGGER guard BEFORE DELETE ON case_note FOR EACH ROW IF OLD.note_id = 3 THEN {_SIGNAL}; END IF",
    ),
    "postgresql": (
        "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'",
        "CREATE TRIGGER guard BEFORE DELETE ON case_note FOR EACH ROW WHEN (OLD.note_id = 3) EXECUTE FUNCTION guard()",
    ),
}


def test_what_the_store_forbids_fails_alone(case_store: Store) -> None:
    """Where the database itself refuses to let one record go, the others go."""
    case_store.run(*_GUARD[case_store.owner.dialect.name])
    case_store.run("CREATE TABLE past (past_id INTEGER PRIMARY KEY, episode_id INTEGER)")
    store = case_store.having(anonymise={}, history=(HistoryTable(Reach("past", "episode_id"), ("guard",)),))
    orders = [store.order("10"), store.order("20")]
    asked: list[list[str]] = []

    def clear(given: Sequence[DisposalOrder]) -> Collection[str]:
        asked.append([one.ref.key for one in given])
        return {one.id for one in given}

    gone, refused = store.disposed(*orders, still_clear=clear)
    assert (gone.outcome, gone.grade) == (Outcome.DESTROYED, Grade.A)
    assert (refused.outcome, bool(refused.reason)) == (Outcome.FAILED, True)
    assert asked == [["10", "20"], ["10"], ["20"]]
    assert store.record("20").state == orders[1].reviewed_state
    assert [one.receipt_in_store for one in store.sighted(*orders)] == [True, False]


def test_a_locked_row_fails_and_does_not_hang(case_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When someone else holds a row of the record, the order fails after a short wait, and in words."""
    monkeypatch.setattr("retentiond.connectors.sql.dialects.limits.LOCK_SECONDS", 0.2)
    order = case_store.order("10")
    case_store.disposed(case_store.order("20"))  # so that the receipt table is there
    with case_store.owner.connect() as connection:
        case_store.lock(connection)
        (receipt,) = case_store.disposed(order)
        connection.rollback()
    assert receipt.outcome is Outcome.FAILED
    assert "locked" in receipt.reason
    assert case_store.record("10").state == order.reviewed_state


@pytest.mark.parametrize("empty_url", ["postgresql", "mariadb"], indirect=True)
def test_a_broken_connection_leaves_nothing_unknown_for_long(case_store: Store) -> None:
    """When the connection breaks in the midst of a batch, that is said; sent again, the orders are carried out once."""
    order = case_store.order("10")

    def breaking(orders: Sequence[DisposalOrder]) -> Collection[str]:
        case_store.cut_connections()
        return {one.id for one in orders}

    with pytest.raises(StoreUnavailable):
        case_store.disposed(order, still_clear=breaking)
    assert case_store.record("10").state == order.reviewed_state
    (again,) = case_store.disposed(replace(order, attempt=2))
    assert (again.outcome, again.grade) == (Outcome.DESTROYED, Grade.A)


def test_an_undeclared_reference_stops_every_disposal(case_store: Store) -> None:
    """What check calls unsafe is refused by dispose, whoever forgot to check."""
    order = case_store.order("10")
    case_store.run("CREATE TABLE hidden (id INTEGER PRIMARY KEY, n INTEGER REFERENCES case_note (note_id))")
    with pytest.raises(StoreRefused, match="hidden"):
        case_store.disposed(order)


def test_an_inspection_counts_what_is_left(case_store: Store) -> None:
    """Rows left behind by a destruction that somebody only half did are seen by the key they bear."""
    order = case_store.order("10")
    if case_store.owner.dialect.name == "sqlite":
        with sqlite3.connect(case_store.url.removeprefix("sqlite:///")) as connection:
            connection.execute("DELETE FROM eh_episode WHERE episode_id = 10")
        connection.close()
    else:
        (constraint,) = (one["name"] for one in sa.inspect(case_store.owner).get_foreign_keys("case_note"))
        case_store.run(
            f"ALTER TABLE case_note DROP CONSTRAINT {constraint}",
            "DELETE FROM eh_episode WHERE episode_id = 10",
        )
    (sighting,) = case_store.sighted(order)
    assert sighting.sight is Sight.PRESENT
    assert dict(sighting.checked) == {"table attachment": 2, "table case_note": 2, "table eh_episode": 0}


def test_an_unknown_action_fails(case_store: Store) -> None:
    """A kind without an anonymise plan cannot be anonymised, and is not destroyed instead."""
    store = case_store.having(anonymise={})
    before = store.rows()
    (receipt,) = store.disposed(store.order("10", action=Action.ANONYMISE))
    assert receipt.outcome is Outcome.FAILED
    assert store.rows() == before
