"""End a disposal half-way: what no order was sent for stays, and what no store has told counts as failed."""

from __future__ import annotations

from contextlib import suppress

from retentiond.connectors.interface import Role
from retentiond.domain.errors import (
    ConfigurationRefused,
    DecisionRefused,
    StoreRefused,
    StoreUnavailable,
)
from retentiond.domain.lists import DisposalList, Document, Entry, ListState, Standing
from retentiond.domain.people import Person, why_not_hold
from retentiond.ledger.values import Settled
from retentiond.lifecycle.dispose import documents, records
from retentiond.lifecycle.dispose.run import ENDED, Run
from retentiond.lifecycle.manifests import read_back
from retentiond.lifecycle.proofs import why_not_approved
from retentiond.lifecycle.tools import Tools, trust_clock

NEVER_SENT = "its disposal was ended before an order for it was sent"
NEVER_TOLD = "its disposal was ended before its store told what became of it"


def end_disposal(tools: Tools, number: str, person: Person, *, reason: str) -> DisposalList:
    """Ask the stores once more what they did, act on nothing, and give everything left a fate: *failed*.

    For a list whose store is gone for good, or whose disposal must not go on. Whatever engine was still at it is
    overtaken, and can neither act nor settle anything any more. What an order was sent for, and no store tells of,
    may be gone: it is never called left alone. The list can be verified and certified afterwards, in part.

    Args:
        tools: the installation.
        number: a list that is being disposed of.
        person: a records manager, who decides it.
        reason: why; it stays in the ledger.

    Raises:
        DecisionRefused: the person may not, there is no reason, the list is not being disposed of, or what the ledger
            holds of it is not what was approved.
    """
    if why_not_hold(person):
        said = f"{person.name} is not a records manager, and only a records manager ends a disposal"
        raise DecisionRefused.about(number, said)
    if not reason.strip():
        raise DecisionRefused.about(number, "this needs a reason", "give one with --reason")
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        listed = tx.lists.get(number)
        if listed.state is not ListState.DISPOSING:
            said = f"it is {listed.state.spoken}, and only a disposal that was begun can be ended"
            raise DecisionRefused.about(number, said, _INSTEAD.get(listed.state, ""))
        frozen = read_back(tools, tx, listed)
        if frozen is None:
            raise DecisionRefused.about(number, *why_not_approved(tools, tx, number))
        epoch = tx.lists.claim(number)
        tx.events.append(ENDED, now, actor=person.id, list_number=number, body={"reason": reason})
    with tools.stores(Role.DISPOSE) as acting, tools.stores(Role.SCAN) as reading:
        run = Run(tools, number, epoch, frozen, acting, reading)
        _learn(run)
    _settle(run)
    with tools.ledger.transaction() as tx:
        tx.lists.move(number, ListState.DISPOSING, ListState.DISPOSED)
        return tx.lists.get(number)


_INSTEAD = {
    ListState.IN_REVIEW: "'retentiond list withdraw' stops it before anything is done",
    ListState.APPROVED: "'retentiond list withdraw' stops it before anything is done",
    ListState.DISPOSED: "'retentiond certificate issue' certifies what was seen",
}
_NO_ANSWER = (StoreUnavailable, StoreRefused, ConfigurationRefused)
"""A store is away, answers unsoundly, or cannot be opened as it is configured."""


def _learn(run: Run) -> None:
    """Take down what stores that still answer tell of earlier orders, each by the definition that was approved.

    By another one something else is asked, which knows nothing of these records: they would seem to be gone.
    """
    same = {one.name for one in run.tools.definitions if run.frozen.definitions.get(one.name) == one.digest}
    for entries in records.chunks(run, Standing.INTENDED):
        if entries[0].ref.store in same:
            with suppress(*_NO_ANSWER):
                records.learn(run, entries)
    for theirs in documents.chunks(run):
        if theirs[0].ref.store in same:
            with suppress(*_NO_ANSWER):
                documents.learn(run, theirs)


def _settle(run: Run) -> None:
    for standing in (Standing.INTENDED, Standing.LISTED):
        for entries in records.chunks(run, standing):
            with run.tools.ledger.transaction() as tx:
                tx.lists.settle(run.number, run.epoch, [_failed(one) for one in entries], at=run.tools.clock())
                records.spare_documents(run, tx, dict.fromkeys((one.ref for one in entries), Standing.FAILED))
    for theirs in documents.chunks(run):
        with run.tools.ledger.transaction() as tx:
            tx.lists.settle_documents(run.number, run.epoch, [_failed(one) for one in theirs], at=run.tools.clock())


def _failed(one: Entry | Document) -> Settled:
    return Settled(one.ref, Standing.FAILED, None, NEVER_TOLD if one.attempts else NEVER_SENT)
