from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from retentiond.connectors.interface import Role
from retentiond.connectors.sql import SqlConnector
from retentiond.domain.definitions import (
    Blocker,
    ClassCondition,
    ColumnPlan,
    Hop,
    Reach,
    SharedTable,
    TablePart,
    Trigger,
)
from retentiond.domain.errors import Fault, RetentiondError, StoreRefused, StoreUnavailable
from tests.connectors.sql.crm import TABLES, Crm, sqlite_url

Store = Any  # the case store of conftest, which cannot be imported

_NOTE_BY_EPISODE = TablePart(Reach("case_note", "episode_id"))


def _faults(store: Store, role: Role = Role.SCAN) -> list[Fault]:
    with store.open(role) as connector:
        return list(connector.check())


def test_a_store_that_fits_has_no_faults(case_store: Store) -> None:
    """The case store agrees with its definition, whoever looks, and looking changes nothing."""
    before = case_store.rows()
    assert [_faults(case_store, role) for role in Role] == [[], [], []]
    assert case_store.rows() == before
    assert "retentiond_receipt" not in sa.inspect(case_store.owner).get_table_names()


@pytest.mark.parametrize(
    ("changes", "table", "message"),
    [
        ({"table": "missing"}, "missing", "does not exist"),
        ({"key": ("nokey",)}, "eh_episode", "no column 'nokey'"),
        ({"key": ("worker_id",)}, "eh_episode", "not unique"),
        ({"reference": "noref"}, "eh_episode", "no column 'noref'"),
        ({"triggers": (Trigger("closed", "episode_id"),)}, "eh_episode", "holds no dates"),
        (
            {"triggers": (Trigger("born", "dob", reach=Reach("person", None, (Hop("family_member"),))),)},
            "person",
            "several",
        ),
        ({"classify": (ClassCondition("A", where={"colour": "red"}),)}, "eh_episode", "no column 'colour'"),
        ({"classify": (ClassCondition("A", Reach("status_period")),)}, "status_period", "nothing joins it"),
        ({"blockers": (Blocker("b", Reach("case_note", "colour")),)}, "case_note", "cannot be joined"),
        ({"shared": (SharedTable(Reach("person", None, (Hop("missing"),))),)}, "missing", "does not exist"),
        ({"parts": (_NOTE_BY_EPISODE,)}, "case_note", "attachment (note_id) refers to it"),
        ({"parts": ()}, "eh_episode", "case_note (episode_id) refers to it"),
        (
            {"parts": (_NOTE_BY_EPISODE, TablePart(Reach("family_member", "family_id")))},
            "family_member",
            "several rows",
        ),
    ],
)
def test_what_does_not_fit_is_named(case_store: Store, changes: dict[str, Any], table: str, message: str) -> None:
    """Each fault gives the table, what is wrong and what to do about it."""
    found = [one for one in _faults(case_store.having(**changes)) if message in one.message]
    assert [(one.place, bool(one.remedy)) for one in found] == [(f"cases: table {table}", True)]


@pytest.mark.parametrize(
    ("statement", "table", "message"),
    [
        ("CREATE TABLE x (id INTEGER, n INTEGER REFERENCES case_note (note_id))", "case_note", "x (n) refers to it"),
        (
            "CREATE TABLE x (id INTEGER, e INTEGER REFERENCES eh_episode (episode_id) ON DELETE CASCADE)",
            "eh_episode",
            "x (e) refers to it",
        ),
        (
            "ALTER TABLE person ADD COLUMN last_episode INTEGER REFERENCES eh_episode (episode_id) ON DELETE SET NULL",
            "eh_episode",
            "ON DELETE SET NULL",
        ),
    ],
)
def test_what_a_disposal_would_drag_along_is_named(case_store: Store, statement: str, table: str, message: str) -> None:
    """Undeclared references, actions that would change other rows and circles are faults before anything is done."""
    case_store.run(statement)
    found = [one for one in _faults(case_store.having(anonymise={})) if message in one.message]
    assert [one.place for one in found] == [f"cases: table {table}"]


