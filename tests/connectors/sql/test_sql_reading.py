from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from retentiond.connectors.interface import Role, ScanRequest, Wanted
from retentiond.connectors.sql import SqlConnector
from retentiond.connectors.sql.dates import ZONE, civil_date, unusable
from retentiond.connectors.sql.dialects import dialect_named
from retentiond.connectors.sql.states import row_digests, section, state_of
from retentiond.domain.definitions import ClassCondition, Definition, Hop, KindOfRecord, Reach, Status, Trigger
from retentiond.domain.errors import StoreRefused
from retentiond.domain.records import RecordRef

Store = Any  # the case store of conftest, which cannot be imported


def test_a_record_is_described_whole(case_store: Store) -> None:
    """Class, dates, people and documents of a record are read from the rows the definition names."""
    first, second = case_store.record("10"), case_store.record("20")
    assert (first.reference, first.record_class, second.record_class) == ("EH-10", "EH-01", "LAC-01")
    assert first.dates == {"case-closed": date(2002, 2, 3), "youngest-birth": date(1990, 4, 5)}
    assert (first.subjects, first.excluded_reviewers, first.recipients) == (("100", "101"), ("w.1",), ("Police",))
    assert (first.blockers, first.problems) == ((), ())


def test_a_document_of_a_sibling_stays(case_store: Store) -> None:
    """A key that another record's rows hold as well is no document of either; keys are taken as they are written."""
    assert case_store.record("10").documents == (RecordRef("documents", "object", "doc/a b%2F'\"é"),)
    assert case_store.record("20").documents == ()
    assert [one.key for one in case_store.record("20").shared_documents] == ["doc/both"]
    case_store.run("UPDATE attachment SET object_key = 'doc/own' WHERE attachment_id = 3")
    assert [one.key for one in case_store.record("20").documents] == ["doc/own"]


def test_a_person_without_a_birth_date_fails_closed(case_store: Store) -> None:
    """One child without a date of birth makes the youngest's unknown, and nothing else of the record."""
    case_store.run("UPDATE person SET dob = NULL WHERE person_id = 101")
    record = case_store.record("10")
    assert (record.dates["youngest-birth"], record.problems) == (None, ())


def test_nobody_linked_gives_no_date(case_store: Store) -> None:
    """Without any row to take it from, a date is missing and nothing is wrong."""
    case_store.run("DELETE FROM family_member WHERE family_id = 1")
    record = case_store.record("10")
    assert (record.dates["youngest-birth"], record.problems) == (None, ())


def test_an_open_episode_blocks_its_family_only(case_store: Store) -> None:
    """A blocker on the record's own table looks at the other rows of the family, and at no other family's."""
    case_store.run("INSERT INTO eh_episode VALUES (11, 1, 'EH-11', '2020-01-01', NULL, NULL)")
    assert [case_store.record(key).blockers for key in ("10", "11", "20")] == [("open-episode",), ("open-episode",), ()]


def test_the_first_condition_that_holds_gives_the_class(case_store: Store) -> None:
    """Conditions are tried in order, NULL is a value one can ask for, and none holding gives no class."""
    case_store.run("INSERT INTO eh_episode VALUES (11, 1, NULL, NULL, NULL, NULL)")
    store = case_store.having(
        classify=(
            ClassCondition("A", where={"worker_id": None}),
            ClassCondition("B", Reach("family", where={"family_ref": "F-1"}), {"family_id": "1"}),
            ClassCondition("C", where={"worker_id": "w.1"}),
        )
    )
    assert [store.record(key).record_class for key in ("10", "11", "20")] == ["B", "A", None]


def test_a_key_of_another_form_is_another_record(case_store: Store) -> None:
    """A key is its exact text: other spellings of a number, other types and other stores name no record."""
    refs = [case_store.ref(key) for key in ("010", "10.0", " 10", "+10", "1e1", "x", "99999999999999999999", "10\x00")]
    refs.append(RecordRef("elsewhere", "episode", "10"))
    with case_store.open() as connector:
        assert connector.fetch(refs) == {}


@pytest.mark.parametrize("key", ["x'6100'", "CAST(x'ff41' AS TEXT)", "'a' || char(0)"])
def test_a_key_that_cannot_be_sent_back_stops_the_scan(tmp_path: Path, key: str) -> None:
    """A row whose key is bytes, broken Unicode or holds a NUL is named as trouble, never skipped in silence."""
    file = tmp_path / "odd.db"
    with sqlite3.connect(file) as owner:
        owner.execute("CREATE TABLE odd (id TEXT PRIMARY KEY, closed DATE)")
        owner.execute(f"INSERT INTO odd VALUES ({key}, '2001-01-01')")  # noqa: S608 - of our own making
    owner.close()
    kind = KindOfRecord("odd", (ClassCondition("A"),), (Trigger("closed", "closed"),), table="odd", key=("id",))
    definition = Definition("odd", "sql", "GB", (kind,), "0" * 64)
    request = ScanRequest("odd", {"A": [{"closed": date.max}]})
    store = SqlConnector(definition, role=Role.SCAN, url=f"sqlite:///{file}")
    with store, pytest.raises(StoreRefused, match="a key is neither"):
        list(store.scan(request))


