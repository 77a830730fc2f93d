"""Case systems as their vendors built them, mapped by a definition alone: what goes, and that nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from retentiond.config.definitions import read_definition
from retentiond.connectors.interface import Connector, Role, ScanRequest, Wanted
from retentiond.connectors.registry import open_connector
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt, Sight
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.sql.whole import dangling, declared, gone, touched, whole
from tests.servers.mariadb import MariaDBServer

FOUND = Path(__file__).parent / "found"


@dataclass(frozen=True)
class System:
    """A live database as found, and the definition written for it."""

    url: str
    path: Path
    engine: sa.Engine

    @contextmanager
    def open(self, role: Role = Role.SCAN) -> Iterator[Connector]:
        """Open it as the daemon would."""
        with open_connector(read_definition(self.path), role=role, resolve=lambda _: self.url) as connector:
            yield connector

    def scanned(self, wanted: Wanted = Wanted.DUE, latest: date = date(2020, 1, 1)) -> dict[str, Record]:
        """Return what a scan for everything closed by a day yields, by what people call it."""
        windows = {code: ({"case-closed": latest},) for code in ("CP-01", "LAC-01")}
        with self.open() as connector:
            pages = list(connector.scan(ScanRequest("case", windows, wanted)))
        return {record.reference: record for page in pages for record in page.records}

    def fetched(self, *refs: RecordRef) -> dict[str, Record]:
        """Return records whole, by what people call them."""
        with self.open() as connector:
            return {one.reference: one for one in connector.fetch(refs).values()}

    def disposed(self, *records: Record) -> list[Receipt]:
        """Dispose of records as they are now, and look that those reported destroyed are gone, whoever looks."""
        found = self.fetched(*(one.ref for one in records))
        orders = [DisposalOrder(uuid4().hex, one.ref, Action.DESTROY, found[one.reference].state, 1) for one in records]
        with self.open(Role.DISPOSE) as connector:
            receipts = list(connector.dispose(orders, lambda asked: {one.id for one in asked}))
        with self.open(Role.VERIFY) as connector:
            sights = connector.inspect([one.order for one in receipts if one.outcome is Outcome.DESTROYED])
        assert {one.sight for one in sights} <= {Sight.GONE}
        return receipts


@pytest.fixture
def child_protection(postgres_url_factory: Callable[[], str]) -> Iterator[System]:
    """The system in JSONB on PostgreSQL."""
    url = postgres_url_factory()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql((FOUND / "child_protection.sql").read_text(encoding="utf-8"))
    yield System(url, FOUND / "child-protection.yaml", engine)
    engine.dispose()


@pytest.fixture
def crm(mariadb: MariaDBServer) -> Iterator[System]:
    """The system without a foreign key on MariaDB."""
    url = mariadb.new_database()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = ''")  # as such systems run, zero dates and all
        for statement in (FOUND / "crm.sql").read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    yield System(url, FOUND / "crm.yaml", engine)
    engine.dispose()


def test_child_protection_is_read_without_code(child_protection: System) -> None:
    """Dates, references and statuses inside JSON, text ids of UUID keys: each record is judged as it really is."""
    with child_protection.open() as connector:
        assert connector.check() == []
    due, undated = child_protection.scanned(), child_protection.scanned(Wanted.UNDATED)
    judged = {name: (one.record_class, one.dates["case-closed"], bool(one.problems)) for name, one in due.items()}
    assert judged == {
        "CP-0001": ("CP-01", date(2009, 5, 4), False),
        "CP-0003": ("CP-01", date(2008, 1, 31), False),
        "CP-0004": ("CP-01", date(2008, 2, 29), False),
        "CP-0006": ("CP-01", None, True),
        "CP-0007": ("LAC-01", date(2009, 6, 7), False),
    }
    assert set(undated) == {"CP-0002", "CP-0005", "CP-0006"}
    assert due["CP-0001"].excluded_reviewers == ("w.meyer", "w.osei")
    assert due["CP-0001"].dates["last-service"] == date(2009, 5, 1)
    assert undated["CP-0002"].blockers == ("open-case",)
    whole_records = child_protection.fetched(*(one.ref for one in due.values()))
    assert whole_records["CP-0001"].recipients == ("Police",)
    assert due["CP-0003"].referred_to == ()
    before_the_duplicate = child_protection.scanned(latest=date(2008, 2, 1))
    assert before_the_duplicate["CP-0003"].referred_to == ("another record refers to it (duplicate_case_id)",)


def test_child_protection_goes_whole_and_alone(child_protection: System) -> None:
    """Everything of one child goes; what a sibling needs, and what only looks like the child's, stays."""
    due = child_protection.scanned()
    before = whole(child_protection.engine)
    (receipt,) = child_protection.disposed(due["CP-0001"])
    after = whole(child_protection.engine)
    assert receipt.outcome is Outcome.DESTROYED, receipt.reason
    assert {table: len(keys) for table, keys in gone(before, after).items()} == {
        "cases": 1,
        "incidents": 1,
        "violations": 2,
        "transitions": 1,
        "alerts": 2,
        "record_histories": 2,
        "attachments": 3,
        "stored_attachments": 3,
        "stored_blobs": 2,
    }
    assert gone(before, after)["stored_blobs"] == {1, 3}
    assert touched(before, after) == {}
    assert dangling(after, declared(child_protection.engine)) == []


