from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from retentiond.config.definitions import read_definition
from retentiond.config.written import definition_text
from retentiond.connectors.interface import Role, ScanRequest
from retentiond.connectors.registry import draft, open_connector
from retentiond.connectors.sql import SqlConnector
from retentiond.domain.definitions import Definition
from retentiond.domain.drafts import CONFIRM
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Outcome, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.sql.conftest import CaseStore

RAILS = """
CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL, created_at DATETIME);
CREATE TABLE clients (id INTEGER PRIMARY KEY, first_name VARCHAR(80) NOT NULL, last_name VARCHAR(80),
    date_of_birth DATE, postcode VARCHAR(80), created_at DATETIME);
CREATE TABLE statuses (id INTEGER PRIMARY KEY, label VARCHAR(80));
CREATE TABLE cases (id INTEGER PRIMARY KEY, reference VARCHAR(80) NOT NULL UNIQUE,
    client_id INTEGER NOT NULL REFERENCES clients (id), status_id INTEGER REFERENCES statuses (id),
    assigned_to_id INTEGER REFERENCES users (id), state VARCHAR(80), closed_at DATETIME,
    deleted_at DATETIME, data JSON);
CREATE TABLE visits (id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases (id), visited_on DATE,
    summary TEXT);
CREATE TABLE visit_photos (id INTEGER PRIMARY KEY, visit_id INTEGER NOT NULL REFERENCES visits (id), image VARCHAR(80));
CREATE TABLE "case:files" (id INTEGER PRIMARY KEY, case_id INTEGER REFERENCES cases (id));
CREATE TABLE comments (id INTEGER PRIMARY KEY, commentable_type VARCHAR(80), commentable_id INTEGER, body TEXT);
CREATE TABLE case_versions (id INTEGER PRIMARY KEY, case_id INTEGER, at DATETIME);
CREATE VIEW open_cases AS SELECT * FROM cases WHERE closed_at IS NULL;
INSERT INTO clients VALUES (1, 'Ann', 'Archer', '1990-04-05', 'SW1A 1AA', '2020-01-01 00:00:00');
INSERT INTO cases VALUES (1, 'R/1', 1, NULL, NULL, 'closed', '2012-04-01 00:00:00', NULL, NULL),
    (2, 'R/2', 1, NULL, NULL, 'open', NULL, NULL, NULL);
"""
RAILS_TRIGGER = {
    "sqlite": "CREATE TRIGGER audit AFTER UPDATE ON cases BEGIN INSERT INTO case_versions (id) VALUES (NULL); END",
    "postgresql": "CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    " CREATE TRIGGER audit AFTER UPDATE ON cases FOR EACH ROW EXECUTE FUNCTION audited()",
    "mariadb": "CREATE TRIGGER audit AFTER UPDATE ON cases FOR EACH ROW INSERT INTO case_versions (id) VALUES (NULL)",
}
PHP = """
CREATE TABLE contacts (id CHAR(36) NOT NULL PRIMARY KEY, first_name VARCHAR(100), last_name VARCHAR(100),
    birthdate DATE, deleted TINYINT);
CREATE TABLE cases (id CHAR(36) NOT NULL PRIMARY KEY, name VARCHAR(255), case_number INTEGER, contact_id CHAR(36),
    assigned_user_id CHAR(36), status VARCHAR(100), dateClosed VARCHAR(10), deleted TINYINT, description TEXT);
CREATE TABLE meetings (id CHAR(36) NOT NULL PRIMARY KEY, case_id CHAR(36), date_end DATETIME);
CREATE TABLE meeting_files (id CHAR(36) NOT NULL PRIMARY KEY, meeting_id CHAR(36));
CREATE TABLE notes (id CHAR(36) NOT NULL PRIMARY KEY, parent_type VARCHAR(255), parent_id CHAR(36), body TEXT);
CREATE TABLE cases_audit (id CHAR(36) NOT NULL PRIMARY KEY, parent_id CHAR(36), before_value VARCHAR(255));
CREATE TABLE users (id CHAR(36) NOT NULL PRIMARY KEY, user_name VARCHAR(60));
INSERT INTO cases (id, dateClosed) VALUES ('a', '01/02/2003'), ('b', NULL);
"""


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], str]:
    """Return a maker of SQLite databases from a script; it returns their URLs."""

    def make(script: str) -> str:
        file = tmp_path / "made.db"
        with sqlite3.connect(file) as database:
            database.executescript(script)
        database.close()
        return f"sqlite:///{file}"

    return make


