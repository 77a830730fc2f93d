from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from retentiond.domain.lists import DisposalList, Document, Entry, ListState
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt
from retentiond.domain.people import Approval
from retentiond.domain.records import RecordRef, StateToken
from retentiond.domain.schedule import Action
from retentiond.ledger import Ledger, Transaction

GATHERED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one ledger in a file; each test starts from a copy of it."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    Ledger.create(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(empty_file: Path, tmp_path: Path) -> str:
    """Return the URL of a new ledger in a file."""
    return f"sqlite:///{shutil.copy2(empty_file, tmp_path)}"


@pytest.fixture(scope="session")
def empty_database(postgres_url_factory: Callable[..., str]) -> str:
    """Make one ledger on PostgreSQL and return its database's name; each test starts from a copy of it."""
    url = postgres_url_factory()
    Ledger.create(url)
    return str(make_url(url).database)


@pytest.fixture
def postgres_url(postgres_url_factory: Callable[..., str], empty_database: str) -> str:
    """Return the URL of a new ledger on PostgreSQL."""
    return postgres_url_factory(like=empty_database)


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a new ledger, on each database in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """Open a new ledger, on each database in turn."""
    opened = Ledger.open(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_ledger(sqlite_url: str) -> Iterator[Ledger]:
    """Open a new ledger in a file."""
    opened = Ledger.open(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def make_entry() -> Callable[..., Entry]:
    """Return a maker of entries; the key is the only thing it needs."""

    def make(key: str, **other: Any) -> Entry:
        values: dict[str, Any] = {
            "ref": RecordRef("cases", "episode", key),
            "reference": f"FAM-{key}",
            "record_class": "EH-01",
            "action": Action.DESTROY,
            "state": f"state-of-{key}",
            "due_on": date(2026, 4, 1),
            "reason": f"case closed long ago for {key}",
        }
        return Entry(**(values | other))

    return make


@pytest.fixture(scope="session")
def make_list(make_entry: Callable[..., Entry]) -> Callable[..., str]:
    """Return a maker of lists in review; each entry has one document, and there is a frozen manifest."""

    def make(transaction: Transaction, *keys: str, stages: tuple[str, ...] = ("service-manager",)) -> str:
        number = transaction.lists.next_number(2026)
        listed = DisposalList(number, ListState.IN_REVIEW, "ada", GATHERED, stages, "digest-1")
        entries = [make_entry(key, documents=(_document(key),)) for key in keys]
        documents = [Document(one.ref, _document(one.ref.key), "document-state") for one in entries]
        transaction.lists.create(listed, entries, documents)
        transaction.lists.freeze(
            number,
            revision=1,
            digest="digest-1",
            orders={one.ref: order_of(number, one.ref) for one in entries},
            document_orders={one.ref: order_of(number, one.ref) for one in documents},
            wrapped_key=b"key",
            proposal=b"proposal",
            manifest=b"manifest",
            event_seq=transaction.events.append("proposed", GATHERED, list_number=number),
        )
        return number

    return make


@pytest.fixture(scope="session")
def approve_list() -> Callable[..., None]:
    """Return a way to give a list every approval and make it approved, its cooling-off period over."""

    def approve(transaction: Transaction, number: str) -> None:
        for stage in transaction.lists.get(number).stages:
            seq = transaction.events.append("approved", GATHERED, list_number=number)
            given = Approval(stage, f"person of {stage}", "2026-11-03T10:00:00Z", "digest-1")
            transaction.lists.approve(number, given, seq)
        transaction.lists.move(number, ListState.IN_REVIEW, ListState.APPROVED, dispose_after=GATHERED)

    return approve


@pytest.fixture
def undone() -> Callable[..., None]:
    """Return a way to do something in a transaction that is then rolled back."""

    def undo(ledger: Ledger, deed: Callable[[Transaction], object]) -> None:
        def fail(transaction: Transaction) -> None:
            deed(transaction)
            raise RuntimeError

        with pytest.raises(RuntimeError), ledger.transaction() as transaction:
            fail(transaction)

    return undo


@pytest.fixture(scope="session")
def make_receipt() -> Callable[..., Receipt]:
    """Return a maker of receipts for orders of lists made here."""

    def make(number: str, ref: RecordRef, outcome: Outcome = Outcome.DESTROYED) -> Receipt:
        order = DisposalOrder(order_of(number, ref), ref, Action.DESTROY, StateToken("state"), 1)
        grade = Grade.A if outcome in (Outcome.DESTROYED, Outcome.ANONYMISED) else None
        return Receipt(order, outcome, grade, {"table case_note": 3}, "")

    return make


def order_of(number: str, ref: RecordRef) -> str:
    """Return an order id for a record on a list."""
    return sha256(f"{number} {ref}".encode()).hexdigest()[:32]


def _document(key: str) -> RecordRef:
    return RecordRef("documents", "file", f"scan-{key}.pdf")
