"""The laws every connector keeps, ours and yours.

An author writes one fixture and has the whole suite::

    class TestMyStore(ConnectorConformance):
        @pytest.fixture
        def store(self) -> StoreUnderTest:
            return StoreUnderTest(open=..., kind="case", record_class="C-01", trigger="closed", seed=..., touch=...,
                                  remove=..., traces=..., hold=..., unreachable=..., seed_unclassified=...)

Each law is a test whose docstring states it, and none is ever skipped: where a connector's capabilities say that it
cannot do a thing, the law is that it says so and leaves the record alone. Needs pytest.
"""

import pytest

# Before they are imported, so that a broken law says what was expected and what came.
pytest.register_assert_rewrite(
    "retentiond.connectors.conformance.reading",
    "retentiond.connectors.conformance.disposing",
    "retentiond.connectors.conformance.sparing",
    "retentiond.connectors.conformance.silence",
)

from retentiond.connectors.conformance.disposing import DisposingLaws  # noqa: E402 - see above
from retentiond.connectors.conformance.reading import ReadingLaws  # noqa: E402
from retentiond.connectors.conformance.silence import SilenceLaws  # noqa: E402
from retentiond.connectors.conformance.sparing import SparingLaws  # noqa: E402
from retentiond.connectors.conformance.store import StoreUnderTest  # noqa: E402


class ConnectorConformance(ReadingLaws, DisposingLaws, SparingLaws, SilenceLaws):
    """All the laws. Subclass it and supply the fixture ``store``: an empty store, new for every law."""


__all__ = ["ConnectorConformance", "StoreUnderTest"]
