from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from retentiond.connectors.interface import Role
from retentiond.connectors.pseudonym_keys import PseudonymKeys
from retentiond.connectors.sql.catalogue import reflected
from retentiond.connectors.sql.pseudonymising import Keyed, pseudonymise_rows
from retentiond.connectors.sql.receipts import ensure_receipt_table
from retentiond.connectors.sql.standing import Standing
from retentiond.domain.definitions import ColumnPlan, Hop, Reach, Trigger
from retentiond.domain.errors import StoreRefused
from retentiond.domain.holds import HoldScope
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import Crm, write_history
from tests.connectors.sql.whole import whole

Store = Any  # the case store of conftest, which cannot be imported

KEYS = {"research": bytes(range(32)), "audit": bytes(range(32, 64))}


def keys_of(secrets: Mapping[str, bytes]) -> PseudonymKeys:
    """Return keys as an installation with these has them."""
    missing = PseudonymKeys().why_not

    def secret(name: str) -> bytes:
        if name not in secrets:
            raise StoreRefused(*([fault] if (fault := missing(name)) else []))
        return secrets[name]

    return PseudonymKeys(lambda name: None if name in secrets else missing(name), secret)


def by_hand(key: str, text: str) -> str:
    """Return a pseudonym as RFC 2104 has it, from the standard library and nothing of ours."""
    return hmac.new(KEYS[key], text.encode(), "sha256").hexdigest()


@pytest.fixture
def coded(case_store: Store) -> Store:
    """The two families' case files: forenames and family references under one key, case references under another."""
    widen = "ALTER TABLE {table} ADD COLUMN {column} VARCHAR(64)"
    for table, column in (("person", "nhs_no"), ("family", "code"), ("eh_episode", "code")):
        case_store.run(widen.format(table=table, column=column))
    case_store.run(
        "UPDATE person SET nhs_no = '943 476 5919' WHERE person_id = 101",
        "UPDATE person SET nhs_no = 'é''\" %' WHERE person_id = 200",
        "UPDATE family SET code = '943 476 5919 '",
        "UPDATE eh_episode SET code = 'EH-10' WHERE episode_id = 10",
    )
    plans = dict(case_store.definition.records[0].anonymise)
    plans["eh_episode"] = replace(
        plans["eh_episode"],
        pseudonymise={"code": "audit"},
    )
    plans["family"] = ColumnPlan(keep=("family_id",), blank=("family_ref",), pseudonymise={"code": "research"})
    plans["person"] = replace(plans["person"], pseudonymise={"nhs_no": "research"})
    return replace(case_store.having(anonymise=plans), keys=keys_of(KEYS))


def test_the_same_value_has_the_same_pseudonym_over_tables_and_databases(coded: Store) -> None:
    """On every database a pseudonym is HMAC-SHA-256 of the value under the plan's key; NULL stays NULL.

    The same value in two tables has one pseudonym under one key, spaces that a database may add behind it apart.
    """
    orders = [coded.order(key, action=Action.PSEUDONYMISE) for key in ("10", "20")]
    receipts = coded.disposed(*orders)
    assert [(one.outcome, one.grade) for one in receipts] == [(Outcome.PSEUDONYMISED, "A")] * 2
    rows = coded.rows()
    assert {row[0]: row[-1] for row in rows["person"]} == {
        100: None,
        101: by_hand("research", "943 476 5919"),
        200: by_hand("research", "é'\" %"),
    }
    assert {row[-1] for row in rows["family"]} == {by_hand("research", "943 476 5919")}
    assert {row[0]: row[-1] for row in rows["eh_episode"]} == {10: by_hand("audit", "EH-10"), 20: None}
    assert {row[2] for row in rows["eh_episode"]} == {"removed"}
    assert [(one.sight, one.receipt_in_store) for one in coded.sighted(*orders)] == [(Sight.PSEUDONYMISED, True)] * 2
    again = coded.disposed(*(replace(one, attempt=2) for one in orders))
    assert [one.outcome for one in again] == [Outcome.PSEUDONYMISED] * 2
    assert coded.rows() == rows


def test_an_independent_read_sees_what_is_no_pseudonym(coded: Store) -> None:
    """A value that comes back, in capitals, too long or with a letter beyond f, is seen; so is a missing receipt."""
    order = coded.order("10", action=Action.PSEUDONYMISE)
    assert coded.disposed(order)[0].outcome is Outcome.PSEUDONYMISED
    good = by_hand("audit", "EH-10")
    for bad in ("EH-10", good.upper(), f"{good[:-1]}g", good[:-1], ""):
        coded.run(f"UPDATE eh_episode SET code = '{bad}' WHERE episode_id = 10")  # noqa: S608 - our own values
        (sighting,) = coded.sighted(order)
        assert (sighting.sight, sighting.checked["table eh_episode"]) == (Sight.PRESENT, 1), bad
    coded.run(f"UPDATE eh_episode SET code = '{good}' WHERE episode_id = 10")  # noqa: S608 - our own value
    assert coded.sighted(order)[0].sight is Sight.PSEUDONYMISED
    coded.run("DELETE FROM retentiond_receipt")
    assert coded.sighted(order)[0].sight is Sight.PRESENT


