from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from retentiond.domain.lists import DisposalList, Document, Entry, ListState
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger

AT = datetime(2026, 11, 2, tzinfo=UTC)
RECORDS = 100_000


@pytest.mark.timeout(600)
def test_memory_is_flat_in_the_number_of_entries(ledger: Ledger, make_entry: Callable[..., Entry]) -> None:
    """A hundred thousand entries and documents pass through creating and reading a list within a few megabytes."""

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
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        seen, after = 0, None
        while page := transaction.lists.entries("DL-2026-0001", after=after):
            seen, after = seen + len(page), page[-1].ref
        read = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert seen == RECORDS
    assert max(written, read) < 16 * 2**20
