"""A store that lives in memory: for tests, for authors of connectors and for looking at how a connector behaves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import ClassVar

from retentiond.connectors.interface import (
    CHUNK,
    Capabilities,
    Closing,
    Cursor,
    Role,
    ScanPage,
    ScanRequest,
    StillClear,
)
from retentiond.connectors.selection import is_wanted
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import Fault, StoreRefused
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.outlines import Outline
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action


@dataclass(frozen=True, slots=True)
class Kept:
    """One record in memory. ``names`` stand for its content: what anonymising takes away."""

    reference: str
    record_class: str | None
    dates: Mapping[str, date | None]
    names: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    native_holds: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    excluded_reviewers: tuple[str, ...] = ()
    documents: tuple[RecordRef, ...] = ()
    recipients: tuple[str, ...] = ()
    statuses: Mapping[str, bool] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    anonymised: bool = False

    @property
    def state(self) -> StateToken:
        """Return a digest over all of it; holds and statuses leave a record as it is."""
        return StateToken(sha256(repr(replace(self, native_holds=(), statuses={})).encode()).hexdigest())


@dataclass(slots=True)
class MemoryStore:
    """The records and receipts themselves, shared by every connector opened on them."""

    kinds: dict[str, dict[str, Kept]] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    outlines: dict[str, Outline] = field(default_factory=dict)
    """What a catalogue would say about kinds of record; memory has none of its own."""
    _named: ClassVar[dict[str, MemoryStore]] = {}

    @classmethod
    def named(cls, name: str) -> MemoryStore:
        """Return the one store of this name in this process."""
        return cls._named.setdefault(name, cls())

    def put(self, kind: str, key: str, record: Kept) -> None:
        """Keep a record, in the place of one with the same key."""
        self.kinds.setdefault(kind, {})[key] = record

    def alter(self, kind: str, key: str, **changes: object) -> None:
        """Change fields of a record, as its own application would.

        Raises:
            KeyError: there is no such record.
        """
        self.kinds[kind][key] = replace(self.kinds[kind][key], **changes)  # type: ignore[arg-type] # checked by Kept

    def hold(self, kind: str, key: str, reason: str) -> None:
        """Place a hold of the store's own."""
        self.alter(kind, key, native_holds=(*self.kinds[kind][key].native_holds, reason))

    def remove(self, kind: str, key: str) -> None:
        """Take a record away, as somebody else would."""
        self.kinds.get(kind, {}).pop(key, None)


