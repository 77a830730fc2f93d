from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest

from retentiond.connectors.conformance import StoreUnderTest
from retentiond.connectors.interface import Connector, Role
from retentiond.connectors.memory import Kept, MemoryStore
from retentiond.domain.records import RecordRef


def _memory_under_test(open_on: Callable[[str, Role, MemoryStore], Connector]) -> StoreUnderTest:
    name, store = f"memory-{uuid4().hex}", MemoryStore()
    store.kinds["case"] = {}

    def seed(key: str, closed_on: date | None, reference: str) -> RecordRef:
        store.put("case", key, Kept(reference, "C-01", {"closed": closed_on}, names=("Ada Example",)))
        return RecordRef(name, "case", key)

    def traces(ref: RecordRef) -> int:
        kept = store.kinds["case"].get(ref.key)
        return 0 if kept is None else len(kept.names) + bool(kept.reference)

    return StoreUnderTest(
        open=lambda role: open_on(name, role, store),
        kind="case",
        record_class="C-01",
        trigger="closed",
        seed=seed,
        touch=lambda ref: store.alter("case", ref.key, names=("Ada Example", uuid4().hex)),
        remove=lambda ref: store.remove("case", ref.key),
        traces=traces,
        hold=lambda ref: store.hold("case", ref.key, "a public inquiry"),
    )


@pytest.fixture
def memory_under_test() -> Callable[[Callable[[str, Role, MemoryStore], Connector]], StoreUnderTest]:
    """Makes a new memory store and the way a connector is opened on it."""
    return _memory_under_test
