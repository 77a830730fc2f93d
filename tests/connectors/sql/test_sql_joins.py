"""Tables joined by named columns: lists of them, links that say which table they lead to, columns of other types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.connectors.sql import SqlConnector
from retentiond.connectors.sql.catalogue import reflected
from retentiond.connectors.sql.contents import read_contents
from retentiond.connectors.sql.paths import Path, Step
from retentiond.domain.definitions import (
    ClassCondition,
    Definition,
    Hop,
    KindOfRecord,
    ObjectPart,
    Reach,
    SharedTable,
    Status,
    TablePart,
    Trigger,
)
from retentiond.domain.orders import DisposalOrder, Outcome, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action

_ONE = "0b5c0c1e-0a52-4b0e-8f5e-2d6a1f0c9ab1"
_OTHER = "9f1d7c52-93c1-4d0f-a5b3-6f1f8f4e2c77"


@dataclass(frozen=True)
class Crm:
    """A database of cases as a package built it, and the connector's way in."""

    url: str
    owner: sa.Engine

    def run(self, *statements: str) -> None:
        """Change it as its owner."""
        with self.owner.begin() as connection:
            for one in statements:
                connection.exec_driver_sql(one)

    def rows(self, table: str) -> list[Any]:
        """Return the first column of a table, in order."""
        with self.owner.connect() as connection:
            return sorted(row[0] for row in connection.exec_driver_sql(f"SELECT * FROM {table}"))  # noqa: S608 - of our own

    def open(self, role: Role = Role.SCAN, **kind: Any) -> SqlConnector:
        """Open a connector on a kind of record."""
        given: dict[str, Any] = {"classify": (ClassCondition("A"),), "triggers": (), "table": "cases", "key": ("id",)}
        definition = Definition("crm", "sql", "GB", (KindOfRecord(name="case", **(given | kind)),), "0" * 64)
        return SqlConnector(definition, role=role, url=self.url)


@pytest.fixture
def crm(empty_url: str) -> Iterator[Crm]:
    """An empty database of each kind."""
    owner = sa.create_engine(empty_url, poolclass=sa.NullPool)
    yield Crm(empty_url, owner)
    owner.dispose()


def _ref(key: str) -> RecordRef:
    return RecordRef("crm", "case", key)


def _destroyed(crm: Crm, key: str, /, **kind: Any) -> tuple[Outcome, Sight, dict[str, int]]:
    with crm.open(Role.DISPOSE, **kind) as store:
        assert store.check() == []
        order = DisposalOrder(uuid4().hex, _ref(key), Action.DESTROY, store.fetch([_ref(key)])[_ref(key)].state, 1)
        (before,) = store.inspect([order])
        (receipt,) = store.dispose([order], lambda orders: {one.id for one in orders})
        (after,) = store.inspect([order])
        assert all(number == 0 for number in after.checked.values())
    return receipt.outcome, after.sight, dict(before.checked)


def test_a_link_that_says_which_table_it_leads_to(crm: Crm) -> None:
    """Of the rows with a record's number only those that say they are of its table go, and are looked for."""
    crm.run(
        "CREATE TABLE cases (id INTEGER PRIMARY KEY)",
        "CREATE TABLE attachments (id INTEGER PRIMARY KEY, record_id VARCHAR(20), record_type VARCHAR(20))",
        "INSERT INTO cases VALUES (1), (11)",
        "INSERT INTO attachments VALUES (1, '1', 'Case'), (2, '1', 'Person'), (3, '01', 'Case'), (4, '11', 'Case')",
    )
    part = TablePart(Reach("attachments", {"record_id": "id"}, where={"record_type": "Case"}))
    found = _destroyed(crm, "1", parts=(part,))
    assert found == (Outcome.DESTROYED, Sight.GONE, {"table cases": 1, "table attachments": 1})
    assert (crm.rows("cases"), crm.rows("attachments")) == ([11], [2, 3, 4])


