"""What is peculiar to MariaDB: collations, silent coercion, engines without transactions, what a user may not see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pymysql
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.connectors.sql import SqlConnector
from retentiond.connectors.sql.catalogue import reflected
from retentiond.connectors.sql.dialects import dialect_named, mariadb_stamp
from retentiond.connectors.sql.dialects.mariadb_calls import functions_called, own_functions
from retentiond.connectors.sql.values import within
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Reach, TablePart, Trigger
from retentiond.domain.errors import Fault, StoreRefused
from retentiond.domain.orders import DisposalOrder, Outcome
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from tests.servers.mariadb import MariaDBServer

Store = Any  # the case store of conftest, which cannot be imported

pytestmark = pytest.mark.parametrize("empty_url", ["mariadb"], indirect=True)

_FILE = KindOfRecord(
    "file",
    (ClassCondition("A", where={"status": "open"}), ClassCondition("B")),
    (Trigger("closed", "closed"),),
    table="file",
    key=("code",),
    parts=(TablePart(Reach("note", "code")),),
)
_FILES = Definition("files", "sql", "GB", (_FILE,), "0" * 64)


def _all_clear(orders: Sequence[DisposalOrder]) -> Collection[str]:
    return {one.id for one in orders}


def _faults(store: Store, role: Role = Role.DISPOSE) -> list[Fault]:
    with store.open(role) as connector:
        return list(connector.check())


def test_a_key_in_other_letters_names_no_record(empty_url: str, mariadb: MariaDBServer) -> None:
    """Where the server takes two texts for equal, only the one that is written so is the record's key."""
    database = sa.make_url(empty_url).database
    mariadb.run(
        "CREATE TABLE file (code VARCHAR(20) PRIMARY KEY, status VARCHAR(20), closed DATE)",
        "CREATE TABLE note (id INT PRIMARY KEY, code VARCHAR(20) NOT NULL REFERENCES file (code))",
        "INSERT INTO file VALUES ('abc', 'OPEN', '2001-01-01'), ('Stra\u00dfe', 'open ', '2001-01-01'),"
        " ('z', 'open', NULL)",
        "INSERT INTO note VALUES (1, 'ABC'), (2, 'z')",
        database=database,
    )
    refs = {
        key: RecordRef("files", "file", key)
        for key in ("abc", "ABC", "abc ", "\u00e1bc", "strasse", "Stra\u00dfe", "z")
    }
    with SqlConnector(_FILES, role=Role.DISPOSE, url=empty_url) as store:
        records = {one.key: record for one, record in store.fetch(list(refs.values())).items()}
        assert sorted(records) == ["Stra\u00dfe", "abc", "z"]
        assert {key: one.record_class for key, one in records.items()} == {"abc": "B", "Stra\u00dfe": "B", "z": "A"}
        orders = [
            DisposalOrder(f"{n:032x}", refs[key], Action.DESTROY, records["abc"].state, 1)
            for n, key in enumerate(("ABC", "abc"))
        ]
        receipts = store.dispose(orders, _all_clear)
    assert [one.outcome for one in receipts] == [Outcome.ALREADY_ABSENT, Outcome.DESTROYED]
    # The row of the part bears the key in capitals, and the foreign key takes it for the record's.
    assert mariadb.run("SELECT id FROM note", database=database) == [(2,)]


