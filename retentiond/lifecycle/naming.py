"""Naming: from what people call records to the records, or to why a name is not exactly one of them."""

from __future__ import annotations

from collections.abc import Iterable

from retentiond.connectors.interface import CHUNK, Role
from retentiond.domain.errors import Fault, NotFound
from retentiond.domain.records import Record, RecordRef
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.wholes import batches, by_store


def named_records(tools: Tools, texts: Iterable[str]) -> dict[RecordRef, Record]:
    """Return the records that people name, each once, as their stores describe them now.

    Args:
        tools: the installation.
        texts: for each record ``store/kind/key``, or the reference people use if a scan found it.

    Raises:
        NotFound: with one fault for each name that is not exactly one record, or whose store has no such record.
        StoreUnavailable: a store did not answer.
    """
    refs: dict[RecordRef, str] = {}
    faults: list[Fault] = []
    with tools.ledger.transaction() as tx:
        for text in dict.fromkeys(texts):
            ref = _resolved(tools, tx, text)
            if isinstance(ref, Fault):
                faults.append(ref)
            else:
                refs.setdefault(ref, text)
    found: dict[RecordRef, Record] = {}
    with tools.stores(Role.SCAN) as store:
        for name, group in by_store(refs).items():
            for batch in batches(group, CHUNK):
                found.update(store(name).fetch(batch))
    faults.extend(Fault(refs[ref], "its store has no such record", "correct it") for ref in refs.keys() - found.keys())
    if faults:
        raise NotFound(*sorted(faults))
    return {ref: found[ref] for ref in refs}


def resolved(tools: Tools, tx: Transaction, text: str) -> RecordRef:
    """Return the record that a name stands for, whether or not its store has it any more.

    Raises:
        NotFound: the name is not exactly one record.
    """
    ref = _resolved(tools, tx, text)
    if isinstance(ref, Fault):
        raise NotFound(ref)
    return ref


def _resolved(tools: Tools, tx: Transaction, text: str) -> RecordRef | Fault:
    try:
        ref = RecordRef.parse(text)
    except ValueError:
        ref = None
    if ref is not None and ref.store in {one.name for one in tools.definitions}:
        kinds = {one.name for one in tools.definition(ref.store).records}
        if ref.kind in kinds:
            return ref
        return Fault(text, f"{ref.store} has no kind of record '{ref.kind}'", f"it has {', '.join(sorted(kinds))}")
    named = tx.findings.named(text)
    if len(named) == 1:
        return named[0]
    if not named:
        return Fault(text, "no scan found a record of this name", "write it as store/kind/key")
    several = " or ".join(str(one) for one in named[:3])
    return Fault(text, f"{len(named)} records have this reference", f"write {several}")