def test_tables_that_share_several_columns(crm: Crm) -> None:
    """Rows joined by a list of columns agree in each of them, and are reached from a hop that has a condition."""
    crm.run(
        "CREATE TABLE cases (case_no VARCHAR(20), part_no INTEGER, PRIMARY KEY (case_no, part_no))",
        "CREATE TABLE visit (id INTEGER PRIMARY KEY, case_no VARCHAR(20), part_no INTEGER, left_on VARCHAR(20))",
        "CREATE TABLE mark (id INTEGER PRIMARY KEY, visit_id INTEGER)",
        "INSERT INTO cases VALUES ('a', 1), ('a', 2), ('b', 1)",
        "INSERT INTO visit VALUES (1, 'a', 1, NULL), (2, 'a', 2, '2001-01-01'), (3, 'b', 1, NULL)",
        "INSERT INTO mark VALUES (1, 1), (2, 2)",
    )
    on = {"case_no": "case_no", "part_no": "part_no"}
    open_visit = Reach("mark", {"visit_id": "id"}, (Hop("visit", on, {"left_on": None}),))
    kind: dict[str, Any] = {"key": ("case_no", "part_no"), "statuses": (Status("open", open_visit),)}
    refs = [_ref(key) for key in ("a/1", "a/2", "b/1")]
    with crm.open(**kind) as store:
        records = store.fetch(refs)
    assert [records[ref].statuses["open"] for ref in refs] == [True, False, False]
    parts = (
        TablePart(Reach("mark", {"visit_id": "id"}, (Hop("visit", on),))),
        TablePart(Reach("visit", on)),
    )
    assert _destroyed(crm, "a/1", **kind, parts=parts)[0] is Outcome.DESTROYED
    assert (crm.rows("visit"), crm.rows("mark")) == ([2, 3], [2])


def test_a_uuid_is_its_text_in_small_or_capital_letters(postgres_url_factory: Callable[[], str]) -> None:
    """A column of UUIDs and one of text belong together, whichever comes first; text that is no UUID raises nothing."""
    url = postgres_url_factory()
    owner = sa.create_engine(url, poolclass=sa.NullPool)
    crm = Crm(url, owner)
    crm.run(
        "CREATE TABLE cases (id UUID PRIMARY KEY, family VARCHAR(40), padded CHAR(8) UNIQUE)",
        "CREATE TABLE note (id INTEGER PRIMARY KEY, case_ref VARCHAR(40))",
        "CREATE TABLE family (id UUID PRIMARY KEY)",
        "CREATE TABLE code (id INTEGER PRIMARY KEY, word VARCHAR(20))",
        f"INSERT INTO cases VALUES ('{_ONE}', '{_OTHER.upper()}', 'ab'), ('{_OTHER}', 'no uuid', 'abc')",  # noqa: S608 - of our own
        f"INSERT INTO note VALUES (1, '{_ONE}'), (2, '{_ONE.upper()}'), (3, 'x'), (4, '{_OTHER}'), (5, NULL)",  # noqa: S608 - of our own
        f"INSERT INTO family VALUES ('{_OTHER}'), ('{_ONE}')",  # noqa: S608 - of our own
        "INSERT INTO code VALUES (1, 'ab'), (2, 'abc'), (3, 'ab ')",
    )
    parts = (TablePart(Reach("note", {"case_ref": "id"})), TablePart(Reach("code", {"word": "padded"})))
    shared = (SharedTable(Reach("family", {"id": "family"})),)
    found = _destroyed(crm, _ONE, parts=parts, shared=shared)
    assert found == (Outcome.DESTROYED, Sight.GONE, {"table cases": 1, "table note": 2})
    assert (crm.rows("note"), crm.rows("code")) == ([3, 4, 5], [2, 3])
    assert [str(one) for one in crm.rows("family")] == [_ONE]
    with crm.open(shared=(), parts=(TablePart(Reach("family", {"id": "family"})),)) as store:
        assert any("may belong to several rows of cases" in one.message for one in store.check())
    owner.dispose()


def test_text_and_numbers_belong_together_by_their_usual_text(crm: Crm) -> None:
    """A number is found by its text and a text by its number; other spellings and other words are none of it."""
    crm.run(
        "CREATE TABLE cases (id VARCHAR(30) PRIMARY KEY)",
        "CREATE TABLE note (id INTEGER PRIMARY KEY, case_no BIGINT)",
        "INSERT INTO cases VALUES ('7'), ('07'), ('seven'), ('-12'), ('9999999999999999999999'), ('7.0'), (' 7')",
        "INSERT INTO note VALUES (1, 7), (2, -12), (3, 70)",
    )
    status = Status("noted", Reach("note", {"case_no": "id"}))
    refs = [_ref(key) for key in ("7", "07", "seven", "-12", "9999999999999999999999", "7.0", " 7")]
    with crm.open(statuses=(status,)) as store:
        records = store.fetch(refs)
    assert [ref.key for ref in refs if records[ref].statuses["noted"]] == ["7", "-12"]
    found = _destroyed(crm, "7", parts=(TablePart(Reach("note", {"case_no": "id"})),))
    assert found == (Outcome.DESTROYED, Sight.GONE, {"table cases": 1, "table note": 1})
    assert crm.rows("note") == [2, 3]


