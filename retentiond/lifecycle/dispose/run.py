"""One engine's turn at a list: what it works with, and how receipts become fates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from retentiond.connectors.interface import Connector
from retentiond.domain.anonymity import K_ANONYMITY
from retentiond.domain.errors import DisposalStopped, StoreRefused
from retentiond.domain.lists import Document, Entry, ListState, Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.records import StateToken
from retentiond.domain.schedule import Action
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Settled
from retentiond.lifecycle.judging import Judging
from retentiond.lifecycle.manifests import Frozen
from retentiond.lifecycle.tools import Tools, mind_kill_switch

NOTHING_CLEAR: frozenset[str] = frozenset()
ENDED = "disposal-ended"
"""Event: a person decided that a disposal does not go on (:func:`retentiond.lifecycle.end_disposal.end_disposal`)."""
FATE_OF = {
    Outcome.DESTROYED: Standing.DESTROYED,
    Outcome.ANONYMISED: Standing.ANONYMISED,
    Outcome.PSEUDONYMISED: Standing.PSEUDONYMISED,
    Outcome.ALREADY_ABSENT: Standing.ALREADY_ABSENT,
    Outcome.CHANGED: Standing.SKIPPED_CHANGED,
    Outcome.HELD: Standing.SKIPPED_HELD,
    Outcome.FAILED: Standing.FAILED,
}
LEFT_ALONE = "its record was left alone"
OF_A_FAILURE = "the disposal of its record failed"
LEFT_BEHIND = "left behind: its record was gone before any order for it was sent"
"""Somebody else took the record away, and nobody approved what is to become of a document without it."""
_SPARED = {Standing.ALREADY_ABSENT: LEFT_BEHIND, Standing.FAILED: OF_A_FAILURE}
DEED_OF = {
    Outcome.DESTROYED: Action.DESTROY,
    Outcome.ANONYMISED: Action.ANONYMISE,
    Outcome.PSEUDONYMISED: Action.PSEUDONYMISE,
}
DONE = frozenset({*DEED_OF, Outcome.ALREADY_ABSENT})
GONE = frozenset({Standing.DESTROYED, Standing.ANONYMISED, Standing.PSEUDONYMISED})


@dataclass(frozen=True)
class Run:
    """One engine's turn at one list. A later turn has a higher epoch, and this one's receipts are then refused."""

    tools: Tools
    number: str
    epoch: int
    frozen: Frozen
    acting: Callable[[str], Connector]
    reading: Callable[[str], Connector]

    @cached_property
    def judging(self) -> Judging:
        """What judges its records, and remembers what comes again."""
        return Judging(self.tools)


def answers(store: str, orders: Sequence[DisposalOrder], receipts: Iterable[Receipt]) -> list[Receipt]:
    """Return a store's receipts, each held against the order it is for.

    An order without a receipt is left out: its fate is unknown until the store tells it.

    Raises:
        StoreRefused: a receipt is for an order that was not sent, comes twice, or tells of a deed that was not ordered.
            None of them can be believed then, and every order sent stays a question.
    """
    sent = {one.id: one for one in orders}
    found: dict[str, Receipt] = {}
    for one in receipts:
        order = sent.get(one.order.id)
        done = DEED_OF.get(one.outcome)
        sound = done in (None, order.action if order else None) and (one.grade is None) == (done is None)
        if order is None or one.order.ref != order.ref or one.order.id in found or not sound:
            raise StoreRefused.about(
                store,
                "it answered for something that was not ordered of it, so none of its receipts is believed",
                "look at the store and its connector; the list waits until the store answers soundly",
            )
        found[one.order.id] = one
    return list(found.values())


def mind_turn(run: Run, tx: Transaction) -> None:
    """Stop, at the last moment before a store acts, where the kill switch is set or a later turn has taken over.

    Raises:
        DisposalStopped: so it is. Nothing was done to the records asked about.
    """
    mind_kill_switch(run.tools)
    listed = tx.lists.get(run.number)
    if listed.epoch != run.epoch or listed.state is not ListState.DISPOSING:
        raise DisposalStopped.about(run.number, "another process took over this list", "leave it to that process")


def record_refused(run: Run, tx: Transaction, orders: Iterable[str]) -> None:
    """Keep as events that holds stopped orders."""
    for order in orders:
        body = {"order": order, "why": "held"}
        tx.events.append("order-refused", run.tools.clock(), list_number=run.number, body=body)


def settled(receipt: Receipt) -> Settled:
    """Return the fate a receipt gives its record."""
    return Settled(receipt.order.ref, FATE_OF[receipt.outcome], receipt, receipt.reason)


def spare(document: Document, of_record: Standing) -> Settled:
    """Return the fate of a document whose record was not disposed of by us, and why it stays."""
    note = _SPARED.get(of_record, LEFT_ALONE)
    return Settled(document.ref, Standing.SKIPPED_NOT_DUE, None, note)


def orders_for(
    things: Iterable[Entry | Document], *, next_attempt: bool = False, ks: Mapping[str, int] | None = None
) -> list[DisposalOrder]:
    """Return orders for asking about records or documents: without a state, so that none can be acted on.

    Args:
        things: the records or documents.
        next_attempt: number them after the last attempt, so that what is gone counts as gone by it.
        ks: class to the k of its anonymised rows, where their groups are asked about.
    """
    more = 1 if next_attempt else 0
    return [
        DisposalOrder(
            one.order,
            one.ref,
            one.action if isinstance(one, Entry) else Action.DESTROY,
            StateToken(""),
            max(1, one.attempts + more),
            (ks or {}).get(one.record_class, K_ANONYMITY) if isinstance(one, Entry) else K_ANONYMITY,
        )
        for one in things
    ]
