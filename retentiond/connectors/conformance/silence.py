"""Laws about what a connector cannot know: of a store that does not answer, and of a kind it does not hold."""
# ruff: noqa: S101 - these are tests that ship with the package

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from retentiond.connectors.conformance.store import CLOSED, StoreUnderTest, all_clear
from retentiond.connectors.interface import Connector, Role
from retentiond.domain.errors import RetentiondError, StoreRefused, StoreUnavailable
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.records import RecordRef

Answer = TypeVar("Answer")


class SilenceLaws:
    """Nothing is inferred from silence: it is told as what it is, and never as an empty store or a deed."""

    def test_a_store_that_does_not_answer_is_no_empty_one(self, store: StoreUnderTest) -> None:
        """Scan and fetch of a store that cannot be reached raise; check says so; and no word names a record."""
        ref = store.seed("Jane-waiting", CLOSED, "Jane-waiting")
        if store.unreachable is None:
            return
        checked = _asked(store.unreachable, Role.SCAN, lambda connector: connector.check())
        assert isinstance(checked, RetentiondError) or list(checked) != []
        scanned = _asked(store.unreachable, Role.SCAN, lambda connector: list(connector.scan(store.request())))
        fetched = _asked(store.unreachable, Role.SCAN, lambda connector: connector.fetch([ref]))
        for answer in (scanned, fetched):
            assert isinstance(answer, (StoreUnavailable, StoreRefused))
            assert "Jane" not in str(answer)

    def test_a_store_that_does_not_answer_has_lost_nothing(self, store: StoreUnderTest) -> None:
        """An order to a store that cannot be reached is neither done nor absent, and its record is not called gone."""
        order = store.order(store.seed("waiting", CLOSED, "waiting"), attempt=2)
        before = store.fetched(order.ref)
        if store.unreachable is not None:
            receipts = _asked(store.unreachable, Role.DISPOSE, lambda connector: connector.dispose([order], all_clear))
            if not isinstance(receipts, RetentiondError):
                assert {one.outcome for one in receipts} <= {Outcome.FAILED}
            sightings = _asked(store.unreachable, Role.VERIFY, lambda connector: connector.inspect([order]))
            if not isinstance(sightings, RetentiondError):
                assert {one.sight for one in sightings} <= {Sight.INCONCLUSIVE}
        assert store.fetched(order.ref) == before

    def test_nothing_of_an_unknown_kind_is_absent_or_gone(self, store: StoreUnderTest) -> None:
        """An order of a kind the store does not hold is refused or fails, and a look at it concludes nothing."""
        known = store.order(store.seed("known", CLOSED, "known"))
        before = store.fetched(known.ref)
        stranger = replace(known, ref=RecordRef(known.ref.store, "no-such-kind", "never-there"))
        receipts = _asked(store.open, Role.DISPOSE, lambda connector: connector.dispose([stranger], all_clear))
        if not isinstance(receipts, RetentiondError):
            assert [one.outcome for one in receipts] == [Outcome.FAILED]
        sightings = _asked(store.open, Role.VERIFY, lambda connector: connector.inspect([stranger]))
        if not isinstance(sightings, RetentiondError):
            assert [one.sight for one in sightings] == [Sight.INCONCLUSIVE]
        assert store.fetched(known.ref) == before


def _asked(
    opening: Callable[[Role], Connector], role: Role, question: Callable[[Connector], Answer]
) -> Answer | RetentiondError:
    """Return what a new connector answers, or how it or its opening refused."""
    try:
        with opening(role) as connector:
            return question(connector)
    except (StoreUnavailable, StoreRefused) as refusal:
        return refusal
