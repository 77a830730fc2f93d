from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from threading import Timer

import pytest
import sqlalchemy as sa

from retentiond.domain.definitions import ClassCondition, KindOfRecord, Reach, Reference, SharedTable, Trigger
from retentiond.domain.orders import DisposalOrder, Outcome
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import Crm
from tests.connectors.sql.whole import gone, whole

_COMPLAINT = KindOfRecord(
    name="complaint",
    table="complaint",
    key=("id",),
    reference="id",
    classify=(ClassCondition("K"),),
    triggers=(Trigger("closed", "closed_on"),),
    shared=(SharedTable(Reach("contact", {"id": "who"})),),
)


@pytest.fixture
def shared(empty_url: str) -> Iterator[Crm]:
    """One case and one complaint about the same contact; nothing but the definition says so."""
    store = Crm.made(empty_url, complaint="id INTEGER PRIMARY KEY, closed_on DATE, who VARCHAR(20)")
    day = date(2001, 1, 1)
    store.fill(
        {
            "cases": [{"id": 1, "case_no": "C", "closed_on": day}],
            "account": [{"id": 5, "name": "Five"}],
            "contact": [{"id": 11, "name": "Eleven", "account_id": 5, "first_case": None}],
            "case_contact": [{"id": 1, "case_id": "1", "contact_id": 11, "deleted": 1}],
            "complaint": [{"id": 7, "closed_on": day, "who": "11"}],
        }
    )
    yield _with_complaints(store)
    store.owner.dispose()


def test_a_record_of_another_kind_that_refers_to_one_keeps_it(shared: Crm) -> None:
    """A complaint that names a case is no part of it: the case waits until the complaint is gone."""
    about = Reference("complaint", "who", "cases", "id")
    store = _with_complaints(shared.having(references=[*shared.definition.references, about]))
    store.run("UPDATE complaint SET who = '1'")
    assert store.faults() == []
    (receipt,) = store.disposed(store.orders(1)).values()
    assert receipt.reason == "blocked: a row of complaint that stays refers to it (who)"
    store.disposed([_complaint(store)])
    assert [one.outcome for one in store.disposed(store.orders(1)).values()] == [Outcome.DESTROYED]


def _complaint(store: Crm) -> DisposalOrder:
    ref = RecordRef("crm", "complaint", "7")
    with store.open() as connector:
        return DisposalOrder("0" * 32, ref, Action.DESTROY, connector.fetch([ref])[ref].state, 1)


def _with_complaints(store: Crm) -> Crm:
    return replace(store, definition=replace(store.definition, records=(store.definition.records[0], _COMPLAINT)))


def test_a_row_that_two_kinds_of_record_share_goes_with_the_last(shared: Crm) -> None:
    """A case leaves the contact to the complaint that leads to it, by whatever columns; with the complaint it goes."""
    before = whole(shared.owner)
    shared.disposed(shared.orders(1))
    between = whole(shared.owner)
    assert gone(before, between) == {"cases": {1}, "case_contact": {1}}
    shared.disposed([_complaint(shared)])
    assert gone(between, whole(shared.owner)) == {"complaint": {7}, "contact": {11}}


@pytest.mark.parametrize("empty_url", ["postgresql", "mariadb"], indirect=True)
def test_nobody_can_refer_anew_to_a_shared_row_that_goes(shared: Crm) -> None:
    """Between our look and our deed a new reference to a shared row has to wait, and then finds nothing to refer to."""
    shared.run("DELETE FROM complaint")
    refused: list[str] = []

    def meddling(orders: Sequence[DisposalOrder]) -> Collection[str]:
        with shared.owner.connect() as connection:
            wait = "innodb_lock_wait_timeout = 1" if connection.dialect.name != "postgresql" else "lock_timeout = 100"
            connection.exec_driver_sql(f"SET SESSION {wait}")
            with pytest.raises(sa.exc.OperationalError):
                connection.exec_driver_sql("INSERT INTO contact VALUES (12, 'Twelve', 5, NULL)")
        refused.append("contact")
        return {one.id for one in orders}

    (receipt,) = shared.disposed(shared.orders(1), meddling).values()
    assert (receipt.outcome, refused) == (Outcome.DESTROYED, ["contact"])
    assert whole(shared.owner)["account"] == {}


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_a_reference_that_is_just_being_made_keeps_the_shared_row(shared: Crm) -> None:
    """We wait for whoever is about to refer to a shared row, and then leave it to them."""
    connection = shared.owner.connect()
    connection.exec_driver_sql("INSERT INTO contact VALUES (12, 'Twelve', 5, NULL)")
    orders = shared.orders(1)
    committing = Timer(0.3, connection.commit)
    committing.start()
    (receipt,) = shared.disposed(orders).values()
    committing.join()
    connection.close()
    assert receipt.outcome is Outcome.DESTROYED
    assert set(whole(shared.owner)["account"]) == {(5,)}