def test_a_trigger_on_a_mapped_table_is_a_fault(case_store: Store) -> None:
    """A trigger of the database would act on a deletion in ways nobody approved."""
    if case_store.owner.dialect.name == "sqlite":
        case_store.run("CREATE TRIGGER copies AFTER DELETE ON case_note BEGIN INSERT INTO family VALUES (9, 'x'); END")
    elif case_store.owner.dialect.name == "mariadb":
        case_store.run("CREATE TRIGGER copies AFTER DELETE ON case_note FOR EACH ROW SET @copied = 1")
    else:
        case_store.run(
            "CREATE FUNCTION copies() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
            "CREATE TRIGGER copies AFTER DELETE ON case_note FOR EACH ROW EXECUTE FUNCTION copies()",
        )
    assert [(one.place, "'copies'" in one.message) for one in _faults(case_store)] == [("cases: table case_note", True)]


def test_a_view_is_no_target(case_store: Store) -> None:
    """Rows behind a view cannot be accounted for."""
    case_store.run("CREATE VIEW notes AS SELECT * FROM case_note")
    store = case_store.having(parts=(TablePart(Reach("notes", "episode_id")),))
    assert any("is a view" in one.message for one in _faults(store))


def test_more_than_one_way_to_join_is_ambiguous(case_store: Store) -> None:
    """Two foreign keys between two tables need 'on' to say which is meant."""
    case_store.run("ALTER TABLE case_note ADD COLUMN moved_from INTEGER REFERENCES eh_episode (episode_id)")
    store = case_store.having(classify=(ClassCondition("A", Reach("case_note")),), anonymise={})
    assert any("more than one way" in one.message for one in _faults(store))


def test_all_faults_come_at_once_and_stop_reading(case_store: Store) -> None:
    """A definition with three mistakes is refused with three faults, by check and by every other verb."""
    store = case_store.having(
        reference="a", conflict_of_interest=(Trigger("b", "b"),), blockers=(Blocker("c", Reach("d")),)
    )
    assert len(_faults(store)) == 3
    with store.open() as connector, pytest.raises(StoreRefused) as refused:
        connector.fetch([store.ref("10")])
    assert len(refused.value.faults) == 3


_HOSTILE = (
    "x; DROP TABLE person",
    'x"; --',
    "x'",
    "eh_episode\x00",
    "%s",
    ":name",
    "(SELECT 1)",
    "e̊",
    "person.dob",
    "*",
)


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_identifiers_are_only_ever_looked_up(case_store: Store, name: str) -> None:
    """A name that is none of the catalogue's reaches no statement, whatever it would do there."""
    before = case_store.rows()
    for changes in (
        {"table": name},
        {"key": name},
        {"reference": name},
        {"triggers": (Trigger("t", name),)},
        {"classify": (ClassCondition("A", where={name: "x"}),)},
        {"parts": (TablePart(Reach(name, name)),)},
        {"blockers": (Blocker("b", Reach("case_note", name, where={name: None})),)},
    ):
        assert _faults(case_store.having(**changes))
    assert case_store.rows() == before


def test_hostile_values_are_only_ever_compared(case_store: Store) -> None:
    """A value of a condition is a parameter: it selects nothing, and breaks nothing."""
    before = case_store.rows()
    store = case_store.having(classify=(ClassCondition("A", where={"worker_id": "' OR 1=1 --"}), ClassCondition("B")))
    assert store.record("10").record_class == "B"
    assert store.rows() == before


def test_a_missing_file_is_never_created(tmp_path: Path, case_store: Store) -> None:
    """A missing SQLite file is a store that does not answer, not an empty one."""
    missing = tmp_path / "no such.db"
    url = f"sqlite:///{missing}"
    with SqlConnector(case_store.definition, role=Role.DISPOSE, url=url) as store, pytest.raises(StoreUnavailable):
        store.check()
    assert not missing.exists()


