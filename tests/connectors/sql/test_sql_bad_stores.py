"""Stores as they are found: whatever is wrong in one, nothing gets a wrong verdict and nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from retentiond.connectors.interface import CHUNK, Role, ScanRequest, Wanted
from retentiond.connectors.sql import SqlConnector
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Reach, TablePart, Trigger
from retentiond.domain.errors import StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Outcome, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action

Store = Any  # the case store of conftest, which cannot be imported

ALL = ScanRequest("episode", {"EH-01": [{"case-closed": date.max}], "LAC-01": [{"case-closed": date.max}]})
_KEYS = (
    "k", "K", "k ", " k", "k\n", "\u00e9", "e", "e\u0301", "\u00c9", "ß", "ss", "\U0001f4c1", "'", '"', "\\", "\\'",
    "%", "%s", ":k", "_", "a/b", "--", "0", "00", "1e0", "NULL", "\u200b", "x" * 200,
)  # fmt: skip
_ODD = Definition(
    "odd",
    "sql",
    "GB",
    (
        KindOfRecord(
            "odd",
            (ClassCondition("A"),),
            (Trigger("closed", "closed"),),
            table="odd",
            key=("id",),
            parts=(TablePart(Reach("odd_note", "id")),),
        ),
    ),
    "0" * 64,
)


def _all_clear(orders: Sequence[DisposalOrder]) -> Collection[str]:
    return {one.id for one in orders}


def _odd_store(store: Store) -> None:
    kind = "VARCHAR(200)"
    if store.owner.dialect.name == "mariadb":
        kind += " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
    store.run(
        f"CREATE TABLE odd (id {kind} PRIMARY KEY, closed DATE)",
        f"CREATE TABLE odd_note (note_id INTEGER PRIMARY KEY, id {kind} NOT NULL REFERENCES odd (id))",
    )
    with store.owner.begin() as owner:
        owner.execute(sa.text("INSERT INTO odd VALUES (:k, '2001-01-01')"), [{"k": one} for one in _KEYS])
        notes = [{"n": number, "k": one} for number, one in enumerate(_KEYS)]
        owner.execute(sa.text("INSERT INTO odd_note VALUES (:n, :k)"), notes)


def test_keys_that_look_alike_are_different_records(case_store: Store) -> None:
    """Keys that differ in case, accent, width or spaces, or that mean something to SQL, name one record each."""
    _odd_store(case_store)
    request = ScanRequest("odd", {"A": [{"closed": date.max}]})
    refs = [RecordRef("odd", "odd", key) for key in _KEYS]
    with SqlConnector(_ODD, role=Role.DISPOSE, url=case_store.url) as store:
        found = [one.ref.key for page in store.scan(request) for one in page.records]
        assert sorted(found) == sorted(_KEYS)
        records = store.fetch(refs)
        assert set(records) == set(refs)
        going = refs[::2]
        orders = [DisposalOrder(f"{n:032x}", ref, Action.DESTROY, records[ref].state, 1) for n, ref in enumerate(going)]
        receipts = store.dispose(orders, _all_clear)
        assert {one.outcome for one in receipts} == {Outcome.DESTROYED}
        assert all(dict(one.evidence) == {"table odd": 1, "table odd_note": 1} for one in receipts)
        assert {one.sight for one in store.inspect(orders)} == {Sight.GONE}
        assert set(store.fetch(refs)) == set(refs[1::2])
    assert {row[0] for row in case_store.rows()["odd"]} == set(_KEYS[1::2])
    assert {row[1] for row in case_store.rows()["odd_note"]} == set(_KEYS[1::2])


@pytest.mark.parametrize("day", ["0203-01-01", "9999-12-31", "0000-00-00", "2002-00-00"])
def test_a_date_that_cannot_be_meant_is_a_problem(case_store: Store, day: str) -> None:
    """A placeholder in a column of dates gives no date; a scan for the undated shows the record."""
    impossible = "-00" in day
    declared = "VARCHAR(10)" if impossible and case_store.owner.dialect.name == "postgresql" else "DATE"
    mode = ["SET SESSION sql_mode = ''"] if case_store.owner.dialect.name == "mariadb" else []
    case_store.run(
        f"ALTER TABLE eh_episode ADD COLUMN closed {declared}",
        "UPDATE eh_episode SET closed = '2002-02-03'",
        *mode,
        f"UPDATE eh_episode SET closed = '{day}' WHERE episode_id = 10",  # noqa: S608 - of our own making
    )
    store = case_store.having(triggers=(Trigger("case-closed", "closed"),), anonymise={})
    record = store.record("10")
    assert (record.dates["case-closed"], record.problems) == (None, ("column closed holds no usable date",))
    assert store.record("20").dates["case-closed"] == date(2002, 2, 3)
    with store.open() as connector:
        for wanted in Wanted:
            pages = connector.scan(replace(ALL, wanted=wanted))
            found = {one.ref.key: one.problems for page in pages for one in page.records}
            assert wanted is Wanted.DUE or "10" in found
            assert found.get("10", record.problems) == record.problems


def test_a_long_text_is_read_to_its_end(case_store: Store) -> None:
    """A change of the last of a million characters is a change of the record, and the record goes all the same."""
    kind = "LONGTEXT" if case_store.owner.dialect.name == "mariadb" else "TEXT"
    case_store.run(f"ALTER TABLE case_note ADD COLUMN long_text {kind}")
    change = sa.text("UPDATE case_note SET long_text = :t WHERE note_id = 1")
    store, states = case_store.having(anonymise={}), set()
    for last in ("\U0001f600", "x"):
        with case_store.owner.begin() as owner:
            owner.execute(change, {"t": "\u00e9" * 1_000_000 + last})
        states.add(store.record("10").state)
    assert len(states) == 2
    assert [one.outcome for one in store.disposed(store.order("10"))] == [Outcome.DESTROYED]


def test_a_right_that_goes_between_two_reads_ends_the_scan(case_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that may no longer be read are a refusal in words, never the end of the records."""
    monkeypatch.setattr("retentiond.connectors.sql.reading.AT_ONCE", CHUNK)
    monkeypatch.setattr("retentiond.connectors.sql.reading.OPEN_SECONDS", 0)
    with case_store.owner.begin() as owner:
        rows = [{"n": 1000 + number} for number in range(CHUNK + 5)]
        owner.execute(sa.text("INSERT INTO eh_episode VALUES (:n, 2, 'R', NULL, '2000-01-01', NULL)"), rows)
    store, take_away = _reader_of(case_store)
    with store.open() as connector:
        pages = connector.scan(ALL)
        assert len(next(pages).records) == CHUNK
        case_store.run(*take_away)
        with pytest.raises(StoreRefused) as refused:
            next(pages)
    assert str(refused.value).startswith("cases")
    assert "SELECT eh" not in str(refused.value)


