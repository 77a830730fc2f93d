from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from retentiond.connectors.conformance import ConnectorConformance, StoreUnderTest
from retentiond.connectors.doubting import DoubtingConnector
from retentiond.connectors.interface import Connector, Role
from retentiond.connectors.memory import Kept, MemoryConnector, MemoryStore
from retentiond.connectors.retrying import RetryingConnector
from retentiond.domain.records import RecordRef


class TestMemoryConnector(ConnectorConformance):
    @pytest.fixture(params=["plain", "retrying", "doubting"])
    def store(
        self,
        request: pytest.FixtureRequest,
        memory_under_test: Callable[[Callable[[str, Role, MemoryStore], Connector]], StoreUnderTest],
    ) -> StoreUnderTest:
        """A store in memory, its connector plain, asked again, or doubted without a cause."""

        def open_on(name: str, role: Role, store: MemoryStore) -> Connector:
            plain = MemoryConnector(name, role=role, store=store)
            wrapped: dict[str, Connector] = {
                "retrying": RetryingConnector(plain, sleep=lambda _: None),
                "doubting": DoubtingConnector(plain, dict),
            }
            return wrapped.get(request.param, plain)

        return memory_under_test(open_on)


def test_connectors_of_one_name_share_a_store() -> None:
    """Two connectors opened by the same name in one process see the same records; another name sees none."""
    name = f"shared-{uuid4().hex}"
    MemoryConnector(name).store.put("case", "1", Kept("1", "C-01", {}))
    ref = RecordRef(name, "case", "1")
    assert set(MemoryConnector(name, role=Role.VERIFY).fetch([ref])) == {ref}
    assert MemoryConnector(f"{name}-other").store.kinds == {}
