"""Records that are files, each with its sidecar."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from retentiond.connectors.document_kinds import DocumentKind, Source, nothing_asked
from retentiond.connectors.filesystem.keys import to_key
from retentiond.connectors.filesystem.looking import OPEN_ELSEWHERE, Look, Looking
from retentiond.connectors.filesystem.reading import HARD_LINKED, Sidecar, dates_of, is_hard_linked, state_of
from retentiond.connectors.filesystem.sorts import LINKED, OPEN, Judged, make_durable
from retentiond.connectors.filesystem.tree import Entry, entry_at, folder_of, is_leftover, sidecar_of, status, walk
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.records import Record, RecordRef

MARKER = ".retentiond-store"
"""A file of this name at the root is never a record; it tells a store that is empty from one that is not mounted."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one kind below an open root."""

    store: str
    root: int
    kind: DocumentKind

    @property
    def _sidecars(self) -> bool:
        return self.kind.uses(Source.SIDECAR)

    def scanned(
        self, after: str, wants: Callable[[Judged], bool], looking: Callable[[], Looking]
    ) -> Iterator[tuple[str, Record | None]]:
        """Walk the tree in the order of names, and read each file while its folder is open."""
        for folder, entry in walk(self.root, after, prefix=self.kind.prefix, sidecars=self._sidecars):
            if entry.path == MARKER:
                continue
            judged = self._judged(entry)
            yield entry.path, self._whole(entry, judged, _looks(folder, entry, looking())) if wants(judged) else None

    def _entry(self, path: str) -> Entry | None:
        if path == MARKER or is_leftover(path.rpartition("/")[2]):
            return None
        try:
            return entry_at(self.root, path, sidecars=self._sidecars)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _judged(self, entry: Entry) -> Judged:
        key = to_key(entry.path)
        sidecar = Sidecar(self.root, f"{entry.path}.json") if entry.sidecar else None
        dates, problems = dates_of(self.kind, key, lambda: entry.status.st_mtime, sidecar)
        return Judged(self.kind.class_of(key, nothing_asked), dates, problems)

    def record(self, path: str, looking: Looking) -> Record | None:
        """Return a file as it is, with what stands against its disposal."""
        entry = self._entry(path)
        if entry is None:
            return None
        return self._whole(entry, self._judged(entry), self._looked_at(entry, looking))

    def _whole(self, entry: Entry, judged: Judged, looks: list[Look]) -> Record:
        key = to_key(entry.path)
        against = ((HARD_LINKED, is_hard_linked(entry)), (OPEN_ELSEWHERE, any(one.is_open for one in looks)))
        return Record(
            ref=RecordRef(self.store, self.kind.name, key),
            reference=key,
            record_class=judged.record_class,
            dates=judged.dates,
            state=state_of(entry),
            blockers=tuple(name for name, is_so in against if is_so),
            native_holds=_holds(looks),
            size=entry.status.st_size + (entry.sidecar.st_size if entry.sidecar else 0),
            statuses=self.kind.statuses_of(key, nothing_asked),
            problems=judged.problems,
        )

    def _looked_at(self, entry: Entry, looking: Looking) -> list[Look]:
        try:
            with folder_of(self.root, entry.path) as (folder, _):
                return _looks(folder, entry, looking)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def against(self, order: DisposalOrder, path: str, looking: Looking) -> Receipt | None:
        """Compare a file with what was reviewed, and look for what speaks against its disposal."""
        entry = self._expected(path)
        if entry is None and order.attempt > 1:
            return Receipt(order, Outcome.DESTROYED, Grade.B, reason="an earlier attempt's reply was lost")
        if entry is None:
            return Receipt(order, Outcome.ALREADY_ABSENT)
        if state_of(entry) != order.reviewed_state:
            return Receipt(order, Outcome.CHANGED, reason="it is not as it was reviewed")
        looks = self._looked_at(entry, looking)
        if holds := _holds(looks):
            return Receipt(order, Outcome.HELD, reason=", ".join(holds))
        if any(one.is_open for one in looks):
            return Receipt(order, Outcome.FAILED, reason=OPEN)
        return Receipt(order, Outcome.FAILED, reason=LINKED) if is_hard_linked(entry) else None

    def _expected(self, path: str) -> Entry | None:
        """Return the file at a path, or None where there is nothing at all."""
        try:
            entry = entry_at(self.root, path, sidecars=self._sidecars)
            if entry is None:
                with folder_of(self.root, path) as (folder, name):
                    if status(folder, name) is not None:
                        raise ValueError("what stands there is no file of its own")
        except FileNotFoundError:
            return None
        return entry

    def destroy(self, order: DisposalOrder, path: str) -> Receipt:
        """Unlink a file and its sidecar; it stays open meanwhile, to see afterwards that it was this one that went."""
        with folder_of(self.root, path) as (folder, name):
            held = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                entry = entry_at(self.root, path, sidecars=self._sidecars)
                if entry is None or not _same(entry, held) or state_of(entry) != order.reviewed_state:
                    return Receipt(order, Outcome.CHANGED, reason="it changed at the last moment")
                if entry.sidecar is not None:
                    os.unlink(f"{name}.json", dir_fd=folder)
                os.unlink(name, dir_fd=folder)
                make_durable(folder)
                linked = os.fstat(held).st_nlink > 0
                kept = _kept_as(folder, held) if linked else ""
            finally:
                os.close(held)
            if kept:  # a share's client keeps what is deleted while it is open; perhaps it was we who had it open
                linked = status(folder, kept) is not None
        if linked:
            return Receipt(order, Outcome.FAILED, reason=OPEN if kept else LINKED)
        evidence = {"files": 1, "sidecars": 1} if entry.sidecar is not None else {"files": 1}
        return Receipt(order, Outcome.DESTROYED, Grade.A, evidence)

    def sighting(self, order: DisposalOrder, path: str) -> Sighting:
        """Look for a file, and what goes with it, by its path; what a share's client still keeps is not called gone."""
        try:
            with folder_of(self.root, path) as (folder, name):
                checked = {"files": int(status(folder, name) is not None)}
                if self._sidecars:
                    checked["sidecars"] = int(sidecar_of(folder, name) is not None)
                with os.scandir(folder) as beside:
                    leftovers = sum(is_leftover(one.name) for one in beside)
        except FileNotFoundError:
            return Sighting(order, Sight.GONE, checked={"files": 0})
        if any(checked.values()):
            return Sighting(order, Sight.PRESENT, checked=checked)
        if leftovers:
            return Sighting(order, Sight.INCONCLUSIVE, checked={**checked, "deleted files still open": leftovers})
        return Sighting(order, Sight.GONE, checked=checked)


def _looks(folder: int, entry: Entry, looking: Looking) -> list[Look]:
    name = entry.path.rpartition("/")[2]
    return [looking.at(folder, one) for one in ([name, f"{name}.json"] if entry.sidecar else [name])]


def _holds(looks: list[Look]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hold for one in looks for hold in one.holds))


def _same(entry: Entry, held: int) -> bool:
    found = os.fstat(held)
    return (found.st_dev, found.st_ino) == (entry.status.st_dev, entry.status.st_ino)


def _kept_as(folder: int, held: int) -> str:
    """Return the name under which a network file system keeps a deleted file in its folder, or nothing."""
    number = os.fstat(held).st_ino
    with os.scandir(folder) as beside:
        return next((one.name for one in beside if is_leftover(one.name) and one.inode() == number), "")
