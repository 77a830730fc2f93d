from __future__ import annotations

from dataclasses import replace

import pytest

from retentiond.connectors.doubting import DoubtingConnector
from retentiond.connectors.interface import Role
from retentiond.connectors.sql import SqlConnector
from retentiond.domain.errors import StoreRefused
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.outlines import Outline, Referrer, changes
from retentiond.domain.schedule import Action
from tests.connectors.sql.conftest import CaseStore
from tests.connectors.sql.crm import Crm, write_history

CHANGES = [
    (
        "ALTER TABLE case_note ADD COLUMN photo VARCHAR(20)",
        ["the table case_note has a new column 'photo' that nobody has classed"],
    ),
    (
        "CREATE TABLE memo (memo_id INTEGER PRIMARY KEY, of_note INTEGER REFERENCES case_note (note_id))",
        ["the table case_note is referred to by memo (of_note), which nobody has classed"],
    ),
    ("DROP TABLE unrelated", ["the table person is no longer known to be referred to by unrelated (person_id)"]),
    (
        "ALTER TABLE person RENAME COLUMN postcode TO post_code",
        [
            "the table person has a new column 'post_code' that nobody has classed",
            "the table person has lost its column 'postcode'",
        ],
    ),
    (
        "ALTER TABLE status_period ADD COLUMN ended_in_error INTEGER",
        ["the table status_period has a new column 'ended_in_error' that nobody has classed"],
    ),
]
NO_CHANGES = (
    "CREATE TABLE memo (memo_id INTEGER PRIMARY KEY, note_id INTEGER)",
    "CREATE VIEW notes AS SELECT * FROM case_note",
    "CREATE INDEX by_note ON attachment (note_id)",
    "ALTER TABLE unrelated ADD COLUMN anything INTEGER",
)


def outline(store: CaseStore) -> Outline:
    """Return the outline of the one kind of record, as a new connector says it."""
    with store.open() as connector:
        return connector.outline()["episode"]


def test_an_outline_names_tables_columns_and_what_refers_to_them(case_store: CaseStore) -> None:
    """Every table the definition names is there with its columns and types, and each foreign key into what goes."""
    found = outline(case_store)
    assert set(found.tables) == {
        "eh_episode",
        "case_note",
        "attachment",
        "family",
        "family_member",
        "disclosure",
        "person",
        "status_period",
    }
    assert found.tables["person"] == {
        "person_id": "INTEGER",
        "forename": "VARCHAR(40)",
        "dob": "DATE",
        "postcode": "VARCHAR(8)",
    }
    assert Referrer("attachment", ("note_id",), "case_note") in found.referrers
    assert Referrer("unrelated", ("person_id",), "person") in found.referrers
    assert found.faults == ()


@pytest.mark.parametrize(("statement", "said"), CHANGES)
def test_what_changes_an_outline(case_store: CaseStore, statement: str, said: list[str]) -> None:
    """A column or a reference more or less is a change, in a table that only classifies a record as well."""
    before = outline(case_store)
    case_store.run(statement)
    assert [str(one) for one in changes(before, outline(case_store))] == said


def test_what_is_no_change(case_store: CaseStore) -> None:
    """A table, a view or an index beside the record changes nothing; a column renamed that is named is refused."""
    before = outline(case_store)
    case_store.run(*NO_CHANGES)
    assert changes(before, outline(case_store)) == ()
    case_store.run("ALTER TABLE person RENAME COLUMN dob TO born")
    with pytest.raises(StoreRefused):
        outline(case_store)


def test_the_connector_that_disposes_compares_for_itself(case_store: CaseStore) -> None:
    """Tables that changed after the record was read: the store acts on nothing, and the receipt says why."""
    accepted = outline(case_store)
    order = case_store.order("10")
    case_store.run("ALTER TABLE family_member ADD COLUMN nickname VARCHAR(20)")
    before = case_store.rows()
    planned = case_store.definition.records[0].anonymise
    members = replace(planned["family_member"], keep=(*planned["family_member"].keep, "nickname"))
    store = case_store.having(anonymise={**planned, "family_member": members})
    again = replace(order, reviewed_state=store.record("10").state)
    with DoubtingConnector(store.open(Role.DISPOSE), lambda: {"episode": accepted}) as connector:
        (receipt,) = connector.dispose([again], lambda orders: {one.id for one in orders})
        (record,) = connector.fetch([again.ref]).values()
    assert receipt.outcome is Outcome.CHANGED
    assert receipt.reason == "the table family_member has a new column 'nickname' that nobody has classed"
    assert record.problems == (receipt.reason,)
    assert case_store.rows() == before