def test_rows_named_in_json_are_shared(crm: Crm) -> None:
    """Ids in JSON lead to rows that go when no other record names them; they are never parts of one record."""
    crm.run(
        "CREATE TABLE cases (id INTEGER PRIMARY KEY, data TEXT)",
        "CREATE TABLE contact (id INTEGER PRIMARY KEY)",
        """INSERT INTO cases VALUES (1, '{"ids": [1, "2", 3, 2], "own": 4}'), (2, '{"ids": [3, "x", null]}')""",
        "INSERT INTO contact VALUES (1), (2), (3), (4), (5)",
    )
    with crm.open(parts=(TablePart(Reach("contact", {"id": "data.own"})),)) as store:
        assert any("declare it under shared" in one.remedy for one in store.check())
    listed, own = Reach("contact", {"id": "data.ids[*]"}), Reach("contact", {"id": "data.own"})
    found = _destroyed(crm, "1", shared=(SharedTable(listed), SharedTable(own)))
    assert found[:2] == (Outcome.DESTROYED, Sight.GONE)
    assert crm.rows("contact") == [3, 5]


def test_what_broken_json_may_name_stays(crm: Crm) -> None:
    """While the JSON of another record cannot be told, it may name every shared row and document: none of them goes."""
    crm.run(
        "CREATE TABLE cases (id INTEGER PRIMARY KEY, data TEXT)",
        "CREATE TABLE contact (id INTEGER PRIMARY KEY)",
        """INSERT INTO cases VALUES (1, '{"ids": [1], "files": ["a"]}'), (2, '{broken')""",
        "INSERT INTO contact VALUES (1)",
    )
    shared = (SharedTable(Reach("contact", {"id": "data.ids[*]"})),)
    kind: dict[str, Any] = {"shared": shared, "parts": (ObjectPart("documents", "data.files[*]", Reach("cases")),)}
    with crm.open(**kind) as store:
        before = store.fetch([_ref("1")])[_ref("1")]
    crm.run("""UPDATE cases SET data = '{"ids": null}' WHERE id = 2""")
    with crm.open(**kind) as store:
        after = store.fetch([_ref("1")])[_ref("1")]
    assert [len(one.documents) for one in (before, after)] == [0, 1]
    crm.run("UPDATE cases SET data = '{broken' WHERE id = 2")
    assert _destroyed(crm, "1", **kind)[0] is Outcome.DESTROYED
    assert crm.rows("contact") == [1]


def test_a_part_that_names_its_record_in_json(crm: Crm) -> None:
    """Rows whose JSON holds the record's number go with it; those whose JSON is broken keep every record there is."""
    crm.run(
        "CREATE TABLE cases (id INTEGER PRIMARY KEY)",
        "CREATE TABLE form (id INTEGER PRIMARY KEY, data TEXT)",
        "INSERT INTO cases VALUES (1), (2)",
        """INSERT INTO form VALUES (1, '{"case": {"id": 1}}'), (2, '{"case": {"id": "1"}}')""",
        """INSERT INTO form VALUES (3, '{"case": {"id": 2}}')""",
        "INSERT INTO form VALUES (4, NULL)",
    )
    parts = (TablePart(Reach("form", {"data.case.id": "id"})),)
    found = _destroyed(crm, "1", parts=parts)
    assert found == (Outcome.DESTROYED, Sight.GONE, {"table cases": 1, "table form": 2})
    crm.run("INSERT INTO form VALUES (5, '{broken')")
    with crm.open(parts=parts) as store:
        problem = "the JSON in form.data is not such that data.case.id can be told"
        assert store.fetch([_ref("2")])[_ref("2")].problems == (problem,)


