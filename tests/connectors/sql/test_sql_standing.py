"""What is altered about the tables of a store while a run goes on: nothing happens that was not looked up before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from threading import Thread

import pytest
import sqlalchemy as sa

from retentiond.connectors.interface import Role
from retentiond.domain.orders import DisposalOrder, Outcome
from tests.connectors.sql.conftest import CaseStore
from tests.connectors.sql.crm import Crm, three_cases, write_history

_OF_NOTE = "FOREIGN KEY (note_id) REFERENCES case_note (note_id) ON DELETE CASCADE"
_MEMO = (
    f"CREATE TABLE memo (memo_id INTEGER PRIMARY KEY, note_id INTEGER, {_OF_NOTE})",
    "INSERT INTO memo VALUES (1, 3)",
)
_DELETES = "'BEGIN DELETE FROM unrelated; RETURN NULL; END'"
_TRIGGER = {
    "sqlite": ("CREATE TRIGGER beside AFTER DELETE ON case_note BEGIN DELETE FROM unrelated; END",),
    "mariadb": ("CREATE TRIGGER beside AFTER DELETE ON case_note FOR EACH ROW DELETE FROM unrelated",),
    "postgresql": (
        f"CREATE OR REPLACE FUNCTION beside() RETURNS trigger LANGUAGE plpgsql AS {_DELETES}",
        "CREATE TRIGGER beside AFTER DELETE ON case_note FOR EACH ROW EXECUTE FUNCTION beside()",
    ),
}
_BESIDE = "INSERT INTO unrelated VALUES (1, NULL)"
_SINCE = "its tables changed while the store was open: "


def _all(orders: Sequence[DisposalOrder]) -> Collection[str]:
    return {one.id for one in orders}


def test_what_comes_between_two_batches_is_seen_by_the_second(case_store: CaseStore) -> None:
    """A cascade, a trigger or a column more: nothing is done, the receipt says why; earlier deeds are still told."""
    case_store.run(_BESIDE)
    kind = case_store.owner.dialect.name
    of_table = " ON case_note" if kind == "postgresql" else ""
    first = case_store.order("10")
    (done,) = case_store.disposed(first)
    second = case_store.order("20")
    for statements, undone, said in (
        (
            _MEMO,
            "DROP TABLE memo",
            "the table case_note is referred to by memo (note_id), which nobody has classed (and 1 more)",
        ),
        (
            _TRIGGER[kind],
            f"DROP TRIGGER beside{of_table}",
            "cases: table case_note: the trigger or rule 'beside' on it would act beyond what was approved",
        ),
        (
            ("ALTER TABLE case_note ADD COLUMN photo VARCHAR(20)",),
            "ALTER TABLE case_note DROP COLUMN photo",
            "the table case_note has a new column 'photo' that nobody has classed",
        ),
    ):
        with case_store.open(Role.DISPOSE) as connector:
            assert connector.outline()["episode"].faults == ()
            case_store.run(*statements)
            before = case_store.rows()
            told, left = connector.dispose([first, second], _all)
            assert (told.outcome, told.evidence, left.outcome) == (
                Outcome.DESTROYED,
                {"receipt in store": 1},
                Outcome.CHANGED,
            )
            assert left.reason == f"{_SINCE}{said}"
            assert case_store.rows() == before
            case_store.run(undone)
            assert connector.dispose([first], _all)[0].outcome is Outcome.DESTROYED
    assert done.outcome is Outcome.DESTROYED
    (gone,) = case_store.disposed(second)
    assert gone.outcome is Outcome.DESTROYED


@pytest.mark.parametrize("what", ["cascade", "trigger"])
def test_what_comes_in_the_middle_of_a_deed_loses_nothing(case_store: CaseStore, what: str) -> None:
    """What is made, just before notes go, to act when they do waits for the commit, or nothing goes."""
    case_store.run(_BESIDE)
    order = case_store.order("20")
    statements = _MEMO if what == "cascade" else _TRIGGER[case_store.owner.dialect.name]
    before = case_store.rows()
    failed: list[sa.exc.SQLAlchemyError] = []

    def alter() -> None:
        try:
            case_store.run(*statements)
        except sa.exc.SQLAlchemyError as error:
            failed.append(error)

    altering = Thread(target=alter)

    def on_execute(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("DELETE FROM case_note") and altering.ident is None:
            altering.start()
            altering.join(0.5)

    with case_store.open(Role.DISPOSE) as connector:
        connector.outline()
        engine = connector._opening._engine
        sa.event.listen(engine, "before_cursor_execute", on_execute)
        (receipt,) = connector.dispose([order], _all)
    altering.join()
    after = case_store.rows()
    assert after["unrelated"] == before["unrelated"]
    assert after.get("memo", []) == [(1, 3)] * (what == "cascade" and not failed)
    if receipt.outcome is not Outcome.DESTROYED:
        assert receipt.outcome is Outcome.CHANGED
        assert receipt.reason.startswith(_SINCE)
        assert {name: after[name] for name in before} == before


_NOTED = "CREATE OR REPLACE FUNCTION noted(integer) RETURNS integer LANGUAGE plpgsql AS 'BEGIN {} RETURN $1; END'"


def test_what_a_trusted_rule_calls_is_watched_as_well(postgres_url_factory: Callable[[], str]) -> None:
    """Without any trigger, a rule that writes a history may call a function: one that was replaced does nothing."""
    made = Crm.made(postgres_url_factory())
    made.fill(three_cases())
    store = write_history(made)
    store.run(
        "DROP TRIGGER cases_written ON cases",
        _NOTED.format(""),
        "CREATE RULE ruled AS ON DELETE TO cases DO ALSO"
        " INSERT INTO cases_history (id, what) VALUES (noted(OLD.id), 'DELETE')",
        "CREATE TABLE elsewhere AS SELECT 1 AS id",
    )
    store = store.having(
        history=tuple(replace(one, written_by=("ruled",)) for one in store.definition.records[0].history)
    )
    orders = store.orders(1, 2)
    with store.open(Role.DISPOSE) as connector:
        assert [one.outcome for one in connector.dispose(orders[:1], _all)] == [Outcome.DESTROYED]
        store.run(_NOTED.format("DELETE FROM elsewhere;"))
        (receipt,) = connector.dispose(orders[1:], _all)
    said = f"{_SINCE}the table cases has a trigger or rule 'ruled' that no longer does what was accepted"
    assert (receipt.outcome, receipt.reason) == (Outcome.CHANGED, said)
    with store.owner.connect() as connection:
        assert connection.exec_driver_sql("SELECT id FROM elsewhere").all() == [(1,)]


_LOGS = "CREATE TRIGGER logged AFTER DELETE ON cases FOR EACH ROW BEGIN INSERT INTO log VALUES (OLD.id); END"
_FOLLOWS = "CREATE TRIGGER follows AFTER INSERT ON log FOR EACH ROW BEGIN DELETE FROM elsewhere; END"
_IN_WORDS = "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {}; RETURN NULL; END'"


def test_what_acts_on_a_table_that_a_trusted_trigger_writes_is_watched_as_well(live: Crm) -> None:
    """A trigger of a table that no definition names may follow upon one that people looked at: not before they do."""
    store = write_history(live)
    logs, follows = [_LOGS], [_FOLLOWS]
    if store.owner.dialect.name == "postgresql":
        logs = [
            _IN_WORDS.format("logs", "INSERT INTO log VALUES (OLD.id)"),
            "CREATE TRIGGER logged AFTER DELETE ON cases FOR EACH ROW EXECUTE FUNCTION logs()",
        ]
        follows = [
            "CREATE TRIGGER follows AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION does()",
        ]
        store.run(_IN_WORDS.format("does", "DELETE FROM elsewhere"))
    store.run("CREATE TABLE log (id INTEGER)", "CREATE TABLE elsewhere AS SELECT 1 AS id", *logs)
    (history,) = store.definition.records[0].history
    store = store.having(history=(replace(history, written_by=(*history.written_by, "logged")),))
    orders = store.orders(1)
    with store.open(Role.DISPOSE) as connector:
        assert connector.outline()["case"].faults == ()
        store.run(*follows)
        (receipt,) = connector.dispose(orders, _all)
    said = f"{_SINCE}the table cases has a trigger or rule 'logged' that no longer does what was accepted"
    assert (receipt.outcome, receipt.reason) == (Outcome.CHANGED, said)


def test_what_is_altered_and_put_back_in_the_middle_takes_the_deed_back(
    postgres_url_factory: Callable[[], str],
) -> None:
    """No lock keeps a trigger's function as it is: what it did while it was another one is undone, and done anew."""
    made = Crm.made(postgres_url_factory())
    made.fill(three_cases())
    store = write_history(made)
    right = _IN_WORDS.format("written", "INSERT INTO cases_history (id) VALUES (OLD.id)").replace(
        "CREATE", "CREATE OR REPLACE"
    )
    wrong = _IN_WORDS.format("written", "DELETE FROM elsewhere").replace("CREATE", "CREATE OR REPLACE")
    store.run("CREATE TABLE elsewhere AS SELECT 1 AS id", right)
    orders = store.orders(1)
    waiting = {"DELETE FROM note": wrong, "SET CONSTRAINTS ALL IMMEDIATE": right}

    def alter(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        for begins in [one for one in waiting if statement.startswith(one)]:
            store.run(waiting.pop(begins))

    with store.open(Role.DISPOSE) as connector:
        connector.outline()
        sa.event.listen(connector._opening._engine, "after_cursor_execute", alter)
        (receipt,) = connector.dispose(orders, _all)
    assert (receipt.outcome, waiting) == (Outcome.DESTROYED, {})
    with store.owner.connect() as connection:
        assert connection.exec_driver_sql("SELECT id FROM elsewhere").all() == [(1,)]
