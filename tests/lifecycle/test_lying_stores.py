from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from retentiond.connectors.interface import Role, StillClear
from retentiond.connectors.memory import MemoryStore
from retentiond.domain.errors import DecisionRefused, StoreRefused, StoreUnavailable
from retentiond.domain.findings import Finding, Found
from retentiond.domain.lists import ListState, Standing
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.records import RecordRef, StateToken
from retentiond.domain.schedule import Action
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from retentiond.lifecycle.unseen import certify_without_sight
from retentiond.lifecycle.verify import verify
from tests.lifecycle.totals import predicate, totals
from tests.lifecycle.workplace import CASES, DOCUMENTS, RITA, SAM, Odd, Workplace

Lie = Callable[[list[Receipt]], list[Receipt]]


def _of_another(receipts: list[Receipt]) -> list[Receipt]:
    order = DisposalOrder("f" * 32, RecordRef(CASES, "episode", "never sent"), Action.DESTROY, StateToken("s"), 1)
    return [*receipts, Receipt(order, Outcome.DESTROYED, Grade.A)]


def _anonymised(receipts: list[Receipt]) -> list[Receipt]:
    return [replace(one, outcome=Outcome.ANONYMISED) for one in receipts]


def _ungraded(receipts: list[Receipt]) -> list[Receipt]:
    return [replace(one, grade=None) for one in receipts]


def _graded_failure(receipts: list[Receipt]) -> list[Receipt]:
    return [replace(one, outcome=Outcome.FAILED) for one in receipts]


def _swapped_refs(receipts: list[Receipt]) -> list[Receipt]:
    one, two = receipts
    return [replace(one, order=replace(one.order, ref=two.order.ref)), two]


def _says_destroyed(orders: Sequence[DisposalOrder], still_clear: StillClear, _store: Odd) -> Sequence[Receipt]:
    still_clear(orders)
    return [Receipt(one, Outcome.DESTROYED, Grade.A) for one in orders]


LIES: dict[str, Lie] = {
    "a receipt for an order never sent": _of_another,
    "every receipt twice": lambda receipts: receipts * 2,
    "another deed than was ordered": _anonymised,
    "no grade": _ungraded,
    "a grade for a failure": _graded_failure,
    "an order's id with another record": _swapped_refs,
}


@pytest.mark.parametrize("lie", LIES)
def test_a_receipt_that_cannot_be_true_is_not_believed(workplace: Workplace, lie: str) -> None:
    """A store that answers unsoundly is refused, every order it was sent stays a question, and nothing is certified."""
    workplace.file("1", "letter"), workplace.file("2")
    number = workplace.approved()
    workplace.disposing = lambda orders, clear, store: LIES[lie](list(store.honest(orders, clear)))
    with pytest.raises(StoreRefused, match="none of its receipts is believed"):
        dispose(workplace.tools, number)
    assert workplace.listed(number).counts == {Standing.INTENDED: 2}
    assert workplace.paper("letter") is not None
    workplace.disposing = None
    assert totals(carry_through(workplace.tools, number))["destroyed"] == 2


def test_another_store_is_no_witness(workplace: Workplace) -> None:
    """What its own store still has is not seen as gone in another one that the definition leads to by now."""
    workplace.file("1")
    number = workplace.approved()
    workplace.disposing = _says_destroyed
    dispose(workplace.tools, number)
    one, *rest = workplace.tools.definitions
    workplace.changed(definitions=(replace(one, digest="0" * 64), *rest))
    theirs = workplace.stores
    workplace.stores = {**theirs, CASES: MemoryStore(kinds={"episode": {}, "contact": {}})}
    with pytest.raises(StoreRefused, match="no longer the one the list was approved through"):
        carry_through(workplace.tools, number)
    workplace.changed(definitions=(one, *rest))
    workplace.stores = theirs
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate) | {"destroyed": 0, "failed": 1} == totals(certificate)


