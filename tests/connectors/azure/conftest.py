from __future__ import annotations

import pytest

from tests.connectors.azure.azurite import Azurite, Letters, new_container


@pytest.fixture
def letters(azurite: Azurite) -> Letters:
    """An empty container."""
    return new_container(azurite)