@pytest.mark.parametrize(
    "text",
    ["0000-00-00", "12/03/2002", "2002-02-30", "1753-01-01", "9999-12-31", "20020203", "soon", "", "2002-02-03 99:00"],
)
def test_bad_dates_never_give_a_date(case_store: Store, text: str) -> None:
    """What is no usable ISO date is a problem that names the column and not the value, and the scan shows it."""
    case_store.run("ALTER TABLE eh_episode ADD COLUMN closed TEXT")
    case_store.run(f"UPDATE eh_episode SET closed = '{text}' WHERE episode_id = 10")  # noqa: S608 - of our own making
    store = case_store.having(triggers=(Trigger("closed", "closed"),), anonymise={})
    record = store.record("10")
    assert (record.dates["closed"], record.problems) == (None, ("column closed holds no usable date",))
    with store.open() as connector:
        request = ScanRequest("episode", {"EH-01": [{"closed": date.max}]}, Wanted.UNDATED)
        assert [one.ref.key for page in connector.scan(request) for one in page.records] == ["10"]


def test_sql_lets_through_bad_dates_and_hardly_any_other(case_store: Store) -> None:
    """The condition on dates of text holds for every one that gives none and for no good one but 29 February."""
    years = (1753, 1899, 1901, 1904, 2000, 2023, 2024, 2100, 2199, 2201, 9999)
    days = [f"{year}-{month:02}-{day:02}" for year in years for month in range(14) for day in range(34)]
    times = [f"{day}{end}" for day in days for end in ("T09:30:00Z", " 10:00", " 25:00", "x")]
    others = ("", "soon", "12/03/2002", "2002-02-03\n", "2002-02-03 10:00\n", "\n2002-02-03", "2002-02-03 ")
    words = (*days, *times, *others)
    table = sa.Table("written", sa.MetaData(), sa.Column("word", sa.Text))
    table.create(case_store.owner)
    dialect = dialect_named(case_store.owner.dialect.name)
    with case_store.owner.begin() as owner:
        owner.execute(table.insert(), [{"word": one} for one in words])
        found = set(owner.scalars(sa.select(table.c.word).where(unusable(table.c.word, dialect))))
    bad = {one for one in words if civil_date(one).problem}
    assert bad <= found
    assert {one[4:10] for one in found - bad} <= {"-02-29"}


_FIRST, _LAST = datetime(1901, 1, 1), datetime(2199, 12, 30)  # noqa: DTZ001 - moments without a zone are meant


@given(st.datetimes(_FIRST, _LAST), st.integers(-12 * 60, 14 * 60))
def test_a_moment_becomes_its_date_in_london(moment: datetime, offset: int) -> None:
    """A moment with a zone has the civil date London had; without one it keeps the date it was written with."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert civil_date(aware.isoformat()).day == aware.astimezone(ZONE).date()
    assert civil_date(moment.isoformat(" ")).day == moment.date()
    assert civil_date(moment.date().isoformat()).day == moment.date()


_VALUES = st.none() | st.text() | st.integers() | st.floats() | st.binary()


@given(st.lists(_VALUES), st.lists(_VALUES))
def test_different_rows_have_different_digests(one: list[Any], other: list[Any]) -> None:
    """Two rows share their digest only when they agree in every value and its type."""

    def exactly(values: list[Any]) -> list[str]:
        return [f"{type(value)} {value!r}" for value in values]

    first, second = row_digests([tuple(one)]) + row_digests([tuple(other)])
    assert (first == second) == (exactly(one) == exactly(other))


@pytest.mark.parametrize("value", [Decimal(1), date(2020, 1, 1), memoryview(b"x"), ("x",), True])
def test_what_is_no_plain_value_has_no_digest(value: Any) -> None:
    """Whatever a driver made of a value by itself is refused: its form could be another one tomorrow."""
    with pytest.raises(TypeError, match="plain value"):
        row_digests([(b"x", 1), (value,)])


@given(st.text(), st.lists(st.binary(min_size=32, max_size=32)))
def test_a_state_does_not_depend_on_order(label: str, rows: list[bytes]) -> None:
    """The same rows add the same to a token in whatever order a database returns them, and others something else."""
    same, more = section(label, rows), section(label, [*rows, b"0" * 32])
    assert section(label, rows[::-1]) == same
    assert state_of([more]) != state_of([same]) == state_of([section(label, rows[::-1])])


def test_a_status_that_was_ever_true_is_read_from_wherever_it_stands(case_store: Store) -> None:
    """Rows of other tables and columns of the own row say what was ever true; each is asked of every record."""
    ever = (
        Status(
            "looked-after", Reach("status_period", "person_id", (Hop("family_member", "family_id"),), {"kind": "CLA"})
        ),
        Status("worked-by-two", where={"worker_id": "w.2"}),
    )
    asked = case_store.having(statuses=ever)
    assert asked.record("10").statuses == {"looked-after": False, "worked-by-two": False}
    assert asked.record("20").statuses == {"looked-after": True, "worked-by-two": True}
    case_store.run("INSERT INTO status_period VALUES (3, 100, 'CLA')")
    assert asked.record("10").statuses["looked-after"]
    request = ScanRequest("episode", {"EH-01": ({},), "LAC-01": ({},)})
    with asked.open() as connector:
        scanned = [one for page in connector.scan(request) for one in page.records]
    assert [(one.ref.key, one.statuses["looked-after"]) for one in scanned] == [("10", True), ("20", True)]


def test_a_status_of_a_table_that_is_not_there_is_refused(case_store: Store) -> None:
    """What an exception asks for cannot be looked up in a table that vanished: the kind does not fit, and says so."""
    asked = case_store.having(statuses=(Status("looked-after", Reach("care_history", "person_id")),))
    with asked.open() as connector:
        assert any("care_history" in str(fault) for fault in connector.check())