def test_outcomes_in_another_order(workplace: Workplace) -> None:
    """Receipts in another order than the orders' are each taken for their own order."""
    one, two = workplace.file("1"), workplace.file("2")
    number = workplace.approved()
    workplace.at["intent-written"] = lambda: workplace.alter(two, names=("changed",))
    workplace.disposing = lambda orders, clear, store: list(reversed(store.honest(orders, clear)))
    dispose(workplace.tools, number)
    assert workplace.standing(number, one) is Standing.DESTROYED
    assert workplace.standing(number, two) is Standing.SKIPPED_CHANGED


def test_fewer_receipts_than_orders(workplace: Workplace) -> None:
    """An order without a receipt stays a question: the list waits, the record's document stays, the next turn asks."""
    silent, other = workplace.file("1", "letter"), workplace.file("2")
    number = workplace.approved()

    def keep_quiet(orders: Sequence[DisposalOrder], clear: StillClear, store: Odd) -> Sequence[Receipt]:
        return [one for one in store.honest(orders, clear) if one.order.ref != silent]

    workplace.disposing = keep_quiet
    with pytest.raises(StoreUnavailable, match="of 1 orders no store has told"):
        dispose(workplace.tools, number)
    assert workplace.listed(number).state is ListState.DISPOSING
    assert workplace.standing(number, silent) is Standing.INTENDED
    assert workplace.standing(number, other) is Standing.DESTROYED
    assert workplace.paper("letter") is not None
    workplace.disposing = None
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate)["destroyed"] == 2
    assert workplace.paper("letter") is None


def test_fewer_receipts_for_documents(workplace: Workplace) -> None:
    """A document without a receipt keeps the list waiting; the next turn asks and goes on."""
    workplace.file("1", "a", "b")
    number = workplace.approved()
    workplace.disposing = lambda orders, clear, store: store.honest(orders, clear)[:1]
    with pytest.raises(StoreUnavailable, match="the store gave no receipt"):
        dispose(workplace.tools, number)
    workplace.disposing = None
    carry_through(workplace.tools, number)
    assert {one.standing for one in workplace.documents(number).values()} == {Standing.DESTROYED}


def test_claimed_and_not_done(workplace: Workplace) -> None:
    """What a store claims to have destroyed and an independent read still sees is certified as failed."""
    liar, other = workplace.file("1"), workplace.file("2")
    number = workplace.approved()

    def pretend(orders: Sequence[DisposalOrder], clear: StillClear, store: Odd) -> Sequence[Receipt]:
        done = store.honest([one for one in orders if one.ref != liar], clear)
        return [*done, *(Receipt(one, Outcome.DESTROYED, Grade.A) for one in orders if one.ref == liar)]

    workplace.disposing = pretend
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate) | {"destroyed": 1, "failed": 1} == totals(certificate)
    assert b'"status":"partial"' in certificate.payload
    assert workplace.standing(number, liar) is Standing.FAILED
    assert workplace.standing(number, other) is Standing.DESTROYED
    assert {one.ref for one in scanned_due(workplace)} == {liar}


def test_claimed_anonymised_and_not_done_is_found_again(workplace: Workplace) -> None:
    """A record claimed to be anonymised that still names people is certified as failed, and the next scan finds it."""
    liar = workplace.file("1", code="EH-02")
    number = workplace.approved()
    workplace.disposing = lambda orders, _clear, _store: [Receipt(one, Outcome.ANONYMISED, Grade.A) for one in orders]
    assert totals(carry_through(workplace.tools, number))["failed"] == 1
    assert {one.ref for one in scanned_due(workplace)} == {liar}


def scanned_due(workplace: Workplace) -> list[Found]:
    """Scan, and return what is due."""
    scan(workplace.tools)
    with workplace.ledger.transaction() as tx:
        return list(tx.findings.current(Finding.DUE))