_CALLS = "AS 'BEGIN PERFORM beside(); RETURN NULL; END'"
_TRUSTED = {
    "sqlite": ("CREATE TRIGGER cases_written AFTER UPDATE ON cases FOR EACH ROW BEGIN {does}; END",),
    "mariadb": (
        "CREATE PROCEDURE beside() BEGIN {does}; END",
        "CREATE TRIGGER cases_written AFTER UPDATE ON cases FOR EACH ROW CALL beside()",
    ),
    "postgresql": (
        "CREATE FUNCTION beside() RETURNS void LANGUAGE plpgsql AS 'BEGIN {does}; END'",
        f"CREATE OR REPLACE FUNCTION written() RETURNS trigger LANGUAGE plpgsql {_CALLS}",
    ),
}
_UNTRUSTED = {
    "sqlite": ("DROP TRIGGER cases_written", _TRUSTED["sqlite"][0]),
    "mariadb": ("DROP PROCEDURE beside", _TRUSTED["mariadb"][0]),
    "postgresql": (_TRUSTED["postgresql"][0].replace("CREATE", "CREATE OR REPLACE"),),
}
_WRITES = "INSERT INTO cases_history (id, what) VALUES (1, ''U'')"


def test_a_trigger_is_trusted_for_what_it_does_and_not_for_its_name(live: Crm) -> None:
    """Another text of a trigger, or of what it calls, is a change, and nothing is disposed of until it is accepted."""
    kind = live.owner.dialect.name
    quoted = _WRITES if kind == "postgresql" else _WRITES.replace("''", "'")
    live = write_history(live)
    if kind != "postgresql":
        live.run("DROP TRIGGER cases_written")
    live.run(*(one.format(does=quoted) for one in _TRUSTED[kind]))
    with live.open() as connector:
        accepted = dict(connector.outline())
    assert accepted["case"].faults == ()
    orders = live.orders(1, action=Action.ANONYMISE)
    live.run(*(one.format(does="DELETE FROM note") for one in _UNTRUSTED[kind]))
    assert live.faults() == []
    disposing = SqlConnector(live.definition, role=Role.DISPOSE, url=live.url)
    with DoubtingConnector(disposing, lambda: accepted) as connector:
        (receipt,) = connector.dispose(orders, lambda given: {one.id for one in given})
    said = "the table cases has a trigger or rule 'cases_written' that no longer does what was accepted"
    assert (receipt.outcome, receipt.reason) == (Outcome.CHANGED, said)


_GENERATED = "ALTER TABLE {} ADD COLUMN shown VARCHAR(60) GENERATED ALWAYS AS ({}) {}"


def test_a_column_that_is_computed_otherwise_is_a_change(case_store: CaseStore) -> None:
    """What the database computes into a column is part of what was accepted."""
    stored = "STORED" if case_store.owner.dialect.name == "postgresql" else "VIRTUAL"
    case_store.run(_GENERATED.format("person", "postcode", stored))
    before = outline(case_store)
    case_store.run("ALTER TABLE person DROP COLUMN shown", _GENERATED.format("person", "forename", stored))
    (said,) = [str(one) for one in changes(before, outline(case_store))]
    assert said.startswith("the table person has another type of column 'shown': VARCHAR(60) computed as ")


def test_what_makes_a_disposal_unsafe_is_said_with_its_kind(case_store: CaseStore) -> None:
    """An undeclared reference comes with the outline of the kind it concerns, as check says it."""
    case_store.run("CREATE TABLE memo (memo_id INTEGER PRIMARY KEY, note_id INTEGER REFERENCES case_note (note_id))")
    with case_store.open() as connector:
        assert list(connector.outline()["episode"].faults) == list(connector.check()) != []


def test_a_column_that_came_since_is_in_no_anonymised_form(crm: Crm) -> None:
    """The independent read finds no record anonymised whose table has a column that no plan names."""
    orders = crm.orders(1, action=Action.ANONYMISE)
    crm.disposed(orders)
    assert crm.sighted(orders)["1"].sight is Sight.ANONYMISED
    crm.run("ALTER TABLE cases ADD COLUMN nickname VARCHAR(20) DEFAULT 'Annie'")
    assert crm.sighted(orders)["1"].sight is Sight.PRESENT