def written(url: str, *tables: str) -> str:
    """Draft a database that lies in Great Britain."""
    return definition_text(draft("cases", url, tables=tables), location="GB")


def read(text: str, folder: Path) -> Definition:
    """Read a draft back."""
    file = folder / "drafted.yaml"
    file.write_text(text, encoding="utf-8")
    return read_definition(file)


def faults(definition: Definition, url: str) -> list[Fault]:
    """Hold a definition against its database."""
    with open_connector(definition, role=Role.SCAN, resolve=lambda _text: url) as connector:
        return list(connector.check())


def line(text: str, start: str) -> str:
    """Return the one line that starts with some text, spaces before it apart."""
    (found,) = [one.strip() for one in text.splitlines() if one.strip().startswith(start)]
    return found


def test_a_draft_fits_the_database_it_came_from(case_store: CaseStore, tmp_path: Path) -> None:
    """What is drafted reads as a definition, and its database has no fault against it."""
    text = written(case_store.url)
    definition = read(text, tmp_path)
    assert faults(definition, case_store.url) == []
    (kind,) = definition.records
    assert (kind.table, kind.key, kind.reference) == ("eh_episode", ("episode_id",), "case_ref")
    assert [one.column for one in kind.conflict_of_interest] == ["worker_id"]
    assert {(one.name, one.column, one.aggregate) for one in kind.triggers} == {
        ("case-closed", "ended_on", None),
        ("birth", "dob", "latest"),
    }
    assert [one.reach.table for one in kind.parts] == ["attachment", "case_note"]
    assert [(one.reach.table, [part.reach.table for part in one.parts]) for one in kind.shared] == [
        ("family", ["family_member"]),
        ("person", []),
    ]
    assert kind.anonymise["person"].generalise == {"dob": "year", "postcode": "outward-code"}
    assert kind.anonymise["case_note"].delete_rows


def _place(text: str, folder: Path) -> str:
    number = text.splitlines().index(line(text, "location:")) + 1
    return f"{folder / 'drafted.yaml'}:{number}:11"


def test_what_cannot_be_guessed_is_refused(case_store: CaseStore, tmp_path: Path) -> None:
    """A draft says what is missing where a country and a class belong, and is not accepted so."""
    text = definition_text(draft("cases", case_store.url))
    with pytest.raises(ConfigurationRefused) as refusal:
        read(text, tmp_path)
    ((place, message),) = [(one.place, one.message) for one in refusal.value.faults]
    assert (place, message) == (_place(text, tmp_path), f"'{CONFIRM}' is not an ISO 3166-1 country code")
    (kind,) = read(written(case_store.url), tmp_path).records
    assert [one.record_class for one in kind.classify] == [CONFIRM]


def test_no_value_leaves_the_database(case_store: CaseStore) -> None:
    """Names, counts and years stand in a draft; no text that stands in a row, and nothing of the URL."""
    text = written(case_store.url)
    values = {str(value) for rows in case_store.rows().values() for row in rows for value in row}
    assert [one for one in values if len(one) > 3 and one in text] == []
    assert case_store.url.partition("?")[0].rpartition("/")[2] not in text
    assert "url: ${credential:cases}" in text
    assert "2 of 2 rows have one, from 2002 to 2003" in line(text, "case-closed:")


def test_the_same_database_drafts_the_same(case_store: CaseStore) -> None:
    """A draft of an unchanged database is the same, to the last character."""
    assert written(case_store.url) == written(case_store.url)


def test_only_the_named_tables_are_records(case_store: CaseStore, tmp_path: Path) -> None:
    """Tables that are named become kinds of record, none of which is part of another; an unknown one is refused."""
    definition = read(written(case_store.url, "family", "eh_episode"), tmp_path)
    family, episode = definition.records
    assert (family.table, episode.table) == ("family", "eh_episode")
    assert "eh_episode" not in {one.reach.table for one in (*family.parts, *family.shared)}
    with pytest.raises(StoreRefused, match="the table does not exist"):
        draft("cases", case_store.url, tables=["famly"])


