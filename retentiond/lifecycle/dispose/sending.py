"""Sending orders to a store: what the last question never let go was not attempted, however the turn at it ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from retentiond.connectors.interface import StillClear
from retentiond.domain.orders import DisposalOrder, Receipt
from retentiond.domain.records import RecordRef
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.dispose.run import Run, answers


def sent(
    run: Run,
    orders: Sequence[DisposalOrder],
    question: StillClear,
    take_back: Callable[[Transaction, Collection[RecordRef]], None],
) -> list[Receipt]:
    """Send orders to their store and return its receipts; an order without one is a question for the next turn.

    The attempt of an order that was never let go, and that the store gave no receipt for, is taken back: a store acts
    on nothing before it is told to, so whoever takes the record away by the next turn, it was not this order. An order
    that was let go stays attempted whatever came after. So does every order when the process itself dies: nobody is
    left to say how far it had come.

    Args:
        run: the engine's turn.
        orders: what is sent, all to one store.
        question: the last question, which may stop the whole turn.
        take_back: takes back one attempt of each of these.

    Raises:
        StoreRefused: the store answered for something that was not ordered of it; every order stays attempted.
        RetentiondError: as the store or the question does.
    """
    let_go: set[str] = set()

    def noted(asked: Sequence[DisposalOrder]) -> Collection[str]:
        clear = question(asked)
        let_go.update(clear)
        return clear

    def untouched(answered: Collection[str] = ()) -> None:
        refs = [one.ref for one in orders if one.id not in let_go and one.id not in answered]
        if refs:
            with run.tools.ledger.transaction() as tx:
                take_back(tx, refs)

    store = orders[0].ref.store
    try:
        given = run.acting(store).dispose(orders, noted)
    except Exception:
        untouched()
        raise
    receipts = answers(store, orders, given)
    untouched({one.order.id for one in receipts})
    return receipts
