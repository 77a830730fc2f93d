from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.batches import TakenBack, carried_out
from retentiond.connectors.sql.troubles import CONSTRAINT, DEADLOCK, LOCKED, NOT_ALLOWED
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.records import RecordRef, StateToken
from retentiond.domain.schedule import Action

Store = Any  # the case store of conftest, which cannot be imported


class Database:
    """Refuses some orders, and is locked for some attempts; remembers what it committed and how long was paused."""

    def __init__(self, refused: Collection[str], locked: int) -> None:
        self.refused = refused
        self.locked = locked
        self.committed: list[str] = []
        self.attempts = 0
        self.pauses: list[float] = []

    def transaction(self, orders: Sequence[DisposalOrder]) -> list[Receipt]:
        """Carry orders out, or take them back."""
        self.attempts += 1
        if self.locked:
            self.locked -= 1
            raise TakenBack(DEADLOCK if self.locked % 2 else LOCKED)
        if any(one.id in self.refused for one in orders):
            raise TakenBack(CONSTRAINT)
        self.committed.extend(one.id for one in orders)
        return [Receipt(one, Outcome.DESTROYED) for one in orders]


def _orders(number: int) -> list[DisposalOrder]:
    ref = RecordRef("cases", "episode", "1")
    return [DisposalOrder(f"{n}", ref, Action.DESTROY, StateToken(""), 1) for n in range(number)]


@given(st.integers(1, 60), st.sets(st.integers(0, 59), max_size=5), st.integers(0, 3))
def test_those_refused_stand_alone(number: int, refused: set[int], locked: int) -> None:
    """Whatever is refused, exactly the others are carried out, each once, with a receipt each in order."""
    orders = _orders(number)
    database = Database({str(one) for one in refused}, locked)
    receipts = carried_out(orders, database.transaction, sleep=database.pauses.append)
    assert [one.order for one in receipts] == orders
    failed = {one.order.id for one in receipts if one.outcome is Outcome.FAILED}
    assert failed == {one.id for one in orders} & set(database.refused)
    assert sorted(database.committed) == sorted({one.id for one in orders} - failed)
    assert all(CONSTRAINT.words in one.reason for one in receipts if one.outcome is Outcome.FAILED)
    assert len(database.pauses) == locked


@given(st.integers(4, 9))
def test_a_lock_that_stays_ends_in_a_reason(locked: int) -> None:
    """Somebody in the way four times is in the way: nothing was done, and no half is tried."""
    database = Database((), locked)
    receipts = carried_out(_orders(8), database.transaction, sleep=database.pauses.append)
    assert {one.outcome for one in receipts} == {Outcome.FAILED}
    assert (database.attempts, len(database.pauses), database.committed) == (4, 3, [])


def test_what_is_no_matter_of_rows_is_asked_once() -> None:
    """A missing right is told of all orders after one transaction, not after two thousand."""
    asked: list[int] = []

    def refuse(orders: Sequence[DisposalOrder]) -> list[Receipt]:
        asked.append(len(orders))
        raise TakenBack(NOT_ALLOWED)

    receipts = carried_out(_orders(1000), refuse)
    assert asked == [1000]
    assert {one.reason for one in receipts} == {f"{NOT_ALLOWED.words}; all was taken back"}


def test_a_lock_that_goes_is_waited_for(case_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the other session lets go, the next attempt carries the order out, and asks whether it is still clear."""
    monkeypatch.setattr("retentiond.connectors.sql.dialects.limits.LOCK_SECONDS", 0.1)
    order = case_store.order("10")
    case_store.disposed(case_store.order("20"))  # so that the receipt table is there
    asked: list[int] = []

    def clear(orders: Sequence[DisposalOrder]) -> Collection[str]:
        asked.append(len(orders))
        return {one.id for one in orders}

    with case_store.owner.connect() as other, case_store.open(Role.DISPOSE) as connector:
        connector.check()
        case_store.lock(other)
        dialect = type(connector._opening.dialect)
        attempts: list[sa.Connection] = []
        plain = dialect.for_writing

        def counting(self: Any, connection: sa.Connection) -> None:
            attempts.append(connection)
            if len(attempts) == 2:
                other.rollback()
            plain(self, connection)

        monkeypatch.setattr(dialect, "for_writing", counting)
        (receipt,) = connector.dispose([order], clear)
    assert (receipt.outcome, len(attempts), asked) == (Outcome.DESTROYED, 2, [1])