def test_a_date_and_people_behind_joins_of_several_kinds(crm: Crm) -> None:
    """Triggers, people and recipients are found along named joins as along foreign keys; several may be listed."""
    crm.run(
        "CREATE TABLE cases (id INTEGER PRIMARY KEY, worker VARCHAR(20))",
        "CREATE TABLE event (id INTEGER PRIMARY KEY, about VARCHAR(20), kind VARCHAR(20), day VARCHAR(20), who TEXT)",
        "INSERT INTO cases VALUES (1, 'w.1')",
        """INSERT INTO event VALUES (1, '1', 'closed', '2001-02-03', '{"by": "w.2", "to": ["Police", "School"]}')""",
        "INSERT INTO event VALUES (2, '1', 'closed', '2002-02-03', NULL), (3, '1', 'open', 'soon', NULL)",
    )
    closed = Reach("event", {"about": "id"}, where={"kind": "closed"})
    kind: dict[str, Any] = {
        "triggers": (Trigger("closed", "day", "latest", closed),),
        "conflict_of_interest": (Trigger("a", "worker"), Trigger("b", "who.by", None, closed)),
        "recipients": (closed, "who.to[*]"),
    }
    with crm.open(**kind) as store:
        assert store.check() == []
        record = store.fetch([_ref("1")])[_ref("1")]
    assert (str(record.dates["closed"]), record.problems) == ("2002-02-03", ())
    assert (record.excluded_reviewers, record.recipients) == (("w.1", "w.2"), ("Police", "School"))


def test_a_row_that_ties_a_record_to_others_is_of_its_state(crm: Crm) -> None:
    """What a link says is part of what was reviewed: a link that changes makes the record another than it was."""
    crm.run(
        "CREATE TABLE cases (id INTEGER PRIMARY KEY)",
        "CREATE TABLE link (id INTEGER PRIMARY KEY, case_id INTEGER, person_id INTEGER, role VARCHAR(20))",
        "CREATE TABLE person (id INTEGER PRIMARY KEY)",
        "INSERT INTO cases VALUES (1)",
        "INSERT INTO person VALUES (5)",
        "INSERT INTO link VALUES (1, 1, 5, 'parent')",
    )
    reach = Reach("person", {"id": "person_id"}, (Hop("link", {"case_id": "id"}),))
    states = []
    for role in ("parent", "child"):
        crm.run(f"UPDATE link SET role = '{role}'")  # noqa: S608 - of our own
        with crm.open(shared=(SharedTable(reach),)) as store:
            states.append(store.fetch([_ref("1")])[_ref("1")].state)
    assert len(set(states)) == 2


def test_rows_without_a_key_are_told_and_never_a_record(crm: Crm) -> None:
    """A row with nothing in a column of the key is counted and told once; the others are scanned as ever."""
    crm.run(
        "CREATE TABLE cases (case_no VARCHAR(20), part_no INTEGER, closed VARCHAR(20), UNIQUE (case_no, part_no))",
        "INSERT INTO cases VALUES ('a', 1, '2001-01-01'), ('a', NULL, '2001-01-01'), (NULL, 1, '2001-01-01')",
        "INSERT INTO cases VALUES ('b', NULL, '2001-01-01')",
    )
    asked = ScanRequest("case", {"A": [{"closed": date(2020, 1, 1)}]})
    with crm.open(key=("case_no", "part_no"), triggers=(Trigger("closed", "closed"),)) as store:
        pages = list(store.scan(asked))
        told = [one.message for one in store.check()]
    said = [
        "one of its rows has nothing in 'case_no', a column of the key, and can be no record",
        "2 of its rows have nothing in 'part_no', a column of the key, and can be no record",
    ]
    assert [one.ref.key for page in pages for one in page.records] == ["a/1"]
    assert sum(page.examined for page in pages) == 4
    assert [one.message for page in pages for one in page.remarks] == said
    assert set(said) <= set(told)


_CONVERTED = [
    ("id", "of_number"),  # number to text
    ("id", "number_of"),
    ("word", "number_of"),  # text to number
    ("data.ids[*]", "number_of"),  # JSON to number
    ("data.word", "of_number"),  # JSON to text
]