def test_lists_of_keys_are_looked_up_in_the_index(case_store: Store) -> None:
    """Reading, deleting and changing the rows of many keys are ranges of the index, for texts and for pairs."""
    case_store.run(
        "CREATE TABLE many (code VARCHAR(40) PRIMARY KEY, body TEXT)",
        "CREATE TABLE pairs (a INT, b VARCHAR(20), body TEXT, PRIMARY KEY (a, b))",
        "INSERT INTO many SELECT CONCAT('k', seq), 'x' FROM seq_1_to_4000",
        "INSERT INTO pairs SELECT seq DIV 10, CONCAT('b', seq), 'x' FROM seq_1_to_4000",
        "ANALYZE TABLE many, pairs",
    )
    dialect = dialect_named("mariadb")
    with case_store.open(Role.DISPOSE) as connector, connector._opening.writing() as connection, connection.begin():
        tables = reflected(connection).tables
        for table, rows in (
            (tables["many"], [(f"k{n}",) for n in range(1, 301)]),
            (tables["pairs"], [(str(n // 10), f"b{n}") for n in range(1, 301)]),
        ):
            wanted = within(_keyed(table), rows, dialect)
            for statement in (
                sa.select(table.c.body).where(wanted),
                sa.delete(table).where(wanted),
                sa.update(table).where(wanted).values(body="y"),
            ):
                compiled = statement.compile(dialect=connection.dialect)
                plan = connection.exec_driver_sql(
                    f"EXPLAIN {compiled}",
                    tuple(compiled.params[name] for name in compiled.positiontup or ()) or compiled.params,
                )
                (line,) = plan.mappings().all()
                assert (line["type"], line["key"]) == ("range", "PRIMARY"), dict(line)
                assert int(line["rows"]) < 1000


def _keyed(table: sa.Table) -> tuple[sa.Column[Any], ...]:
    return (table.c.code,) if "code" in table.c else (table.c.a, table.c.b)


def test_a_state_does_not_depend_on_the_server(case_store: Store, mariadb: MariaDBServer) -> None:
    """Each kind of value is read alike whatever the server's modes and zone are, and changes the state."""
    columns = {
        "t1": "TIMESTAMP(3) NULL DEFAULT '2020-06-01 12:00:00.123'",
        "t2": "DATETIME(6) DEFAULT '2020-06-01 12:00:00.000001'",
        "n1": "DECIMAL(30,10) DEFAULT 12345678901234567890.0123456789",
        "n2": "BIGINT UNSIGNED DEFAULT 18446744073709551615",
        "n3": "FLOAT DEFAULT 0.1",
        "n4": "DOUBLE DEFAULT 0.1",
        "b1": "BIT(9) DEFAULT b'101010101'",
        "b2": "VARBINARY(9)",
        "s1": "CHAR(9) DEFAULT 'a'",
        "s2": "VARCHAR(9) CHARACTER SET latin1 DEFAULT '\u00e9'",
        "e1": "ENUM('x','y') DEFAULT 'y'",
        "e2": "SET('x','y') DEFAULT 'x,y'",
        "y1": "YEAR DEFAULT 2020",
        "z1": "INT(5) ZEROFILL DEFAULT 7",
        "h1": "TIME(2) DEFAULT '-12:00:00.5'",
    }
    case_store.run(*(f"ALTER TABLE case_note ADD COLUMN {name} {kind}" for name, kind in columns.items()))
    case_store.run("UPDATE case_note SET b2 = 0x00ff00")
    store = case_store.having(anonymise={})
    state = store.record("10").state
    odd = {
        "sql_mode": "'PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES,ANSI_QUOTES'",
        "time_zone": "'-11:00'",
        "character_set_server": "'latin1'",
    }
    names = ", ".join(f"@@GLOBAL.{name}" for name in odd)
    (before,) = mariadb.run(f"SELECT {names}")
    try:
        mariadb.run(*(f"SET GLOBAL {name} = {value}" for name, value in odd.items()))
        assert store.record("10").state == state
    finally:
        mariadb.run(*(f"SET GLOBAL {name} = '{value}'" for name, value in zip(odd, before, strict=True)))
    changes = {
        "t1": "t1 + INTERVAL 1000 MICROSECOND",
        "t2": "t2 + INTERVAL 1 MICROSECOND",
        "n1": "n1 + 0.0000000001",
        "n2": "n2 - 1",
        "n3": "0.10000001",
        "n4": "0.10000000000000002",
        "b1": "b'101010100'",
        "b2": "0x00fe00",
        "s1": "'A'",
        "s2": "'\u00e8'",
        "e1": "'x'",
        "e2": "'x'",
        "y1": "2021",
        "z1": "8",
        "h1": "'-12:00:00.51'",
    }
    states = {state}
    for name, value in changes.items():
        case_store.run(f"UPDATE case_note SET {name} = {value} WHERE note_id = 1")  # noqa: S608 - of our own making
        states.add(store.record("10").state)
    assert len(states) == 1 + len(changes)


def test_a_moment_is_the_day_it_was_in_london(case_store: Store) -> None:
    """A TIMESTAMP is a moment in UTC: half an hour before midnight in summer is the next day in London."""
    case_store.run(
        "ALTER TABLE eh_episode ADD COLUMN closed TIMESTAMP NULL",
        "UPDATE eh_episode SET closed = '2020-06-30 23:30:00'",
    )
    store = case_store.having(triggers=(Trigger("closed", "closed"),), anonymise={})
    assert store.record("10").dates["closed"] == date(2020, 7, 1)
    with store.open() as connector:
        for last, found in ((date(2020, 6, 30), 0), (date(2020, 7, 1), 2)):
            request = ScanRequest("episode", {"EH-01": [{"closed": last}], "LAC-01": [{"closed": last}]})
            assert len([one for page in connector.scan(request) for one in page.records]) == found


def test_the_largest_keys_are_keys(empty_url: str, mariadb: MariaDBServer) -> None:
    """Unsigned numbers beyond a signed one's reach, filled up with noughts or not, are told apart and found again."""
    mariadb.run(
        "CREATE TABLE file (code BIGINT UNSIGNED ZEROFILL PRIMARY KEY, status VARCHAR(9), closed DATE)",
        "CREATE TABLE note (id INT PRIMARY KEY, code BIGINT UNSIGNED ZEROFILL NOT NULL REFERENCES file (code))",
        "INSERT INTO file VALUES (18446744073709551615, 'open', NULL), (18446744073709551614, 'open', NULL),"
        " (7, 'x', NULL)",
        database=sa.make_url(empty_url).database,
    )
    keys = ["18446744073709551615", "18446744073709551614", "7"]
    with SqlConnector(_FILES, role=Role.SCAN, url=empty_url) as store:
        found = store.fetch(
            [RecordRef("files", "file", key) for key in (*keys, "00000000000000000007", "1.8446744073709552e19")]
        )
    assert sorted(one.key for one in found) == sorted(keys)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ALTER TABLE attachment ENGINE = Aria", "Aria, has no transactions"),
        ("ALTER TABLE attachment ENGINE = MyISAM", "MyISAM, has no transactions"),
        ("ALTER TABLE person ADD SYSTEM VERSIONING", "keeps its own history"),
    ],
)
def test_a_table_that_takes_nothing_back_or_forgets_nothing_stops_disposal(
    case_store: Store, statement: str, message: str
) -> None:
    """Half a disposal could not be undone, or a whole one would leave all readable: every role is told."""
    case_store.run("ALTER TABLE attachment DROP FOREIGN KEY attachment_ibfk_1", statement)
    order = case_store.order("10")
    for role in Role:
        assert len([one for one in _faults(case_store, role) if message in one.message and one.remedy]) == 1
    before = case_store.rows()
    with pytest.raises(StoreRefused, match=message):
        case_store.disposed(order)
    assert case_store.rows() == before


def test_a_reference_from_another_database_is_seen(case_store: Store, mariadb: MariaDBServer) -> None:
    """A foreign key of a table in another database on the server stops a disposal as one of its own would."""
    database = case_store.owner.url.database
    other = f"other_{database}"
    mariadb.run(
        f"CREATE DATABASE `{other}`",
        f"CREATE TABLE `{other}`.copy (n INT, FOREIGN KEY (n) REFERENCES {database}.case_note (note_id)"
        " ON DELETE CASCADE)",
    )
    for role in Role:
        (fault,) = _faults(case_store, role)
        assert f"{other}.copy (n) refers to it" in fault.message
    mariadb.run(f"DROP DATABASE `{other}`")


def test_a_reference_by_a_column_of_whatever_name_is_seen(case_store: Store, mariadb: MariaDBServer) -> None:
    """A cascade is no less one where a name holds marks, or where one has no right to the table that refers."""
    case_store.run(
        "CREATE TABLE copy (`note (id)` INT, n INT, FOREIGN KEY (n, `note (id)`)"
        " REFERENCES case_note (episode_id, note_id) ON DELETE CASCADE)",
        "CREATE TABLE `no``te` (id INT PRIMARY KEY)",
        "CREATE TABLE other (id INT REFERENCES `no``te` (id) ON DELETE SET NULL)",
    )
    for role in Role:
        (fault,) = _faults(case_store, role)
        assert "copy (n, note (id)) refers to it" in fault.message
    with case_store.owner.connect() as connection:
        catalogue = reflected(connection)
    found = {(one.table.name, one.to, one.on_delete, one.checks_each_row) for one in catalogue.foreign_keys}
    assert {("copy", "case_note", "CASCADE", True), ("other", "no`te", "SET NULL", True)} <= found
    assert all(one.table is catalogue.tables[one.table.name] for one in catalogue.foreign_keys)
    database = case_store.owner.url.database
    user = f"process_{database}"
    mariadb.run(
        f"CREATE USER {user}@'%'",
        f"GRANT PROCESS ON *.* TO {user}@'%'",
        f"GRANT SELECT ON {database}.case_note TO {user}@'%'",
    )
    with sa.create_engine(mariadb.url(database, user), poolclass=sa.NullPool).connect() as connection:
        told = {one.table.fullname for one in reflected(connection).foreign_keys if one.to == "case_note"}
    assert told == {f"{database}.attachment", f"{database}.copy"}


def test_a_reference_to_a_table_of_whatever_name_is_seen(empty_url: str, mariadb: MariaDBServer) -> None:
    """InnoDB keeps names as files are called: a cascade into a table whose name has other letters is no less one."""
    names = ["case-note", "größe straße", "Δοκ", "案件", "a$b", "a.b", "a/b", "1x", "ǆ", "\uff21"]
    database = sa.make_url(empty_url).database
    other = f"other-{database}-ä"
    mariadb.run(
        f"CREATE DATABASE `{other}`", *(f"CREATE TABLE {database}.`{one}` (id INT PRIMARY KEY)" for one in names)
    )
    owner = sa.create_engine(empty_url, poolclass=sa.NullPool)
    with owner.connect() as connection:
        stamps = {one: mariadb_stamp.stamp(connection, [one]) for one in names}
    for number, name in enumerate(names):
        refers = f"FOREIGN KEY (n) REFERENCES {database}.`{name}` (id) ON DELETE CASCADE"
        mariadb.run(f"CREATE TABLE `{other}`.`copy-{number}` (n INT, {refers})")
    with owner.connect() as connection:
        found = {(one.table.fullname, one.to) for one in reflected(connection, Role.DISPOSE).foreign_keys}
        assert found == {(f"{other}.copy-{number}", name) for number, name in enumerate(names)}
        assert [one for one in names if mariadb_stamp.stamp(connection, [one]) == stamps[one]] == []
    mariadb.run(f"DROP DATABASE `{other}`")


def test_what_the_credential_cannot_see_stops_disposal(case_store: Store, mariadb: MariaDBServer) -> None:
    """Triggers and other databases' keys are hidden from who has no right to them: only a disposal needs it."""
    database = case_store.owner.url.database
    user, schema = f"limited_{database}", f"`{database}`".replace("_", "\\_")  # the names of grants are patterns
    mariadb.run(
        f"CREATE USER {user}@'%'",
        f"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON {schema}.* TO {user}@'%'",
    )
    store = replace(case_store, url=mariadb.url(database, user))
    assert _faults(store, Role.SCAN) == []
    messages = {one.message for one in _faults(store)}
    assert messages == {
        "whether it has triggers cannot be seen by the credential that disposes",
        "foreign keys of other databases on the server cannot be seen by the credential that disposes",
    }
    with pytest.raises(StoreRefused, match="cannot be seen"):
        store.disposed(case_store.order("10"))
    mariadb.run(f"GRANT SELECT ON *.* TO {user}@'%'")
    assert {one.message for one in _faults(store)} == messages
    mariadb.run(f"REVOKE SELECT ON *.* FROM {user}@'%'")  # noqa: S608 - no query
    mariadb.run(
        f"GRANT TRIGGER ON {schema}.* TO {user}@'%'",
        f"GRANT PROCESS ON *.* TO {user}@'%'",
    )
    assert _faults(store) == []
    assert [one.outcome for one in store.disposed(case_store.order("10"))] == [Outcome.DESTROYED]
    case_store.run(
        "CREATE PROCEDURE beside() BEGIN DELETE FROM case_note; END",
        "CREATE TRIGGER t AFTER UPDATE ON person FOR EACH ROW CALL beside()",
    )
    hidden = "its trigger 't' calls the routine 'beside', whose text the credential may not see"
    assert hidden in {one.message for one in _faults(store)}
    mariadb.run(f"GRANT EXECUTE ON PROCEDURE {database}.beside TO {user}@'%'")
    assert hidden in {one.message for one in _faults(store)}
    assert hidden not in {one.message for one in _faults(case_store)}
    case_store.run(
        "DROP TRIGGER t",
        "CREATE FUNCTION aside() RETURNS INT BEGIN DELETE FROM case_note; RETURN 1; END",
        "CREATE TRIGGER t AFTER UPDATE ON person FOR EACH ROW SET @done = aside ()",
    )
    hidden = "its trigger 't' calls the routine 'aside', whose text the credential may not see"
    assert hidden in {one.message for one in _faults(store)}
    mariadb.run(f"GRANT EXECUTE ON FUNCTION {database}.aside TO {user}@'%'")
    assert hidden in {one.message for one in _faults(store)}
    assert hidden not in {one.message for one in _faults(case_store)}
    mariadb.run(f"GRANT SELECT ON mysql.proc TO {user}@'%'")
    assert hidden not in {one.message for one in _faults(store)}


def test_calls_are_told_from_other_parentheses(empty_url: str) -> None:
    """A function that is not the server's own is found wherever it is called, and in no text, comment or table."""
    with sa.create_engine(empty_url).connect() as connection:
        own = own_functions(connection)
    bodies: list[tuple[str, list[tuple[str, str]]]] = [
        ("SET @a = hidden(1)", [("", "hidden")]),
        ("SET @a = hidden (1), @b = `now`(), @c = x.now()", [("", "hidden"), ("", "now"), ("x", "now")]),
        ("INSERT INTO history (id, at) VALUES (OLD.id, NOW())", []),
        ("INSERT INTO x.`the history` (id) SELECT (1)", []),
        ("INSERT INTO history VALUES (hidden(1))", [("", "hidden")]),
        ("SET @a = 'it''s (me)' /* seen(1) */ -- other(2)\n# third(3)", []),
        ("SET @a = 'it\\'s', @b = hidden(1) -- '", [("", "hidden")]),
        ("/*!50000 SET @a = hidden(1) */", [("", "hidden")]),
        ("/*M!100000 SET @a = hidden(1) */", [("", "hidden")]),
        ('SET @a = "quoted (1)", @b = "hidden"(1)', [("", "hidden")]),
        ("IF (OLD.id IN (1, 2)) THEN BEGIN DECLARE a VARCHAR(10); SET a = CONCAT('x', COUNT(1)); END; END IF", []),
        ("SET @a = ( hidden/**/(1) )", [("", "hidden")]),
        ("INSERT INTO h (a, b) VALUES (LEFT(OLD.x, 3), USER()), (CONCAT (1, 2), UTC_TIMESTAMP(6))", []),
        ("SET @a = (SELECT COUNT(*) FROM h), @b = now (), @c = trim/**/(1)", [("", "now"), ("", "trim")]),
    ]
    for body, called in bodies:
        assert list(functions_called(body, "STRICT_TRANS_TABLES", own)) == called, body


def test_a_backslash_may_be_one_of_the_text(empty_url: str) -> None:
    """Under NO_BACKSLASH_ESCAPES a text ends at its quote, so that what comes behind it is read."""
    assert empty_url
    body = "SET @a = '\\', @b = hidden(1), @c = '\\'"
    assert list(functions_called(body, "NO_BACKSLASH_ESCAPES", frozenset())) == [("", "hidden")]
    assert list(functions_called(body, "", frozenset())) == []
    assert list(functions_called("SET @a = now ()", "IGNORE_SPACE", frozenset({"NOW"}))) == []


def test_a_credential_that_may_not_make_our_table_is_told_how(case_store: Store, mariadb: MariaDBServer) -> None:
    """Where the receipt table is missing and cannot be made, check gives the owner's statement as remedy."""
    database = case_store.owner.url.database
    user = f"disposer_{database}"
    mariadb.run(
        f"CREATE USER {user}@'%'",
        f"GRANT SELECT, UPDATE, DELETE, TRIGGER ON {database}.* TO {user}@'%'",
        f"GRANT PROCESS ON *.* TO {user}@'%'",
    )
    store = replace(case_store, url=mariadb.url(database, user))
    (fault,) = _faults(store)
    assert "CREATE TABLE retentiond_receipt" in fault.remedy
    assert "ENGINE=InnoDB" in fault.remedy
    with pytest.raises(StoreRefused, match="CREATE TABLE retentiond_receipt"):
        store.disposed(case_store.order("10"))
    case_store.run(fault.remedy.removeprefix("let the owner run: ").split("; grant")[0])
    mariadb.run(f"GRANT INSERT ON {database}.retentiond_receipt TO {user}@'%'")
    assert _faults(store) == []
    assert [one.outcome for one in store.disposed(case_store.order("10"))] == [Outcome.DESTROYED]


def test_a_session_is_set_so_that_nothing_is_coerced(case_store: Store) -> None:
    """Values that do not fit are refused, reads see one snapshot, deeds what is committed; waits have an end."""
    asked = "SELECT @@sql_mode, @@time_zone, @@idle_transaction_timeout, @@max_statement_time, @@foreign_key_checks"
    with case_store.open(Role.DISPOSE) as connector:
        with connector._opening.reading() as connection:
            mode, zone, idle, longest, checked = connection.exec_driver_sql(asked).one()
            count = "SELECT COUNT(*) FROM person"
            before = connection.exec_driver_sql(count).scalar_one()
            case_store.run("INSERT INTO person VALUES (999, 'New', NULL, NULL)")
            assert connection.exec_driver_sql(count).scalar_one() == before
        with connector._opening.writing() as connection, connection.begin():
            assert connection.exec_driver_sql(count).scalar_one() == before + 1
            with pytest.raises(DBAPIError):
                connection.exec_driver_sql("UPDATE person SET postcode = 'far too long for it' WHERE person_id = 100")
    assert "STRICT_ALL_TABLES" in mode
    assert (zone, float(idle) > 0, float(longest) > 0, checked) == ("+00:00", True, True, 1)


def test_a_wrong_password_is_no_secret_told(case_store: Store, mariadb: MariaDBServer) -> None:
    """A refused log-in is a refusal that names neither user nor address."""
    database = case_store.owner.url.database
    mariadb.run(f"CREATE USER hush_{database}@'%' IDENTIFIED BY 'right'")
    url = mariadb.url(database, f"hush_{database}:wrong")
    with SqlConnector(case_store.definition, role=Role.SCAN, url=url) as store, pytest.raises(StoreRefused) as refused:
        store.check()
    assert "credential was not accepted" in str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_value_that_is_none_of_its_columns_type_is_told(case_store: Store) -> None:
    """The server would make a number or a date of any text: a definition that asks for one is refused."""
    for column, value in (("family_id", "one"), ("ended_on", "yesterday"), ("episode_id", "1.5")):
        store = case_store.having(classify=(ClassCondition("A", where={column: value}),))
        assert [one.message for one in _faults(store, Role.SCAN)] == [
            f"a value in 'where' does not fit its column '{column}'"
        ]


@pytest.mark.parametrize(
    ("code", "words", "again"),
    [
        (1205, "locked by someone else", True),
        (1213, "deadlock", True),
        (1142, "not allowed", False),
        (1451, "still refer", False),
        (1146, "not as the definition says", False),
        (1267, "different rules", False),
        (1114, "run out of room", True),
        (1792, "read-only", False),
        (1153, "larger than the database takes", False),
        (1644, "a rule inside the database", False),
        (4242, "refused a statement", False),
    ],
)
def test_errors_have_words(empty_url: str, code: int, words: str, again: bool) -> None:  # noqa: ARG001, FBT001
    """A number of the server becomes words that hold no value, and say whether asking again may help."""
    trouble = dialect_named("mariadb").understood(
        DBAPIError("SELECT 'hush'", None, pymysql.err.OperationalError(code, "hush"))
    )
    assert words in trouble.words
    assert trouble.again is again
