"""The eight verbs of a connected SQL database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from retentiond.connectors.interface import Capabilities, Closing, Cursor, Role, ScanPage, ScanRequest, StillClear
from retentiond.connectors.pseudonym_keys import NO_KEYS, PseudonymKeys
from retentiond.connectors.sql.catalogue import reflected
from retentiond.connectors.sql.checking import unreadable, unreceivable, unsafe, untypable
from retentiond.connectors.sql.disposing import Disposer
from retentiond.connectors.sql.inspecting import Inspector
from retentiond.connectors.sql.mapping import Mapped, MappedKind, mapped
from retentiond.connectors.sql.nameless import nameless
from retentiond.connectors.sql.opening import Opening
from retentiond.connectors.sql.outlining import outlined
from retentiond.connectors.sql.pseudonymising import Secrets
from retentiond.connectors.sql.reading import Reader
from retentiond.connectors.sql.receipts import ensure_receipt_table, has_receipt_table, receipts_of
from retentiond.connectors.sql.standing import Standing, stamp_of
from retentiond.connectors.sql.still_named import still_named
from retentiond.connectors.sql.values import keys
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import Fault, StoreRefused
from retentiond.domain.orders import DisposalOrder, Receipt, Sighting
from retentiond.domain.outlines import Outline
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action


class SqlConnector(Closing):
    """A connected SQL database. Implements ``retentiond.connectors.interface.Connector``.

    The catalogue is read once; every table and column of the definition is looked up in it, and no name reaches a
    statement in any other way. Each deed asks whether it has changed since. A database is opened only when a verb
    needs it.

    Args:
        definition: the store, of kind ``sql``.
        role: whose powers the credential in ``url`` has.
        url: ``sqlite:///FILE``, ``postgresql://…``, ``mariadb://…`` and so on, secrets filled in; it is never shown.
        keys: where the keys of pseudonyms come from.
    """

    def __init__(self, definition: Definition, *, role: Role, url: str, keys: PseudonymKeys = NO_KEYS) -> None:
        self._definition = definition
        self._role = role
        self._keys = keys
        self._opening = Opening(definition.name, url, role)
        self._mapped: Mapped | None = None
        self._stamp: str | None = None
        self._standing: Standing | None = None

    @property
    def name(self) -> str:
        """The definition's name."""
        return self._definition.name

    @property
    def capabilities(self) -> Capabilities:
        """What this store can do."""
        return Capabilities(
            actions=frozenset({Action.DESTROY, *(one.rewriting for one in self._definition.records if one.rewriting)}),
            atomic_batches=True,
            keeps_versions=False,
            receipts_in_store=self._definition.receipts,
        )

    def check(self) -> Sequence[Fault]:
        """Reach the store and compare it with its definition; change nothing. All faults at once; empty is good.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it did not accept the credential.
        """
        store = self._store()
        with self._opening.reading() as connection:
            more = [*untypable(connection, store), *unreadable(connection, store)]
            more.extend(self._lacking())
            more.extend(unreceivable(connection, store, self._role))
            more.extend(fault for kind in store.kinds.values() for fault in nameless(connection, store, kind))
        return sorted({*store.faults, *unsafe(store), *more})

    def outline(self) -> Mapping[str, Outline]:
        """Return the outline of every kind, from the catalogue as it was when the store was opened.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it did not accept the credential, or its definition does not fit.
        """
        store = self._store()
        if store.faults:
            raise StoreRefused(*sorted(store.faults))
        return outlined(store)

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """Yield the wanted records of one kind lazily, in the order of their keys.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it answered no, or its definition does not fit.
        """
        store, kind = self._kind(request.kind)
        yield from Reader(store, kind).pages(self._opening, request, after)

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        """Return the records as they are now; one that does not exist is left out.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it answered no, or its definition does not fit.
        """
        found: dict[RecordRef, Record] = {}
        ours = {ref for ref in refs if ref.store == self.name}
        for name in sorted({ref.kind for ref in ours}):
            store, kind = self._kind(name)
            wanted = {ref.key for ref in ours if ref.kind == name}
            with self._opening.reading() as connection:
                given = keys(kind.key_columns, wanted, store.catalogue.dialect)
                records = Reader(store, kind).by_key(connection, given)
            found.update((record.ref, record) for record in records.values() if record.ref.key in wanted)
        return found

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Carry out orders, each whole or not at all: in one transaction a kind, halved where rows are refused.

        Before the very first disposal our receipt table is made where the definition allows it and it is missing.

        Raises:
            StoreUnavailable: the store did not answer; when the connection broke, what happened is not known.
            StoreRefused: the credential, the definition or the live catalogue forbid any disposal.
        """
        if self._role is not Role.DISPOSE:
            raise StoreRefused(Fault(self.name, f"it was opened to {self._role}, not to dispose", "use 'dispose-url'"))
        done: dict[str, Receipt] = {}
        for name in dict.fromkeys(order.ref.kind for order in orders):
            store, kind = self._kind(name)
            standing = self._ready(store)
            batch = [order for order in orders if order.ref.kind == name]
            receipts = Disposer(store, kind, standing, self._secrets(kind, batch)).dispose(
                self._opening, batch, still_clear
            )
            done.update((receipt.order.id, receipt) for receipt in receipts)
        return [done[order.id] for order in orders]

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """Look for what is left of the orders' records, and for our receipts.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it answered no, or its definition does not fit.
        """
        found: dict[str, Sighting] = {}
        for name in dict.fromkeys(order.ref.kind for order in orders):
            store, kind = self._kind(name)
            batch = [order for order in orders if order.ref.kind == name]
            receipts = self._receipts([order.id for order in batch])
            with self._opening.reading() as connection:
                for sighting in Inspector(store, kind).inspect(connection, batch, receipts):
                    found[sighting.order.id] = sighting
        return [found[order.id] for order in orders]

    def needs(self, documents: Mapping[RecordRef, RecordRef | None]) -> Collection[RecordRef]:
        """Return those documents whose keys a row holds that is not of the record they go with.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it answered no, or its definition does not fit.
        """
        store = self._store()
        if store.faults:
            raise StoreRefused(*sorted(store.faults))
        with self._opening.reading() as connection:
            return still_named(connection, store, documents)

    def close(self) -> None:
        """Let go of the store. Closing twice is harmless."""
        self._opening.close()

    def _store(self) -> Mapped:
        if self._mapped is None:
            with self._opening.reading() as connection:
                if self._role is Role.DISPOSE:
                    self._stamp = stamp_of(connection, self._opening.dialect, self._definition)
                self._mapped = mapped(self._definition, reflected(connection, self._role))
        return self._mapped

    def _kind(self, name: str) -> tuple[Mapped, MappedKind]:
        store = self._store()
        if store.faults:
            raise StoreRefused(*sorted(store.faults))
        if name not in store.kinds:
            raise StoreRefused(Fault(self.name, "it has no such kind of record", "run check"))
        return store, store.kinds[name]

    def _lacking(self) -> Iterator[Fault]:
        """Yield a fault for each key that a plan names and that cannot be used."""
        named = (key for kind in self._definition.records for key in kind.pseudonyms.values())
        yield from (fault for key in dict.fromkeys(named) if (fault := self._keys.why_not(key)) is not None)

    def _secrets(self, mapped: MappedKind, orders: Sequence[DisposalOrder]) -> Secrets:
        if not any(one.action is Action.PSEUDONYMISE for one in orders):
            return {}
        return {key: self._keys.secret(key) for key in dict.fromkeys(mapped.kind.pseudonyms.values())}

    def _ready(self, store: Mapped) -> Standing:
        if self._standing is not None:
            return self._standing
        faults = unsafe(store)
        if faults:
            raise StoreRefused(*sorted(faults))
        if self._definition.receipts:
            ensure_receipt_table(self._opening)
        self._standing = Standing(store, self._role, self._stamp)
        return self._standing

    def _receipts(self, ids: Sequence[str]) -> frozenset[str]:
        if not self._definition.receipts:
            return frozenset()
        try:
            with self._opening.reading() as connection:
                return frozenset(receipts_of(connection, ids)) if has_receipt_table(connection) else frozenset()
        except StoreRefused:
            # A credential that may not read our table sees no receipt: weaker evidence, never a wrong claim.
            return frozenset()
