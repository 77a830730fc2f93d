"""Records: learn what became of earlier orders, then take what is left past the gate and have the stores act."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from retentiond.connectors.interface import CHUNK
from retentiond.domain.anonymity import K_ANONYMITY
from retentiond.domain.lists import Entry, Standing
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight
from retentiond.domain.records import RecordRef
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Settled
from retentiond.lifecycle.dispose.run import (
    DEED_OF,
    DONE,
    FATE_OF,
    GONE,
    NOTHING_CLEAR,
    Run,
    answers,
    mind_turn,
    orders_for,
    record_refused,
    settled,
    spare,
)
from retentiond.lifecycle.dispose.sending import sent
from retentiond.lifecycle.gate import Passed, open_gate, pass_gate
from retentiond.lifecycle.wholes import Whole, fetch_wholes, is_held

_SEEN = {Sight.ANONYMISED: Outcome.ANONYMISED, Sight.PSEUDONYMISED: Outcome.PSEUDONYMISED}


def dispose_of_records(run: Run) -> int:
    """Give every record of the list a fate; return of how many the stores have not told it."""
    for chunk in chunks(run, Standing.INTENDED):
        learn(run, chunk)
    for standing in (Standing.INTENDED, Standing.LISTED):
        for chunk in chunks(run, standing):
            _carry_out(run, chunk)
    return sum(len(chunk) for chunk in chunks(run, Standing.INTENDED))


def chunks(run: Run, standing: Standing) -> Iterator[list[Entry]]:
    """Yield the list's entries of one standing, at most a batch of one kind of one store at a time."""
    after: RecordRef | None = None
    while True:
        with run.tools.ledger.transaction() as tx:
            page = tx.lists.entries(run.number, {standing}, after=after, limit=CHUNK)
        if not page:
            return
        after = page[-1].ref
        for _, group in groupby(page, key=lambda one: (one.ref.store, one.ref.kind)):
            yield list(group)


def learn(run: Run, entries: Sequence[Entry]) -> Mapping[RecordRef, Receipt]:
    """Ask the store what became of orders whose receipts never reached the ledger; act on nothing.

    Returns:
        What the store answered of each record. The fate of those that are done is known now.
    """
    store = entries[0].ref.store
    orders = orders_for(entries, next_attempt=True)
    receipts = answers(store, orders, run.acting(store).dispose(orders, lambda _orders: NOTHING_CLEAR))
    known = [one for one in receipts if one.outcome in DONE]
    tried = {one.ref for one in entries if one.attempts}
    open_orders = [
        one.order
        for one in receipts
        if one.outcome not in DONE and one.order.action.rewrites and one.order.ref in tried
    ]
    if open_orders:
        for sighting in run.acting(store).inspect(open_orders):
            outcome = _SEEN.get(sighting.sight)
            if outcome is not None and DEED_OF[outcome] is sighting.order.action:
                grade = Grade.A if sighting.receipt_in_store else Grade.B
                known.append(Receipt(sighting.order, outcome, grade, {}, "seen after a lost reply"))
    _settle(run, known)
    run.tools.passing("fates-learnt")
    return {one.order.ref: one for one in (*receipts, *known)}


def _carry_out(run: Run, entries: Sequence[Entry]) -> None:
    """Take one chunk past the gate, write its intent, have the store act, write its receipts."""
    wholes = fetch_wholes(run.tools, run.reading, [one.ref for one in entries])
    with run.tools.ledger.transaction() as tx:
        open_gate(run.tools, tx, run.number)
        passed = pass_gate(run.judging, tx, run.frozen, entries, wholes)
        refused = [one for one in passed if one.fate]
        _settle_refused(run, tx, [one for one in refused if not one.entry.attempts])
        clear = [one for one in passed if not one.fate]
        now = run.tools.clock()
        tx.lists.intend(run.number, run.epoch, [one.entry.ref for one in clear], at=now)
    _settle_doubtful(run, [one for one in refused if one.entry.attempts])
    run.tools.passing("intent-written")
    if not clear:
        return
    found = {one.entry.order: one.whole for one in clear if one.whole}
    ks = run.tools.ks()
    orders = [
        DisposalOrder(
            one.entry.order,
            one.entry.ref,
            one.entry.action,
            one.whole.record.state,
            one.entry.attempts + 1,
            ks.get(one.entry.record_class, K_ANONYMITY),
        )
        for one in clear
        if one.whole
    ]
    receipts = sent(
        run,
        orders,
        lambda asked: _still_clear(run, asked, found),
        lambda tx, refs: tx.lists.not_attempted(run.number, refs),
    )
    run.tools.passing("store-acted")
    _settle(run, receipts)
    run.tools.passing("receipts-written")


