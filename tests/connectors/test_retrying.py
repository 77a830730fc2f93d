"""Connectors with one fault each: the suite must catch every one of them."""
# ruff: noqa: D102 - a mutant is named after its fault, and its methods are those of the interface

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import uuid4

import pytest

from retentiond.connectors.interface import CHUNK, Connector, Cursor, Role, ScanPage, ScanRequest, StillClear
from retentiond.connectors.memory import Kept, MemoryConnector, MemoryStore
from retentiond.connectors.retrying import RetryingConnector
from retentiond.domain.errors import Fault, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Receipt, Sight, Sighting
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action


class Flickering(MemoryConnector):
    """Answers every other question only."""

    asked = 0

    def _flicker(self) -> None:
        self.asked += 1
        if self.asked % 2:
            raise StoreUnavailable

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        for page in super().scan(request, after=after):
            self._flicker()
            yield page

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        self._flicker()
        return super().fetch(refs)

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        self._flicker()
        return super().inspect(orders)

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        del orders, still_clear
        self.asked += 1
        raise StoreUnavailable


def _flickering(records: int) -> tuple[Flickering, Connector]:
    inner = Flickering(f"flickering-{uuid4().hex}", role=Role.DISPOSE, store=MemoryStore())
    for number in range(records):
        inner.store.put("case", f"{number:06}", Kept(str(number), "C-01", {"closed": date(2001, 2, 3)}))
    return inner, RetryingConnector(inner, sleep=lambda _: None)


def test_a_scan_that_stumbles_loses_and_repeats_nothing() -> None:
    """A scan of three pages that fails before each of them still yields every record once, and counts each once."""
    _, connector = _flickering(2 * CHUNK + 5)
    pages = list(connector.scan(ScanRequest("case", {"C-01": ({"closed": date.max},)})))
    keys = [record.ref.key for page in pages for record in page.records]
    assert keys == [f"{number:06}" for number in range(2 * CHUNK + 5)]
    assert sum(page.examined for page in pages) == 2 * CHUNK + 5


def test_questions_are_asked_again_and_orders_never() -> None:
    """Fetch and inspect survive a store that stumbles; an order is sent once and its failure is passed on."""
    inner, connector = _flickering(1)
    ref = RecordRef(inner.name, "case", "000000")
    record = connector.fetch([ref])[ref]
    order = DisposalOrder(uuid4().hex, ref, Action.DESTROY, record.state, 1)
    assert [one.sight for one in connector.inspect([order])] == [Sight.PRESENT]
    asked = inner.asked
    with pytest.raises(StoreUnavailable):
        connector.dispose([order], lambda orders: {one.id for one in orders})
    assert inner.asked == asked + 1


def test_patience_has_an_end() -> None:
    """A store that never answers is asked as often as was agreed, and then its own refusal is raised."""

    class Silent(MemoryConnector):
        asked = 0

        def check(self) -> Sequence[Fault]:
            self.asked += 1
            raise StoreUnavailable

    silent = Silent("silent", store=MemoryStore())
    with pytest.raises(StoreUnavailable):
        RetryingConnector(silent, attempts=3, sleep=lambda _: None).check()
    assert silent.asked == 3
