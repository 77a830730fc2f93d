"""Documents of a record that live in other stores: disposed of after the record, in the state the reviewers saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby

from retentiond.connectors.interface import CHUNK
from retentiond.domain.lists import Document, Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Settled
from retentiond.lifecycle.dispose.run import (
    DONE,
    GONE,
    NOTHING_CLEAR,
    Run,
    answers,
    orders_for,
    record_refused,
    settled,
    spare,
)
from retentiond.lifecycle.dispose.sending import sent
from retentiond.lifecycle.dispose.shared import LastQuestion

ATTEMPTS = 5
"""How often an order for a document is sent before it counts as failed and a person has to look."""

PATIENCE = timedelta(days=14)
"""How long a list waits for documents that are held or blocked, from the first one on, until a person has to look.

Its record is gone, so nothing else would ever come back to it: a file that was open for a minute, or a hold that is
lifted next week, must not leave it behind for good. Nor may one that stays keep the list from its certificate.
"""

_WAITING = "documents-waiting"
"""Event: a document could not be destroyed yet, for the first time. Patience begins here and not with the list: a store
may have been out of reach for longer, and what is open for a minute after that is to be tried again all the same."""
_FAILED = "document-order-failed"
"""Event: the store answered that an order for a document failed, and it is to be sent again."""
_NOT_OURS = "the store answered that every order for it failed, and it is gone all the same: by whom is not known"
_PASSING = frozenset({Standing.SKIPPED_HELD, Standing.SKIPPED_NOT_DUE})
_UNKNOWN = "it is not as it was reviewed, and what an earlier order did to it is not known"


@dataclass(frozen=True, slots=True)
class _Patience:
    """Whether what is held or blocked is tried again by a later turn, and of which orders that is an event already."""

    is_left: bool
    told: frozenset[str]

    def waits(self, fate: Standing | None) -> bool:
        return self.is_left and fate in _PASSING


def dispose_of_documents(run: Run) -> Counter[str]:
    """Destroy the documents of records that are gone; return why how many could not be destroyed yet."""
    left: Counter[str] = Counter()
    patience = _patience(run)
    for chunk in chunks(run):
        with run.tools.ledger.transaction() as tx:
            standings = tx.lists.standings(run.number, {one.parent for one in chunk})
        gone = {ref: standing for ref, standing in standings.items() if standing in GONE}
        _spare(run, [spare(one, standings[one.parent]) for one in chunk if one.parent not in gone])
        undecided = learn(run, [one for one in chunk if one.parent in gone])
        waiting = _carry_out(run, undecided, gone, patience)
        if waiting and not left:
            _remember_waiting(run)
        left.update(waiting)
    return left


def _remember_waiting(run: Run) -> None:
    with run.tools.ledger.transaction() as tx:
        if not tx.events.of_list(run.number, _WAITING):
            tx.events.append(_WAITING, run.tools.clock(), list_number=run.number)


def _patience(run: Run) -> _Patience:
    with run.tools.ledger.transaction() as tx:
        events = tx.events.of_list(run.number, _WAITING, "order-refused")
    began = min((one.at for one in events if one.kind == _WAITING), default=run.tools.clock())
    told = {str(one.body["order"]) for one in events if one.kind == "order-refused"}
    return _Patience(run.tools.clock() < began + PATIENCE, frozenset(told))


def _spare(run: Run, fates: Sequence[Settled]) -> None:
    if fates:
        with run.tools.ledger.transaction() as tx:
            tx.lists.settle_documents(run.number, run.epoch, fates, at=run.tools.clock())


def chunks(run: Run) -> Iterator[list[Document]]:
    """Yield the list's documents without a fate whose turn has come, at most a batch of one kind of a store at once."""
    after: RecordRef | None = None
    while True:
        with run.tools.ledger.transaction() as tx:
            page = tx.lists.documents(run.number, standings={Standing.INTENDED}, after=after, limit=CHUNK)
        if not page:
            return
        after = page[-1].ref
        for _, group in groupby(page, key=lambda one: (one.ref.store, one.ref.kind)):
            yield list(group)


def learn(run: Run, documents: Sequence[Document]) -> list[Document]:
    """Settle what earlier attempts are seen to have done; return the rest."""
    tried = [one for one in documents if one.attempts]
    if not tried:
        return list(documents)
    store = tried[0].ref.store
    orders = orders_for(tried, next_attempt=True)
    receipts = answers(store, orders, run.acting(store).dispose(orders, lambda _orders: NOTHING_CLEAR))
    lost = _answers_lost(run, tried)
    known = [_owned(one, ours=one.order.ref in lost) for one in receipts if one.outcome in DONE]
    with run.tools.ledger.transaction() as tx:
        tx.lists.settle_documents(run.number, run.epoch, [settled(one) for one in known], at=run.tools.clock())
    done = {one.order.ref for one in known}
    return [one for one in documents if one.ref not in done]


def _answers_lost(run: Run, tried: Iterable[Document]) -> set[RecordRef]:
    """Return the documents for which an order was sent that no answer came to: it may have destroyed them."""
    with run.tools.ledger.transaction() as tx:
        answered = Counter(str(one.body["order"]) for one in tx.events.of_list(run.number, _FAILED))
    return {one.ref for one in tried if one.attempts > answered[one.order]}


def _owned(receipt: Receipt, *, ours: bool) -> Receipt:
    """Return a receipt for what is gone that claims no deed which the store itself has denied."""
    return receipt if ours else replace(receipt, outcome=Outcome.FAILED, grade=None, reason=_NOT_OURS)


