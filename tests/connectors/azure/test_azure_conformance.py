from __future__ import annotations

import pytest

from retentiond.connectors.conformance import ConnectorConformance, StoreUnderTest
from retentiond.connectors.retrying import RetryingConnector
from tests.connectors.azure.azurite import Letters


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
            unreachable=lambda role: letters.open(role, address="http://127.0.0.1:9/devstoreaccount1"),
        )
