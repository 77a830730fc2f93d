"""What every connected store can be asked: eight verbs, and its abilities as data. Read this first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import NewType, Protocol, Self

from retentiond.domain.errors import Fault
from retentiond.domain.orders import DisposalOrder, Receipt, Sighting
from retentiond.domain.outlines import Outline
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action
from retentiond.domain.windows import Window

Cursor = NewType("Cursor", str)
"""Opaque to all but the connector that made it."""

StillClear = Callable[[Sequence[DisposalOrder]], Collection[str]]
"""Asked by a connector at the last moment before its store commits; returns the ids of the orders still allowed.

This is how a hold placed while an order is in flight still wins.
"""

CHUNK = 1000
"""Most records in one page, one fetch and one batch of orders."""


class Role(StrEnum):
    """Which credential a connector is opened with. Powers stay separate: only DISPOSE can delete."""

    SCAN = "scan"
    DISPOSE = "dispose"
    VERIFY = "verify"


class Wanted(StrEnum):
    """Which records a scan is to yield."""

    DUE = "due"
    """Those inside a window of their class."""
    UNDATED = "undated"
    """Those that lack a date their class needs."""


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to look for in one kind of record."""

    kind: str
    windows: Mapping[str, Sequence[Window]]
    """Class code to alternatives (see :func:`retentiond.domain.windows.windows`). A class not named here, or with no
    alternatives, is not wanted; of a class with an alternative that names no date every record is."""
    wanted: Wanted = Wanted.DUE
    unclassified: bool = False
    """Also those of no class, whatever their dates: no line of ``classify`` holds for them."""


@dataclass(frozen=True, slots=True)
class ScanPage:
    """At most :data:`CHUNK` records in a stable order, and where to go on from."""

    records: tuple[Record, ...]
    cursor: Cursor
    examined: int
    """How many records of the kind this page stands for, wanted or not; over a whole scan the sum is the size of the
    kind. A store that can count in one statement says it all on the first page."""
    remarks: tuple[Fault, ...] = ()
    """What of the kind can be no record, for want of a name; told once, on the first page."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a store can do and promise. Every default is the cautious answer."""

    actions: frozenset[Action] = frozenset({Action.DESTROY})
    native_holds: bool = False
    """The store enforces holds of its own (object lock, a hold column)."""
    atomic_batches: bool = False
    """All of an order happens, or nothing of it (a transaction)."""
    keeps_versions: bool = True
    """Removing the current version may leave older ones."""
    receipts_in_store: bool = False
    """The store records our order in the same transaction as the deed (evidence grade A after a lost reply)."""


class Connector(Protocol):
    """A connected store: yields records, disposes of them when ordered to, and says what is left.

    Laws (``connectors/conformance.py`` tests each): scan and fetch agree; every record once, in a stable order; a page
    resumes after its cursor; nothing is inferred from an empty or failed answer; no exception text holds a record
    value. A record with a native hold, or whose state differs from the order's, is left alone. Verbs raise
    ``StoreUnavailable`` where trying again may help and ``StoreRefused`` where it will not.
    """

    @property
    def name(self) -> str:
        """The definition's name."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What this store can do."""
        ...

    def check(self) -> Sequence[Fault]:
        """Reach the store and compare it with its definition; change nothing. All faults at once; empty is good.

        One that is a remark is told, and stands in nobody's way.
        """
        ...

    def outline(self) -> Mapping[str, Outline]:
        """Return by kind of record what the live catalogue says about its tables, in names and types only.

        A store that has no catalogue returns nothing. A change that nobody has accepted makes the records of the
        kind not due, so what is said must not differ from one opening or credential to another without cause.
        """
        ...

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """Yield the wanted records of one kind lazily, page by page, memory flat in their number.

        ``state``, ``native_holds``, ``documents``, ``shared_documents`` and ``recipients`` may be left empty where
        asking costs more than the row; :meth:`fetch` never leaves them out. The last page may be empty; at least one
        page is always yielded.
        """
        ...

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        """Return the records as they are now, at most :data:`CHUNK`; one that does not exist is left out."""
        ...

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Carry out at most :data:`CHUNK` orders of one kind; one receipt each, in order. Repeating it is harmless.

        An order whose receipt the store already holds is answered with the same outcome. A record that is absent is
        ``ALREADY_ABSENT`` at its first attempt; at a later one, without a receipt in the store, it was ours with
        grade B.
        """
        ...

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """Look for what is left of the orders' records, by another query than the one that disposed of them.

        Used for the independent verification (on a connector opened as ``Role.VERIFY``) and to find out the truth of
        an attempt whose reply was lost. Every mapped table, every version and delete marker is looked at.
        """
        ...

    def needs(self, documents: Mapping[RecordRef, RecordRef | None], /) -> Collection[RecordRef]:
        """Return those documents of other stores that something in this store names as its own, as it is now.

        Asked right before documents are destroyed after their record: what began to name one since keeps it. Where it
        cannot be told, it counts as named. A store whose records have no documents elsewhere returns nothing.

        Args:
            documents: at most :data:`CHUNK`, each with the record it goes with where that is anonymised and still
                there: its naming a document counts for nothing. None: the record is gone, and whatever names it counts.
        """
        ...

    def close(self) -> None:
        """Let go of the store. Closing twice is harmless."""
        ...

    def __enter__(self) -> Self:
        """Return itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        ...


class Closing:
    """What connectors have alike: one that is opened by ``with`` is closed at its end."""

    def close(self) -> None:
        """Let go of the store. Closing twice is harmless."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