@pytest.fixture
def rails(empty_url: str) -> str:
    """Make a Rails-like database of each kind in turn; return its URL."""
    owner = sa.create_engine(empty_url, poolclass=sa.NullPool)
    script = {
        "sqlite": RAILS,
        "postgresql": RAILS.replace("DATETIME", "TIMESTAMP"),
        "mariadb": RAILS.replace('"', "`"),
    }[owner.dialect.name]
    with owner.begin() as connection:
        for statement in (*script.split(";\n"), RAILS_TRIGGER[owner.dialect.name]):
            if statement.strip():
                connection.exec_driver_sql(statement)
    owner.dispose()
    return empty_url


def test_a_rails_application(rails: str, tmp_path: Path) -> None:
    """Polymorphic pairs, histories, triggers, JSON, views, staff and lookups are told apart, each as what it is."""
    text = written(rails)
    assert "- {table: visit_photos, through: [visits]}" in line(text, "- {table: visit_photos")
    assert line(text, "- {table: clients}")
    for stays in ("users", "statuses"):
        assert f"- {{table: {stays}" not in text
    assert line(text, "# - {table: comments, on: {commentable_id: id}, where: {commentable_type: CONFIRM}}")
    assert line(text, "# - {from: comments.commentable_id, to: CONFIRM, where: {commentable_type: CONFIRM}}")
    assert line(text, "# - {table: case_versions, on: {case_id: id}, written-by: [audit]}")
    for said in (
        "A column of states: state (2 different values)",
        "A column that marks rows as deleted: deleted_at.",
        "The trigger 'audit' on cases acts with every disposal",
        "" if "mariadb" in rails else "The column cases.data holds JSON",
        "Views are left out: open_cases.",
        "A definition cannot say the names of these tables, so they are left out: 'case:files'.",
    ):
        assert said in text
    found = faults(read(text, tmp_path), rails)
    assert [(one.place, one.message.partition(" ")[0]) for one in found] == [
        ("cases: table cases", "case:files"),
        ("cases: table cases", "the"),
    ]


def test_a_php_application_without_foreign_keys(made: Callable[[str], str], tmp_path: Path) -> None:
    """Where nothing is declared, what names suggest stands in comments, and nothing hangs on the record yet."""
    url = made(PHP)
    text = written(url)
    assert line(text, "# - {from: cases.contact_id, to: contacts.id}")
    assert line(
        text, "# - {table: meeting_files, through: [{table: meetings, on: {case_id: id}}], on: {meeting_id: id}}"
    )
    assert line(text, "# - {table: notes, on: {parent_id: id}, where: {parent_type: CONFIRM}}")
    assert line(text, "# - {table: cases_audit, on: {parent_id: id}, written-by: [CONFIRM]}")
    assert "1 of 2 rows have one, the earliest or latest of which is no ISO date" in line(
        text, "case-closed: dateClosed"
    )
    definition = read(text, tmp_path)
    (kind,) = definition.records
    assert (kind.parts, kind.shared, list(kind.anonymise)) == ((), (), ["cases"])
    assert faults(definition, url) == []


def test_a_candidate_is_taken_up_by_taking_away_its_mark(made: Callable[[str], str], tmp_path: Path) -> None:
    """Commented lines stand where they belong: without their mark they are part of a definition that fits."""
    url = made(PHP)
    taken = (
        r"parts:|- \{table: meeting.*|meeting\w*: .*|shared:|- \{table: contacts.*|contacts: .*|subjects:|- \{column.*"
        r"|references:|- \{from: (cases|meeting).*|birth: .*|youngest-birth: .*|blockers:|open-meetings: .*"
    )
    text = re.sub(rf"^( *)# ({taken})$", r"\1\2", written(url), flags=re.MULTILINE)
    definition = read(text, tmp_path)
    (kind,) = definition.records
    assert [one.reach.table for one in kind.parts] == ["meeting_files", "meetings"]
    assert [one.reach.table for one in kind.shared] == ["contacts"]
    assert [one.name for one in kind.triggers] == ["case-closed", "birth", "youngest-birth"]
    assert faults(definition, url) == []