@pytest.mark.parametrize("empty_url", ["sqlite", "postgresql"], indirect=True)
def test_an_index_on_the_table_it_leads_to_serves(crm: Crm) -> None:
    """Whatever is converted stands on the side of the table before: rows are searched by index, not walked through."""
    crm.run(
        "CREATE TABLE cases (id INTEGER PRIMARY KEY, word VARCHAR(20), data TEXT)",
        "CREATE TABLE note (id INTEGER PRIMARY KEY, of_number VARCHAR(20), number_of INTEGER)",
        "CREATE INDEX by_text ON note (of_number)",
        "CREATE INDEX by_number ON note (number_of)",
    )
    with crm.owner.connect() as connection:
        catalogue = reflected(connection)
        cases, note = catalogue.tables["cases"], catalogue.tables["note"]
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        for ours, theirs in _CONVERTED:
            start = cases.alias()
            way = Path(cases, (Step(note, ((ours, theirs),)),)).followed(start, catalogue.dialect)
            asked = way.select(way.target.c.id).where(start.c.id == 1)
            sql = str(asked.compile(connection, compile_kwargs={"literal_binds": True})).replace("%%", "%")
            explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
            plan = " ".join(str(row[-1]) for row in connection.exec_driver_sql(explain + sql))
            index = "by_text" if theirs == "of_number" else "by_number"
            assert index in plan, plan


def _found(crm: Crm, keys: list[tuple[Any, ...]], *, locking: bool) -> list[list[tuple[Any, Any]]]:
    """Return by part what is read of cases, a part of the same type as the key first."""
    parts = tuple(
        TablePart(
            Reach(table, {"case_id": "id"}, where={"kind": "a"}), parts=(TablePart(Reach(f"{table}_word", "note_id")),)
        )
        for table in ("note", "wide")
    )
    with crm.open(Role.DISPOSE, parts=parts) as connector:
        store, one = connector._kind("case")
        assert [bool(path.of_key(one.kind.key)) for path in one.contents] == [True, True, False, False]
        with connector._opening.writing() as connection, connection.begin():
            found = read_contents(connection, store.catalogue, one, keys, locking=locking)
            return [sorted(found.rows(path.label), key=str) for path in one.contents]


@pytest.mark.parametrize("locking", [False, True])
def test_rows_found_by_the_key_are_those_found_from_the_records_row(crm: Crm, *, locking: bool) -> None:
    """Where a part holds the very key, its record's row is not joined; what is read is what the join reads.

    Rows of records that are not there belong to nobody, whether or not they are asked about.
    """
    crm.run("CREATE TABLE cases (id INTEGER PRIMARY KEY)", "INSERT INTO cases VALUES (1), (2), (3), (-4)")
    rows = "(1, 1, 'a'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'a'), (5, 9, 'a'), (6, NULL, 'a'), (7, -4, 'a')"
    for table, integer in (("note", "INTEGER"), ("wide", "BIGINT")):
        crm.run(
            f"CREATE TABLE {table} (note_id INTEGER PRIMARY KEY, case_id {integer}, kind VARCHAR(3))",
            f"CREATE TABLE {table}_word (word_id INTEGER PRIMARY KEY, note_id INTEGER)",
            f"INSERT INTO {table} VALUES {rows}",  # noqa: S608 - of our own
            f"INSERT INTO {table}_word VALUES (1, 1), (2, 1), (3, 4), (4, 5), (5, 3)",  # noqa: S608 - of our own
        )
    keys: list[tuple[Any, ...]] = [(one if "postgresql" not in crm.url else str(one),) for one in (1, 3, 9, -4)]
    by_key, words_by_key, joined, words_joined = _found(crm, keys, locking=locking)
    assert (by_key, words_by_key) == (joined, words_joined)
    assert (len(by_key), len(words_by_key)) == (3, 2)


def test_a_text_in_a_column_of_numbers_is_looked_for_from_the_records_row(crm: Crm) -> None:
    """SQLite keeps text in a column of numbers, and compares it by the rule of the record's column."""
    if not crm.url.startswith("sqlite"):
        return
    crm.run("CREATE TABLE cases (id INTEGER COLLATE NOCASE NOT NULL UNIQUE)", "INSERT INTO cases VALUES ('K'), (2)")
    for table, integer in (("note", "INTEGER"), ("wide", "BIGINT")):
        crm.run(
            f"CREATE TABLE {table} (note_id INTEGER PRIMARY KEY, case_id {integer}, kind VARCHAR(3))",
            f"CREATE TABLE {table}_word (word_id INTEGER PRIMARY KEY, note_id INTEGER)",
            f"INSERT INTO {table} VALUES (1, 'k', 'a'), (2, 2, 'a')",  # noqa: S608 - of our own
        )
    by_key, _, joined, _ = _found(crm, [("K",), (2,)], locking=False)
    assert by_key == joined
    assert len(by_key) == 2
