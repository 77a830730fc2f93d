"""A store that makes its records up as it is read, so that no more of them exist than the reader keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from retentiond.connectors.interface import CHUNK, Cursor, ScanPage, ScanRequest
from retentiond.connectors.memory import MemoryConnector
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.records import Record, RecordRef, StateToken


class Streaming(MemoryConnector):
    """So many cases, closed on 1,500 days of some thirty years; ``breaks``: it fails after a page of them."""

    def __init__(self, definition: Any, cases: int, *, breaks: bool = False, **given: Any) -> None:
        super().__init__(definition, **given)
        self.cases = cases
        self.breaks = breaks

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """Yield the cases, all of the first class asked for."""
        assert after is None
        (code, *_) = request.windows
        for start in range(0, self.cases, CHUNK):
            numbers = range(start, min(start + CHUNK, self.cases))
            records = tuple(self._made(request.kind, code, number) for number in numbers)
            yield ScanPage(records, Cursor(str(numbers[-1])), len(records))
            if self.breaks:
                raise StoreUnavailable.about(self.name, "the connection broke")

    def _made(self, kind: str, code: str, number: int) -> Record:
        return Record(
            ref=RecordRef(self.name, kind, str(number)),
            reference=f"FAM-{number}",
            record_class=code,
            dates={"case-closed": date(1995, 1, 1) + timedelta(days=number % 1_500 * 8)},
            state=StateToken(""),
            size=100,
        )