def test_a_plan_does_what_it_is_called_and_nothing_else(coded: Store) -> None:
    """A plan with pseudonyms never answers an order to anonymise, and one without never an order to pseudonymise."""
    before = coded.rows()
    with coded.open() as connector:
        assert connector.capabilities.actions == {Action.DESTROY, Action.PSEUDONYMISE}
    (receipt,) = coded.disposed(coded.order("10", action=Action.ANONYMISE))
    assert (receipt.outcome, receipt.reason) == (
        Outcome.FAILED,
        "this kind of record has no plan for 'anonymise'",
    )
    assert coded.sighted(coded.order("10", action=Action.ANONYMISE))[0].sight is Sight.PRESENT
    assert coded.rows() == before


def test_without_its_key_nothing_is_touched(coded: Store) -> None:
    """A key that cannot be had is a fault of the store for every role, and an order that needs it changes nothing."""
    before = coded.rows()
    without = replace(coded, keys=keys_of({"audit": KEYS["audit"]}))
    order = coded.order("10", action=Action.PSEUDONYMISE)
    for role in Role:
        with without.open(role) as connector:
            said = [str(one) for one in connector.check()]
        assert said == [
            (
                "pseudonym key research: there is no pseudonym key 'research'; "
                "make it first: 'retentiond pseudonym-key create research'"
            )
        ]
    with pytest.raises(StoreRefused, match="there is no pseudonym key 'research'"):
        without.disposed(order)
    assert coded.rows() == before


def test_a_pseudonym_that_is_not_read_back_takes_everything_back(coded: Store) -> None:
    """Something in the database that changes what is written is seen before the commit, and nothing is done then."""
    before = coded.rows()
    order = coded.order("10", action=Action.PSEUDONYMISE)
    other = "0" * 64
    if coded.url.startswith("sqlite"):
        coded.run(
            "CREATE TRIGGER meddle AFTER UPDATE ON eh_episode BEGIN"  # noqa: S608 - our own value
            f" UPDATE eh_episode SET code = '{other}' WHERE episode_id = NEW.episode_id; END"
        )
    elif coded.url.startswith("mariadb"):
        coded.run(f"CREATE TRIGGER meddle BEFORE UPDATE ON eh_episode FOR EACH ROW SET NEW.code = '{other}'")  # noqa: S608
    else:
        coded.run(
            f"CREATE FUNCTION meddle() RETURNS trigger AS $$ BEGIN NEW.code := '{other}'; RETURN NEW; END $$"
            " LANGUAGE plpgsql",
            "CREATE TRIGGER meddle BEFORE UPDATE ON eh_episode FOR EACH ROW EXECUTE FUNCTION meddle()",
        )
    with coded.open(Role.DISPOSE) as connector:
        # its check would refuse the trigger before anything is tried
        connector._standing = Standing(connector._store(), Role.DISPOSE, connector._stamp)
        ensure_receipt_table(connector._opening)
        (receipt,) = connector.dispose([order], lambda orders: [one.id for one in orders])
    assert receipt.outcome is Outcome.FAILED
    assert "was not it when read back" in receipt.reason
    assert coded.rows() == before


def test_what_is_no_text_fails_alone(coded: Store) -> None:
    """SQLite keeps bytes in a column of text: their record is left as it was, and the others go."""
    if not coded.url.startswith("sqlite"):
        return
    coded.run("UPDATE eh_episode SET code = x'00ff' WHERE episode_id = 10")
    orders = [coded.order(key, action=Action.PSEUDONYMISE) for key in ("10", "20")]
    assert [one.outcome for one in coded.disposed(*orders)] == [Outcome.FAILED, Outcome.PSEUDONYMISED]
    assert coded.rows()["eh_episode"][0][-1] == b"\x00\xff"


def test_a_record_says_that_its_names_are_pseudonyms(coded: Store) -> None:
    """Once its reference or a person of it became a pseudonym, a hold that names either may mean it, and covers it."""
    people = Reach("person", None, (Hop("family_member", "family_id"),))
    store = coded.having(reference="code", subjects=(Trigger("subject", "nhs_no", reach=people),))
    store = replace(store, keys=coded.keys)
    hold = HoldScope(subjects=frozenset({"somebody else"}))
    before = store.record("10")
    assert (before.coded_reference, before.coded_subjects, hold.covers(before)) == (False, False, False)
    orders = [store.order(key, action=Action.PSEUDONYMISE) for key in ("10", "20")]
    assert {one.outcome for one in store.disposed(*orders)} == {Outcome.PSEUDONYMISED}
    after = store.record("10")
    assert (after.coded_reference, after.coded_subjects, hold.covers(after)) == (True, True, True)
    assert not store.record("20").coded_reference


