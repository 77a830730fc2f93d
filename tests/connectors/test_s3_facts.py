"""What says of an object which class it has and when its clock started: tags, metadata, names and a key table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from retentiond.connectors.document_kinds import ASTRAY
from retentiond.connectors.interface import Role, ScanRequest, Wanted
from retentiond.connectors.s3.bucket import Bucket
from retentiond.connectors.sql import KeyTableReader
from retentiond.domain.definitions import ClassCondition, KeyTable, Status
from retentiond.domain.errors import ConfigurationRefused, StoreRefused, StoreUnavailable
from retentiond.domain.records import RecordRef
from tests.connectors.letters import EVERYTHING, Letters

LADO = (ClassCondition("C-02", where={"metadata:Kind": "lado"}), ClassCondition("C-01"))
INDEX = (ClassCondition("C-02", where={"column:is_cla": "true"}), ClassCondition("C-01", where={"column:owner": None}))


def _tagged(letters: Letters, key: str, **metadata: str) -> str:
    letters.owner.put_object(Bucket=letters.bucket, Key=letters.prefix + key, Body=b"x", Metadata=metadata)
    return letters.prefix + key


def test_metadata_classifies_whatever_the_case_of_its_name(letters: Letters) -> None:
    """The metadata of the newest version gives class and status, in a scan as in a fetch."""
    by = replace(letters, classes=LADO, statuses=(Status("shared", where={"metadata:shared": "yes"}),))
    special = by.ref("a")
    _tagged(by, "a", kind="lado", closed="2001-02-03", shared="yes")
    ordinary = by.put("b")
    found = {record.ref: (record.record_class, record.statuses) for record in by.scanned()}
    assert found == {special: ("C-02", {"shared": True}), ordinary: ("C-01", {"shared": False})}
    assert by.record(special).record_class == "C-02"


def test_metadata_that_is_no_ascii_is_read_as_it_was_given() -> None:
    """Servers write such values as RFC 2047 does; another class, and a shorter one, must not follow from that."""
    from retentiond.connectors.s3.reading import _decoded

    assert _decoded("=?UTF-8?B?UMOkZGFnb2dl?=") == "Pädagoge"
    assert _decoded("=?UTF-8?Q?P=C3=A4dagoge?=") == "Pädagoge"
    assert [_decoded(one) for one in ("lado", "a =?b", "=?no-such?Q?x?=")] == ["lado", "a =?b", "=?no-such?Q?x?="]


def test_metadata_a_server_leaves_out_makes_a_problem(plain: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says it could not show some of the metadata leaves the record undecided, never due."""
    ref = plain.put("one")
    said = Bucket.head
    monkeypatch.setattr(Bucket, "head", lambda *asked: {**(said(*asked) or {}), "MissingMeta": 1})
    assert replace(plain, classes=LADO).record(ref).problems == (
        "the store says that it left out some of its metadata",
    )


def test_a_pattern_in_the_name_classifies(plain: Letters) -> None:
    """A pattern is searched for anywhere in the key, together with the other conditions of the line."""
    lines = (ClassCondition("C-02", where={"name:": r"/LAC-\d+\.pdf$", "prefix": plain.prefix}), ClassCondition("C-01"))
    by = replace(plain, classes=lines)
    refs = [by.put(key) for key in ("a/LAC-12.pdf", "a/LAC-12.pdf.old", "LAC-x.pdf")]
    assert [by.record(ref).record_class for ref in refs] == ["C-02", "C-01", "C-01"]


