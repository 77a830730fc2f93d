from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from retentiond.demo.object_store import ObjectStore
from tests.council import Council


@pytest.fixture(params=["sqlite", "postgresql"])
def council(
    request: pytest.FixtureRequest, tmp_path: Path, seaweed: ObjectStore
) -> Iterator[Council]:
    """The made-up council, its case store and its ledger both on SQLite or both on PostgreSQL."""
    urls: dict[str, str] = {}
    if request.param == "postgresql":
        new_database: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
        urls = {"case_store": new_database(), "ledger": new_database()}
    one = Council.made(tmp_path, seaweed, f"council-{uuid4().hex[:12]}", **urls)
    yield one
    one.case_store.dispose()