def test_columns_that_cannot_hold_pseudonyms_are_refused(coded: Store) -> None:
    """Too narrow, no text, a key, a reference or a way to other rows: each is a fault with a remedy."""
    plans = dict(coded.definition.records[0].anonymise)
    plans["eh_episode"] = ColumnPlan(
        keep=("ended_on",),
        blank=("worker_id", "code"),
        pseudonymise={"episode_id": "audit", "family_id": "audit", "started_on": "audit", "case_ref": "audit"},
    )
    with coded.having(anonymise=plans).open() as connector:
        said = "\n".join(str(one) for one in connector.check())
    for wanted in (
        "'case_ref' becomes a pseudonym, and holds at most 20 of its 64 characters; have it made varchar(64), or blank",
        "'started_on' becomes a pseudonym, and holds no text; blank it, or have a column of text made for it",
        "'family_id' becomes a pseudonym, and the rows of the record are found by it",
        "'family_id' becomes a pseudonym, and it names rows of family; keep it, or blank it",
        "'episode_id' becomes a pseudonym, and case_note names its rows by it",
        "'episode_id' is the record's key and must be kept",
    ):
        assert wanted in said
    with coded.without_receipts().open() as connector:
        assert "without receipts nobody could tell whether they did" in str(connector.check()[0])


def test_a_history_holds_the_same_pseudonyms(live: Crm) -> None:
    """What a trigger writes of a pseudonym stays the pseudonym, and names it wrote before become it as well."""
    written = write_history(live)
    plans = dict(written.definition.records[0].anonymise)
    plans["cases"] = replace(plans["cases"], replace={}, pseudonymise={"case_no": "research"})
    plans["cases_history"] = ColumnPlan(keep=("seq", "id", "what"), pseudonymise={"case_no": "research"})
    store = replace(written.having(anonymise=plans), keys=keys_of(KEYS))
    store = replace(store, definition=replace(store.definition, receipts=True))
    store.run("INSERT INTO cases_history (id, what, case_no) VALUES (1, 'UPDATE', 'C-0'), (2, 'UPDATE', 'C-2')")
    assert store.faults() == []
    orders = store.orders(1, action=Action.PSEUDONYMISE)
    (receipt,) = store.disposed(orders).values()
    assert receipt.outcome is Outcome.PSEUDONYMISED
    found = whole(store.owner)
    assert found["cases"][1,]["case_no"] == by_hand("research", "C-1")
    told = {(row["id"], row["case_no"]) for row in found["cases_history"].values()}
    assert told == {(1, by_hand("research", "C-0")), (1, by_hand("research", "C-1")), (2, "C-2")}
    assert store.sighted(orders)["1"].sight is Sight.PSEUDONYMISED


def test_one_made_in_the_transaction_is_not_made_anew() -> None:
    """A pseudonym that is met again stays; a foreign value of the same form becomes one like any other."""
    keyed = Keyed(KEYS)
    made = keyed.of("research", "Ann")
    assert keyed.of("research", made) == made
    assert keyed.of("audit", made) != made
    foreign = "ab" * 32
    assert keyed.of("research", foreign) != foreign
    assert "Ann" not in repr(keyed)
    assert str(KEYS["research"]) not in repr(keyed)


def test_a_thousand_rows_take_as_many_statements_as_one(tmp_path: Path) -> None:
    """Pseudonyms are read, written and read back set-wise: nothing goes to and fro for each row."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'people.db'}")
    plan = ColumnPlan(keep=("id",), pseudonymise={"name": "research", "nhs_no": "audit"})
    sent: list[str] = []
    counts = []
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, nhs_no TEXT)")
        people = [{"id": at, "name": f"Ann {at % 7}", "nhs_no": None if at % 2 else str(at)} for at in range(1000)]
        connection.execute(sa.text("INSERT INTO person VALUES (:id, :name, :nhs_no)"), people)
        catalogue = reflected(connection)
        sa.event.listen(connection, "before_cursor_execute", lambda *told: sent.append(told[2]))
        for rows in ([(0,)], [(at,) for at in range(1, 1000)]):
            sent.clear()
            pseudonymise_rows(connection, catalogue, catalogue.tables["person"], plan, rows, keyed=Keyed(KEYS))
            counts.append(len(sent))
        made = connection.exec_driver_sql("SELECT id, name, nhs_no FROM person").all()
    engine.dispose()
    assert counts == [4, 4]
    assert all(name == by_hand("research", f"Ann {at % 7}") for at, name, _ in made)
    assert all(code == (None if at % 2 else by_hand("audit", str(at))) for at, _, code in made)
