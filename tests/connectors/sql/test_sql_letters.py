"""Keys that differ only in case, in an accent or in spaces at the end: never is one record taken for another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import uuid4

import pytest
import sqlalchemy as sa

from retentiond.connectors.interface import Role
from retentiond.connectors.sql import SqlConnector
from retentiond.connectors.sql.dialects.mariadb_letters import tells_apart
from retentiond.domain.definitions import (
    ClassCondition,
    Definition,
    KindOfRecord,
    Reach,
    Reference,
    SharedTable,
    TablePart,
    Trigger,
)
from retentiond.domain.errors import StoreRefused
from retentiond.domain.orders import DisposalOrder, Outcome, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action

_FILE = KindOfRecord(
    "file",
    (ClassCondition("A"),),
    (Trigger("closed", "closed"),),
    table="file",
    key=("code",),
    parts=(TablePart(Reach("note", "code")),),
    shared=(SharedTable(Reach("person", "person")),),
)
FILES = Definition(
    "files",
    "sql",
    "GB",
    (_FILE,),
    "0" * 64,
    references=(Reference("note", "code", "file", "code"), Reference("file", "person", "person", "person")),
    receipts=False,
)
ALIKE = ("a", "A", "a ", "\u00e1")
EXACT = {"sqlite": "TEXT", "postgresql": "TEXT", "mariadb": "VARCHAR(20) COLLATE utf8mb4_nopad_bin"}


def _all(orders: Sequence[DisposalOrder]) -> Collection[str]:
    return {one.id for one in orders}


def _filled(
    url: str, keys: Sequence[str], *, file: str, person: str, note: str, of_person: str, unique: str = "UNIQUE (code)"
) -> sa.Engine:
    owner = sa.create_engine(url, poolclass=sa.NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE person (person {person}, PRIMARY KEY (person))")
        table = f"CREATE TABLE file (id INTEGER PRIMARY KEY, code {file} NOT NULL, person {of_person}, closed DATE"
        connection.exec_driver_sql(f"{table}{', ' + unique if unique.startswith('UNIQUE') else ''})")
        if not unique.startswith("UNIQUE"):
            connection.exec_driver_sql(unique)
        connection.exec_driver_sql(f"CREATE TABLE note (id INTEGER PRIMARY KEY, code {note})")
        for number, code in enumerate(keys):
            given = {"n": number, "c": code}
            connection.execute(sa.text("INSERT INTO person VALUES (:c)"), given)
            connection.execute(sa.text("INSERT INTO file VALUES (:n, :c, :c, '2001-01-01')"), given)
            connection.execute(sa.text("INSERT INTO note VALUES (:n, :c)"), given)
    return owner


def _left(owner: sa.Engine) -> dict[str, list[str]]:
    with owner.connect() as connection:
        names = {"file": "code", "note": "code", "person": "person"}
        return {
            table: [str(one) for one in connection.execute(sa.text(f"SELECT {column} FROM {table}")).scalars()]  # noqa: S608 - names above
            for table, column in names.items()
        }


def _disposed(url: str, key: str) -> Outcome:
    ref = RecordRef("files", "file", key)
    with SqlConnector(FILES, role=Role.DISPOSE, url=url) as store:
        order = DisposalOrder(uuid4().hex, ref, Action.DESTROY, store.fetch([ref])[ref].state, 1)
        (receipt,) = store.dispose([order], _all)
    return receipt.outcome


def _said(url: str) -> set[str]:
    with SqlConnector(FILES, role=Role.DISPOSE, url=url) as store:
        return {one.message.partition(",")[0] for one in store.check()}


def test_a_record_goes_with_its_own_rows_and_no_other(empty_url: str) -> None:
    """Where a database tells the keys apart, 'a' goes and 'A', 'a ' and 'á' stay, with notes and people."""
    kind = EXACT[sa.make_url(empty_url).get_backend_name()]
    owner = _filled(empty_url, ALIKE, file=kind, person=kind, note=kind, of_person=kind)
    with SqlConnector(FILES, role=Role.DISPOSE, url=empty_url) as store:
        assert store.check() == []
    assert _disposed(empty_url, "a") is Outcome.DESTROYED
    assert {name: sorted(found) for name, found in _left(owner).items()} == dict.fromkeys(
        ("file", "note", "person"), sorted(ALIKE[1:])
    )


LISTED = ("1,2", "-3,4", 'a"b', "a\\", "NULL", "{5}", "a\nb", "(6)", "7','8", "")
PARTS = ("1", "2", "-3", "4", "a", "a\\\\", "a\\b", "null", "5", "b", "6", "7", "8", "NULL,NULL", '""')


def test_a_key_that_looks_like_a_list_of_keys_is_one_key(empty_url: str) -> None:
    """The rows of '1,2' go, and those of '1' and '2' stay: a key is one value, whatever it is written with."""
    dialect = sa.make_url(empty_url).get_backend_name()
    kind = EXACT[dialect]
    owner = _filled(empty_url, (*PARTS, *LISTED), file=kind, person=kind, note=kind, of_person=kind)
    with SqlConnector(FILES, role=Role.DISPOSE, url=empty_url) as store:
        refs = [RecordRef("files", "file", key) for key in LISTED]
        found = store.fetch(refs)
        orders = [DisposalOrder(uuid4().hex, ref, Action.DESTROY, found[ref].state, 1) for ref in refs]
        for one in orders:
            assert [receipt.outcome for receipt in store.dispose([one], _all)] == [Outcome.DESTROYED], one.ref.key
        assert {one.sight for one in store.inspect(orders)} == {Sight.GONE}
    assert {name: sorted(left) for name, left in _left(owner).items()} == dict.fromkeys(
        ("file", "note", "person"), sorted(PARTS)
    )


def test_the_row_that_goes_is_the_one_that_was_read(empty_url: str) -> None:
    """A record's note '7,8' goes; the note '7' of another record is not taken for one of two in its stead."""
    kind = EXACT[sa.make_url(empty_url).get_backend_name()]
    owner = _filled(empty_url, ("x", "y"), file=kind, person=kind, note=kind, of_person=kind)
    with owner.begin() as connection:
        connection.exec_driver_sql("DROP TABLE note")
        connection.exec_driver_sql(f"CREATE TABLE note (id {kind} NOT NULL, code {kind}, PRIMARY KEY (id))")
        connection.exec_driver_sql("INSERT INTO note VALUES ('7,8', 'x'), ('7', 'y')")
    assert _disposed(empty_url, "x") is Outcome.DESTROYED
    assert _left(owner) == {"file": ["y"], "note": ["y"], "person": ["y"]}


