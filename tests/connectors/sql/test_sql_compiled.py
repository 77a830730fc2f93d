"""SQL Server and Oracle: no server can be had, so every statement is compiled for them and looked at."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, oracle
from sqlalchemy.exc import DBAPIError

from retentiond.connectors.interface import Role, ScanRequest, Wanted
from retentiond.connectors.sql import SqlConnector, receipt_table_ddl
from retentiond.connectors.sql.contents import delete_rows, read_contents
from retentiond.connectors.sql.dates import on_or_before, unusable
from retentiond.connectors.sql.deeds import Deed
from retentiond.connectors.sql.dialects import Dialect, dialect_named
from retentiond.connectors.sql.inspecting import Inspector
from retentiond.connectors.sql.mapping import Mapped, mapped
from retentiond.connectors.sql.pseudonymising import is_no_pseudonym
from retentiond.connectors.sql.reading import Reader
from retentiond.connectors.sql.values import after, equals, keys, within
from retentiond.domain.errors import StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder
from retentiond.domain.records import RecordRef, StateToken
from retentiond.domain.schedule import Action
from tests.connectors.sql.recording import Recording, catalogue_of


def _tables(text: Any, moment: Any) -> sa.MetaData:
    metadata = sa.MetaData()

    def table(name: str, *columns: sa.Column[Any]) -> None:
        sa.Table(name, metadata, *columns)

    def to(name: str, column: str, *, key: bool = False) -> sa.Column[Any]:
        return sa.Column(column, sa.Integer, sa.ForeignKey(f"{name}.{column}"), primary_key=key, nullable=False)

    def key(name: str) -> sa.Column[Any]:
        return sa.Column(name, sa.Integer, primary_key=True)

    table("family", key("family_id"), sa.Column("family_ref", text))
    table(
        "person",
        key("person_id"),
        *(sa.Column(n, t) for n, t in (("forename", text), ("dob", moment), ("postcode", text))),
    )
    table(
        "family_member",
        to("family", "family_id", key=True),
        to("person", "person_id", key=True),
        sa.Column("relationship", text),
    )
    table(
        "eh_episode",
        key("episode_id"),
        to("family", "family_id"),
        *(
            sa.Column(n, t)
            for n, t in (("case_ref", text), ("started_on", moment), ("ended_on", moment), ("worker_id", text))
        ),
    )
    table("case_note", key("note_id"), to("eh_episode", "episode_id"), sa.Column("body", sa.Text))
    table("attachment", key("attachment_id"), to("case_note", "note_id"), sa.Column("object_key", text))
    table("status_period", key("status_id"), to("person", "person_id"), sa.Column("kind", text))
    table("disclosure", key("disclosure_id"), to("family", "family_id"), sa.Column("recipient_name", text))
    return metadata


_TYPES: dict[str, tuple[Any, Any]] = {
    "mssql": (mssql.NVARCHAR(80), mssql.DATETIME2()),  # type: ignore[no-untyped-call]
    "oracle": (oracle.VARCHAR2(80), oracle.DATE()),
}


@pytest.fixture(params=["mssql", "oracle"])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """Each of the two databases in turn."""
    return dialect_named(request.param)


@pytest.fixture
def store(dialect: Dialect, case_definition: Any) -> Mapped:
    """The case store laid over tables as they would be there."""
    found = mapped(case_definition, catalogue_of(_tables(*_TYPES[dialect.name]), dialect))
    assert not found.faults
    return found


def _through(store: Mapped, use: Callable[[Any, Any], Any], *, rows: bool = True) -> Recording:
    recording = Recording(store.catalogue.dialect, rows)
    (kind,) = store.kinds.values()
    use(cast("Any", recording), kind)
    assert recording.statements
    return recording


def _sound(recording: Recording) -> None:
    """Assert what holds of every statement for a database without boolean values, LIMIT or lists of parameters."""
    for statement, sent in zip(recording.statements, recording.sent, strict=True):
        assert not re.search(r"\b(THEN|ELSE|SELECT) +(true|false|[A-Za-z_0-9.\"\[\]]+ *(=|<|>|IS ))", statement), (
            statement
        )
        assert not re.search(r"\b(WHERE|AND|OR|WHEN) +[01] +(AND|OR|THEN)\b", statement), statement
        assert not re.search(r"\bLIMIT\b|\btrue\b|\bfalse\b|::", statement), statement
        assert "POSTCOMPILE" not in statement
        assert len(sent) < 60
        for value in sent.values():
            # what came out of a record or a definition is a parameter
            assert not (isinstance(value, str) and len(value) > 3 and f"'{value}'" in statement), statement


def _read(connection: Any, kind: Any, store: Mapped) -> None:
    reader = Reader(store, kind)
    for wanted in Wanted:
        windows = {"EH-01": [{"case-closed": date(2020, 1, 1), "youngest-birth": date(1990, 1, 1)}]}
        next(reader._some(connection, ScanRequest("episode", windows, wanted), ("9",), is_first=False))
    reader._size(connection)
    given = keys(kind.key_columns, {"10", "11"}, store.catalogue.dialect)
    assert given
    reader.by_key(connection, given)
    reader.blocked(connection, given)


def test_a_scan_and_a_fetch_compile(store: Mapped) -> None:
    """Pages are cut and ordered in the database's own way, and lock nothing."""
    recording = _through(store, lambda connection, kind: _read(connection, kind, store))
    _sound(recording)
    page = recording.statements[0]
    assert ("TOP " in page) if store.catalogue.dialect.name == "mssql" else ("FETCH FIRST" in page)
    assert "ORDER BY" in page
    assert not any("UPDLOCK" in one or "FOR UPDATE" in one for one in recording.statements)
    listed = "OPENJSON(" if store.catalogue.dialect.name == "mssql" else "JSON_TABLE("
    assert any(listed in one for one in recording.statements)


