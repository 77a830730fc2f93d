"""Who needs a document: the stores whose records may name objects of another store, asked set by set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from retentiond.connectors.interface import CHUNK, Connector
from retentiond.domain.definitions import Definition, objects_of
from retentiond.domain.records import RecordRef


def naming_stores(definitions: Collection[Definition], store: str) -> set[str]:
    """Return the stores whose definitions give their records documents in a store."""
    return {
        one.name for one in definitions if any(part.store == store for kind in one.records for part in objects_of(kind))
    }


def needed(
    opened: Callable[[str], Connector], documents: Mapping[RecordRef, RecordRef | None], stores: Collection[str]
) -> set[RecordRef]:
    """Ask stores about documents, and return those that something in one of them names.

    Args:
        opened: opens a store to read it.
        documents: each with the anonymised record that is no reason for it to stay; None: everything is one.
        stores: which stores are asked.

    Raises:
        StoreUnavailable, StoreRefused: a store did not say, so that nothing is known about any of them.
    """
    refs = list(documents)
    found: set[RecordRef] = set()
    for store in sorted(stores):
        for start in range(0, len(refs), CHUNK):
            found.update(opened(store).needs({ref: documents[ref] for ref in refs[start : start + CHUNK]}))
    return found