def _settle_doubtful(run: Run, refused: Sequence[Passed]) -> None:
    """Settle what the gate refuses although an order was once sent for it.

    A dead or overtaken turn may have acted since its fate was asked for, so that the record is gone or other than it
    was by our own deed. The store is asked once more; one that is gone without an answer stays a question.
    """
    if not refused:
        return
    answered = learn(run, [one.entry for one in refused])
    open_still = [one for one in refused if one.entry.ref not in answered or not _is_done(answered[one.entry.ref])]
    left = [one for one in open_still if one.fate is not Standing.ALREADY_ABSENT]
    if not run.acting(refused[0].entry.ref.store).capabilities.atomic_batches:
        left = [_half_way(one) for one in left]
    gone = [one for one in open_still if one.fate is Standing.ALREADY_ABSENT and one.entry.ref in answered]
    left += [_remaining(one, answer) for one in gone if (answer := answered[one.entry.ref]).outcome in _LEAVES]
    with run.tools.ledger.transaction() as tx:
        _settle_refused(run, tx, left)


_LEAVES = frozenset({Outcome.FAILED, Outcome.CHANGED})
"""What a store answers about a record that cannot be read any more, and of which something is left all the same."""


def _is_done(receipt: Receipt) -> bool:
    return receipt.outcome in DONE


def _remaining(gone: Passed, receipt: Receipt) -> Passed:
    """Account for a record that is gone, of which its store says that something is left: a person has to look."""
    note = f"the record is gone, and something of it is left: {receipt.reason}"
    return replace(gone, fate=Standing.FAILED, note=note)


def _half_way(refused: Passed) -> Passed:
    """Tell a record that changed by somebody's hand from one that an earlier order may have destroyed in part.

    Only a store that does all of an order or nothing can have left alone what is not as it was reviewed. That it is
    held by now says nothing about what it was before.
    """
    if refused.whole is None or refused.whole.state == refused.entry.state:
        return refused
    note = "it is not as it was reviewed, and what an earlier order did to it is not known"
    return replace(refused, fate=Standing.FAILED, note=note)


def _settle(run: Run, receipts: Sequence[Receipt]) -> None:
    with run.tools.ledger.transaction() as tx:
        tx.lists.settle(run.number, run.epoch, [settled(one) for one in receipts], at=run.tools.clock())
        spare_documents(run, tx, {one.order.ref: FATE_OF[one.outcome] for one in receipts})
        record_refused(run, tx, [one.order.id for one in receipts if one.outcome is Outcome.HELD])


def _settle_refused(run: Run, tx: Transaction, refused: Collection[Passed]) -> None:
    fates = [Settled(one.entry.ref, one.fate, None, one.note) for one in refused if one.fate]
    tx.lists.settle(run.number, run.epoch, fates, at=run.tools.clock())
    spare_documents(run, tx, {one.entry.ref: one.fate for one in refused if one.fate})
    record_refused(run, tx, [one.entry.order for one in refused if one.fate is Standing.SKIPPED_HELD])


def spare_documents(run: Run, tx: Transaction, fates: Mapping[RecordRef, Standing]) -> None:
    """Leave alone the documents of records that were themselves left alone, or that somebody else took away."""
    spared = {ref: fate for ref, fate in fates.items() if fate not in GONE}
    if not spared:
        return
    documents = tx.lists.documents(run.number, parents=spared, limit=10**9)
    tx.lists.settle_documents(
        run.number, run.epoch, [spare(one, spared[one.parent]) for one in documents], at=run.tools.clock()
    )


def _still_clear(run: Run, orders: Sequence[DisposalOrder], found: dict[str, Whole]) -> set[str]:
    """Judge once more, inside the store's own transaction, so that a hold placed meanwhile still wins."""
    with run.tools.ledger.transaction() as tx:
        mind_turn(run, tx)
        holds = tx.holds.active()
    run.tools.passing("asked-again")
    return {one.id for one in orders if one.id in found and not is_held(found[one.id], holds)}
