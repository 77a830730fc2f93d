"""Sending orders: a store acts on what its last question let through, and every other order did nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from retentiond.connectors.interface import StillClear
from retentiond.domain.errors import LedgerRefused, RetentiondError
from retentiond.domain.orders import DisposalOrder, Receipt
from retentiond.domain.records import RecordRef
from retentiond.lifecycle.dispose.run import Run, answers


@dataclass(slots=True)
class Sending:
    """Sends orders to a store, and takes back the attempt of those that it cannot have acted on.

    An attempt that counts is one that may have been a deed: what is gone after it is told as gone by it. One that the
    question never let through (the kill switch was set, a store did not say who names a document, the connection was
    lost before) would make a deed of ours out of what somebody else destroys before the next turn.

    Args:
        run: the engine's turn.
        store: its name.
        orders: what is sent; the intent for each is written.
        question: asked by the store right before it acts.
        not_attempted: takes back one attempt of some records in the ledger.
    """

    run: Run
    store: str
    orders: Sequence[DisposalOrder]
    question: StillClear
    not_attempted: Callable[[Collection[RecordRef]], None]
    _let_through: set[str] = field(default_factory=set)

    def act(self) -> Sequence[Receipt]:
        """Have the store act, and return what it answers.

        Raises:
            RetentiondError: as the store or the question does.
        """
        try:
            return self.run.acting(self.store).dispose(self.orders, self._asked)
        except RetentiondError:
            with suppress(LedgerRefused):
                self._take_back(self.orders)
            raise

    def answered(self, given: Sequence[Receipt]) -> list[Receipt]:
        """Return the receipts that were given; what has none and was not let through was not attempted."""
        receipts = answers(self.store, self.orders, given)
        told = {one.order.id for one in receipts}
        self._take_back([one for one in self.orders if one.id not in told])
        return receipts

    def _asked(self, orders: Sequence[DisposalOrder]) -> Collection[str]:
        cleared = self.question(orders)
        self._let_through.update(cleared)
        return cleared

    def _take_back(self, orders: Sequence[DisposalOrder]) -> None:
        untouched = [one.ref for one in orders if one.id not in self._let_through]
        if untouched:
            self.not_attempted(untouched)
