"""The connector for objects: eight verbs over one bucket."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from retentiond.connectors.document_kinds import DocumentKind, Source, compile_kinds, kind_named
from retentiond.connectors.interface import (
    Capabilities,
    Closing,
    Cursor,
    Role,
    ScanPage,
    ScanRequest,
    StillClear,
)
from retentiond.connectors.keyed_rows import KeyedRow, KeyedRows
from retentiond.connectors.s3.bucket import CANARIES, Bucket, Keyed, Version
from retentiond.connectors.s3.canary import why_not_conditional
from retentiond.connectors.s3.checking import faults_of
from retentiond.connectors.s3.client import AT_ONCE, open_client, place_of
from retentiond.connectors.s3.configuration import NULL, SUSPENDED, Configuration
from retentiond.connectors.s3.disposing import Disposing
from retentiond.connectors.s3.elsewhere import Elsewhere, may_be_named
from retentiond.connectors.s3.inventory import inventory_of
from retentiond.connectors.s3.listing import AT_ONCE as MOST
from retentiond.connectors.s3.reading import ObjectReading, Surroundings, last_modified_until
from retentiond.connectors.s3.uploads import uploads_of, uploads_under
from retentiond.connectors.selection import is_wanted
from retentiond.connectors.workers import Workers
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt, Sight, Sighting
from retentiond.domain.outlines import Outline
from retentiond.domain.records import Record, RecordRef

_SOURCES = frozenset({Source.NAME, Source.TAG, Source.METADATA, Source.LAST_MODIFIED})
_CONDITIONS = frozenset({Source.TAG, Source.METADATA})


class S3Connector(Closing):
    """Objects of one bucket; a record is a key with all its versions and delete markers.

    Args:
        definition: the store; ``options`` name ``bucket``, ``region`` and, for servers other than Amazon's,
            ``endpoint``.
        role: which powers it is opened with.
        access_key: the credential; nothing is looked for in the surroundings.
        secret_key: its secret.
        keyed_rows: reads the definition's key table, where it names one.
        workers: who lists the bucket and reads its inventories; None: threads of its own. They look the keys up by the
            names the definition has for them.

    Raises:
        ConfigurationRefused: the definition does not suit a bucket, or the credential is missing.
    """

    def __init__(
        self,
        definition: Definition,
        *,
        role: Role,
        access_key: str | None,
        secret_key: str | None,
        keyed_rows: KeyedRows | None = None,
        workers: Workers | None = None,
    ) -> None:
        self._definition = definition
        self._role = role
        self._keyed_rows = keyed_rows
        self._tried: dict[str, str] = {}
        more = {Source.COLUMN} if keyed_rows else frozenset()
        self._kinds = compile_kinds(definition, _SOURCES | more, conditions=_CONDITIONS | more)
        place = place_of(definition)
        if not access_key or not secret_key:
            raise ConfigurationRefused(
                Fault(
                    definition.source or definition.name, "the credential is missing", "set access-key and secret-key"
                )
            )
        most = int(definition.options.get("requests-in-flight", MOST))
        names = definition.options.get("access-key", ""), definition.options.get("secret-key", "")
        elsewhere = Elsewhere(workers, place, names, most) if workers is not None and may_be_named(names) else None
        self._bucket = Bucket(open_client(place, role, access_key, secret_key), place, most, elsewhere)
        self._inventory = inventory_of(definition, self._bucket)
        self._pool = ThreadPoolExecutor(min(AT_ONCE, most), thread_name_prefix="retentiond-s3")

    @property
    def name(self) -> str:
        """The definition's name."""
        return self._definition.name

    @property
    def capabilities(self) -> Capabilities:
        """It destroys; whether it holds and keeps versions the bucket says, and unsaid is the cautious answer."""
        try:
            return Capabilities(native_holds=self._bucket.is_locked, keeps_versions=self._bucket.is_versioned)
        except (StoreRefused, StoreUnavailable):
            return Capabilities()

    def check(self) -> Sequence[Fault]:
        """Ask the bucket where it lies and for everything that would defeat disposal."""
        return [*faults_of(self._bucket, self._definition), *self._faults_of_rows(), *self._faults_of_inventory()]

    def _faults_of_rows(self) -> Iterator[Fault]:
        for kind in self._kinds.values():
            try:
                self._rows(kind, ())
            except StoreRefused as refusal:
                yield from refusal.faults

    def _faults_of_inventory(self) -> Iterator[Fault]:
        if self._inventory is not None and self._role is Role.SCAN:
            try:
                self._inventory.check()
            except StoreRefused as refusal:
                yield from refusal.faults

    def outline(self) -> Mapping[str, Outline]:
        """Return nothing: objects have no catalogue that says what is in them."""
        return {}

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """List the bucket and yield the wanted objects; holds are left to fetch, for they cost requests."""
        kind = kind_named(self._kinds, self.name, request.kind)
        cursor, any_page = after or Cursor(""), False
        until = last_modified_until(kind, request)
        source = self._inventory or self._bucket
        for listed in source.pages(kind.prefix, after or "", until) if kind.is_scanned else ():
            records = self._wanted(kind, self._live(kind, listed.keyed), request)
            cursor, any_page = Cursor(listed.last), True
            yield ScanPage(records, cursor, listed.examined)
        if not any_page:
            yield ScanPage((), cursor, 0)

    def _live(self, kind: DocumentKind, keyed: Sequence[Keyed]) -> Sequence[Keyed]:
        """Return candidates of an inventory as they are now, where each is to be asked about anyhow."""
        if self._inventory is None or not kind.costs_requests:
            return keyed
        versioning = self._bucket.versioning()
        found = self._pool.map(lambda one: (one[0], self._versions(one[0], versioning)), keyed)
        return [one for one in found if one[1]]

    def _wanted(self, kind: DocumentKind, keys: Sequence[Keyed], request: ScanRequest) -> tuple[Record, ...]:
        reading = ObjectReading(self._bucket, kind, self._rows(kind, [key for key, _ in keys]))
        classes: set[str | None] = {code for code, alternatives in request.windows.items() if alternatives}
        if request.unclassified:
            classes.add(None)
        one_by_one = self._pool.map if kind.costs_requests else map
        found = one_by_one(lambda keyed: reading.record(*keyed, of=classes), keys)
        return tuple(record for record in found if record and is_wanted(request, record.record_class, record.dates))

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        """Return the objects as they are now, with the holds on any version and what stands against destroying them."""
        if not refs:
            return {}
        configuration = Configuration.of(self._bucket)
        if configuration.versioning is None:
            self._bucket.versioning()  # says why it does not tell
        surroundings = Surroundings(configuration, uploads_of(self._bucket, [ref.key for ref in refs]))
        readings: dict[str, ObjectReading] = {}
        for name in {ref.kind for ref in refs}:
            kind = kind_named(self._kinds, self.name, name)
            rows = self._rows(kind, [ref.key for ref in refs if ref.kind == name])
            readings[name] = ObjectReading(self._bucket, kind, rows, surroundings)
        found = self._pool.map(lambda ref: self._record(readings[ref.kind], ref.key), refs)
        return {ref: record for ref, record in zip(refs, found, strict=True) if record is not None}

    def _rows(self, kind: DocumentKind, keys: Sequence[str]) -> Mapping[str, KeyedRow]:
        """Return what the key table says of some keys, where the kind asks it anything."""
        return self._keyed_rows(keys, kind) if self._keyed_rows and (kind.columns or kind.values) else {}

    def _record(self, reading: ObjectReading, key: str) -> Record | None:
        if not reading.kind.has(key) or key.startswith(CANARIES):
            return reading.kind.astray(self.name, key)
        surroundings = reading.surroundings
        versions = self._versions(key, surroundings.configuration.versioning if surroundings else None)
        return reading.record(key, versions) if versions else None

    def _versions(self, key: str, versioning: str | None) -> tuple[Version, ...]:
        if versioning:
            return self._bucket.versions_of(key)
        head = self._bucket.head(key)
        if head is None:
            self._bucket.versioning()  # a HEAD cannot tell a missing object from a missing bucket, and this can
            return ()
        return (Version("", head["ETag"], head["ContentLength"], head["LastModified"]),)

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Destroy by version, or what can be overwritten under the condition of its ETag.

        An order whose reply was lost while others' came has no receipt.
        """
        if self._role is not Role.DISPOSE:
            raise StoreRefused(Fault(self.name, f"it was opened to {self._role}, and only a disposer may dispose"))
        if not orders:
            return []
        kinds = {order.id: kind_named(self._kinds, self.name, order.ref.kind) for order in orders}
        versioning = self._bucket.versioning()
        why_not = self._why_not_conditional(versioning)
        if why_not and not versioning:
            return [Receipt(order, Outcome.FAILED, reason=why_not) for order in orders]
        uploads = uploads_of(self._bucket, [order.ref.key for order in orders])
        disposing = Disposing(
            self._bucket,
            self._pool,
            versioning=versioning,
            uploads=uploads,
            kind_of=lambda order: kinds[order.id],
            why_not_conditional=why_not,
        )
        return disposing.carry_out(orders, still_clear)

    def _why_not_conditional(self, versioning: str) -> str:
        """Return why deletion cannot be made conditional here, tried out once for each way the bucket can be."""
        if versioning not in self._tried:
            version = NULL if versioning == SUSPENDED else ""
            conditional = versioning in ("", SUSPENDED)
            self._tried[versioning] = why_not_conditional(self._bucket, version) if conditional else ""
        return self._tried[versioning]

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """List each key's versions and ask for the object itself; only where both find nothing is it gone."""
        for order in orders:
            kind_named(self._kinds, self.name, order.ref.kind)
        return list(self._pool.map(self._sighting, orders))

    def _sighting(self, order: DisposalOrder) -> Sighting:
        try:
            versions = self._bucket.versions_of(order.ref.key)
            current = self._bucket.head(order.ref.key)
            uploads = uploads_under(self._bucket, order.ref.key).get(order.ref.key, ())
        except (StoreRefused, StoreUnavailable):
            return Sighting(order, Sight.INCONCLUSIVE)
        markers = sum(one.is_marker for one in versions)
        checked = {
            "versions": len(versions) - markers,
            "delete markers": markers,
            "current objects": int(current is not None),
            "unfinished uploads": len(uploads),
        }
        return Sighting(order, Sight.PRESENT if any(checked.values()) else Sight.GONE, checked=checked)

    def needs(self, _documents: Mapping[RecordRef, RecordRef | None]) -> Collection[RecordRef]:
        """Return nothing: objects name no documents in other stores."""
        return ()

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.shutdown()
        self._bucket.close()
