from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, Table, create_engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from retentiond.domain.errors import LedgerRefused, NotFound
from retentiond.domain.lists import Standing
from retentiond.domain.occurrences import Change, Changed
from retentiond.domain.orders import Receipt
from retentiond.domain.records import RecordRef
from retentiond.ledger import Adoption, Certificate, Event, JsonValue, Ledger, Settled
from retentiond.ledger.tables import APPEND_ONLY, METADATA
from retentiond.ledger.values import KeyCertificate, PseudonymKey

AT = datetime(2026, 11, 2, 9, 30, 0, 250, tzinfo=UTC)


def test_events_count_from_one_without_a_gap(ledger: Ledger, undone: Callable[..., None]) -> None:
    """Sequence numbers run 1, 2, 3 across transactions, whatever was rolled back between them."""
    with ledger.transaction() as transaction:
        assert [transaction.events.append("scan", AT) for _ in range(3)] == [1, 2, 3]
    undone(ledger, lambda transaction: transaction.events.append("scan", AT))
    with ledger.transaction() as transaction:
        assert transaction.events.append("scan", AT) == 4
    assert ledger.check() == []


def test_an_event_comes_back_as_it_was_written(ledger: Ledger) -> None:
    """Every field of an event survives, and its moment comes back in UTC."""
    body: dict[str, JsonValue] = {"records": 2, "names": ["Zoë"], "none": None, "deep": {"yes": True}}
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    with ledger.transaction() as transaction:
        seq = transaction.events.append(
            "gathered", elsewhere, actor="ada", body=body, list_number="DL-2026-0001", envelope=b"\x00{}"
        )
    with ledger.transaction() as transaction:
        read = transaction.events.get(seq)
        assert read == Event(1, AT, "gathered", "ada", "DL-2026-0001", body, b"\x00{}")
        assert read.at.tzinfo is UTC
        with pytest.raises(NotFound):
            transaction.events.get(2)


def test_events_are_read_in_order(ledger: Ledger) -> None:
    """Newest first for people, oldest first for machines, and by list."""
    with ledger.transaction() as transaction:
        for number in ("a", "b", "a", None):
            transaction.events.append("x", AT, list_number=number)
        assert [one.seq for one in transaction.events.of_list("a")] == [1, 3]
        assert [one.seq for one in transaction.events.latest(2)] == [4, 3]
        assert [one.seq for one in transaction.events.after(1, limit=2)] == [2, 3]


def test_a_moment_without_a_zone_is_refused(ledger: Ledger) -> None:
    """A moment that does not say where it was is never guessed at."""
    with pytest.raises(Exception, match="time zone"), ledger.transaction() as transaction:
        transaction.events.append("x", datetime(2026, 1, 1))  # noqa: DTZ001 - the law is about these


def test_a_block_that_raises_leaves_nothing(
    ledger: Ledger, make_list: Callable[..., str], undone: Callable[..., None]
) -> None:
    """All of a transaction is kept, or none of it."""
    undone(ledger, lambda transaction: (make_list(transaction, "1", "2"), transaction.marks.saw(AT)))
    with ledger.transaction() as transaction:
        assert transaction.lists.all() == []
        assert transaction.events.latest() == []
        assert transaction.marks.last_seen() is None


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_list: Callable[..., str],
    approve_list: Callable[..., None],
    make_receipt: Callable[..., Receipt],
) -> Iterator[Engine]:
    """Put a row into every append-only table of one ledger, on each database in turn; it serves every refusal."""
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy2(request.getfixturevalue('empty_file'), tmp_path_factory.mktemp('filled'))}"
    else:
        url = request.getfixturevalue("postgres_url_factory")(like=request.getfixturevalue("empty_database"))
    ledger = Ledger.open(url)
    ref = RecordRef("cases", "episode", "1")
    with ledger.transaction() as transaction:
        number = make_list(transaction, "1")
        approve_list(transaction, number)
        epoch = transaction.lists.claim(number)
        transaction.lists.settle(number, epoch, [Settled(ref, Standing.DESTROYED, make_receipt(number, ref))])
        transaction.log.append(1, b"leaf", b"hash", [b"hash"], "checkpoint")
        transaction.certificates.add(Certificate("C-1", 1, number, AT, b"{}", b"{}", 1, 0))
        adoption = Adoption("Early Help", "1", "d1", AT.date(), ("EH-01",), (), ("ada",), AT, "", None, 1, 0)
        transaction.schedules.adopt(adoption, b"schedule")
        recorded = Changed(Change.RECORDED, AT.date(), "why", "ada", AT)
        transaction.occurrences.record("EV-2026-0001", "concluded", [ref], recorded, 1)
        transaction.pseudonym_keys.add(PseudonymKey("key", "print", AT, "ada", 1, 0))
        transaction.pseudonym_keys.begin_destruction("key", AT, ["ada"], "why", None, 1)
        transaction.pseudonym_keys.certify(KeyCertificate("KC-1", 1, "key", AT, b"{}", 1, 0))
    ledger.close()
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
@pytest.mark.parametrize("deed", ["update", "delete", "remove-all", "replace"])
def test_the_database_itself_refuses_to_change_the_past(table: str, deed: str, filled: Engine) -> None:
    """No UPDATE, DELETE, TRUNCATE or INSERT OR REPLACE on an append-only table, by any program."""
    rows = Table(table, METADATA)
    same = update(rows).values({rows.c[APPEND_ONLY[table][0]]: rows.c[APPEND_ONLY[table][0]]})
    is_sqlite = filled.dialect.name == "sqlite"
    statements = {
        "update": same,
        "delete": delete(rows).where(rows.c[APPEND_ONLY[table][0]].is_not(None)),
        "remove-all": delete(rows) if is_sqlite else text(f"TRUNCATE {table} CASCADE"),
        "replace": insert(rows).prefix_with("OR REPLACE").from_select(list(rows.c), select(rows))
        if is_sqlite
        else same,
    }
    with filled.connect() as connection:
        before = connection.execute(select(rows)).all()
    assert before
    with pytest.raises(DBAPIError, match="append-only"), filled.begin() as connection:
        connection.execute(statements[deed])
    with filled.connect() as connection:
        assert connection.execute(select(rows)).all() == before


def test_a_refusal_of_the_database_speaks_plainly(ledger: Ledger) -> None:
    """What the database refuses becomes one sentence without a statement, a value or a traceback of the driver."""
    with pytest.raises(LedgerRefused) as caught, ledger.transaction() as transaction:
        transaction.log.append(99, b"secret body", b"hash", [], "checkpoint")
    assert "breaks a rule of the ledger" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__