def test_refusals_show_no_address_and_no_secret(tmp_path: Path, case_store: Store) -> None:
    """Whatever is wrong with a URL, what is said names the store and neither host, file, user nor password."""
    damaged = tmp_path / "hush-damaged.db"
    damaged.write_bytes(b"no database" * 500)
    for url, kind in (
        ("postgresql+psycopg://hush-user:hush-word@localhost:9/hush-base", StoreUnavailable),
        ("mysql://hush-user:hush-word@localhost:9/hush-base", StoreUnavailable),
        ("mariadb+pymysql://hush-user:hush-word@127.0.0.1:9/hush-base", StoreUnavailable),
        ("sybase://hush-user:hush-word@hush-host/hush-base", StoreRefused),
        (f"sqlite:///{damaged}", StoreRefused),
        ("hush-nothing", StoreRefused),
        ("sqlite://", StoreRefused),
        ("postgresql://hush-host:hush-port/x", StoreRefused),
    ):
        store = SqlConnector(case_store.definition, role=Role.SCAN, url=url)
        with store, pytest.raises(RetentiondError) as refused:
            store.check()
        assert type(refused.value) is kind
        assert "hush" not in str(refused.value)
        assert refused.value.__context__ is None or refused.value.__suppress_context__


@pytest.mark.parametrize("empty_url", ["postgresql", "mariadb"], indirect=True)
def test_a_missing_database_is_refused(case_store: Store) -> None:
    """A database that the server does not know will not be there next time either."""
    url = sa.make_url(case_store.url).set(database="hush").render_as_string(hide_password=False)
    store = SqlConnector(case_store.definition, role=Role.SCAN, url=url)
    with store, pytest.raises(StoreRefused) as refused:
        store.check()
    assert "hush" not in str(refused.value)


def test_scanner_and_verifier_cannot_write(case_store: Store) -> None:
    """The sessions of SCAN and VERIFY are read-only in the database itself, whatever the credential may do."""
    for role in (Role.SCAN, Role.VERIFY):
        store = case_store.open(role)
        with store, pytest.raises(StoreRefused), store._opening.reading() as connection:
            connection.exec_driver_sql("DELETE FROM unrelated")


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_a_credential_that_may_not_make_our_table_is_told_how(case_store: Store) -> None:
    """Where the receipt table is missing and cannot be made, check and dispose give the owner's statement as remedy."""
    name = f"disposer_{case_store.owner.url.database}"
    case_store.run(
        f"CREATE USER {name}",
        f"GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    )
    store = replace(case_store, url=case_store.url.replace("://postgres@", f"://{name}@"))
    (fault,) = _faults(store, Role.DISPOSE)
    assert "CREATE TABLE retentiond_receipt" in fault.remedy
    with pytest.raises(StoreRefused, match="CREATE TABLE retentiond_receipt"):
        store.disposed(case_store.order("10"))
    assert [one.outcome for one in store.without_receipts().disposed(case_store.order("10"))] == ["destroyed"]
    case_store.run(f"DROP OWNED BY {name}", f"DROP USER {name}")


def test_a_plan_leaves_the_columns_by_which_rows_are_found(tmp_path: Path) -> None:
    """Letters joined by a number that the plan removes are in no later read, which has to say they are anonymised."""
    numbered = f"{TABLES['cases']}, UNIQUE (case_no)"
    letters = "id INTEGER PRIMARY KEY, about VARCHAR(20), body VARCHAR(80)"
    store = Crm.made(sqlite_url(tmp_path), cases=numbered, letter=letters)
    (kind,) = store.definition.records
    part = TablePart(Reach("letter", {"about": "case_no"}))
    whole = ColumnPlan(keep=("id", "about"), blank=("body",))
    for plan in (whole, ColumnPlan(delete_rows=True)):
        (fault,) = store.having(parts=(*kind.parts, part), anonymise={**kind.anonymise, "letter": plan}).faults()
        assert "its column 'case_no' joins it to letter, and the plan changes it" in fault
    kept = replace(kind.anonymise["cases"], keep=(*kind.anonymise["cases"].keep, "case_no"), replace={})
    blanked = ColumnPlan(keep=("id",), blank=("about", "body"))
    plans = {**kind.anonymise, "cases": kept}
    assert store.having(parts=(*kind.parts, part), anonymise={**plans, "letter": whole}).faults() == []
    (fault,) = store.having(parts=(*kind.parts, part), anonymise={**plans, "letter": blanked}).faults()
    assert "its column 'about' joins it to cases, and the plan changes it" in fault
