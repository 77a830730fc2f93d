"""Orders that come to an end half-way: what was destroyed in part is a failure for a person, never left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from retentiond.connectors.interface import Capabilities, StillClear
from retentiond.connectors.memory import MemoryConnector
from retentiond.domain.errors import Fault, StoreRefused, StoreUnavailable
from retentiond.domain.lists import Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.records import RecordRef
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.verify import verify
from tests.lifecycle.totals import predicate
from tests.lifecycle.workplace import CASES, DOCUMENTS, Odd, Workplace

HALF = "1 of 2 versions destroyed: AccessDenied"


def _halves(workplace: Workplace, kind: str, *, lost: bool) -> None:
    """Have a store destroy half of a record of a kind, and say so or lose the reply."""

    def halving(orders: Sequence[DisposalOrder], still_clear: StillClear, store: Odd) -> Sequence[Receipt]:
        cleared = still_clear(orders)
        going = [one for one in orders if one.id in cleared and one.ref.kind == kind]
        if not going:
            return store.honest(orders, still_clear)
        for one in going:
            workplace.alter(one.ref, names=(uuid4().hex,))
        if lost:
            raise StoreUnavailable.about(store.name, "the reply was lost")
        evidence = {"versions destroyed": 1, "versions left": 1}
        return [Receipt(one, Outcome.FAILED, evidence=evidence, reason=HALF) for one in going]

    workplace.disposing = halving


def test_a_document_destroyed_in_part_is_not_tried_again(workplace: Workplace) -> None:
    """What is left is not what was reviewed: the order is final at once, with what was done as its reason."""
    workplace.file("1", "letter")
    number = workplace.approved()
    _halves(workplace, "file", lost=False)
    dispose(workplace.tools, number)
    (document,) = workplace.documents(number).values()
    assert (document.standing, document.attempts) == (Standing.FAILED, 1)


def test_a_document_found_changed_after_a_lost_reply_is_a_failure(workplace: Workplace) -> None:
    """Whether it was our own order that changed it nobody knows, so it is not counted as left alone."""
    workplace.file("1", "letter")
    number = workplace.approved()
    _halves(workplace, "file", lost=True)
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    workplace.disposing = None
    dispose(workplace.tools, number)
    (document,) = workplace.documents(number).values()
    assert document.standing is Standing.FAILED
    assert workplace.paper("letter") is not None


def test_a_document_destroyed_in_part_and_held_since_is_a_failure(workplace: Workplace) -> None:
    """A hold placed after half of it went does not make it one that was left alone."""
    workplace.file("1", "letter")
    number = workplace.approved()
    _halves(workplace, "file", lost=True)
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    workplace.disposing = None
    workplace.hold(stores=[DOCUMENTS])
    dispose(workplace.tools, number)
    assert workplace.documents(number)["letter"].standing is Standing.FAILED


def test_a_document_of_which_only_remains_are_left_is_a_failure(workplace: Workplace) -> None:
    """Its versions went and the reply was lost; a store that finds only an unfinished upload of it says *changed*."""
    workplace.file("1", "letter")
    number = workplace.approved()

    def losing(orders: Sequence[DisposalOrder], still_clear: StillClear, store: Odd) -> Sequence[Receipt]:
        if orders[0].ref.store != DOCUMENTS:
            return store.honest(orders, still_clear)
        if not still_clear(orders) or workplace.paper("letter") is None:
            return [Receipt(one, Outcome.CHANGED, reason="it is not as it was reviewed") for one in orders]
        workplace.stores[DOCUMENTS].remove("file", "letter")
        raise StoreUnavailable.about(store.name, "the reply was lost")

    workplace.disposing = losing
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    dispose(workplace.tools, number)
    assert workplace.documents(number)["letter"].standing is Standing.FAILED


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(("atomic", "fate"), [(True, Standing.SKIPPED_CHANGED), (False, Standing.FAILED)])
def test_a_record_found_changed_after_a_lost_reply(
    workplace: Workplace,
    atomic: bool,  # noqa: FBT001 - a parameter of the test
    fate: Standing,
    held: bool,  # noqa: FBT001 - a parameter of the test
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A store that does all of an order or nothing has left it alone; of any other that cannot be said, held or not."""
    whole = MemoryConnector.capabilities.fget  # type: ignore[attr-defined] # it is a property

    def capabilities(store: MemoryConnector) -> Capabilities:
        found: Capabilities = whole(store)
        return replace(found, atomic_batches=atomic)

    monkeypatch.setattr(MemoryConnector, "capabilities", property(capabilities))
    ref = workplace.file("1")
    number = workplace.approved()
    _halves(workplace, "episode", lost=True)
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    workplace.disposing = None
    if held:
        workplace.hold(records=[str(ref)])
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is (Standing.SKIPPED_HELD if held and atomic else fate)
    assert workplace.kept(ref) is not None


