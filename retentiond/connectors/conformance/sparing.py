"""Laws of disposal that does not happen: what was changed, held, not ordered or not allowed is left alone."""
# ruff: noqa: S101 - these are tests that ship with the package

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from retentiond.connectors.conformance.store import CLOSED, StoreUnderTest
from retentiond.connectors.interface import Role
from retentiond.domain.errors import LedgerRefused, StoreRefused
from retentiond.domain.orders import DisposalOrder, Outcome, Sight
from retentiond.domain.schedule import Action


class SparingLaws:
    """Whatever is in doubt survives."""

    def test_a_changed_record_is_left_alone(self, store: StoreUnderTest) -> None:
        """A record that is not as it was reviewed stays, whole; its neighbour in the batch goes."""
        changed, same = (store.order(store.seed(key, CLOSED, key)) for key in ("changed", "same"))
        store.touch(changed.ref)
        before = store.fetched(changed.ref)
        receipts = store.disposed(changed, same)
        assert [one.outcome for one in receipts] == [Outcome.CHANGED, Outcome.DESTROYED]
        assert store.fetched(changed.ref, same.ref) == before

    def test_a_changed_record_is_left_alone_at_a_later_attempt(self, store: StoreUnderTest) -> None:
        """That an attempt went before excuses nothing: what is there and differs is not touched."""
        order = store.order(store.seed("changed", CLOSED, "changed"), attempt=2)
        store.touch(order.ref)
        before = store.fetched(order.ref)
        (receipt,) = store.disposed(order)
        assert receipt.outcome is Outcome.CHANGED
        assert store.fetched(order.ref) == before

    def test_a_natively_held_record_survives(self, store: StoreUnderTest) -> None:
        """A hold of the store's own is named by fetch, and stops an order; a store without any names none."""
        with store.open(Role.SCAN) as connector:
            has_holds = connector.capabilities.native_holds
        if not has_holds:
            ref = store.seed("free", CLOSED, "free")
            assert store.fetched(ref)[ref].native_holds == ()
            assert store.hold is None, "a store that can place holds has to say so"
            return
        assert store.hold is not None, "a store with native holds needs a way to place one"
        held, free = (store.seed(key, CLOSED, key) for key in ("held", "free"))
        order, other = store.order(held), store.order(free)
        store.hold(held)
        assert store.fetched(held)[held].native_holds
        assert not store.fetched(free)[free].native_holds
        traces = store.traces(held)
        receipts = store.disposed(order, other)
        assert receipts[0].outcome in (Outcome.HELD, Outcome.CHANGED)
        assert receipts[1].outcome is Outcome.DESTROYED
        assert store.traces(held) == traces > 0

    def test_a_native_hold_stops_an_order_that_knows_of_it(self, store: StoreUnderTest) -> None:
        """A held record survives though its state is the reviewed one; only a hold makes a receipt say held."""
        ref = store.seed("held", CLOSED, "held")
        if store.hold is None:
            (receipt,) = store.disposed(store.order(ref))
            assert receipt.outcome is Outcome.DESTROYED
            return
        store.hold(ref)
        (receipt,) = store.disposed(store.order(ref))
        assert (receipt.outcome, bool(receipt.reason)) == (Outcome.HELD, True)
        assert store.traces(ref) > 0

    def test_a_hold_placed_at_the_last_moment_wins(self, store: StoreUnderTest) -> None:
        """An order that is no longer clear when asked about is not carried out; the others are."""
        held, free = (store.order(store.seed(key, CLOSED, key)) for key in ("held", "free"))
        before = store.fetched(held.ref)
        receipts = store.disposed(held, free, still_clear=lambda _: {free.id})
        assert [one.outcome for one in receipts] == [Outcome.HELD, Outcome.DESTROYED]
        assert store.fetched(held.ref, free.ref) == before

    def test_no_answer_to_the_last_question_is_a_no(self, store: StoreUnderTest) -> None:
        """When whether an order is clear cannot be found out, nothing of the batch is disposed of."""
        orders = [store.order(store.seed(key, CLOSED, key)) for key in ("first", "second")]
        before = store.fetched(*(order.ref for order in orders))

        def lost(_: Sequence[DisposalOrder]) -> Collection[str]:
            raise LedgerRefused

        with pytest.raises(LedgerRefused):
            store.disposed(*orders, still_clear=lost)
        assert store.fetched(*(order.ref for order in orders)) == before

    def test_only_the_disposer_disposes(self, store: StoreUnderTest) -> None:
        """A connector opened to scan or to verify refuses every order."""
        order = store.order(store.seed("safe", CLOSED, "safe"))
        for role in (Role.SCAN, Role.VERIFY):
            with store.open(role) as connector, pytest.raises(StoreRefused):
                connector.dispose([order], lambda orders: {one.id for one in orders})
        assert [one.sight for one in store.sighted(order)] == [Sight.PRESENT]

    def test_an_action_the_store_cannot_do_is_not_replaced_by_another(self, store: StoreUnderTest) -> None:
        """An order for an action outside the capabilities fails and touches nothing."""
        with store.open(Role.SCAN) as connector:
            can = connector.capabilities.actions
        ref = store.seed("kept", CLOSED, "kept")
        before = store.fetched(ref)
        orders = [store.order(ref, action=action) for action in Action if action not in can]
        assert {one.outcome for order in orders for one in store.disposed(order)} == {Outcome.FAILED}
        assert store.fetched(ref) == before

    def test_receipts_tell_no_record_values(self, store: StoreUnderTest) -> None:
        """Reasons and evidence name deeds and counts, never the key or what people call the record."""
        changed, done = (store.order(store.seed(key, CLOSED, key)) for key in ("Jane-changed", "Jane-done"))
        store.touch(changed.ref)
        for receipt in store.disposed(changed, done, store.order_on_absent(attempt=1)):
            assert "Jane" not in receipt.reason
            assert "Jane" not in repr(dict(receipt.evidence))