_LATIN = "VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin"
_COLLATED = "VARCHAR(20) COLLATE utf8mb4_{}"
_REFUSED = [
    (
        "sqlite",
        {"file": "TEXT COLLATE NOCASE", "unique": "CREATE UNIQUE INDEX code ON file (code COLLATE BINARY)"},
        "A",
        "its key 'code' is not unique",
    ),
    ("mariadb", {"file": _LATIN, "note": _COLLATED.format("general_ci")}, "A", "may belong to several rows of file"),
    (
        "mariadb",
        {"file": _COLLATED.format("general_nopad_ci"), "note": _COLLATED.format("bin")},
        "a ",
        "may belong to several rows of file",
    ),
]
_HARMLESS = [
    ("sqlite", {"file": "VARCHAR(20) UNIQUE", "unique": "CREATE INDEX code ON file (code)"}),
    ("sqlite", {"note": "TEXT COLLATE RTRIM", "of_person": "TEXT COLLATE NOCASE"}),
    ("sqlite", {"file": "TEXT", "unique": "CREATE UNIQUE INDEX code ON file (code COLLATE BINARY)"}),
    ("mariadb", {"note": _COLLATED.format("general_ci"), "of_person": _COLLATED.format("general_ci")}),
    ("mariadb", {"file": _LATIN, "note": _COLLATED.format("nopad_bin")}),
]


@pytest.mark.parametrize(("empty_url", "columns", "other", "said"), _REFUSED, indirect=["empty_url"])
def test_keys_told_apart_in_one_place_and_not_in_another_are_refused(
    empty_url: str, columns: dict[str, str], other: str, said: str
) -> None:
    """Where a comparison would take rows of one record for another's, check says so and nothing is disposed of."""
    kinds = dict.fromkeys(("file", "person", "note", "of_person"), EXACT[sa.make_url(empty_url).get_backend_name()])
    owner = _filled(empty_url, ("a", other), **(kinds | columns))
    before = _left(owner)
    with SqlConnector(FILES, role=Role.DISPOSE, url=empty_url) as store:
        assert any(said in one.message for one in store.check())
    with pytest.raises(StoreRefused):
        _disposed(empty_url, "a")
    assert _left(owner) == before


