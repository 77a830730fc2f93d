"""The connector for files: seven verbs over one folder tree."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from retentiond.connectors.document_kinds import DocumentKind, Source, compile_kinds, kind_named
from retentiond.connectors.filesystem.disposing import dispose_files
from retentiond.connectors.filesystem.keys import to_key, to_path
from retentiond.connectors.filesystem.reading import FileReading
from retentiond.connectors.filesystem.tree import (
    Entry,
    OtherFileSystem,
    entry_at,
    folder_of,
    root_folder,
    sidecar_of,
    status,
    walk,
)
from retentiond.connectors.interface import (
    CHUNK,
    Capabilities,
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

MARKER = ".retentiond-store"
"""A file of this name at the root is never a record; it tells a store that is empty from one that is not mounted."""

_SOURCES = frozenset({Source.NAME, Source.MODIFIED, Source.SIDECAR})


class FilesystemConnector:
    """Files below one folder, each a record; its key is its path below the root.

    Args:
        definition: the store; ``options`` names the ``root``, an absolute path.
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
        """It destroys; the file system below may keep snapshots."""
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
        """Walk the tree in the order of names and yield the wanted files."""
        kind = kind_named(self._kinds, self.name, request.kind)
        with self._open() as root:
            reading = FileReading(self.name, root, kind)
            begin = to_path(after) if after else ""
            entries = self._entries(root, kind, begin) if kind.is_scanned else iter(())
            cursor, any_page = after or Cursor(""), False
            while (chunk := list(islice(entries, CHUNK))) or not any_page:
                any_page = True
                found = [reading.record(entry) for entry in chunk]
                cursor = Cursor(to_key(chunk[-1].path)) if chunk else cursor
                wanted = tuple(one for one in found if is_wanted(request, one.record_class, one.dates))
                yield ScanPage(wanted, cursor, len(chunk))

    def _entries(self, root: int, kind: DocumentKind, begin: str) -> Iterator[Entry]:
        sidecars = kind.uses(Source.SIDECAR)
        return (one for one in walk(root, begin, prefix=kind.prefix, sidecars=sidecars) if one.path != MARKER)

    def fetch(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
        """Return the files as they are now; a key that is no path below the root names no file."""
        found: dict[RecordRef, Record] = {}
        with self._open() as root:
            for ref in refs:
                kind = kind_named(self._kinds, self.name, ref.kind)
                entry = self._entry(root, kind, ref)
                if entry is not None:
                    found[ref] = FileReading(self.name, root, kind).record(entry)
        return found

    def _entry(self, root: int, kind: DocumentKind, ref: RecordRef) -> Entry | None:
        if not ref.key.startswith(kind.prefix) or ref.key == MARKER:
            return None
        try:
            return entry_at(root, to_path(ref.key), sidecars=kind.uses(Source.SIDECAR))
        except (ValueError, FileNotFoundError, NotADirectoryError):
            return None

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Unlink the files and wait until their folders are on stable storage."""
        if self._role is not Role.DISPOSE:
            raise StoreRefused(Fault(self.name, f"it was opened to {self._role}, and only a disposer may dispose"))
        with self._open() as root:
            kinds = [kind_named(self._kinds, self.name, order.ref.kind) for order in orders]
            return dispose_files(root, orders, kinds, still_clear)

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """Look for each file, and what goes with it, by its path."""
        with self._open() as root:
            return [self._sighting(root, order) for order in orders]

    def _sighting(self, root: int, order: DisposalOrder) -> Sighting:
        kind = kind_named(self._kinds, self.name, order.ref.kind)
        try:
            with folder_of(root, to_path(order.ref.key)) as (folder, name):
                checked = {"files": int(status(folder, name) is not None)}
                if kind.uses(Source.SIDECAR):
                    checked["sidecars"] = int(sidecar_of(folder, name) is not None)
        except FileNotFoundError:
            return Sighting(order, Sight.GONE, checked={"files": 0})
        except (ValueError, OSError):
            return Sighting(order, Sight.INCONCLUSIVE)
        return Sighting(order, Sight.PRESENT if any(checked.values()) else Sight.GONE, checked=checked)

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
        except OSError as error:
            raise StoreUnavailable(
                Fault(self.name, f"its root did not answer ({os.strerror(error.errno or 0)})")
            ) from None

    def close(self) -> None:
        """Do nothing: nothing stays open between two questions."""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