def test_child_protection_duplicates_go_together_or_not_at_all(child_protection: System) -> None:
    """A record that another calls its original stays while that one does; both in one list go, whatever the order."""
    due = child_protection.scanned()
    before = whole(child_protection.engine)
    (receipt,) = child_protection.disposed(due["CP-0003"])
    assert receipt.outcome is Outcome.CHANGED
    assert whole(child_protection.engine) == before
    receipts = child_protection.disposed(due["CP-0003"], due["CP-0004"])
    after = whole(child_protection.engine)
    assert [one.outcome for one in receipts] == [Outcome.DESTROYED] * 2
    assert {table: len(keys) for table, keys in gone(before, after).items()} == {
        "cases": 2,
        "families": 1,
        "attachments": 1,
        "stored_attachments": 1,
        "stored_blobs": 1,
    }
    assert touched(before, after) == {}
    assert dangling(after, declared(child_protection.engine)) == []


def test_crm_is_read_without_code(crm: System) -> None:
    """A zero date and the year 203 are no dates; the second table gives the class; the worker's name is looked up."""
    with crm.open() as connector:
        assert connector.check() == []
    due, undated = crm.scanned(), crm.scanned(Wanted.UNDATED)
    judged = {name: (one.record_class, one.dates["case-closed"], bool(one.problems)) for name, one in due.items()}
    assert {name: one for name, one in judged.items() if not one[2]} == {
        "1": ("CP-01", date(2009, 5, 4), False),
        "3": ("CP-01", date(2008, 2, 29), False),
        "6": ("LAC-01", date(2009, 6, 7), False),
    }
    assert set(undated) == {"2", "4", "5"}
    assert due["1"].excluded_reviewers == ("w.meyer",)
    assert due["1"].subjects == ("9990000018", "9990000026")
    assert due["1"].dates["birth"] == date(1998, 2, 28)
    assert undated["2"].blockers == ("open-case",)


CONTACTS = "22222222-0000-0000-0000-00000000000"
CASES = "11111111-0000-0000-0000-00000000000"


def test_crm_goes_whole_and_alone(crm: System) -> None:
    """A case goes with all that is its own; contacts, documents and addresses stay while any row refers to them."""
    due = crm.scanned()
    before = whole(crm.engine)
    (receipt,) = crm.disposed(due["1"])
    after = whole(crm.engine)
    assert receipt.outcome is Outcome.DESTROYED, receipt.reason
    assert gone(before, after) == {
        "cases": {f"{CASES}1"},
        "cases_cstm": {f"{CASES}1"},
        "cases_audit": {"a1"},
        "notes": {"n1", "n2"},
        "tracker": {1},
        "contacts_cases": {"l1", "l2"},
        "documents_cases": {"dc1", "dc2"},
        "documents": {"d1"},
        "document_revisions": {"r1", "r2"},
    }
    assert touched(before, after) == {}
    (receipt,) = crm.disposed(due["3"])
    last = whole(crm.engine)
    assert receipt.outcome is Outcome.DESTROYED, receipt.reason
    assert gone(after, last) == {
        "cases": {f"{CASES}3"},
        "contacts_cases": {"l4", "l5", "l7"},
        "contacts": {f"{CONTACTS}1", f"{CONTACTS}3"},
        "contacts_cstm": {f"{CONTACTS}1"},
        "contacts_audit": {"a3"},
        "notes": {"n4"},
        "tracker": {3},
        "email_addr_bean_rel": {"eb1", "eb2"},
        "email_addresses": {"e1"},
    }
    assert touched(after, last) == {}
    assert dangling(last, read_definition(crm.path).references) == []


def test_crm_cases_of_one_list_go_as_one(crm: System) -> None:
    """Two cases in one batch leave what disposing of one after the other leaves."""
    due = crm.scanned()
    receipts = crm.disposed(due["3"], due["1"])
    assert [one.outcome for one in receipts] == [Outcome.DESTROYED] * 2
    last = whole(crm.engine)
    assert {one[0] for one in last["contacts"]} == {f"{CONTACTS}2", f"{CONTACTS}4", f"{CONTACTS}5"}
    assert {one[0] for one in last["email_addresses"]} == {"e2"}
    assert {one[0] for one in last["documents"]} == {"d2", "d3"}
    assert dangling(last, read_definition(crm.path).references) == []
