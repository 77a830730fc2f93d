"""Documents of a record that live in other stores: disposed of after the record, in the state the reviewers saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from retentiond.connectors.interface import CHUNK
from retentiond.domain.lists import Document, Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Settled
from retentiond.lifecycle.dispose.run import DONE, NOTHING_CLEAR, Run, orders_for, settled
from retentiond.lifecycle.tools import mind_kill_switch

ATTEMPTS = 5
"""How often an order for a document is sent before it counts as failed and a person has to look."""


def dispose_of_documents(run: Run) -> Counter[str]:
    """Destroy the documents of records that are gone; return why how many could not be destroyed yet."""
    left: Counter[str] = Counter()
    for chunk in _chunks(run):
        undecided = _learn(run, chunk)
        left.update(_carry_out(run, undecided))
    return left


def _chunks(run: Run) -> Iterator[list[Document]]:
    after: RecordRef | None = None
    while True:
        with run.tools.ledger.transaction() as tx:
            page = tx.lists.documents(run.number, standings={Standing.INTENDED}, after=after, limit=CHUNK)
        if not page:
            return
        after = page[-1].ref
        for _, group in groupby(page, key=lambda one: (one.ref.store, one.ref.kind)):
            yield list(group)


def _learn(run: Run, documents: Sequence[Document]) -> list[Document]:
    """Settle what earlier attempts are seen to have done; return the rest."""
    tried = [one for one in documents if one.attempts]
    if not tried:
        return list(documents)
    receipts: Sequence[Receipt] = run.acting(tried[0].ref.store).dispose(
        orders_for(tried, next_attempt=True), lambda _orders: NOTHING_CLEAR
    )
    known = [one for one in receipts if one.outcome in DONE]
    with run.tools.ledger.transaction() as tx:
        tx.lists.settle_documents(run.number, run.epoch, [settled(one) for one in known], at=run.tools.clock())
    done = {one.order.ref for one in known}
    return [one for one in documents if one.ref not in done]


def _carry_out(run: Run, documents: Sequence[Document]) -> list[str]:
    """Send orders for documents and settle them; return the reasons of those that are to be tried again."""
    if not documents:
        return []
    store = documents[0].ref.store
    live = run.reading(store).fetch([one.ref for one in documents])
    with run.tools.ledger.transaction() as tx:
        held = _held(run, tx, documents)
        fates = [(one, _fate(one, live.get(one.ref), held=one.ref in held)) for one in documents]
        refused = [Settled(one.ref, fate, None, note) for one, (fate, note) in fates if fate]
        tx.lists.settle_documents(run.number, run.epoch, refused, at=run.tools.clock())
        clear = [one for one, (fate, _) in fates if not fate]
        tx.lists.intend_documents(run.number, run.epoch, [one.ref for one in clear])
    run.tools.passing("document-intent-written")
    if not clear:
        return []
    orders = [
        DisposalOrder(one.order, one.ref, Action.DESTROY, StateToken(one.state), one.attempts + 1) for one in clear
    ]
    receipts = run.acting(store).dispose(orders, lambda asked: _still_clear(run, clear, asked))
    run.tools.passing("document-store-acted")
    again = {one.ref for one in clear if one.attempts + 1 < ATTEMPTS}
    failed = [one for one in receipts if one.outcome is Outcome.FAILED and one.order.ref in again]
    final = [one for one in receipts if one not in failed]
    with run.tools.ledger.transaction() as tx:
        tx.lists.settle_documents(run.number, run.epoch, [settled(one) for one in final], at=run.tools.clock())
    run.tools.passing("document-receipts-written")
    return [one.reason for one in failed]


def _fate(document: Document, live: Record | None, *, held: bool) -> tuple[Standing | None, str]:
    if live is None:
        return Standing.ALREADY_ABSENT, "it was gone before any order was sent"
    if held or live.native_holds:
        return Standing.SKIPPED_HELD, "a hold covers it"
    if live.state != document.state:
        return Standing.SKIPPED_CHANGED, "it changed since its record was reviewed"
    return None, ""


def _still_clear(run: Run, documents: Sequence[Document], orders: Sequence[DisposalOrder]) -> set[str]:
    mind_kill_switch(run.tools)
    with run.tools.ledger.transaction() as tx:
        held = _held(run, tx, documents)
    return {one.id for one in orders if one.ref not in held}


def _held(run: Run, tx: Transaction, documents: Sequence[Document]) -> set[RecordRef]:
    """Return the documents whose record a hold covers, or may cover.

    The record is gone, and with it the references of the people it was about; a hold on a person is therefore taken
    to cover every document it does not rule out otherwise.
    """
    holds = [one for one in tx.holds.active() if one.in_force]
    if not holds:
        return set()
    held: set[RecordRef] = set()
    for one in documents:
        entry = tx.lists.entry(run.number, one.parent)
        parent = Record(entry.ref, entry.reference, entry.record_class, {}, StateToken(""))
        if any(replace(hold.scope, subjects=frozenset()).covers(parent) for hold in holds):
            held.add(one.ref)
    return held