def test_a_document_that_is_blocked_keeps_its_case(workplace: Workplace) -> None:
    """A reason of the documents' store why not now is one of the whole record, and stops a document by itself too."""
    from retentiond.lifecycle.wholes import fetch_wholes

    ref = workplace.file("1", "letter")
    number = workplace.approved()
    letter = RecordRef(DOCUMENTS, "file", "letter")

    def blocking() -> None:
        workplace.alter(letter, blockers=("locked-away",))

    workplace.at["receipts-written"] = blocking
    with pytest.raises(StoreUnavailable, match="locked-away"):
        dispose(workplace.tools, number)
    (document,) = workplace.documents(number).values()
    assert (workplace.standing(number, ref), document.standing) == (Standing.DESTROYED, Standing.INTENDED)
    other = workplace.file("2", "paper")
    workplace.alter(RecordRef(DOCUMENTS, "file", "paper"), blockers=("locked-away",))
    with workplace.tools.stores(role="scan") as store:  # type: ignore[arg-type] # any role will do
        assert fetch_wholes(workplace.tools, store, [other])[other].record.blockers == (f"locked-away ({DOCUMENTS})",)
    assert ref.store == CASES


def test_a_remark_about_a_store_stands_in_nobodys_way(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a store's check only remarks upon is told, and gathering goes on; a fault stops it."""
    ref = workplace.file("1")
    said = [Fault(CASES, "2 unfinished uploads under keys that are no records", is_remark=True)]
    monkeypatch.setattr(MemoryConnector, "check", lambda _store: said)
    assert set(workplace.entries(workplace.gathered(ref).number)) == {"1"}
    said.append(Fault(CASES, "the bucket is replicated"))
    workplace.file("2")
    with pytest.raises(StoreRefused) as refusal:
        workplace.gathered()
    assert refusal.value.faults == (said[1],)


def test_a_document_that_was_held_and_that_somebody_else_took_is_not_ours(workplace: Workplace) -> None:
    """A store that held a document back did nothing to it: found gone by the next turn it is not called destroyed."""
    workplace.file("1", "letter")
    number = workplace.approved()
    workplace.at["document-intent-written"] = lambda: workplace.hold(stores=[DOCUMENTS])
    with pytest.raises(StoreUnavailable, match="a hold was placed at the last moment"):
        dispose(workplace.tools, number)
    workplace.at.clear()
    workplace.stores[DOCUMENTS].remove("file", "letter")
    dispose(workplace.tools, number)
    assert workplace.documents(number)["letter"].standing is Standing.ALREADY_ABSENT


@pytest.mark.parametrize("answered", [True, False])
def test_a_document_whose_order_failed_and_that_somebody_else_took_is_not_ours(
    workplace: Workplace, *, answered: bool
) -> None:
    """A store that said no is believed: what is gone by the next turn was destroyed only where a reply was lost."""
    workplace.file("1", "letter")
    number = workplace.approved()

    def refusing(orders: Sequence[DisposalOrder], still_clear: StillClear, store: Odd) -> Sequence[Receipt]:
        if store.name != DOCUMENTS or not still_clear(orders):
            return store.honest(orders, still_clear)
        if not answered and orders[0].attempt == 2:
            raise StoreUnavailable.about(store.name, "the reply was lost")
        return [Receipt(one, Outcome.FAILED, reason="the store refused: AccessDenied") for one in orders]

    workplace.disposing = refusing
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            dispose(workplace.tools, number)
    workplace.disposing = None
    workplace.stores[DOCUMENTS].remove("file", "letter")
    dispose(workplace.tools, number)
    (document,) = workplace.documents(number).values()
    assert document.standing is (Standing.FAILED if answered else Standing.DESTROYED)
    verify(workplace.tools, number)
    assert predicate(certify(workplace.tools, number))["documents_destroyed"] == (not answered)
    assert audit(workplace.tools).ok