ODD = """
CREATE TABLE "order" ("no" INTEGER PRIMARY KEY, "Group" VARCHAR(20), "on" DATE, "end" DATE, "Select" VARCHAR(20));
CREATE TABLE "null" ("YES" INTEGER PRIMARY KEY, "no" INTEGER NOT NULL REFERENCES "order" ("no"), "From$" VARCHAR(20));
CREATE TABLE "TABLE" ("true" INTEGER PRIMARY KEY, "no" INTEGER NOT NULL REFERENCES "order" ("no"){});
INSERT INTO "order" VALUES (1, 'a', NULL, '2001-02-03', 'x'), (2, 'b', NULL, '2001-02-03', 'x');
INSERT INTO "null" VALUES (1, 1, 'x'), (2, 2, 'x');
"""
UNSAYABLE = ', "No." VARCHAR(9), "na:me" VARCHAR(9), "we""ird" VARCHAR(9)'
SPOKEN = """
CREATE TABLE "Case Files" ("Case No" INTEGER PRIMARY KEY, "Client's Name" VARCHAR(40), "Date Closed" DATE,
    "100% done?" VARCHAR(9), "Größe (cm)" INTEGER, "Post Code" VARCHAR(10), "Q&A/other - old" VARCHAR(40));
CREATE TABLE "Family Members" ("Member #" INTEGER PRIMARY KEY,
    "Case No" INTEGER NOT NULL REFERENCES "Case Files" ("Case No"), "Date of Birth" DATE,
    "Known as" VARCHAR(40), "in %s" VARCHAR(9));
CREATE TABLE "Case-Notes" ("Note Id" INTEGER PRIMARY KEY,
    "Case No" INTEGER NOT NULL REFERENCES "Case Files" ("Case No"), "Text @ time" VARCHAR(80));
CREATE TABLE "案件" ("№" INTEGER PRIMARY KEY, "Größe" INTEGER);
INSERT INTO "Case Files" VALUES (1, 'Mary O''Neil', '2001-02-03', 'yes', 160, 'AB1 2CD', 'x'),
    (2, 'John', '2002-03-04', 'no', 170, 'AB1 3EF', 'x'), (3, 'Ann', '2003-04-05', 'no', 170, 'AB1 3EF', 'x');
INSERT INTO "Family Members" VALUES (1, 1, '1999-01-02', 'Moll', 'x'), (2, 2, '1998-01-02', 'Jack', 'x'),
    (3, 3, '2020-01-02', 'Nan', 'x');
INSERT INTO "Case-Notes" VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');
"""
"""Names as people speak them, such as databases have that were once a desktop's."""
SPOKEN_KIND = """\
connector: cases
kind: sql
url: ${credential:cases}
location: GB
records:
  - name: case
    table: Case Files
    key: Case No
    reference: Client's Name
    subjects: [{column: Family Members.Known as}]
    classify:
      - {class: EH-02, if: {exists: Family Members, where: {in %s: y}}}
      - {class: EH-01, if: {where: {"100% done?": "yes"}}}
      - {class: EH-01}
    triggers:
      case-closed: Date Closed
      youngest-birth: {latest: Family Members.Date of Birth}
    blockers:
      tall: {exists: Case Files, on: Case No, where: {Größe (cm): "999"}}
    parts:
      - {table: Case-Notes, on: {Case No: Case No}}
      - Family Members
    anonymise:
      Case Files:
        keep: [Case No, Größe (cm)]
        generalise: {Post Code: outward-code, Date Closed: year}
        replace: {Client's Name: "-"}
        blank: ["100% done?", Q&A/other - old]
        quasi-identifiers: [Größe (cm)]
      Case-Notes: delete
      Family Members:
        keep: ["Member #", Case No]
        shift: {Date of Birth: 30}
        blank: [Known as, in %s]
"""


