"""Doubt every record of a kind whose tables are not as people accepted them: it is judged, and never due."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from retentiond.connectors.interface import Capabilities, Closing, Connector, Cursor, ScanPage, ScanRequest, StillClear
from retentiond.domain.errors import Fault
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt, Sighting
from retentiond.domain.outlines import Outline, problem
from retentiond.domain.records import Record, RecordRef


class DoubtingConnector(Closing):
    """A connector whose records say for themselves that their store's tables have changed.

    The store's outline is compared once, when the first record is read or disposed of; a kind that is as it was
    accepted costs nothing more.

    Args:
        inner: the connector that reads and disposes.
        accepted: returns by kind the outlines that people accepted last; asked once.
    """

    def __init__(self, inner: Connector, accepted: Callable[[], Mapping[str, Outline]]) -> None:
        self._inner = inner
        self._accepted = accepted
        self._known: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        """The definition's name."""
        return self._inner.name

    @property
    def capabilities(self) -> Capabilities:
        """What the store can do; doubt changes nothing about it."""
        return self._inner.capabilities

    def check(self) -> Sequence[Fault]:
        """Hold the store against its definition; what was accepted is compared by whoever knows the ledger."""
        return self._inner.check()

    def outline(self) -> Mapping[str, Outline]:
        """Return the store's outline as it is."""
        return self._inner.outline()

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """Scan; records of a doubtful kind have a problem more."""
        reason = self._reasons.get(request.kind)
        for page in self._inner.scan(request, after=after):
            yield replace(page, records=tuple(_doubted(one, reason) for one in page.records)) if reason else page

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        """Fetch; records of a doubtful kind have a problem more."""
        found = self._inner.fetch(refs)
        reasons = self._reasons
        return {ref: _doubted(one, reasons.get(ref.kind)) for ref, one in found.items()} if reasons else found

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Pass the orders on; of a doubtful kind none is clear, and the store only tells of earlier attempts."""
        reasons = self._reasons
        if not reasons:
            return self._inner.dispose(orders, still_clear)
        stopped: set[str] = set()

        def clear_and_sure(asked: Sequence[DisposalOrder]) -> Collection[str]:
            doubtful = {one.id for one in asked if one.ref.kind in reasons}
            clear = set(still_clear(asked))
            stopped.update(clear & doubtful)
            return clear - doubtful

        receipts = self._inner.dispose(orders, clear_and_sure)
        return [_stopped(one, reasons) if one.order.id in stopped else one for one in receipts]

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """Inspect: what is seen is seen, whatever has changed."""
        return self._inner.inspect(orders)

    def needs(self, documents: Mapping[RecordRef, RecordRef | None]) -> Collection[RecordRef]:
        """Ask who names documents: one that is named is, whatever has changed."""
        return self._inner.needs(documents)

    def close(self) -> None:
        """Let go of the store."""
        self._inner.close()

    @property
    def _reasons(self) -> Mapping[str, str]:
        if self._known is None:
            live = self._inner.outline()
            accepted = self._accepted() if any(one.tables for one in live.values()) else {}
            said = {kind: problem(accepted.get(kind), one) for kind, one in live.items()}
            self._known = {kind: reason for kind, reason in said.items() if reason}
        return self._known


def _doubted(record: Record, reason: str | None) -> Record:
    return replace(record, problems=(*record.problems, reason)) if reason else record


def _stopped(receipt: Receipt, reasons: Mapping[str, str]) -> Receipt:
    if receipt.outcome is not Outcome.HELD:
        return receipt
    return replace(receipt, outcome=Outcome.CHANGED, reason=reasons[receipt.order.ref.kind])
