from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from retentiond.domain.lists import DisposalList, Document, Entry, ListState, Standing
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger

AT = datetime(2026, 11, 2, tzinfo=UTC)
RECORDS = 15_000


@pytest.mark.usefixtures("prompt_collector")
def test_memory_is_flat_in_the_number_of_entries(ledger: Ledger, make_entry: Callable[..., Entry]) -> None:
    """Entries and documents by the ten thousand pass through making a list within a few megabytes."""

    def entries() -> Iterator[Entry]:
        for number in range(RECORDS):
            yield make_entry(f"{number:06}")

    def documents() -> Iterator[Document]:
        for number in range(0, RECORDS, 10):
            parent = RecordRef("cases", "episode", f"{number:06}")
            yield Document(parent, RecordRef("documents", "file", f"{number:06}"), "state")

    listed = DisposalList("DL-2026-0001", ListState.IN_REVIEW, "ada", AT, ("one",), "d")
    with ledger.transaction() as transaction:
        transaction.lists.next_number(2026)
        tracemalloc.start()
        transaction.lists.create(listed, entries(), documents())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert transaction.lists.get("DL-2026-0001").counts == {Standing.LISTED: RECORDS}
        assert len(transaction.lists.documents("DL-2026-0001", limit=RECORDS)) == RECORDS // 10
    assert peak < 4 * 2**20
