"""Dispose: carry out an approved list. The order is durable before the store is touched, the receipt before the next.

What holds at every instant, also after a crash at any of them:

1. Nothing is sent to a store before an intent for it is committed to the ledger, past the whole gate.
2. A record is read live and judged just before its intent is written; the store compares its state again under its
   own lock, and asks for holds once more before it commits.
3. An intent without a receipt is a question, not a deed. It is answered by the store before anything else is done:
   an order sent with nothing clear can only tell the truth of earlier attempts, never act.
4. An order that the store was never told to carry out is no attempt: what is gone then was taken by somebody else.
5. Documents of a record go only after the record itself has gone, and only in the state the reviewers saw.
"""

from __future__ import annotations

from retentiond.connectors.interface import Role
from retentiond.domain.errors import DecisionRefused, StoreUnavailable
from retentiond.domain.lists import DisposalList, ListState
from retentiond.domain.people import Person
from retentiond.evidence import predicates
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.dispose.documents import PATIENCE, dispose_of_documents
from retentiond.lifecycle.dispose.records import dispose_of_records
from retentiond.lifecycle.dispose.run import ENDED, Run, orders_for
from retentiond.lifecycle.gate import open_gate, open_manifest
from retentiond.lifecycle.manifests import register
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools, mind_definitions

__all__ = ["dispose", "orders_for"]


def dispose(tools: Tools, number: str, *, by: Person | None = None) -> DisposalList:
    """Carry out an approved list whose cooling-off period has ended, or go on where an earlier turn stopped.

    Args:
        tools: the installation.
        number: the list.
        by: who started it; None when the daemon did.

    Raises:
        DecisionRefused: the list is not approved by everybody its classes require, for exactly what it holds, or a
            person ended its disposal.
        DisposalStopped: a belt, the kill switch or the cooling-off period; nothing was done.
        StoreRefused: a store is not as its definition says; nothing was done.
        StoreUnavailable: a store did not answer; the list stays as it is and the next turn goes on.
    """
    with tools.ledger.transaction() as tx:
        open_gate(tools, tx, number)
        stores = tx.lists.stores(number)
    mind_definitions(tools, stores)
    with tools.ledger.transaction() as tx:
        listed = open_gate(tools, tx, number)
        _mind_ended(tx, number)
        frozen = open_manifest(tools, tx, listed)
        epoch = tx.lists.claim(number)
        if listed.state is ListState.APPROVED:
            _record_start(tools, tx, listed, by)
    tools.passing("claimed")
    with tools.stores(Role.DISPOSE) as acting, tools.stores(Role.SCAN) as reading:
        run = Run(tools, number, epoch, frozen, acting, reading)
        unknown = dispose_of_records(run)
        if unknown:
            raise StoreUnavailable.about(
                number, f"of {unknown} orders no store has told what became of them", "the next turn asks again"
            )
        left = dispose_of_documents(run)
    if left:
        why = ", ".join(sorted(left))
        raise StoreUnavailable.about(
            number,
            f"{left.total()} of the documents of destroyed records could not be destroyed yet ({why})",
            f"the next turn tries again; what stays held or blocked for {PATIENCE.days} days is then left for a person",
        )
    with tools.ledger.transaction() as tx:
        tx.lists.move(number, ListState.DISPOSING, ListState.DISPOSED)
        tx.events.append("list-disposed", tools.clock(), actor=by.id if by else "", list_number=number)
        return tx.lists.get(number)


def _mind_ended(tx: Transaction, number: str) -> None:
    """Refuse to go on with what a person ended: while stores are asked what they did, and where that was broken off."""
    if tx.events.of_list(number, ENDED):
        said = "a records manager ended its disposal, and nothing more is disposed of"
        raise DecisionRefused.about(number, said, "'retentiond list end' gives what is left its fate")


def _record_start(tools: Tools, tx: Transaction, listed: DisposalList, by: Person | None) -> None:
    approvals = [tx.log.index_of_event(seq) for seq in tx.lists.approval_events(listed.number)]
    record(
        tools,
        tx,
        "run-started",
        lambda base: predicates.run_started(
            base,
            list_no=listed.number,
            proposal_sha256=listed.digest,
            approvals=[one for one in approvals if one is not None],
            stages=listed.stages,
            holds=register(tools, tx),
        ),
        subjects=[(f"{listed.number}/{listed.revision}/proposal", listed.digest)],
        operator=by,
        list_number=listed.number,
    )
