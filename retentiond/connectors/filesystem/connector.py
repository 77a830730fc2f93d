"""The connector for file shares: eight verbs over one folder tree."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from retentiond.connectors.document_kinds import DocumentKind, Source, compile_kinds, kind_named
from retentiond.connectors.filesystem.disposing import Disposing
from retentiond.connectors.filesystem.files import MARKER, Files
from retentiond.connectors.filesystem.folders import CaseFolders
from retentiond.connectors.filesystem.keys import to_key, to_path
from retentiond.connectors.filesystem.looking import Looking, has_attributes
from retentiond.connectors.filesystem.sorts import Judged, Sort
from retentiond.connectors.filesystem.tree import OtherFileSystem, is_anything, root_folder
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
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Receipt, Sight, Sighting
from retentiond.domain.outlines import Outline
from retentiond.domain.records import Record, RecordRef

_SOURCES = frozenset({Source.NAME, Source.MODIFIED, Source.SIDECAR})


class FilesystemConnector(Closing):
    """Files below one folder, or folders with all their files, each a record; its key is its path below the root.

    Args:
        definition: the store; ``options`` names the ``root``, an absolute path, and ``remove-empty-folders``.
        role: which powers it is opened with.

    Links are not followed and other file systems are not entered. What unlinking does not promise: snapshots, backups
    and the medium's own spare blocks may still hold the data.

    Raises:
        ConfigurationRefused: the definition does not suit a folder of files.
    """

    def __init__(self, definition: Definition, *, role: Role) -> None:
        self._definition = definition
        self._role = role
        self._kinds = compile_kinds(definition, _SOURCES)
        self._root = Path(definition.options.get("root", ""))
        if not self._root.is_absolute():
            raise ConfigurationRefused(
                Fault(definition.source or definition.name, "'root' is no absolute path", "write it from / on")
            )

    @property
    def name(self) -> str:
        """The definition's name."""
        return self._definition.name

    @property
    def capabilities(self) -> Capabilities:
        """It destroys, and the file system may hold by attributes; below, it may keep snapshots."""
        try:
            with self._open() as root:
                return Capabilities(native_holds=has_attributes(root))
        except (StoreRefused, StoreUnavailable):
            return Capabilities()

    def check(self) -> Sequence[Fault]:
        """Open the root and look into it."""
        try:
            with self._open():
                return ()
        except (StoreRefused, StoreUnavailable) as refusal:
            return refusal.faults

    def outline(self) -> Mapping[str, Outline]:
        """Return nothing: files have no catalogue that says what is in them."""
        return {}

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """Walk the tree in the order of names and yield the wanted records; only those are looked at closely."""
        kind = kind_named(self._kinds, self.name, request.kind)
        looking = Looking()

        def wants(judged: Judged) -> bool:
            return is_wanted(request, judged.record_class, judged.dates)

        with self._open() as root:
            sort, begin = self._sort(root, kind), to_path(after) if after else ""
            found = sort.scanned(begin, wants, lambda: looking) if kind.is_scanned else iter(())
            cursor, any_page = after or Cursor(""), False
            while (page := list(islice(found, CHUNK))) or not any_page:
                any_page, looking = True, Looking()
                cursor = Cursor(to_key(page[-1][0])) if page else cursor
                yield ScanPage(tuple(one for _, one in page if one), cursor, len(page))

    def _sort(self, root: int, kind: DocumentKind) -> Sort:
        return CaseFolders(self.name, root, kind) if kind.folders else Files(self.name, root, kind)

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        """Return the records as they are now; a key that is no path below the root names none."""
        looking = Looking()
        with self._open() as root:
            sorts = {ref: self._sort(root, kind_named(self._kinds, self.name, ref.kind)) for ref in refs}
            found = {ref: self._record(root, sort, ref, looking) for ref, sort in sorts.items()}
        return {ref: one for ref, one in found.items() if one is not None}

    def _record(self, root: int, sort: Sort, ref: RecordRef, looking: Looking) -> Record | None:
        try:
            path = to_path(ref.key)
            if sort.kind.has(ref.key) and ((found := sort.record(path, looking)) or not is_anything(root, path)):
                return found
        except ValueError:
            pass  # it is no path below the root
        return sort.kind.astray(self.name, ref.key)

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Unlink the files and wait until their folders are on stable storage."""
        if self._role is not Role.DISPOSE:
            raise StoreRefused(Fault(self.name, f"it was opened to {self._role}, and only a disposer may dispose"))
        tidies = self._definition.options.get("remove-empty-folders") == "true"
        with self._open() as root:
            sorts = [self._sort(root, kind_named(self._kinds, self.name, order.ref.kind)) for order in orders]
            return Disposing(root, remove_empty_folders=tidies).carry_out(orders, sorts, still_clear)

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """Look for each file or folder, and what goes with it, by its path."""
        with self._open() as root:
            return [self._sighting(root, order) for order in orders]

    def _sighting(self, root: int, order: DisposalOrder) -> Sighting:
        sort = self._sort(root, kind_named(self._kinds, self.name, order.ref.kind))
        try:
            return sort.sighting(order, to_path(order.ref.key))
        except (ValueError, OSError):
            return Sighting(order, Sight.INCONCLUSIVE)

    @contextmanager
    def _open(self) -> Iterator[int]:
        """Open the root, and refuse one that is empty: a share that is not mounted looks just so."""
        try:
            with root_folder(self._root) as root:
                with os.scandir(root) as found:
                    if next(found, None) is None:
                        raise StoreUnavailable(
                            Fault(
                                self.name,
                                "its root is empty, as that of a share that is not mounted",
                                f"mount it, or put a file named {MARKER} into it",
                            )
                        )
                yield root
        except OtherFileSystem:
            raise StoreRefused(
                Fault(self.name, "a folder below its root is another file system", "connect that as a store of its own")
            ) from None
        except PermissionError:
            raise StoreRefused(Fault(self.name, "a folder or file below its root may not be read")) from None
        except RecursionError:
            said, remedy = "folders below its root lie too deep to be walked", "connect a folder further down"
            raise StoreRefused(Fault(self.name, said, remedy)) from None
        except OSError as error:
            raise StoreUnavailable(
                Fault(self.name, f"its root did not answer ({os.strerror(error.errno or 0)})")
            ) from None

    def needs(self, _documents: Mapping[RecordRef, RecordRef | None]) -> Collection[RecordRef]:
        """Return nothing: files name no documents in other stores."""
        return ()

    def close(self) -> None:
        """Do nothing: nothing stays open between two questions."""