def _carry_out(
    run: Run, documents: Sequence[Document], gone: Mapping[RecordRef, Standing], patience: _Patience
) -> list[str]:
    """Send orders for documents and settle them; return the reasons of those that are to be tried again."""
    if not documents:
        return []
    store = documents[0].ref.store
    live = run.reading(store).fetch([one.ref for one in documents])
    with run.tools.ledger.transaction() as tx:
        held = _held(run, tx, documents, live)
        fates = [(one, _fate(run, one, live.get(one.ref), held=one.ref in held)) for one in documents]
        refused = [
            Settled(one.ref, fate, None, note) for one, (fate, note) in fates if fate and not patience.waits(fate)
        ]
        tx.lists.settle_documents(run.number, run.epoch, refused, at=run.tools.clock())
        stopped = [one.order for one, (fate, _) in fates if fate is Standing.SKIPPED_HELD]
        record_refused(run, tx, [one for one in stopped if one not in patience.told])
        clear = [one for one, (fate, _) in fates if not fate]
        tx.lists.intend_documents(run.number, run.epoch, [one.ref for one in clear])
    run.tools.passing("document-intent-written")
    waiting = [note for _, (fate, note) in fates if patience.waits(fate)]
    if not clear:
        return waiting
    orders = [
        DisposalOrder(one.order, one.ref, Action.DESTROY, StateToken(one.state), one.attempts + 1) for one in clear
    ]
    question = LastQuestion(run, gone, clear, lambda tx: _held(run, tx, clear, live))
    receipts = sent(
        run,
        orders,
        question.still_clear,
        lambda tx, refs: tx.lists.documents_not_attempted(run.number, refs),
    )
    run.tools.passing("document-store-acted")
    again = {one.ref for one in clear if one.attempts + 1 < ATTEMPTS}
    told = [(one, question.told(one)) for one in receipts]
    alone = [one for one, said in told if said is one]
    final, tried = _parted(alone, again, patience)
    final += [said for one, said in told if said is not one]
    with run.tools.ledger.transaction() as tx:
        tx.lists.settle_documents(run.number, run.epoch, [settled(one) for one in final], at=run.tools.clock())
        untouched = [one.order.ref for one in tried if one.outcome is Outcome.HELD]
        tx.lists.documents_not_attempted(run.number, untouched)
        stopped = [one.order.id for one in alone if one.outcome is Outcome.HELD]
        record_refused(run, tx, [one for one in stopped if one not in patience.told])
        for one in tried:
            if one.outcome is Outcome.FAILED:
                tx.events.append(_FAILED, run.tools.clock(), list_number=run.number, body={"order": one.order.id})
    run.tools.passing("document-receipts-written")
    silent = ["the store gave no receipt"] * (len(orders) - len(receipts))
    return [*waiting, *(one.reason for one in tried), *silent]


def _parted(
    receipts: Sequence[Receipt], again: Collection[RecordRef], patience: _Patience
) -> tuple[list[Receipt], list[Receipt]]:
    """Return the receipts that are final, and those of orders that are to be tried again.

    One that failed half-way, with something done already, is final: what is left is not what was reviewed.
    """
    final: list[Receipt] = []
    tried: list[Receipt] = []
    for one in receipts:
        failed = one.outcome is Outcome.FAILED and not one.evidence and one.order.ref in again
        is_open = failed or (one.outcome is Outcome.HELD and patience.is_left)
        (tried if is_open else final).append(_half_way(one))
    return final, tried


def _half_way(receipt: Receipt) -> Receipt:
    """Return a receipt that does not count as left alone what an earlier order may have destroyed in part."""
    if receipt.outcome is not Outcome.CHANGED or receipt.order.attempt == 1:
        return receipt
    return replace(receipt, outcome=Outcome.FAILED, reason=_UNKNOWN)


def _fate(run: Run, document: Document, live: Record | None, *, held: bool) -> tuple[Standing | None, str]:
    if not run.frozen.holds_document(document):
        return Standing.FAILED, "it is not what was approved as the ledger has it"
    if live is None and document.attempts:
        return None, ""
    if live is None:
        return Standing.ALREADY_ABSENT, "it was gone before any order was sent"
    if live.state != document.state and document.attempts:
        return Standing.FAILED, _UNKNOWN  # also where it is held or blocked by now: that would say it was left alone
    if held or live.native_holds:
        return Standing.SKIPPED_HELD, "a hold covers it"
    if live.record_class:
        return Standing.SKIPPED_CHANGED, "it is a record of its own by now"
    if live.blockers:
        return Standing.SKIPPED_NOT_DUE, f"its store gives a reason why not now: {', '.join(live.blockers)}"
    if live.state != document.state:
        return Standing.SKIPPED_CHANGED, "it changed since its record was reviewed"
    return None, ""


def _held(run: Run, tx: Transaction, documents: Sequence[Document], live: Mapping[RecordRef, Record]) -> set[RecordRef]:
    """Return the documents that a hold covers, or whose record one covers or may cover.

    The record is gone, and with it the references of the people it was about; a hold on a person is therefore taken
    to cover every document it does not rule out otherwise.
    """
    holds = tx.holds.active()
    if not holds:
        return set()
    held: set[RecordRef] = set()
    for one in documents:
        entry = tx.lists.entry(run.number, one.parent)
        parent = Record(entry.ref, entry.reference, entry.record_class, {}, StateToken(""))
        itself = live.get(one.ref) or Record(one.ref, "", None, {}, StateToken(""))
        if any(replace(hold.scope, subjects=frozenset()).covers_document(itself, parent) for hold in holds):
            held.add(one.ref)
    return held
