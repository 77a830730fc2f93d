"""The last question about documents before their deed: is a hold on one by now, or does another record name it?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from retentiond.domain.lists import REWRITTEN, Document, Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.records import RecordRef
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.dispose.run import Run, mind_turn
from retentiond.lifecycle.needed import naming_stores, needed

SHARED = "shared: another record names it by now, and it goes with the last that does"


@dataclass(slots=True)
class LastQuestion:
    """Answers a documents' store right before it acts, and remembers what it held back because it is shared.

    Args:
        run: the engine's turn.
        fates: the records of the documents' list that are gone, and how each went.
        documents: those whose orders are sent, all of one store.
        held: returns, as the ledger has it now, which of them a hold covers.
    """

    run: Run
    fates: Mapping[RecordRef, Standing]
    documents: Sequence[Document]
    held: Callable[[Transaction], Collection[RecordRef]]
    _shared: set[RecordRef] = field(default_factory=set)

    def still_clear(self, orders: Sequence[DisposalOrder]) -> set[str]:
        """Return the ids of the orders that nothing has come in the way of.

        Raises:
            StoreUnavailable, StoreRefused: a store whose records may name the documents did not say whether they do.
            DisposalStopped: the kill switch is set, or another process took over the list.
        """
        with self.run.tools.ledger.transaction() as tx:
            mind_turn(self.run, tx)
            held = self.held(tx)
        asked = {one.ref for one in orders}
        free = [one for one in self.documents if one.ref in asked and one.ref not in held]
        shared = still_named(self.run, free, self.fates)
        self._shared |= shared
        clear = {one.ref for one in free} - shared
        return {one.id for one in orders if one.ref in clear}

    def told(self, receipt: Receipt) -> Receipt:
        """Return a receipt for what was held back with the reason why: it is another record's as well, and not held."""
        if receipt.outcome is not Outcome.HELD or receipt.order.ref not in self._shared:
            return receipt
        return replace(receipt, outcome=Outcome.CHANGED, reason=SHARED)


def still_named(run: Run, documents: Sequence[Document], fates: Mapping[RecordRef, Standing]) -> set[RecordRef]:
    """Ask every store whose records may have documents there, and return the documents that a record names now."""
    with_it = {one.ref: one.parent if fates.get(one.parent) in REWRITTEN else None for one in documents}
    places = {one.ref.store for one in documents}
    stores = {one.parent.store for one in documents}.union(
        *(naming_stores(run.tools.definitions, one) for one in places)
    )
    return needed(run.reading, with_it, stores)