class MemoryConnector(Closing):
    """A connected store in memory, with every ability a store can have.

    Args:
        definition: its definition, or only its name: then every kind that was put into the store is there.
        role: which powers it is opened with.
        store: the records; the process's store of that name when left out.
    """

    def __init__(
        self, definition: Definition | str, *, role: Role = Role.SCAN, store: MemoryStore | None = None
    ) -> None:
        self._name = definition if isinstance(definition, str) else definition.name
        self._kinds = None if isinstance(definition, str) else frozenset(one.name for one in definition.records)
        self.role = role
        self.store = MemoryStore.named(self._name) if store is None else store

    @property
    def name(self) -> str:
        """The definition's name."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """Everything: it destroys and anonymises, holds, writes receipts, and keeps no versions."""
        return Capabilities(
            actions=frozenset({Action.DESTROY, Action.ANONYMISE}),
            native_holds=True,
            atomic_batches=True,
            keeps_versions=False,
            receipts_in_store=True,
        )

    def check(self) -> Sequence[Fault]:
        """Look into the store, and find nothing against it."""
        _ = self.store.kinds
        return ()

    def outline(self) -> Mapping[str, Outline]:
        """Return what was said to be the catalogue."""
        return self.store.outlines

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """Yield wanted records in the order of their keys."""
        kept = self._kept(request.kind)
        keys = sorted(key for key in kept if after is None or key > after)
        for start in range(0, max(len(keys), 1), CHUNK):
            chunk = keys[start : start + CHUNK]
            wanted = (self._record(request.kind, key) for key in chunk if key in kept)
            records = tuple(one for one in wanted if is_wanted(request, one.record_class, one.dates))
            yield ScanPage(records, Cursor(chunk[-1] if chunk else after or ""), len(chunk))

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        """Return the records as they are now."""
        return {ref: self._record(ref.kind, ref.key) for ref in refs if ref.key in self._kept(ref.kind)}

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Carry out the orders, all at once after the last question."""
        if self.role is not Role.DISPOSE:
            raise StoreRefused(Fault(self._name, f"it was opened to {self.role}, and only a disposer may dispose"))
        settled = {order.id: self._settled(order) for order in orders}
        open_orders = [order for order in orders if settled[order.id] is None]
        cleared = frozenset(still_clear(open_orders)) if open_orders else frozenset()
        receipts = []
        for order in orders:
            receipt = settled[order.id]
            if receipt is None:
                receipt = (
                    self._carry_out(order)
                    if order.id in cleared
                    else Receipt(order, Outcome.HELD, reason="a hold was placed at the last moment")
                )
            receipts.append(receipt)
        return receipts

    def _settled(self, order: DisposalOrder) -> Receipt | None:
        """Return the receipt of an order that is not to be carried out, or None."""
        earlier = self.store.receipts.get(order.id)
        if earlier is not None:
            return replace(earlier, order=order)
        if order.action not in self.capabilities.actions:
            return Receipt(order, Outcome.FAILED, reason=f"this store cannot {order.action}")
        kept = self._kept(order.ref.kind).get(order.ref.key)
        if kept is None and order.attempt > 1:
            return Receipt(order, Outcome.DESTROYED, Grade.B, reason="an earlier attempt's reply was lost")
        if kept is None:
            return Receipt(order, Outcome.ALREADY_ABSENT)
        if kept.native_holds:
            return Receipt(order, Outcome.HELD, reason=", ".join(kept.native_holds))
        if kept.state != order.reviewed_state:
            return Receipt(order, Outcome.CHANGED, reason="it is not as it was reviewed")
        return None

    def _carry_out(self, order: DisposalOrder) -> Receipt:
        kept = self._kept(order.ref.kind)
        if order.action is Action.DESTROY:
            del kept[order.ref.key]
            receipt = Receipt(order, Outcome.DESTROYED, Grade.A, {"records": 1})
        else:
            kept[order.ref.key] = replace(
                kept[order.ref.key], reference="", names=(), subjects=(), recipients=(), anonymised=True
            )
            receipt = Receipt(order, Outcome.ANONYMISED, Grade.A, {"records": 1})
        self.store.receipts[order.id] = receipt
        return receipt

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """Look whether the records are there, and whether they name anyone."""
        return [self._sighting(order) for order in orders]

    def _sighting(self, order: DisposalOrder) -> Sighting:
        kept = self._kept(order.ref.kind).get(order.ref.key)
        if kept is None:
            sight = Sight.GONE
        else:
            names_no_one = kept.anonymised and not (kept.names or kept.reference)
            sight = Sight.ANONYMISED if names_no_one else Sight.PRESENT
        return Sighting(order, sight, order.id in self.store.receipts, {"records": 0 if kept is None else 1})

    def needs(self, documents: Mapping[RecordRef, RecordRef | None]) -> Collection[RecordRef]:
        """Look through all records for the documents, whatever their kinds are called."""
        naming: dict[tuple[str, str], set[RecordRef]] = {}
        for kind, kept in self.store.kinds.items():
            for key, record in kept.items():
                for one in record.documents:
                    naming.setdefault((one.store, one.key), set()).add(RecordRef(self._name, kind, key))
        return {one for one, with_it in documents.items() if naming.get((one.store, one.key), set()) - {with_it}}

    def close(self) -> None:
        """Do nothing: the records belong to the store."""

    def _kept(self, kind: str) -> dict[str, Kept]:
        known: Iterable[str] = self.store.kinds if self._kinds is None else self._kinds
        if kind not in known:
            raise StoreRefused(Fault(self._name, "it holds no such kind of record", "see the definition"))
        return self.store.kinds.setdefault(kind, {})

    def _record(self, kind: str, key: str) -> Record:
        kept = self.store.kinds[kind][key]
        return Record(
            ref=RecordRef(self._name, kind, key),
            reference=kept.reference,
            record_class=kept.record_class,
            dates=kept.dates,
            state=kept.state,
            blockers=kept.blockers,
            native_holds=kept.native_holds,
            subjects=kept.subjects,
            excluded_reviewers=kept.excluded_reviewers,
            documents=kept.documents,
            recipients=kept.recipients,
            statuses=kept.statuses,
            problems=kept.problems,
        )
