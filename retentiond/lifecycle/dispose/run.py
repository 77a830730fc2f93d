"""One engine's turn at a list: what it works with, and how receipts become fates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from retentiond.connectors.interface import Connector
from retentiond.domain.lists import Document, Entry, Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.records import StateToken
from retentiond.domain.schedule import Action
from retentiond.ledger.values import Settled
from retentiond.lifecycle.manifests import Frozen
from retentiond.lifecycle.tools import Tools

NOTHING_CLEAR: frozenset[str] = frozenset()
FATE_OF = {
    Outcome.DESTROYED: Standing.DESTROYED,
    Outcome.ANONYMISED: Standing.ANONYMISED,
    Outcome.ALREADY_ABSENT: Standing.ALREADY_ABSENT,
    Outcome.CHANGED: Standing.SKIPPED_CHANGED,
    Outcome.HELD: Standing.SKIPPED_HELD,
    Outcome.FAILED: Standing.FAILED,
}
DONE = frozenset({Outcome.DESTROYED, Outcome.ANONYMISED, Outcome.ALREADY_ABSENT})
GONE = frozenset({Standing.DESTROYED, Standing.ANONYMISED})


@dataclass(frozen=True)
class Run:
    """One engine's turn at one list. A later turn has a higher epoch, and this one's receipts are then refused."""

    tools: Tools
    number: str
    epoch: int
    frozen: Frozen
    acting: Callable[[str], Connector]
    reading: Callable[[str], Connector]


def settled(receipt: Receipt) -> Settled:
    """Return the fate a receipt gives its record."""
    return Settled(receipt.order.ref, FATE_OF[receipt.outcome], receipt, receipt.reason)


def orders_for(things: Iterable[Entry | Document], *, next_attempt: bool = False) -> list[DisposalOrder]:
    """Return orders for asking about records or documents: without a state, so that none can be acted on.

    With ``next_attempt`` they are numbered after the last attempt, so that what is gone counts as gone by it.
    """
    more = 1 if next_attempt else 0
    return [
        DisposalOrder(
            one.order,
            one.ref,
            one.action if isinstance(one, Entry) else Action.DESTROY,
            StateToken(""),
            max(1, one.attempts + more),
        )
        for one in things
    ]