@pytest.mark.parametrize(("empty_url", "columns"), _HARMLESS, indirect=["empty_url"])
def test_other_rules_of_columns_do_no_harm(empty_url: str, columns: dict[str, str]) -> None:
    """Where the comparison tells the keys apart all the same, 'a' goes and nothing of 'A' does."""
    kinds = dict.fromkeys(("file", "person", "note", "of_person"), EXACT[sa.make_url(empty_url).get_backend_name()])
    owner = _filled(empty_url, ("a", "A"), **(kinds | columns))
    assert _disposed(empty_url, "a") is Outcome.DESTROYED
    left = _left(owner)
    assert (left["file"], left["note"], "A" in left["person"]) == (["A"], ["A"], True)


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_what_is_unique_in_the_catalogue_only(empty_url: str) -> None:
    """An index that was never finished, heirs and partitions: a key that may name two rows names no record."""
    kinds = dict.fromkeys(("file", "person", "note", "of_person"), EXACT["postgresql"])
    owner = _filled(empty_url, (), **kinds, unique="CREATE INDEX code ON file (code)")
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("INSERT INTO file VALUES (1, 'a', NULL, NULL), (2, 'a', NULL, NULL)")
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql("CREATE UNIQUE INDEX CONCURRENTLY unfinished ON file (code)")
    assert _said(empty_url) == {"its key 'code' is not unique"}
    with owner.begin() as connection:
        for statement in (
            "DELETE FROM file WHERE id = 2",
            "DROP INDEX unfinished",
            "CREATE UNIQUE INDEX finished ON file (code)",
            "DROP TABLE note",
            "CREATE TABLE note (id INTEGER, code TEXT) PARTITION BY HASH (id)",
            "CREATE TABLE heir () INHERITS (person)",
        ):
            connection.exec_driver_sql(statement)
    assert _said(empty_url) == {"nothing names one of its rows", "other tables inherit from it"}


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_what_stands_on_a_partition_alone(empty_url: str) -> None:
    """A cascade into one partition, or a trigger on it, acts when rows of the whole table go: it is told, and seen."""
    kinds = dict.fromkeys(("file", "person", "note", "of_person"), EXACT["postgresql"])
    owner = _filled(empty_url, ("a",), **kinds)

    def run(*statements: str) -> None:
        with owner.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    run(
        "DROP TABLE note",
        "CREATE TABLE note (id INTEGER PRIMARY KEY, code TEXT) PARTITION BY RANGE (id)",
        "CREATE TABLE early PARTITION OF note FOR VALUES FROM (0) TO (100)",
        "INSERT INTO note VALUES (1, 'a')",
    )
    assert _said(empty_url) == set()
    cascade = "CREATE TABLE memo (note INTEGER REFERENCES early (id) ON DELETE CASCADE)"
    ref = RecordRef("files", "file", "a")
    with SqlConnector(FILES, role=Role.DISPOSE, url=empty_url) as store:
        order = DisposalOrder(uuid4().hex, ref, Action.DESTROY, store.fetch([ref])[ref].state, 1)
        run(cascade, "INSERT INTO memo VALUES (1)")
        (receipt,) = store.dispose([order], _all)
    said = "its partition early has a trigger of its own"
    assert (receipt.outcome, said in receipt.reason) == (Outcome.CHANGED, True)
    assert _said(empty_url) == {said}
    run(
        "DROP TABLE memo",
        "CREATE FUNCTION beside() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER beside AFTER DELETE ON early FOR EACH ROW EXECUTE FUNCTION beside()",
    )
    assert _said(empty_url) == {said}
    run("DROP TRIGGER beside ON early")
    assert _disposed(empty_url, "a") is Outcome.DESTROYED
    assert _left(owner)["note"] == []


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ("utf8mb4_bin", "utf8mb4_bin", "apart"),
        ("utf8mb4_general_ci", "utf8mb4_bin", "apart"),
        ("utf8mb4_bin", "utf8mb4_general_ci", "apart"),
        ("utf8mb4_nopad_bin", "utf8mb4_bin", "for one"),
        ("utf8mb4_general_nopad_ci", "utf8mb4_bin", "for one"),
        ("utf8mb3_general_ci", "utf8mb4_general_ci", "apart"),
        ("latin1_swedish_ci", "utf8mb4_general_ci", "for one"),
        ("utf8mb4_general_ci", "latin1_swedish_ci", "apart"),
        ("latin1_bin", "utf8mb4_unicode_ci", "for one"),
        ("ascii_bin", "latin1_bin", "for one"),
    ],
)
def test_which_collation_decides(ours: str, theirs: str, said: str) -> None:
    """The binary one of a character set, else that of Unicode; of two that the server refuses nothing is known."""
    assert tells_apart(ours, theirs) is (said == "apart")