@pytest.mark.parametrize(
    ("kind", "outcome"), [("episode", Outcome.CHANGED), ("episode", Outcome.HELD), ("file", Outcome.CHANGED)]
)
def test_done_and_not_claimed(workplace: Workplace, kind: str, outcome: Outcome) -> None:
    """What a store destroys and calls left alone is a failure; the certificate counts the sights of what is claimed."""
    liar, kept = workplace.file("1", "letter"), workplace.file("2")
    number = workplace.approved()

    def deny(orders: Sequence[DisposalOrder], clear: StillClear, store: Odd) -> Sequence[Receipt]:
        done = store.honest(orders, clear)
        return [
            Receipt(one.order, outcome) if one.order.ref.kind == kind and one.order.ref != kept else one for one in done
        ]

    workplace.disposing = deny
    workplace.alter(kept, names=("somebody else",))
    certificate = carry_through(workplace.tools, number)
    assert b'"status":"partial"' in certificate.payload
    assert b'"documents_destroyed":0' in certificate.payload
    is_record = kind == "episode"
    assert totals(certificate) | {"failed": int(is_record), "skipped_changed": 1} == totals(certificate)
    found = workplace.standing(number, liar) if is_record else workplace.documents(number)["letter"].standing
    assert found is Standing.FAILED
    assert workplace.standing(number, kept) is Standing.SKIPPED_CHANGED
    checked = sum(one["checked"] for one in predicate(certificate)["verification"])
    assert checked == sum(totals(certificate)[one] for one in ("destroyed", "already_absent"))


def test_a_document_claimed_and_not_done(workplace: Workplace) -> None:
    """A document that is still seen makes the certificate a partial one, and is not counted as destroyed."""
    workplace.file("1", "letter")
    number = workplace.approved()
    workplace.disposing = lambda orders, clear, store: (
        [Receipt(one, Outcome.DESTROYED, Grade.A) for one in orders]
        if store.name == DOCUMENTS
        else store.honest(orders, clear)
    )
    certificate = carry_through(workplace.tools, number)
    assert b'"documents_destroyed":0' in certificate.payload
    assert b'"status":"partial"' in certificate.payload


def test_gone_is_never_claimed_for_already_absent(workplace: Workplace) -> None:
    """What somebody else deleted is certified as already absent, and its document stays where it is."""
    ref = workplace.file("1", "letter")
    number = workplace.approved()
    workplace.stores[CASES].remove("episode", "1")
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate) == totals(certificate) | {"already_absent": 1, "destroyed": 0, "anonymised": 0}
    assert workplace.standing(number, ref) is Standing.ALREADY_ABSENT
    assert workplace.paper("letter") is not None


@pytest.mark.parametrize("point", ["claimed", "intent-written"])
def test_deleted_by_somebody_else_meanwhile(workplace: Workplace, point: str) -> None:
    """What somebody else deletes just before our order is never counted as destroyed by us."""
    workplace.file("1", "letter")
    number = workplace.approved()
    workplace.at[point] = lambda: workplace.stores[CASES].remove("episode", "1")
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate)["already_absent"] == 1
    assert totals(certificate)["destroyed"] == 0


def test_an_unclear_sight_certifies_nothing(workplace: Workplace) -> None:
    """While the independent read gives no clear answer there is no certificate, however often it is asked."""
    workplace.file("1")
    number = workplace.approved()
    dispose(workplace.tools, number)
    workplace.inspecting = lambda orders, _store: [Sighting(one, Sight.INCONCLUSIVE) for one in orders]
    for _ in range(3):
        assert verify(workplace.tools, number).total(Sight.INCONCLUSIVE) == 1
        with pytest.raises(StoreUnavailable, match="no clear answer"):
            certify(workplace.tools, number)
    workplace.inspecting = None
    verify(workplace.tools, number)
    assert totals(certify(workplace.tools, number))["destroyed"] == 1


