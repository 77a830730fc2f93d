"""Ask again when a store did not answer: every verb but the one that destroys."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from retentiond.connectors.interface import Capabilities, Closing, Connector, Cursor, ScanPage, ScanRequest, StillClear
from retentiond.domain.errors import Fault, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Receipt, Sighting
from retentiond.domain.outlines import Outline
from retentiond.domain.records import Record, RecordRef

Answer = TypeVar("Answer")


def repeated(
    attempt: Callable[[], Answer],
    *,
    on: type[Exception],
    times: int = 3,
    longest_wait: float = 2.0,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Return what an attempt returns; try it again after a failure of one kind, with growing, jittered pauses.

    Only for what leaves nothing behind when it fails.

    Args:
        attempt: what to try.
        on: the failure that another attempt may not meet.
        times: how often it is tried again at most.
        longest_wait: the longest pause between two attempts, in seconds.
        sleep: how to pause.

    Raises:
        Exception: the failure of the last attempt, or one of another kind.
    """
    wait = wait_random_exponential(multiplier=0.1, max=longest_wait)
    retrying = Retrying(
        retry=retry_if_exception_type(on), stop=stop_after_attempt(1 + times), wait=wait, sleep=sleep, reraise=True
    )
    return retrying(attempt)


class RetryingConnector(Closing):
    """A connector that repeats questions its store left unanswered, with growing, jittered pauses.

    Args:
        inner: the connector that asks.
        attempts: how often one question is asked at most.
        longest_wait: the longest pause between two attempts, in seconds.
        sleep: how to pause.

    ``dispose`` is passed on once, whatever happens: a deletion is repeated only through a new attempt that the
    ledger knows of (a repeated DELETE whose first reply was lost reports on an object it has destroyed itself).
    """

    def __init__(
        self,
        inner: Connector,
        *,
        attempts: int = 4,
        longest_wait: float = 20.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._inner = inner
        self._retrying = Retrying(
            retry=retry_if_exception_type(StoreUnavailable),
            stop=stop_after_attempt(attempts),
            wait=wait_random_exponential(multiplier=0.5, max=longest_wait),
            sleep=sleep,
            reraise=True,
        )

    @property
    def name(self) -> str:
        """The definition's name."""
        return self._inner.name

    @property
    def capabilities(self) -> Capabilities:
        """What the store can do; asking again changes nothing about it."""
        return self._inner.capabilities

    def check(self) -> Sequence[Fault]:
        """Reach the store, again if need be."""
        return self._ask(self._inner.check)

    def outline(self) -> Mapping[str, Outline]:
        """Outline the store, again if need be."""
        return self._ask(self._inner.outline)

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """Scan, and after a page that failed begin anew behind the last one that came.

        A generator that has raised is finished, and asking it for more would end the scan early and in silence:
        each attempt makes a new one.
        """
        cursor, pages = after, None

        def next_page() -> ScanPage | None:
            nonlocal pages
            if pages is None:
                pages = self._inner.scan(request, after=cursor)
            try:
                return next(pages, None)
            except StoreUnavailable:
                pages = None
                raise

        while (page := self._ask(next_page)) is not None:
            cursor = page.cursor
            yield page

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        """Fetch, again if need be."""
        return self._ask(lambda: self._inner.fetch(refs))

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Pass the orders on, once."""
        return self._inner.dispose(orders, still_clear)

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """Inspect, again if need be."""
        return self._ask(lambda: self._inner.inspect(orders))

    def needs(self, documents: Mapping[RecordRef, RecordRef | None]) -> Collection[RecordRef]:
        """Ask who names documents, again if need be."""
        return self._ask(lambda: self._inner.needs(documents))

    def close(self) -> None:
        """Let go of the store."""
        self._inner.close()

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        return self._retrying.copy()(question)
