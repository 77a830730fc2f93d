"""Connectors with one fault each: the suite must catch every one of them."""
# ruff: noqa: D102 - a mutant is named after its fault, and its methods are those of the interface

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from retentiond.connectors.conformance import ConnectorConformance, StoreUnderTest
from retentiond.connectors.interface import Connector, Cursor, Role, ScanPage, ScanRequest, StillClear, Wanted
from retentiond.connectors.memory import MemoryConnector, MemoryStore
from retentiond.domain.errors import Fault, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action
from retentiond.domain.windows import Window


class IgnoresState(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        now = self.fetch([order.ref for order in orders])
        fresh = [replace(one, reviewed_state=now[one.ref].state) if one.ref in now else one for one in orders]
        receipts = super().dispose(fresh, still_clear)
        return [replace(receipt, order=order) for receipt, order in zip(receipts, orders, strict=True)]


class IgnoresNativeHolds(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        for order in orders:
            if order.ref.key in self.store.kinds.get(order.ref.kind, {}):
                self.store.alter(order.ref.kind, order.ref.key, native_holds=())
        return super().dispose(orders, still_clear)


class HidesNativeHolds(MemoryConnector):
    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        return {ref: replace(one, native_holds=()) for ref, one in super().fetch(refs).items()}


class NeverAsks(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        del still_clear
        return super().dispose(orders, lambda candidates: {one.id for one in candidates})


class AsksAfterwards(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        receipts = super().dispose(orders, lambda candidates: {one.id for one in candidates})
        still_clear(orders)
        return receipts


class TakesSilenceForConsent(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        def tolerant(candidates: Sequence[DisposalOrder]) -> frozenset[str]:
            try:
                return frozenset(still_clear(candidates))
            except Exception:  # noqa: BLE001 - the very fault this mutant has
                return frozenset(one.id for one in candidates)

        return super().dispose(orders, tolerant)


class ClaimsWhatItDidNotDo(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        return [
            replace(one, outcome=Outcome.DESTROYED, grade=Grade.A, evidence={"records": 1})
            if one.outcome is Outcome.ALREADY_ABSENT
            else one
            for one in super().dispose(orders, still_clear)
        ]


class OverstatesEvidence(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        receipts = super().dispose(orders, still_clear)
        return [replace(one, grade=Grade.A) if one.grade is Grade.B else one for one in receipts]


class SortsReceipts(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        return sorted(super().dispose(orders, still_clear), key=lambda one: one.order.ref)


class DestroysByPrefix(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        receipts = super().dispose(orders, still_clear)
        for order in orders:
            for key in [one for one in self.store.kinds[order.ref.kind] if one.startswith(order.ref.key)]:
                self.store.remove(order.ref.kind, key)
        return receipts


class DestroysNothing(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        before = {kind: dict(kept) for kind, kept in self.store.kinds.items()}
        receipts = super().dispose(orders, still_clear)
        self.store.kinds.update(before)
        return receipts


class ForgetsItsReceipts(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        receipts = super().dispose(orders, still_clear)
        self.store.receipts.clear()
        return receipts


class DisposesInAnyRole(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        self.role = Role.DISPOSE
        return super().dispose(orders, still_clear)


class DestroysInsteadOfTransferring(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        known = self.capabilities.actions
        return super().dispose(
            [one if one.action in known else replace(one, action=Action.DESTROY) for one in orders], still_clear
        )


class TellsTheKey(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        return [
            replace(one, reason=f"{one.order.ref.key} was not carried out") if one.grade is None else one
            for one in super().dispose(orders, still_clear)
        ]


class SeesNothing(MemoryConnector):
    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        return [Sighting(order, Sight.GONE, checked={"records": 0}) for order in orders]


class RaisesOnAbsent(MemoryConnector):
    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        return {ref: self._record(ref.kind, ref.key) for ref in refs}


class StaleState(MemoryConnector):
    def _record(self, kind: str, key: str) -> Record:
        return replace(super()._record(kind, key), state=StateToken("always the same"))


class DropsTheLastOfEachPage(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        for page in super().scan(request, after=after):
            yield replace(page, records=page.records[:-1])


class RepeatsTheCursorsRecord(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        yield from super().scan(request, after=None if after is None else Cursor(after[:-1]))


class IgnoresTheCursor(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        del after
        return super().scan(request)


class CountsOnlyTheWanted(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        for page in super().scan(request, after=after):
            yield replace(page, examined=len(page.records))


class IsSilentWhenEmpty(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        return (page for page in super().scan(request, after=after) if page.examined)


class IgnoresWindows(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        alternatives: dict[str, tuple[Window, ...]] = {code: ({},) for code in request.windows}
        return super().scan(replace(request, windows=alternatives), after=after)


class CallsTheUndatedDue(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        undated = super().scan(replace(request, wanted=Wanted.UNDATED), after=after)
        for page, other in zip(super().scan(request, after=after), undated, strict=True):
            yield replace(page, records=page.records + other.records)


class SkipsWhatHasNoClass(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        yield from super().scan(replace(request, unclassified=False), after=after)


class YieldsWhatHasNoClassUnasked(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        yield from super().scan(replace(request, unclassified=True), after=after)


class ShowsFewerDatesInScan(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        for page in super().scan(request, after=after):
            yield replace(page, records=tuple(replace(one, subjects=("someone",)) for one in page.records))


class GuessesTheStateInScan(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        for page in super().scan(request, after=after):
            yield replace(page, records=tuple(replace(one, state=StateToken("a guess")) for one in page.records))


class LeavesTheStateOutOfFetch(MemoryConnector):
    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        return {ref: replace(one, state=StateToken("")) for ref, one in super().fetch(refs).items()}


class OverfillsPages(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        pages = list(super().scan(request, after=after))
        records = tuple(record for page in pages for record in page.records)
        yield ScanPage(records, pages[-1].cursor, sum(page.examined for page in pages))


class AnonymisesHalf(MemoryConnector):
    def _carry_out(self, order: DisposalOrder) -> Receipt:
        names = self.store.kinds[order.ref.kind][order.ref.key].names
        receipt = super()._carry_out(order)
        if order.action is Action.ANONYMISE:
            self.store.alter(order.ref.kind, order.ref.key, names=names)
        return receipt


class ClosesOnce(MemoryConnector):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise ValueError
        self.closed = True


class TakesSilenceForAnEmptyStore(MemoryConnector):
    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        try:
            yield from super().scan(request, after=after)
        except StoreUnavailable:
            yield ScanPage((), Cursor(""), 0)


class TakesSilenceForAbsence(MemoryConnector):
    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        try:
            return super().fetch(refs)
        except StoreUnavailable:
            return {}


class TakesSilenceForAllsWell(MemoryConnector):
    def check(self) -> Sequence[Fault]:
        return ()


class TakesSilenceForGone(MemoryConnector):
    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        try:
            return super().inspect(orders)
        except StoreUnavailable:
            return [Sighting(order, Sight.GONE) for order in orders]


class TakesSilenceForADeed(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        try:
            return super().dispose(orders, still_clear)
        except StoreUnavailable:
            return [Receipt(order, Outcome.DESTROYED, Grade.B) for order in orders]


class NamesARecordInItsExcuse(MemoryConnector):
    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        try:
            return super().fetch(refs)
        except StoreUnavailable:
            raise StoreUnavailable(Fault(self.name, f"{refs[0].key} was not found out about")) from None


class CallsAnUnknownKindAbsent(MemoryConnector):
    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        known = [order for order in orders if order.ref.kind == "case"]
        receipts = {one.order.id: one for one in super().dispose(known, still_clear)}
        return [receipts.get(order.id) or Receipt(order, Outcome.ALREADY_ABSENT) for order in orders]


class CallsAnUnknownKindGone(MemoryConnector):
    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        known = {one.order.id: one for one in super().inspect([one for one in orders if one.ref.kind == "case"])}
        return [known.get(order.id) or Sighting(order, Sight.GONE) for order in orders]


MUTANTS: tuple[type[MemoryConnector], ...] = (
    IgnoresState,
    IgnoresNativeHolds,
    HidesNativeHolds,
    NeverAsks,
    AsksAfterwards,
    TakesSilenceForConsent,
    ClaimsWhatItDidNotDo,
    OverstatesEvidence,
    SortsReceipts,
    DestroysByPrefix,
    DestroysNothing,
    ForgetsItsReceipts,
    DisposesInAnyRole,
    DestroysInsteadOfTransferring,
    TellsTheKey,
    SeesNothing,
    RaisesOnAbsent,
    StaleState,
    DropsTheLastOfEachPage,
    RepeatsTheCursorsRecord,
    IgnoresTheCursor,
    CountsOnlyTheWanted,
    IsSilentWhenEmpty,
    IgnoresWindows,
    CallsTheUndatedDue,
    SkipsWhatHasNoClass,
    YieldsWhatHasNoClassUnasked,
    ShowsFewerDatesInScan,
    GuessesTheStateInScan,
    LeavesTheStateOutOfFetch,
    OverfillsPages,
    AnonymisesHalf,
    ClosesOnce,
    TakesSilenceForAnEmptyStore,
    TakesSilenceForAbsence,
    TakesSilenceForAllsWell,
    TakesSilenceForGone,
    TakesSilenceForADeed,
    NamesARecordInItsExcuse,
    CallsAnUnknownKindAbsent,
    CallsAnUnknownKindGone,
)


MemoryUnderTest = Callable[[Callable[[str, Role, MemoryStore], Connector]], StoreUnderTest]


def _laws_broken_by(connector: type[MemoryConnector], memory_under_test: MemoryUnderTest) -> list[str]:
    suite, broken = ConnectorConformance(), []
    for name, law in inspect.getmembers(suite, inspect.ismethod):
        if not name.startswith("test_"):
            continue
        try:
            law(memory_under_test(lambda name, role, kept: connector(name, role=role, store=kept)))
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - any failure of a law is a law that noticed
            broken.append(name)
    return broken


def test_a_connector_without_a_fault_breaks_no_law(memory_under_test: MemoryUnderTest) -> None:
    """The suite has nothing against the connector the mutants are made from."""
    assert _laws_broken_by(MemoryConnector, memory_under_test) == []


class ScansLightly(MemoryConnector):
    """Leaves to fetch all that a scan may."""

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        for page in super().scan(request, after=after):
            yield replace(page, records=tuple(map(self._lightly, page.records)))

    @staticmethod
    def _lightly(record: Record) -> Record:
        bare = replace(record, state=StateToken(""), native_holds=(), documents=())
        return replace(bare, shared_documents=(), recipients=())


def test_a_scan_may_leave_to_fetch_what_costs_more_than_the_row(memory_under_test: MemoryUnderTest) -> None:
    """A connector whose scan tells no state, native hold, document or recipient breaks no law."""
    assert _laws_broken_by(ScansLightly, memory_under_test) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_every_mutant_breaks_a_law(mutant: type[MemoryConnector], memory_under_test: MemoryUnderTest) -> None:
    """A connector with a single fault is caught by at least one law."""
    assert _laws_broken_by(mutant, memory_under_test) != []