def test_a_person_need_not_wait_for_a_clear_answer_for_ever(workplace: Workplace) -> None:
    """What was not seen counts as failed, said on the certificate, by a records manager's decision with a reason."""
    unclear, other = workplace.file("1", "letter"), workplace.file("2")
    number = workplace.approved()
    dispose(workplace.tools, number)
    workplace.inspecting = lambda orders, store: [
        Sighting(one.order, Sight.INCONCLUSIVE) if one.order.ref.key in (unclear.key, "letter") else one
        for one in store.looked(orders)
    ]
    for person, reason, why in ((SAM, "it is gone", "not a records manager"), (RITA, " ", "needs a reason")):
        with pytest.raises(DecisionRefused, match=why):
            certify_without_sight(workplace.tools, number, person, reason=reason)
    certificate = certify_without_sight(workplace.tools, number, RITA, reason="The server was switched off.")
    assert totals(certificate) | {"destroyed": 1, "failed": 1} == totals(certificate)
    said = predicate(certificate)
    assert (said["status"], said["documents_destroyed"]) == ("partial", 0)
    assert {one["store"]: (one["checked"], one["inconclusive"]) for one in said["verification"]} == {
        CASES: (2, 1),
        DOCUMENTS: (1, 1),
    }
    assert workplace.standing(number, unclear) is Standing.FAILED
    assert workplace.standing(number, other) is Standing.DESTROYED
    assert workplace.documents(number)["letter"].standing is Standing.FAILED
    assert "unseen-counted-as-failed" in workplace.kinds_of_events()
    assert audit(workplace.tools).ok


def test_a_store_that_left_keeps_no_certificate_back(workplace: Workplace) -> None:
    """Where the store cannot even be asked again, nothing of it is certified as gone, and the rest is."""
    workplace.file("1")
    number = workplace.approved()
    dispose(workplace.tools, number)

    def refuse(name: str, _role: Role) -> None:
        raise StoreUnavailable.about(name, "it does not answer")

    workplace.opening = refuse
    certificate = certify_without_sight(workplace.tools, number, RITA, reason="It was switched off.")
    assert totals(certificate) | {"destroyed": 0, "failed": 1} == totals(certificate)


@pytest.mark.parametrize("what", ["none", "of another order", "of another record"])
def test_a_certificate_needs_a_sighting_of_each(workplace: Workplace, what: str) -> None:
    """A read that says nothing of a record, or speaks of another, certifies nothing."""
    workplace.file("1")
    number = workplace.approved()
    dispose(workplace.tools, number)
    with pytest.raises(StoreUnavailable):
        certify(workplace.tools, number)

    def look(orders: Sequence[DisposalOrder], _store: Odd) -> Sequence[Sighting]:
        other = RecordRef(CASES, "episode", "9")
        changed = {
            "none": [],
            "of another order": [replace(one, id="f" * 32) for one in orders],
            "of another record": [replace(one, ref=other) for one in orders],
        }
        return [Sighting(one, Sight.GONE) for one in changed[what]]

    workplace.inspecting = look
    verify(workplace.tools, number)
    with pytest.raises(StoreUnavailable):
        certify(workplace.tools, number)


def test_the_independent_read_has_its_own_role(workplace: Workplace) -> None:
    """The independent read is made over connections opened to verify, and of every record claimed to be gone."""
    workplace.file("1", "letter"), workplace.file("2", kind="contact")
    number = workplace.approved()
    carry_through(workplace.tools, number)
    assert {role for role, _ in workplace.inspected} == {Role.VERIFY}
    assert {order for _, order in workplace.inspected} == {one.id for one in workplace.deeds}


def test_a_store_that_asks_about_others(workplace: Workplace) -> None:
    """A store that asks whether an order is clear that was never sent is told no, and nothing breaks."""
    ref = workplace.file("1")
    number = workplace.approved()
    answered: list[object] = []

    def ask(orders: Sequence[DisposalOrder], clear: StillClear, store: Odd) -> Sequence[Receipt]:
        answered.append(set(clear([*orders, replace(orders[0], id="f" * 32)])) == {orders[0].id})
        return store.honest(orders, clear)

    workplace.disposing = ask
    dispose(workplace.tools, number)
    assert answered == [True]
    assert workplace.standing(number, ref) is Standing.DESTROYED
