"""Laws of disposal that happens: what was ordered is done, all of it and nothing else, and told truly."""
# ruff: noqa: S101 - these are tests that ship with the package

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from retentiond.connectors.conformance.store import CLOSED, StoreUnderTest, all_clear
from retentiond.connectors.interface import Role
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Sight
from retentiond.domain.schedule import Action


class DisposingLaws:
    """An order is carried out once, leaves nothing, and its receipt claims no more than happened."""

    def test_what_is_destroyed_leaves_no_trace(self, store: StoreUnderTest) -> None:
        """After a destruction nothing is left: no row, no version, no marker, no file."""
        ref = store.seed("doomed", CLOSED, "doomed")
        store.touch(ref)
        (receipt,) = store.disposed(store.order(ref))
        assert (receipt.outcome, receipt.grade) == (Outcome.DESTROYED, Grade.A)
        assert store.traces(ref) == 0
        assert store.fetched(ref) == {}

    def test_only_what_was_ordered_is_destroyed(self, store: StoreUnderTest) -> None:
        """One order destroys one record, though its key begins others; every other record stays as it was."""
        refs = [store.seed(key, CLOSED, key) for key in store.awkward_keys]
        before = store.fetched(*refs)
        store.disposed(store.order(refs[0]))
        assert store.fetched(*refs) == {ref: before[ref] for ref in refs[1:]}

    def test_receipts_come_one_each_in_order(self, store: StoreUnderTest) -> None:
        """Each order gets its own receipt, in the order they were given, and evidence of a deed."""
        orders = [store.order(store.seed(key, CLOSED, key)) for key in store.awkward_keys]
        orders.reverse()
        receipts = store.disposed(*orders)
        assert [receipt.order for receipt in receipts] == orders
        assert {receipt.outcome for receipt in receipts} == {Outcome.DESTROYED}
        assert all(sum(n for n in one.evidence.values() if isinstance(n, int)) > 0 for one in receipts)

    def test_a_receipt_has_a_grade_when_and_only_when_something_was_done(self, store: StoreUnderTest) -> None:
        """Destroyed and anonymised have a grade of evidence, every other outcome has none."""
        changed, done = (store.order(store.seed(key, CLOSED, key)) for key in ("changed", "done"))
        store.touch(changed.ref)
        absent = store.order_on_absent(attempt=1)
        graded = {receipt.outcome: receipt.grade is not None for receipt in store.disposed(changed, done, absent)}
        assert graded == {Outcome.CHANGED: False, Outcome.DESTROYED: True, Outcome.ALREADY_ABSENT: False}

    def test_already_absent_is_never_destroyed(self, store: StoreUnderTest) -> None:
        """A record that is not there at the first attempt was not destroyed by us."""
        (receipt,) = store.disposed(store.order_on_absent(attempt=1))
        assert (receipt.outcome, receipt.grade) == (Outcome.ALREADY_ABSENT, None)

    def test_absent_at_a_later_attempt_is_weak_evidence(self, store: StoreUnderTest) -> None:
        """A record gone when an attempt is repeated was ours with grade B, never A.

        A store whose deeds each leave a receipt in their own transaction may know better: it was not our deed.
        """
        (receipt,) = store.disposed(store.order_on_absent(attempt=2))
        with store.open(Role.SCAN) as connector:
            knows_better = connector.capabilities.receipts_in_store and receipt.outcome is Outcome.ALREADY_ABSENT
        assert knows_better or (receipt.outcome, receipt.grade) == (Outcome.DESTROYED, Grade.B)

    def test_repeating_an_order_is_harmless(self, store: StoreUnderTest) -> None:
        """The same order sent again destroys nothing else and tells the same deed."""
        order = store.order(store.seed("once", CLOSED, "once"))
        bystander = store.seed("bystander", CLOSED, "bystander")
        store.disposed(order)
        (again,) = store.disposed(replace(order, attempt=2))
        with store.open(Role.SCAN) as connector:
            strong = connector.capabilities.receipts_in_store
        assert (again.outcome, again.grade) == (Outcome.DESTROYED, Grade.A if strong else Grade.B)
        assert set(store.fetched(bystander)) == {bystander}

    def test_an_inspection_sees_what_is_there(self, store: StoreUnderTest) -> None:
        """Before a disposal the record is seen and counted, after it nothing is; each order has its sighting."""
        orders = [store.order(store.seed(key, CLOSED, key)) for key in store.awkward_keys]
        before = store.sighted(*orders)
        assert [(one.order, one.sight) for one in before] == [(order, Sight.PRESENT) for order in orders]
        assert all(sum(one.checked.values()) > 0 for one in before)
        store.disposed(*orders[1:])
        after = store.sighted(*orders)
        assert [one.sight for one in after] == [Sight.PRESENT] + [Sight.GONE] * (len(orders) - 1)
        assert all(sum(one.checked.values()) == 0 for one in after[1:])

    def test_a_receipt_in_the_store_is_seen(self, store: StoreUnderTest) -> None:
        """A store shows the receipts it keeps to an inspection, for the orders carried out and no other."""
        with store.open(Role.SCAN) as connector:
            keeps = connector.capabilities.receipts_in_store
        done, open_order = (store.order(store.seed(key, CLOSED, key)) for key in ("done", "open"))
        store.disposed(done)
        assert [one.receipt_in_store for one in store.sighted(done, open_order)] == [keeps, False]

    def test_the_last_question_comes_before_the_deed(self, store: StoreUnderTest) -> None:
        """When a connector asks whether an order is still clear, its record is still there, and each is asked about."""
        orders = [store.order(store.seed(key, CLOSED, key)) for key in store.awkward_keys]
        asked: list[str] = []

        def watching(candidates: Sequence[DisposalOrder]) -> Collection[str]:
            assert all(store.traces(one.ref) > 0 for one in candidates)
            asked.extend(one.id for one in candidates)
            return all_clear(candidates)

        store.disposed(*orders, still_clear=watching)
        assert sorted(asked) == sorted(order.id for order in orders)

    def test_the_anonymised_name_no_one(self, store: StoreUnderTest) -> None:
        """An anonymised record is there and names nobody; a store that cannot do that leaves the record alone."""
        with store.open(Role.SCAN) as connector:
            can = Action.ANONYMISE in connector.capabilities.actions
        ref = store.seed("nameless", CLOSED, "nameless")
        order = store.order(ref, action=Action.ANONYMISE)
        if not can:
            before = store.fetched(ref)
            (refused,) = store.disposed(order)
            assert (refused.outcome, bool(refused.reason)) == (Outcome.FAILED, True)
            assert store.fetched(ref) == before
            return
        (receipt,) = store.disposed(order)
        assert (receipt.outcome, receipt.grade) == (Outcome.ANONYMISED, Grade.A)
        assert set(store.fetched(ref)) == {ref}
        assert store.traces(ref) == 0
        assert [one.sight for one in store.sighted(order)] == [Sight.ANONYMISED]
        (again,) = store.disposed(replace(order, attempt=2))
        assert again.outcome is Outcome.ANONYMISED