def test_what_is_compared_is_locked(store: Mapped) -> None:
    """Each read of a deed takes the lock of the rows of its own table, and waits for it only so long."""
    given = keys(next(iter(store.kinds.values())).key_columns, {"10"}, store.catalogue.dialect)

    def read(connection: Any, kind: Any) -> None:
        read_contents(connection, store.catalogue, kind, given, locking=True)

    recording = _through(store, read)
    _sound(recording)
    for statement in recording.statements:
        if store.catalogue.dialect.name == "mssql":
            assert "WITH (UPDLOCK, ROWLOCK)" in statement
            assert "FOR UPDATE" not in statement
        else:
            assert re.search(r"FOR UPDATE OF \S+ WAIT 5\s*$", statement), statement


@pytest.mark.parametrize("action", [Action.DESTROY, Action.ANONYMISE])
def test_a_deed_compiles(store: Mapped, action: Action) -> None:
    """Deleting and anonymising are statements over lists of rows, however many these are."""

    def act(connection: Any, kind: Any) -> None:
        given = keys(kind.key_columns, {"10"}, store.catalogue.dialect)
        contents = read_contents(connection, store.catalogue, kind, given, locking=True)
        deed = Deed(connection, store, kind, contents)
        if action is Action.DESTROY:
            deed.destroy()
        else:
            deed.anonymise()

    recording = _through(store, act)
    _sound(recording)
    changing = [one for one in recording.statements if one.startswith(("DELETE", "UPDATE"))]
    assert len(changing) >= 3
    assert all("OPENJSON(" in one or "JSON_TABLE(" in one for one in changing)


def test_an_inspection_compiles(store: Mapped) -> None:
    """The independent read counts and locks nothing."""
    ref = RecordRef("cases", "episode", "10")

    def look(connection: Any, kind: Any) -> None:
        for action in (Action.DESTROY, Action.ANONYMISE):
            order = DisposalOrder(uuid4().hex, ref, action, StateToken(""), 1)
            Inspector(store, kind).inspect(connection, [order], ())

    recording = _through(store, look, rows=False)
    _sound(recording)
    assert any("count(*)" in one for one in recording.statements)


