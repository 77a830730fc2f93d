"""A record with everything that goes with it: its rows in one store and its documents in others, read live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import TypeVar

from retentiond.connectors.interface import CHUNK, Connector
from retentiond.domain.errors import NotFound, StoreRefused, StoreUnavailable
from retentiond.domain.holds import Hold, covering, covering_document
from retentiond.domain.lists import Entry
from retentiond.domain.records import Record, RecordRef
from retentiond.lifecycle.needed import naming_stores, needed
from retentiond.lifecycle.tools import Tools

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Whole:
    """One record and its documents at one moment."""

    record: Record
    """Its native holds and blockers include those of its documents: what stops a part stops the whole."""
    documents: tuple[Record, ...]
    state: str
    """Digest over the state tokens of the record and all its documents, absent ones included."""


A_RECORD_OF_ITS_OWN = "names-what-is-a-record-of-its-own"
"""Blocker: a case names an object as its document to which the object's own store gives a class."""

A_CASES_DOCUMENT = "named-by-a-case"
"""Blocker: an object that is a record of its own is named by a case as its document."""


def fetch_wholes(tools: Tools, store: Callable[[str], Connector], refs: Sequence[RecordRef]) -> dict[RecordRef, Whole]:
    """Read records of one store with their documents, set by set; one that does not exist is left out.

    A record has one class. What is a record of its own and a document of a case at the same time would go by either
    rule against the other, and so neither goes. A document that a case of another store names as well is shared.

    Raises:
        StoreUnavailable: any store concerned did not answer, so that nothing can be said about any of them.
    """
    records: dict[RecordRef, Record] = {}
    for name, group in by_store(refs).items():
        for batch in batches(group, CHUNK):
            records.update(store(name).fetch(batch))
    records = _beside_others(tools, store, records)
    documents = _fetch_documents(store, records.values())
    return {ref: _joined(one, documents) for ref, one in records.items()}


def _beside_others(
    tools: Tools, store: Callable[[str], Connector], records: Mapping[RecordRef, Record]
) -> dict[RecordRef, Record]:
    """Return records with what cases of other stores have to do with them or with their documents."""
    found = dict(records)
    for name, group in by_store(records).items():
        for ref in needed(store, dict.fromkeys(group), naming_stores(tools.definitions, name)):
            found[ref] = replace(found[ref], blockers=(*found[ref].blockers, A_CASES_DOCUMENT))
        taken: set[RecordRef] = set()
        for place, documents in by_store({one for ref in group for one in records[ref].documents}).items():
            taken |= needed(store, dict.fromkeys(documents), naming_stores(tools.definitions, place) - {name})
        for ref in group if taken else ():
            ours = found[ref].documents
            found[ref] = replace(
                found[ref],
                documents=tuple(one for one in ours if one not in taken),
                shared_documents=(*found[ref].shared_documents, *(one for one in ours if one in taken)),
            )
    return found


def _fetch_documents(store: Callable[[str], Connector], records: Iterable[Record]) -> dict[RecordRef, Record]:
    wanted = sorted({ref for one in records for ref in one.documents})
    found: dict[RecordRef, Record] = {}
    for name, group in by_store(wanted).items():
        try:
            connector = store(name)
            for batch in batches(group, CHUNK):
                found.update(connector.fetch(batch))
        except (NotFound, StoreRefused) as refusal:
            raise StoreUnavailable(*refusal.faults) from refusal
    return found


def _joined(record: Record, documents: Mapping[RecordRef, Record]) -> Whole:
    present = tuple(documents[ref] for ref in sorted(record.documents) if ref in documents)
    digest = sha256(record.state.encode())
    for ref in sorted(record.documents):
        state = documents[ref].state if ref in documents else "absent"
        digest.update(f"\n{ref}\0{state}".encode())
    held = tuple(f"{hold} ({one.ref.store})" for one in present for hold in one.native_holds)
    blocked = [f"{blocker} ({one.ref.store})" for one in present for blocker in one.blockers]
    blocked += [f"{A_RECORD_OF_ITS_OWN} ({one.ref.store})" for one in present if one.record_class]
    if held or blocked:
        record = replace(
            record, native_holds=record.native_holds + held, blockers=(*record.blockers, *dict.fromkeys(blocked))
        )
    return Whole(record, present, digest.hexdigest())


def is_as_shown(entry: Entry, record: Record) -> bool:
    """Return whether what a list shows reviewers of a record, beside its state, is what its store says now.

    What it is called, who may not review it, and to whom it was disclosed need not lie in its own rows, so that its
    state may be the same though they are not; and the manifest does not hold them, so that the ledger's word for them
    is not proved.
    """
    return (entry.reference, {*entry.excluded_reviewers}, {*entry.recipients}) == (
        record.reference,
        {*record.excluded_reviewers},
        {*record.recipients},
    )


def is_held(whole: Whole, holds: Iterable[Hold]) -> bool:
    """Return whether a hold in force covers a record or any of its documents: what holds a part holds the whole."""
    holds = list(holds)
    return bool(covering(whole.record, holds)) or any(True for _ in parts_held(whole, holds))


def holds_on(whole: Whole, holds: Iterable[Hold]) -> tuple[str, ...]:
    """Return every hold on a record or on a part of it by number and title, those its stores enforce included."""
    holds = list(holds)
    ours = [f"{hold.number} {hold.title}" for hold in covering(whole.record, holds)]
    on_parts = [f"{hold.number} {hold.title} ({part.ref.store})" for part, hold in parts_held(whole, holds)]
    return (*ours, *whole.record.native_holds, *on_parts)


def parts_held(whole: Whole, holds: Sequence[Hold]) -> Iterator[tuple[Record, Hold]]:
    """Yield the documents of a record that holds in force cover, each with its hold."""
    return ((part, hold) for part in whole.documents for hold in covering_document(part, whole.record, holds))


def by_store(refs: Iterable[RecordRef]) -> dict[str, list[RecordRef]]:
    """Group references by the store they live in."""
    groups: dict[str, list[RecordRef]] = {}
    for ref in refs:
        groups.setdefault(ref.store, []).append(ref)
    return groups


def batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the things in lists of at most ``size``."""
    iterator = iter(things)
    while batch := list(islice(iterator, size)):
        yield batch