def _made(url: str, script: str) -> None:
    owner = sa.create_engine(url, poolclass=sa.NullPool)
    with owner.begin() as connection:
        if owner.dialect.name == "mariadb":
            connection.exec_driver_sql("SET SESSION sql_mode = 'ANSI_QUOTES'")
        for statement in filter(str.strip, script.split(";\n")):
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)


def _went(url: str, definition: Definition, key: str, action: Action) -> bool:
    with SqlConnector(definition, role=Role.DISPOSE, url=url) as store:
        ref = RecordRef(definition.name, definition.records[0].name, key)
        order = DisposalOrder(uuid4().hex, ref, action, store.fetch([ref])[ref].state, 1)
        (receipt,) = store.dispose([order], lambda orders: [one.id for one in orders])
        (seen,) = store.inspect([order])
    return (receipt.outcome, seen.sight) in (
        (Outcome.DESTROYED, Sight.GONE),
        (Outcome.ANONYMISED, Sight.ANONYMISED),
    )


def test_names_that_need_quoting(empty_url: str, tmp_path: Path) -> None:
    """Reserved words, capitals and what YAML takes for something else are names: drafted, checked and disposed of."""
    _made(empty_url, ODD.format(""))
    definition = read(written(empty_url, "order"), tmp_path)
    (kind,) = definition.records
    assert faults(definition, empty_url) == []
    assert (kind.table, kind.key) == ("order", ("no",))
    assert [(one.name, one.column) for one in kind.triggers] == [("case-closed", "end")]
    assert sorted(one.reach.table for one in kind.parts) == ["TABLE", "null"]
    assert _went(empty_url, definition, "1", Action.ANONYMISE)
    assert _went(empty_url, definition, "2", Action.DESTROY)


def test_names_as_people_speak_them(empty_url: str, tmp_path: Path) -> None:
    """Blanks, apostrophes, per cent signs and letters of any alphabet are names: drafted, scanned and disposed of."""
    _made(empty_url, SPOKEN)
    drafted = read(written(empty_url, "Case Files"), tmp_path)
    assert faults(drafted, empty_url) == []
    assert (drafted.records[0].table, drafted.records[0].key) == ("Case Files", ("Case No",))
    definition = read(SPOKEN_KIND, tmp_path)
    assert faults(definition, empty_url) == []
    with SqlConnector(definition, role=Role.SCAN, url=empty_url) as store:
        window = {"case-closed": date(2010, 1, 1), "youngest-birth": date(2010, 1, 1)}
        pages = list(store.scan(ScanRequest(definition.records[0].name, {"EH-01": (window,), "EH-02": (window,)})))
    assert {one.ref.key: one.reference for page in pages for one in page.records} == {"1": "Mary O'Neil", "2": "John"}
    assert _went(empty_url, definition, "1", Action.ANONYMISE)
    assert _went(empty_url, definition, "2", Action.DESTROY)
    left = sa.create_engine(empty_url, poolclass=sa.NullPool)
    with left.connect() as connection:
        tables = {one: sa.Table(one, sa.MetaData(), autoload_with=left) for one in ("Case Files", "Case-Notes")}
        rows = {one: connection.execute(sa.select(found).order_by(found.c[0])).all() for one, found in tables.items()}
    assert [tuple(row)[:2] for row in rows["Case Files"]] == [(1, "-"), (3, "Ann")]
    assert [tuple(row) for row in rows["Case-Notes"]] == [(3, 3, "c")]


def test_names_that_no_definition_can_say(empty_url: str, tmp_path: Path) -> None:
    """Points, colons and quotes in the name of a column leave its kind without a plan; the draft says so and fits."""
    _made(empty_url, ODD.format(UNSAYABLE))
    text = written(empty_url, "order")
    definition = read(text, tmp_path)
    assert "cannot say the name of one of its columns" in text
    assert (faults(definition, empty_url), definition.records[0].anonymise) == ([], {})
    assert _went(empty_url, definition, "2", Action.DESTROY)