def test_a_pseudonym_is_recognised_in_a_short_pattern(dialect: Dialect) -> None:
    """64 hex digits are one pattern, of no more than the 512 bytes that Oracle takes, or a LIKE of theirs."""
    column = sa.Table("t", sa.MetaData(), sa.Column("code", sa.String(64))).c.code
    compiled = sa.select(is_no_pseudonym(column, dialect)).compile(dialect=dialect.compiler())
    (pattern,) = (one for one in compiled.params.values() if "0-9a-f" in str(one))
    assert pattern in ("^([0-9a-f]{64})$", "[0-9a-f]" * 64)


def test_a_thousand_keys_are_one_parameter(dialect: Dialect) -> None:
    """However many rows are meant, a statement has as many parameters as for one."""
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.String(20)))
    for columns, make in (([table.c.a], lambda n: (str(n),)), ([table.c.a, table.c.b], lambda n: (str(n), f"k{n}"))):
        for number in (1, 1000):
            statement = sa.delete(table).where(within(columns, [make(n) for n in range(number)], dialect))
            assert len(statement.compile(dialect=dialect.compiler()).params) == 1
            rows = sa.select(dialect.rows(columns, [make(n) for n in range(number)]))
            assert len(rows.compile(dialect=dialect.compiler()).params) == 1


def test_text_is_compared_to_the_letter(dialect: Dialect) -> None:
    """SQL Server takes no heed of case, accents and spaces at the end unless it compares bytes."""
    column = sa.Table("t", sa.MetaData(), sa.Column("a", sa.String(20))).c.a
    text = str(sa.select(column).where(within([column], [("k",)], dialect)).compile(dialect=dialect.compiler()))
    constant = str(sa.select(column).where(equals(column, "k", dialect)).compile(dialect=dialect.compiler()))
    if dialect.name == "mssql":
        assert text.count("VARBINARY") == 2
        assert "BIN2" in constant
    else:
        assert "NLS_COMP = BINARY" in " ".join(_oracle_session())


def _oracle_session() -> tuple[str, ...]:
    from retentiond.connectors.sql.dialects import oracle as module

    return module._SESSION


def test_a_uuid_is_the_text_the_server_writes() -> None:
    """SQL Server writes a UUID in capitals: that text is the key, and the small letters name no record."""
    column = sa.Table("t", sa.MetaData(), sa.Column("a", mssql.UNIQUEIDENTIFIER())).c.a
    text = str(uuid4())
    assert keys([column], [text], dialect_named("mssql")) == []
    assert keys([column], [text.upper()], dialect_named("mssql")) == [(text.upper(),)]


def test_an_empty_text_is_none_on_oracle() -> None:
    """Oracle keeps no empty texts: a condition on one would hold for nothing, and is refused."""
    column = sa.Table("t", sa.MetaData(), sa.Column("a", sa.String(20))).c.a
    assert not dialect_named("oracle").fits(column, "")
    assert keys([column], [""], dialect_named("oracle")) == []


def test_dates_are_bounded_plainly(dialect: Dialect) -> None:
    """A bound on a date is one comparison that an index serves; odd texts are looked for by their form."""
    moment = _TYPES[dialect.name][1]
    table = sa.Table("t", sa.MetaData(), sa.Column("d", moment), sa.Column("w", sa.String(40)))
    bound = str(sa.select(on_or_before(table.c.d, date(2020, 1, 1))).compile(dialect=dialect.compiler()))
    assert re.search(r"d < [:%]", bound), bound
    statement = sa.select(table.c.w).where(unusable(table.c.w, dialect), unusable(table.c.d, dialect))
    odd = str(statement.compile(dialect=dialect.compiler()))
    assert ("try_convert(date" in odd) if dialect.name == "mssql" else ("regexp_like" in odd)


def test_the_next_page_is_found_by_the_index(dialect: Dialect) -> None:
    """Going on behind a key of two columns bounds the first of them."""
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.String(20)))
    text = str(sa.select(after([table.c.a, table.c.b], ("1", "x"), dialect)).compile(dialect=dialect.compiler()))
    assert "a >= CAST" in text


