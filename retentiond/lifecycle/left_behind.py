"""Left behind: documents that stayed when their record went. They have no class, so no scan finds them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from retentiond.connectors.interface import CHUNK, Connector, Role
from retentiond.domain.lists import REWRITTEN, Standing
from retentiond.domain.records import RecordRef
from retentiond.ledger.values import LeftBehind
from retentiond.lifecycle.needed import naming_stores, needed
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.wholes import by_store

NOT_CONNECTED = "whether it is still there is not known: its store is no longer connected"


@dataclass(frozen=True, slots=True)
class Stayed:
    """A document that is still there, and that no record names."""

    left: LeftBehind
    why: str


def left_behind(tools: Tools) -> list[Stayed]:
    """Return the documents of records that are gone which are still there, and why each stayed.

    One that a record names by now is that record's, and one that has a class is a record of its own: neither is told.

    Raises:
        StoreUnavailable, StoreRefused: a store did not say whether they are there, or who names them.
    """
    with tools.stores(Role.SCAN) as opened:
        return list(_looked_for(tools, opened))


def _looked_for(tools: Tools, opened: Callable[[str], Connector]) -> Iterator[Stayed]:
    connected = {one.name for one in tools.definitions}
    told: set[RecordRef] = set()
    for whole_page in _pages(tools):
        page = _without_record(tools, opened, whole_page)
        newest = {one.document.ref: one for one in page}
        for store, refs in by_store(newest.keys() - told).items():
            if store not in connected:
                yield from (Stayed(newest[ref], NOT_CONNECTED) for ref in sorted(refs))
                continue
            there = opened(store).fetch(sorted(refs))
            loose = {ref: _with_it(newest[ref]) for ref, one in there.items() if not one.record_class}
            stores = naming_stores(tools.definitions, store) | {newest[ref].document.parent.store for ref in loose}
            named = needed(opened, loose, stores & connected)
            yield from (Stayed(newest[ref], newest[ref].document.note) for ref in sorted(loose.keys() - named))
        told |= newest.keys()


def _without_record(tools: Tools, opened: Callable[[str], Connector], page: list[LeftBehind]) -> list[LeftBehind]:
    """Leave out the documents of records that count as failed and are still there: a scan finds those again."""
    known = {(one.name, kind.name) for one in tools.definitions for kind in one.records}
    doubtful = {one.document.parent for one in page if one.of_record is Standing.FAILED}
    there: set[RecordRef] = set()
    for store, refs in by_store(one for one in doubtful if (one.store, one.kind) in known).items():
        there.update(opened(store).fetch(sorted(refs)))
    return [one for one in page if one.document.parent not in there]


def _with_it(left: LeftBehind) -> RecordRef | None:
    """Return the record that is no reason for a document to stay: it was rewritten and may name it still."""
    return left.document.parent if left.of_record in REWRITTEN else None


def _pages(tools: Tools) -> Iterator[list[LeftBehind]]:
    after: tuple[str, RecordRef] | None = None
    while True:
        with tools.ledger.transaction() as tx:
            page = tx.lists.left_behind(after=after, limit=CHUNK)
        if not page:
            return
        after = page[-1].list_number, page[-1].document.ref
        yield page
