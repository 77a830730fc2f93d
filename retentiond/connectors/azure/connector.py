"""The connector for blobs: eight verbs over one container."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from retentiond.connectors.azure.canary import why_not_destroyed
from retentiond.connectors.azure.checking import faults_of
from retentiond.connectors.azure.client import AT_ONCE, Place, open_account
from retentiond.connectors.azure.container import CANARIES, Container, Keyed, Position
from retentiond.connectors.azure.disposing import Disposing, counts_of
from retentiond.connectors.azure.reading import BlobReading, asks_tags
from retentiond.connectors.document_kinds import DocumentKind, Source, compile_kinds, kind_named
from retentiond.connectors.interface import Capabilities, Closing, Cursor, Role, ScanPage, ScanRequest, StillClear
from retentiond.connectors.keyed_rows import KeyedRow, KeyedRows
from retentiond.connectors.selection import is_wanted
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import Fault, StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Receipt, Sight, Sighting
from retentiond.domain.outlines import Outline
from retentiond.domain.records import Record, RecordRef

_SOURCES = frozenset({Source.NAME, Source.TAG, Source.METADATA, Source.LAST_MODIFIED})
_CONDITIONS = frozenset({Source.TAG, Source.METADATA})
_END = Cursor("end")


class AzureConnector(Closing):
    """Blobs of one container; a record is a name with its versions, its snapshots and what is soft-deleted of it.

    Args:
        definition: the store; ``options`` name ``container`` and, unless the credential is a connection string,
            ``account-url``.
        role: which powers it is opened with.
        credential: an account key, a shared access signature or a connection string; nothing is looked for elsewhere.
        keyed_rows: reads the definition's key table, where it names one.

    Raises:
        ConfigurationRefused: the definition does not suit a container, or the credential is missing.
    """

    def __init__(
        self, definition: Definition, *, role: Role, credential: str | None, keyed_rows: KeyedRows | None = None
    ) -> None:
        self._definition = definition
        self._role = role
        self._keyed_rows = keyed_rows
        more = {Source.COLUMN} if keyed_rows else frozenset()
        self._kinds = compile_kinds(definition, _SOURCES | more, conditions=_CONDITIONS | more)
        self._account = open_account(definition, credential)
        place = Place(definition.name, definition.options["container"])
        self._container = Container(self._account, place, tags=any(map(asks_tags, self._kinds.values())))
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="retentiond-azure")

    @property
    def name(self) -> str:
        """The definition's name."""
        return self._definition.name

    @property
    def capabilities(self) -> Capabilities:
        """It destroys; whether it can hold the container says, and unsaid is the cautious answer."""
        try:
            return Capabilities(native_holds=self._container.can_hold)
        except (StoreRefused, StoreUnavailable):
            return Capabilities()

    def check(self) -> Sequence[Fault]:
        """Ask the container and its account for everything that would defeat disposal."""
        prefixes = [kind.prefix for kind in self._definition.records]
        return [*faults_of(self._container, prefixes), *self._faults_of_rows()]

    def _faults_of_rows(self) -> Iterator[Fault]:
        for kind in self._kinds.values():
            try:
                self._rows(kind, ())
            except StoreRefused as refusal:
                yield from refusal.faults

    def outline(self) -> Mapping[str, Outline]:
        """Return nothing: blobs have no catalogue that says what is in them."""
        return {}

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """List the container and yield the wanted blobs."""
        kind = kind_named(self._kinds, self.name, request.kind)
        if not kind.is_scanned or after == _END:
            yield ScanPage((), _END, 0)
            return
        held = self._container.holds()
        for keys, position in self._container.pages(kind.prefix, _position(after)):
            reading = BlobReading(self.name, kind, self._rows(kind, [key for key, _ in keys]))
            found = [reading.record(key, items, held=held) for key, items in keys]
            wanted = tuple(one for one in found if is_wanted(request, one.record_class, one.dates))
            yield ScanPage(wanted, _cursor(position), len(found))

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        """Return the blobs as they are now, with the holds on any of their versions and on the container."""
        readings: dict[str, BlobReading] = {}
        for name in {ref.kind for ref in refs}:
            kind = kind_named(self._kinds, self.name, name)
            rows = self._rows(kind, [ref.key for ref in refs if ref.kind == name])
            readings[name] = BlobReading(self.name, kind, rows)
        held = self._container.holds() if refs else ()
        listed: Iterator[Keyed] = self._pool.map(lambda ref: self._listed(readings[ref.kind].kind, ref.key), refs)
        found = {
            ref: readings[ref.kind].record(key, items, held=held)
            if items
            else None
            if self._is_one(readings[ref.kind].kind, key)
            else readings[ref.kind].kind.astray(self.name, key)
            for ref, (key, items) in zip(refs, listed, strict=True)
        }
        return {ref: one for ref, one in found.items() if one is not None}

    def _rows(self, kind: DocumentKind, keys: Sequence[str]) -> Mapping[str, KeyedRow]:
        """Return what the key table says of some keys, where the kind asks it anything."""
        return self._keyed_rows(keys, kind) if self._keyed_rows and (kind.columns or kind.values) else {}

    def _listed(self, kind: DocumentKind, key: str) -> Keyed:
        return key, self._container.items_of(key) if self._is_one(kind, key) else ()

    def _is_one(self, kind: DocumentKind, key: str) -> bool:
        return kind.has(key) and not key.startswith(CANARIES)

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Destroy blobs with their versions and snapshots, where the account lets them be destroyed at all."""
        if self._role is not Role.DISPOSE:
            raise StoreRefused(Fault(self.name, f"it was opened to {self._role}, and only a disposer may dispose"))
        if not orders:
            return []
        kinds = {order.id: kind_named(self._kinds, self.name, order.ref.kind) for order in orders}
        disposing = Disposing(self._container, lambda order: kinds[order.id], self._pool, lambda: self._trial)
        return disposing.carry_out(orders, still_clear)

    @cached_property
    def _trial(self) -> tuple[str, bool]:
        return why_not_destroyed(self._container)

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """List each key's versions, snapshots and soft-deleted remains, and ask for the blob itself."""
        for order in orders:
            kind_named(self._kinds, self.name, order.ref.kind)
        return list(self._pool.map(self._sighting, orders))

    def _sighting(self, order: DisposalOrder) -> Sighting:
        try:
            checked = counts_of(self._container.items_of(order.ref.key, uncommitted=True))
            is_there = self._container.is_there(order.ref.key)
            # What is listed as the blob itself and denied when asked for are blocks that were never committed.
            checked["uncommitted"] = 0 if is_there else checked["blobs"]
            checked["blobs"] = int(is_there)
        except (StoreRefused, StoreUnavailable):
            return Sighting(order, Sight.INCONCLUSIVE)
        return Sighting(order, Sight.PRESENT if any(checked.values()) else Sight.GONE, checked=checked)

    def needs(self, _documents: Mapping[RecordRef, RecordRef | None]) -> Collection[RecordRef]:
        """Return nothing: blobs name no documents in other stores."""
        return ()

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.shutdown()
        self._account.close()


def _cursor(position: Position | None) -> Cursor:
    return _END if position is None else Cursor(json.dumps([position.marker, position.told]))


def _position(after: Cursor | None) -> Position:
    return Position(*json.loads(after)) if after else Position()