def test_every_type_is_read_as_text(dialect: Dialect) -> None:
    """The text of a value depends on no language, style or driver: each type says how it is written."""
    kinds: dict[str, list[Any]] = {
        "mssql": [mssql.MONEY(), mssql.FLOAT(), mssql.DATE(), mssql.DATETIMEOFFSET(), mssql.VARBINARY(8), mssql.BIT()],  # type: ignore[no-untyped-call]
        "oracle": [
            oracle.NUMBER(9, 2),  # type: ignore[no-untyped-call]
            oracle.BINARY_DOUBLE(),
            oracle.DATE(),
            oracle.TIMESTAMP(timezone=True),
            oracle.RAW(8),
        ],
    }
    for kind in kinds[dialect.name]:
        column = sa.Table("t", sa.MetaData(), sa.Column("a", kind)).c.a
        text = str(sa.select(dialect.as_read(column)).compile(dialect=dialect.compiler()))
        assert re.search(r"convert\(|CAST\(|to_char\(|rawtohex\(", text), text


def test_the_owner_is_told_how_to_make_our_table(dialect: Dialect) -> None:
    """The statement for the receipt table is one of the database's own."""
    assert receipt_table_ddl(dialect.name).startswith("CREATE TABLE retentiond_receipt")


@pytest.mark.parametrize(
    "url", ["mssql+pymssql://hush:hush@127.0.0.1:9/hush", "oracle+oracledb://hush:hush@127.0.0.1:9/?service_name=hush"]
)
def test_a_server_that_is_not_there_is_said_in_words(case_definition: Any, url: str) -> None:
    """The real driver's refusal becomes a store that did not answer, without address, user or password."""
    store = SqlConnector(case_definition, role=Role.SCAN, url=url)
    with store, pytest.raises(StoreUnavailable, match="did not answer") as refused:
        store.check()
    assert "hush" not in str(refused.value)


def test_json_is_refused_in_words(dialect: Dialect) -> None:
    """What could not be tried is not guessed: a definition that looks into JSON is refused there."""
    column = sa.Table("t", sa.MetaData(), sa.Column("data", sa.Text())).c.data
    with pytest.raises(StoreRefused, match="JSON is not looked into"):
        dialect.json(column)


def test_rows_are_deleted_by_their_addresses(store: Mapped) -> None:
    """A deletion names rows by the columns of their primary key."""
    table = store.catalogue.tables["family_member"]
    recording = _through(store, lambda connection, _: delete_rows(connection, store.catalogue, table, [("1", "100")]))
    assert recording.statements[0].startswith("DELETE FROM family_member WHERE")


def test_the_catalogue_is_asked_for_all_of_it() -> None:
    """Oracle's dictionary is read where the credential may; other schemas' keys and triggers are asked for by name."""
    dialect = dialect_named("oracle")
    for sees, whose in ((1, "dba_"), (0, "all_")):
        recording = Recording(dialect)
        recording.answers = {"session_privs": [(sees,)]}
        list(dialect.triggers(cast("Any", recording)))
        assert any(f"{whose}triggers" in one for one in recording.statements)
        flaws = [one.message for one in dialect.flaws(cast("Any", recording), {}, Role.DISPOSE)]
        assert any("cannot be seen" in one for one in flaws) is not bool(sees)


@pytest.mark.parametrize(
    ("name", "code", "words", "again"),
    [
        ("mssql", 1222, "locked by someone else", True),
        ("mssql", 1205, "deadlock", True),
        ("mssql", 547, "still refer", False),
        ("mssql", 229, "not allowed", False),
        ("mssql", 20003, "longer than it is allowed", True),
        ("mssql", 50001, "a rule inside the database", False),
        ("oracle", 30006, "locked by someone else", True),
        ("oracle", 60, "deadlock", True),
        ("oracle", 2292, "still refer", False),
        ("oracle", 1031, "not allowed", False),
        ("oracle", 3113, "connection was lost", True),
        ("oracle", 20001, "a rule inside the database", False),
    ],
)
def test_errors_have_words(name: str, code: int, words: str, again: bool) -> None:  # noqa: FBT001
    """A number of the server becomes words that hold no value, and say whether asking again may help."""
    found: Any = code if name == "mssql" else SimpleNamespace(code=code, full_code=f"ORA-{code:05}")
    trouble = dialect_named(name).understood(DBAPIError("SELECT 'hush'", None, Exception(found, "hush")))
    assert words in trouble.words
    assert trouble.again is again
