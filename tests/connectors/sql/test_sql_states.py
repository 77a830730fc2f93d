"""The state of a record on each database: another one whenever any value is, whatever its type; else the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa

from retentiond.connectors.interface import Role
from retentiond.connectors.sql import SqlConnector
from retentiond.connectors.sql.catalogue import data_columns, reflected
from retentiond.connectors.sql.opening import Opening
from retentiond.domain.definitions import (
    ClassCondition,
    Definition,
    Hop,
    KindOfRecord,
    Reach,
    SharedTable,
    TablePart,
    Trigger,
)
from retentiond.domain.orders import DisposalOrder, Outcome
from retentiond.domain.records import RecordRef, StateToken
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import sqlite_url

_KIND = KindOfRecord("file", (ClassCondition("A"),), (Trigger("closed", "closed"),), table="file", key=("id",))
_FILES = Definition("files", "sql", "GB", (_KIND,), "0" * 64)
_REF = RecordRef("files", "file", "1")

_POSTGRESQL = {
    "float8": ("0.1", "0.10000000000000002", "'-0'", "'NaN'"),
    "real": ("0.1", "0.10000001"),
    "float8[]": ("'{0.1,0.2}'", "'{0.1,0.20000000000000004}'", "'{{0.1,0.2}}'", "'[0:1]={0.1,0.2}'", "'{}'"),
    "text[]": ("'{a,b}'", "'{\"a,b\"}'", "'{NULL}'", "'{\"NULL\"}'", "'{\"\"}'"),
    "numeric": ("1.0", "1.00", "12345678901234567890.0123456789"),
    "json": ("'{\"a\": 1}'", "'{\"a\":1}'", '\'{"a": 1, "a": 1}\''),
    "jsonb": ("'{\"a\": 1}'", "'{\"a\": 1.0}'", "'null'"),
    "bit(9)": ("B'101010101'", "B'101010100'"),
    "varbit": ("B''", "B'0'", "B'00'"),
    "point": ("'(0.1,0)'", "'(0.10000000000000002,0)'"),
    "polygon": ("'((0,0),(1,1))'", "'((0,0),(1,1.0000000000000002))'"),
    "odd_domain": ("''", "' '", "'x'"),
    "odd_pair": ("ROW('a', 1)", "ROW('a', NULL)", "ROW(NULL, 1)", "ROW('', 1)", "ROW('(a,1)', 1)"),
    "odd_mood": ("'calm'", "'a,b'"),
    "bytea": ("''", "'\\x00'", "'\\x0000'", "'\\x5c'"),
    "char(5)": ("'a'", "'A'", "''"),
    "varchar": ("'a'", "'a '", "'\u00e9'", "'e\u0301'", "'\"'", "'\\'", "E'\\n'"),
    "boolean": ("true", "false"),
    "timestamptz": ("'2020-06-01 12:00:00.000001+00'", "'2020-06-01 12:00:00.000002+00'", "'infinity'"),
    "timestamp": ("'2020-06-01 12:00'", "'0001-06-01 12:00 BC'"),
    "time with time zone": ("'12:00+00'", "'13:00+01'"),
    "interval": ("'1 month'", "'30 days'", "'720 hours'"),
    "tstzrange": ("'[2020-01-01,2020-01-02)'", "'[2020-01-01,2020-01-02]'", "'empty'"),
    "uuid": ("'6a1ee7a6-1c33-4b51-8f9c-0a6e0ad1c0de'",),
    "inet": ("'10.0.0.1/8'", "'10.0.0.1'"),
    "bigint": ("9007199254740993", "9007199254740992"),
}
_MARIADB = {
    "FLOAT": ("0.1", "0.10000001"),
    "DOUBLE": ("0.1", "0.10000000000000002"),
    "DECIMAL(30,10)": ("12345678901234567890.0123456789", "12345678901234567890.0123456788"),
    "BIGINT UNSIGNED": ("18446744073709551615", "18446744073709551614"),
    "INT(5) ZEROFILL": ("7", "8"),
    "BOOLEAN": ("1", "0"),
    "BIT(9)": ("b'101010101'", "b'101010100'"),
    "BLOB": ("''", "0x00", "0x0000", "0x5c", "0xff"),
    "VARBINARY(9)": ("''", "0x00", "0x00ff00", "'-'"),
    "BINARY(3)": ("0x00", "0x01"),
    "CHAR(9)": ("'a'", "'A'", "'\u00e1'", "''", "'-'"),
    "VARCHAR(9)": ("'a'", "'a '", "'A'", "'\u00e9'", "'e\u0301'", "','", "'-'", "''''", "'\\\\'"),
    "VARCHAR(9) CHARACTER SET latin1": ("'\u00e9'", "'\u00e8'", "'e'"),
    "TEXT CHARACTER SET ucs2": ("'\u00e9'", "'\u0142'", "''"),
    "JSON": ("'{\"a\": 1}'", "'{\"a\":1}'"),
    "ENUM('x','y','a,b')": ("'x'", "'y'", "'a,b'"),
    "SET('x','y')": ("''", "'x'", "'x,y'"),
    "YEAR": ("2020", "2021"),
    "DATE": ("'2020-01-01'", "'2020-01-02'"),
    "TIME(2)": ("'-12:00:00.5'", "'-12:00:00.51'"),
    "DATETIME(6)": ("'2020-06-01 12:00:00.000001'", "'2020-06-01 12:00:00.000002'"),
    "TIMESTAMP(3) NULL": ("'2020-06-01 12:00:00.123'", "'2020-06-01 12:00:00.124'"),
    "POINT": ("ST_GeomFromText('POINT(0.1 0)')", "ST_GeomFromText('POINT(0.1 1)')"),
    "UUID": ("'6a1ee7a6-1c33-4b51-8f9c-0a6e0ad1c0de'",),
    "INET6": ("'::1'", "'::2'"),
}
_SQLITE = {"ANY": ("1", "1.0", "'1'", "x'31'", "''", "x''", "'-'", "'None'", "9007199254740993", "9007199254740992.0")}
_KINDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sqlite": _SQLITE,
    "postgresql": _POSTGRESQL,
    "mariadb": _MARIADB,
}
_BEFORE = {
    "postgresql": (
        "CREATE DOMAIN odd_domain AS varchar(9)",
        "CREATE TYPE odd_pair AS (a text, b integer)",
        "CREATE TYPE odd_mood AS ENUM ('calm', 'a,b')",
    )
}
_SETTINGS = {
    "TimeZone": "'Asia/Tokyo'",
    "DateStyle": "'German'",
    "IntervalStyle": "'iso_8601'",
    "extra_float_digits": "-10",
    "bytea_output": "'escape'",
    "client_encoding": "'LATIN1'",
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "on",
}


def _state(store: SqlConnector) -> StateToken:
    return store.fetch([_REF])[_REF].state


def _run(owner: sa.Engine, *statements: str) -> None:
    with owner.begin() as connection:
        for statement in statements:
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)


def test_every_value_of_every_type_has_a_state_of_its_own(empty_url: str) -> None:
    """Another value in one column, NULL among them, is another state; the old value put back is the old one.

    Types whose text could lose something stand here: floats, both kinds of JSON, bits, bytes, arrays, domains, padded
    and composite values, moments. What a disposal reads under lock is what was fetched.
    """
    owner = sa.create_engine(empty_url, poolclass=sa.NullPool)
    kinds = _KINDS[owner.dialect.name]
    columns = {f"c{number}": kind for number, kind in enumerate(kinds)}
    shape = ", ".join(f"{name} {'' if kind == 'ANY' else kind}" for name, kind in columns.items())
    first = ", ".join(values[0] for values in kinds.values())
    _run(
        owner,
        *_BEFORE.get(owner.dialect.name, ()),
        f"CREATE TABLE file (id INTEGER PRIMARY KEY, closed DATE, {shape})",
        f"INSERT INTO file VALUES (1, '2001-01-01', {first})",  # noqa: S608 - of our own making
    )
    with SqlConnector(_FILES, role=Role.SCAN, url=empty_url) as store:
        before = _state(store)
        for name, (one, *others) in zip(columns, kinds.values(), strict=True):
            states = {before}
            for value in ("NULL", *others):
                _run(owner, f"UPDATE file SET {name} = {value}")  # noqa: S608 - of our own making
                states.add(_state(store))
            assert len(states) == 2 + len(others), columns[name]
            _run(owner, f"UPDATE file SET {name} = {one}")  # noqa: S608 - of our own making
        assert _state(store) == before
    if owner.dialect.name == "postgresql":
        database = owner.url.database
        _run(owner, *(f"ALTER DATABASE {database} SET {name} = {value}" for name, value in _SETTINGS.items()))
        with SqlConnector(_FILES, role=Role.SCAN, url=empty_url) as store:
            assert _state(store) == before
    with SqlConnector(_FILES, role=Role.DISPOSE, url=empty_url) as store:
        order = DisposalOrder("0" * 32, _REF, Action.DESTROY, before, 1)
        (receipt,) = store.dispose([order], lambda orders: {one.id for one in orders})
    assert receipt.outcome is Outcome.DESTROYED


@pytest.mark.parametrize("empty_url", ["postgresql", "mariadb"], indirect=True)
def test_no_two_rows_run_together(empty_url: str) -> None:
    """Where one value ends and the next begins stays told, whatever quotes, commas and brackets stand in them."""
    odd = [None, "", "-", ",", ",,", '"', '""', "'", "\\", "(", "a", "a,b", "a,", ",a", '","', "','", "NULL", "\n", " "]
    owner = sa.create_engine(empty_url, poolclass=sa.NullPool)
    table = sa.Table("pair", sa.MetaData(), *(sa.Column(name, sa.Text()) for name in ("a", "b", "c")))
    table.create(owner)
    rows = [dict(zip("abc", one, strict=True)) for one in product(odd, odd, (None, ""))]
    with owner.begin() as connection:
        connection.execute(sa.insert(table), rows)
    opening = Opening("files", empty_url, Role.SCAN)
    with opening.reading() as connection:
        seen = reflected(connection).tables["pair"]
        digest = opening.dialect.row_digest(connection, [seen.c[name] for name in data_columns(seen)])
        assert digest is not None
        found = list(connection.scalars(sa.select(digest).select_from(seen)))
    assert len(set(found)) == len(rows)
    assert all(len(one) == 64 for one in found)


def test_a_state_is_no_other_for_what_is_read_beside_it(tmp_path: Path) -> None:
    """A shared row that a record reaches twice counts once, whether or not a key beside the record's is a number."""
    url = sqlite_url(tmp_path)
    _run(
        sa.create_engine(url, poolclass=sa.NullPool),
        "CREATE TABLE file (id INT PRIMARY KEY, closed DATE)",
        "CREATE TABLE person (id INTEGER PRIMARY KEY)",
        "CREATE TABLE link (id INTEGER PRIMARY KEY, file_id INT REFERENCES file, person_id INT REFERENCES person)",
        "INSERT INTO file VALUES (1, '2001-01-01'), ('x', '2001-01-01')",
        "INSERT INTO person VALUES (1)",
        "INSERT INTO link VALUES (1, 1, 1), (2, 1, 1)",
    )
    shared = SharedTable(Reach("person", None, (Hop("link"),)))
    kind = replace(_KIND, parts=(TablePart(Reach("link")),), shared=(shared,))
    with SqlConnector(replace(_FILES, records=(kind,)), role=Role.SCAN, url=url) as store:
        alone = _state(store)
        beside = store.fetch([_REF, replace(_REF, key="x")])
    assert len(beside) == 2
    assert beside[_REF].state == alone
