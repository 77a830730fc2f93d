"""A batch that a database takes back: tried again where somebody was in the way, halved where rows are refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from retentiond.connectors.retrying import repeated
from retentiond.connectors.sql.troubles import Trouble
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt

Attempt = Callable[[Sequence[DisposalOrder]], list[Receipt]]
"""Carries out orders in one transaction, which asks anew whether they are still clear; raises :class:`TakenBack`."""


class TakenBack(Exception):
    """The transaction of some orders was taken back whole: nothing of them has happened."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.words)
        self.trouble = trouble


class _Contended(TakenBack):
    """Somebody else was in the way."""


def carried_out(
    orders: Sequence[DisposalOrder], attempt: Attempt, *, sleep: Callable[[float], None] = time.sleep
) -> list[Receipt]:
    """Carry out orders so that one which the database refuses does not keep the others, and return their receipts.

    Args:
        orders: at least one.
        attempt: what a transaction does.
        sleep: how to pause before another attempt.

    Returns:
        A receipt an order, in order. An order is FAILED when it stands alone and is refused, when somebody else was
        in the way each time, or when what is wrong is not about rows.
    """
    try:
        return repeated(lambda: _tried(orders, attempt), on=_Contended, sleep=sleep)
    except TakenBack as refused:
        trouble = refused.trouble
    if trouble.of_rows and len(orders) > 1:
        middle = len(orders) // 2
        return [
            *carried_out(orders[:middle], attempt, sleep=sleep),
            *carried_out(orders[middle:], attempt, sleep=sleep),
        ]
    return [Receipt(order, Outcome.FAILED, reason=f"{trouble.words}; all was taken back") for order in orders]


def _tried(orders: Sequence[DisposalOrder], attempt: Attempt) -> list[Receipt]:
    try:
        return attempt(orders)
    except TakenBack as refused:
        if refused.trouble.contended:
            raise _Contended(refused.trouble) from None
        raise