BOTH = pytest.mark.parametrize("index", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def index(request: pytest.FixtureRequest, tmp_path: Path) -> sa.Engine:
    """A database with an index of documents, a table and a view over it; on SQLite where a test asks for no other."""
    url = f"sqlite:///{tmp_path / 'index.sqlite'}"
    if getattr(request, "param", "sqlite") == "postgresql":
        new_database: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
        url = new_database()
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(
            sa.text("CREATE TABLE document_index (object_key VARCHAR(400), is_cla BOOLEAN, owner TEXT, closed_on TEXT)")
        )
        connection.execute(sa.text("CREATE VIEW current_documents AS SELECT * FROM document_index"))
    return engine


def _indexed(
    letters: Letters, index: sa.Engine, *rows: tuple[str, bool, str | None, str | None], **where: str
) -> Letters:
    with index.begin() as connection:
        for key, is_cla, owner, closed_on in rows:
            values = {"k": letters.prefix + key, "c": is_cla, "o": owner, "d": closed_on}
            connection.execute(sa.text("INSERT INTO document_index VALUES (:k, :c, :o, :d)"), values)
    table = KeyTable("", **{"table": "document_index", "key": "object_key", **where})
    url = index.url.render_as_string(hide_password=False)
    reader = KeyTableReader("letters", table, url)
    return replace(letters, classes=INDEX, column="column:closed_on", rows=reader.rows)


@BOTH
@pytest.mark.parametrize("table", ["document_index", "current_documents"])
def test_a_key_table_gives_class_and_date(plain: Letters, index: sa.Engine, table: str) -> None:
    """Columns are compared in their own type; one whose key is in no row is in doubt; without a class it is named."""
    refs = [plain.put(key, None) for key in ("a", "B ü'\"&", "c", "nowhere", "dated-wrongly")]
    rows = [("a", True, "x", "2001-02-03"), ("B ü'\"&", False, None, "2002-03-04"), ("c", False, "x", "2001-01-01")]
    wrong = ("dated-wrongly", True, None, "Easter")
    by = _indexed(plain, index, *rows, wrong, ("a ", False, None, "1999-01-01"), table=table)
    records = [by.record(ref) for ref in refs]
    assert [record.record_class for record in records] == ["C-02", "C-01", None, None, "C-02"]
    days = [date(2001, 2, 3), date(2002, 3, 4), date(2001, 1, 1), None, None]
    assert [record.dates["closed"] for record in records] == days
    assert [bool(record.problems) for record in records] == [False, False, False, True, True]
    assert "Easter" not in str(records)
    assert {record.ref for record in by.scanned()} == {refs[0], refs[1]}
    undated = by.scanned(replace(EVERYTHING, wanted=Wanted.UNDATED))
    assert [record.ref for record in undated] == [refs[4]]
    stray = by.scanned(replace(EVERYTHING, wanted=Wanted.UNDATED, unclassified=True))
    assert {record.ref for record in stray} == {refs[2], refs[3], refs[4]}


def test_a_page_of_keys_costs_one_statement(plain: Letters, index: sa.Engine) -> None:
    """The rows of a whole page are read at once, and nothing is asked for a kind that uses no column."""
    keys = [plain.put(f"{number}", None).key.removeprefix(plain.prefix) for number in range(5)]
    by = _indexed(plain, index, *((key, True, None, "2001-02-03") for key in keys))
    asked: list[int] = []
    assert by.rows is not None
    rows = by.rows

    def counting(wanted: Any, kind: Any) -> Any:
        asked.append(len(wanted))
        return rows(wanted, kind)

    assert len(replace(by, rows=counting).scanned()) == 5
    assert asked == [5]
    replace(by, rows=counting, classes=(ClassCondition("C-01"),), column="last-modified").scanned()
    assert asked == [5]


def test_a_key_in_no_row_falls_into_no_shorter_class(plain: Letters, index: sa.Engine) -> None:
    """What the table does not know may be of the class that it tells of: the class of the last line is not due."""
    ref = plain.put("unknown")
    last = (ClassCondition("C-02", where={"column:is_cla": "true"}), ClassCondition("C-01"))
    by = replace(_indexed(plain, index), classes=last, column="metadata:closed")
    record = by.record(ref)
    assert (record.record_class, record.dates) == ("C-01", {"closed": date(2001, 2, 3)})
    assert record.problems == ("its key stands in no row of the key table",)
    assert [one.problems for one in by.scanned()] == [record.problems]


@BOTH
def test_a_key_in_two_rows_is_a_problem(plain: Letters, index: sa.Engine) -> None:
    """Two rows under one key date nothing: the record is shown as undated and never due; the stricter class stands."""
    ref = plain.put("twice", None)
    by = _indexed(plain, index, ("twice", False, None, "2001-02-03"), ("twice", True, None, "2001-02-03"))
    record = by.record(ref)
    assert (record.record_class, record.dates) == ("C-02", {"closed": None})
    assert record.problems == ("its key stands in more than one row of the key table",)
    assert by.scanned() == []


def test_a_key_table_that_cannot_be_read_ends_the_scan(plain: Letters, index: sa.Engine) -> None:
    """Where the table is not reached, nothing has no class because of it; what does not fit is told by check."""
    ref = plain.put("one", None)
    by = _indexed(plain, index, ("one", True, None, "2001-02-03"))
    for wrong, words in (
        ({"table": "no_such"}, "the table does not exist"),
        ({"key": "no_such"}, "it has no column 'no_such'"),
    ):
        other = _indexed(plain, index, **wrong)
        with other.open() as connector:
            assert [fault.message for fault in connector.check()] == [words] * 1
            for question in (lambda: connector.fetch([ref]), lambda: list(connector.scan(EVERYTHING))):
                with pytest.raises(StoreRefused):
                    question()
    gone = KeyTableReader("letters", KeyTable("", "document_index", "object_key"), "sqlite:////nowhere/index.sqlite")
    with replace(by, rows=gone.rows).open() as connector:
        questions: tuple[Callable[[], object], ...]
        questions = (lambda: connector.fetch([ref]), lambda: list(connector.scan(EVERYTHING)), connector.check)
        for unanswered in questions:
            with pytest.raises(StoreUnavailable, match="key table"):
                unanswered()


@BOTH
def test_a_key_table_is_only_read(index: sa.Engine) -> None:
    """The connection to it cannot write, whatever its login may."""
    reader = KeyTableReader(
        "letters",
        KeyTable("", "document_index", "object_key"),
        index.url.render_as_string(hide_password=False),
    )
    with reader._opening.reading() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.text("DELETE FROM document_index"))


