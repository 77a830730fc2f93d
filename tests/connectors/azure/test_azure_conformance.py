from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retentiond.connectors.conformance import ConnectorConformance, StoreUnderTest
from retentiond.connectors.retrying import RetryingConnector

if TYPE_CHECKING:
    from tests.connectors.azure.conftest import Letters


class TestAzureConnector(ConnectorConformance):
    @pytest.fixture
    def store(self, letters: Letters) -> StoreUnderTest:
        """An empty container on Azurite, opened as the registry opens it."""
        return StoreUnderTest(
            open=lambda role: RetryingConnector(letters.open(role)),
            kind="letter",
            record_class="C-01",
            trigger="closed",
            seed=letters.put,
            touch=letters.rewrite,
            remove=letters.remove,
            traces=letters.traces,
        )