def _reader_of(store: Store) -> tuple[Store, list[str]]:
    """Return the store as a user who may only read it, and what takes that right away."""
    user = f"reader_{store.owner.url.database}"
    match store.owner.dialect.name:
        case "postgresql":
            store.run(f"CREATE USER {user}", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}")
            url = store.url.replace("://postgres@", f"://{user}@")
            gone = [f"REVOKE SELECT ON eh_episode FROM {user}"]  # noqa: S608 - names of our own
        case "mariadb":
            database = store.owner.url.database
            store.run(f"CREATE USER {user}@'%'", f"GRANT SELECT ON {database}.* TO {user}@'%'")
            url = store.url.replace("://root@", f"://{user}@")
            gone = [f"REVOKE SELECT ON {database}.* FROM {user}@'%'"]  # noqa: S608 - names of our own
        case _:
            return store, ["ALTER TABLE eh_episode RENAME TO elsewhere"]
    return replace(store, url=url), gone


@pytest.mark.parametrize("empty_url", ["postgresql", "mariadb"], indirect=True)
def test_a_right_that_is_missing_half_way_takes_everything_back(case_store: Store) -> None:
    """A login that may delete notes and not their episode does neither, and its receipt says that it may not."""
    user, database = f"half_{case_store.owner.url.database}", case_store.owner.url.database
    if case_store.owner.dialect.name == "postgresql":
        rights = ("SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public", "CREATE ON SCHEMA public")
        case_store.run(f"CREATE USER {user}", *(f"GRANT {one} TO {user}" for one in rights))
        case_store.run(f"REVOKE DELETE ON eh_episode FROM {user}")
        url = case_store.url.replace("://postgres@", f"://{user}@")
    else:
        case_store.run(f"CREATE USER {user}@'%'", f"GRANT PROCESS ON *.* TO {user}@'%'")
        case_store.run(f"GRANT SELECT, INSERT, UPDATE, CREATE, TRIGGER ON {database}.* TO {user}@'%'")
        tables = (name for name in case_store.rows() if name != "eh_episode")
        case_store.run(*(f"GRANT DELETE ON {database}.{name} TO {user}@'%'" for name in tables))
        url = case_store.url.replace("://root@", f"://{user}@")
    order, before = case_store.order("10"), case_store.rows()
    (receipt,) = replace(case_store, url=url).disposed(order)
    assert (receipt.outcome, "all was taken back" in receipt.reason) == (Outcome.FAILED, True)
    assert case_store.rows() == before
    assert not case_store.sighted(order)[0].receipt_in_store


def test_a_table_that_somebody_holds_is_no_answer(case_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store whose table is locked as a whole did not answer: it may be asked again, and says why."""
    monkeypatch.setattr("retentiond.connectors.sql.dialects.limits.LOCK_SECONDS", 0.2)
    with case_store.open() as connector, case_store.owner.connect() as other:
        connector.check()
        lock = {
            "sqlite": "BEGIN EXCLUSIVE",
            "postgresql": "LOCK TABLE eh_episode IN ACCESS EXCLUSIVE MODE",
            "mariadb": "LOCK TABLES eh_episode WRITE",
        }[other.dialect.name]
        other.exec_driver_sql(lock)
        with pytest.raises(StoreUnavailable, match="locked by someone else"):
            list(connector.scan(ALL))
        other.rollback()


@pytest.mark.parametrize("empty_url", ["postgresql", "mariadb"], indirect=True)
def test_a_connection_cut_in_a_scan_is_no_end(case_store: Store) -> None:
    """A scan whose connection the server ends is an error that may be tried again, and can be."""
    with case_store.open() as connector:
        connector.check()
        asked = cut = 0

        def cut_off(*_: Any) -> None:
            nonlocal asked, cut
            asked += 1
            if asked == 3 and not cut:
                cut = 1
                case_store.cut_connections()

        sa.event.listen(connector._opening._engine, "before_cursor_execute", cut_off)
        with pytest.raises(StoreUnavailable):
            list(connector.scan(ALL))
        assert len([one for page in connector.scan(ALL) for one in page.records]) == 2