def test_columns_need_a_key_table(plain: Letters) -> None:
    """A definition that classifies by a column and names no table is refused, with what can be used instead."""
    with pytest.raises(ConfigurationRefused) as refusal:
        replace(plain, classes=INDEX, column="column:closed_on").open(Role.SCAN)
    said = str(refusal.value)
    assert "a document cannot be classified by 'column:is_cla'" in said
    assert "use 'prefix', 'name', 'metadata:NAME' and 'tag:NAME'" in said
    assert "a date cannot stand there" in said


def test_documents_of_cases_ask_the_key_table_nothing(plain: Letters, index: sa.Engine) -> None:
    """A kind without classes or dates is fetched though the key table is away: it is not asked about it."""
    key = plain.papers.put("attachment", None).key
    gone = KeyTableReader("letters", KeyTable("", "document_index", "object_key"), "sqlite:////nowhere/index.sqlite")
    by = replace(_indexed(plain, index), rows=gone.rows)
    with by.open() as connector:
        ref = replace(plain.papers.ref("attachment"), kind="document")
        assert connector.fetch([ref])[ref].ref.key == key
        assert next(iter(connector.scan(ScanRequest("document", {})))).examined == 0


def test_parts_of_cases_are_found_under_the_prefix_of_their_kind(plain: Letters) -> None:
    """What a case calls its document is found whatever its store's definition calls the kind; elsewhere it blocks it.

    A key outside of the prefix is not looked at, and taken for absent it would be left behind. So is the key of what
    is a record of its own.
    """
    inside, outside = plain.papers.put("one").key, replace(plain, prefix="elsewhere/").put("one").key
    with plain.open() as connector:
        refs = [RecordRef("letters", "object", key) for key in (inside, outside, plain.put("two").key)]
        found = connector.fetch([*refs, RecordRef("letters", "object", f"{inside}-gone")])
    assert {ref: one.blockers for ref, one in found.items()} == {
        refs[0]: (),
        refs[1]: (ASTRAY,),
        refs[2]: (ASTRAY,),
    }