def test_a_key_of_several_columns(made: Callable[[str], str], tmp_path: Path) -> None:
    """A record told apart by two columns is drafted with both, and so is what hangs on both."""
    url = made(
        "CREATE TABLE matter (case_no INTEGER, part_no INTEGER, closed_on DATE, PRIMARY KEY (case_no, part_no));"
        "CREATE TABLE sheet (id INTEGER PRIMARY KEY, c INTEGER, p INTEGER,"
        " FOREIGN KEY (c, p) REFERENCES matter (case_no, part_no));"
    )
    definition = read(written(url), tmp_path)
    (kind,) = definition.records
    assert (kind.key, [one.reach.table for one in kind.parts]) == (("case_no", "part_no"), ["sheet"])
    assert faults(definition, url) == []


def test_people_and_staff_are_not_taken_for_parts(made: Callable[[str], str], tmp_path: Path) -> None:
    """People a record names are shared although they name it back; staff stay; who worked on it goes with it."""
    url = made(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, newest_case_id INTEGER);"
        "CREATE TABLE clients (id INTEGER PRIMARY KEY, surname TEXT, newest_case_id INTEGER REFERENCES cases (id));"
        "CREATE TABLE cases (id INTEGER PRIMARY KEY, client_id INTEGER REFERENCES clients (id), closed_on DATE);"
        "CREATE TABLE case_workers (id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases (id),"
        " user_id INTEGER REFERENCES users (id));"
        "CREATE TABLE witnesses (id INTEGER PRIMARY KEY, case_id INTEGER REFERENCES cases (id), surname TEXT);"
    )
    text = written(url)
    (kind,) = read(text, tmp_path).records
    assert [one.reach.table for one in kind.parts] == ["case_workers", "witnesses"]
    assert [one.reach.table for one in kind.shared] == ["clients"]
    assert "witnesses.case_id to cases.id; its rows look like people" in text


def test_three_hundred_tables(made: Callable[[str], str], tmp_path: Path) -> None:
    """Of a large database only what hangs on the record is drafted; the rest is counted and named in part."""
    parts = "".join(
        f"CREATE TABLE part_{n} (id INTEGER PRIMARY KEY, up INTEGER NOT NULL REFERENCES {up} (id), about VARCHAR(9));"
        for n, up in ((n, "matter" if n < 10 else f"part_{n % 10}") for n in range(100))
    )
    others = "".join(f"CREATE TABLE other_{n} (id INTEGER PRIMARY KEY, what TEXT);" for n in range(199))
    url = made(f"CREATE TABLE matter (id INTEGER PRIMARY KEY, closed_on DATE);{parts}{others}")
    text = written(url)
    definition = read(text, tmp_path)
    assert len(definition.records[0].parts) == 100
    assert "Nothing is said here of 199 more tables" in text
    assert faults(definition, url) == []


def test_what_cannot_be_drafted_is_refused_in_words(made: Callable[[str], str], tmp_path: Path) -> None:
    """An empty database, one without anything like a record, a missing file and a URL that is none: each is said."""
    with pytest.raises(StoreRefused, match="it holds no table"):
        draft("cases", made("SELECT 1"))
    with pytest.raises(StoreRefused, match="no table in it looks as if its rows were records"):
        draft("cases", made("CREATE TABLE setting (name TEXT, value TEXT)"))
    with pytest.raises(StoreUnavailable):
        draft("cases", f"sqlite:///{tmp_path / 'missing.db'}")
    with pytest.raises(StoreRefused) as refusal:
        draft("cases", "tape://anybody:pass-word@there")
    assert "pass-word" not in str(refusal.value)


def test_a_login_that_may_read_nothing(postgres_url_factory: Callable[[], str], tmp_path: Path) -> None:
    """Where the login sees tables and may not read them, the draft says so and counts nothing."""
    url = postgres_url_factory()
    owner = sa.create_engine(url, poolclass=sa.NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE matter (id INTEGER PRIMARY KEY, closed_on DATE)")
        connection.exec_driver_sql("DROP ROLE IF EXISTS onlooker")
        connection.exec_driver_sql("CREATE ROLE onlooker LOGIN")
    seen = str(sa.make_url(url).set(username="onlooker"))
    text = written(seen)
    assert "this login may not read it" in text
    assert line(text, "case-closed: closed_on") == "case-closed: closed_on  # not counted"
    assert read(text, tmp_path).records[0].table == "matter"
    owner.dispose()
