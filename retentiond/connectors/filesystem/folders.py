"""Records that are folders: a case with all its files, destroyed whole or left whole."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from retentiond.connectors.document_kinds import DocumentKind, nothing_asked
from retentiond.connectors.filesystem.contents import Contents, Inside, contents_of, digest_of, inside
from retentiond.connectors.filesystem.keys import to_key
from retentiond.connectors.filesystem.looking import Looking
from retentiond.connectors.filesystem.reading import Sidecar, dates_of
from retentiond.connectors.filesystem.sorts import LINKED, OPEN, Judged, make_durable
from retentiond.connectors.filesystem.tree import folder_of, open_folder, status
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.records import Record, RecordRef

SIDECAR = "case.json"
"""The file inside a case folder that says when the case was closed."""


@dataclass(frozen=True, slots=True)
class CaseFolders:
    """The folders of one kind below an open root, so many steps below its prefix."""

    store: str
    root: int
    kind: DocumentKind

    def scanned(
        self, after: str, wants: Callable[[Judged], bool], looking: Callable[[], Looking]
    ) -> Iterator[tuple[str, Record | None]]:
        """Walk down to where the case folders lie, in the order of names, and into those that are wanted."""
        for path in self._paths(after):
            judged = self._judged_at(path)
            yield path, self.record(path, looking()) if judged and wants(judged) else None

    def _paths(self, after: str) -> Iterator[str]:
        way = self.kind.prefix.rstrip("/")
        try:
            with self._opened(way) as start:
                yield from self._below(start, f"{way}/" if way else "", self.kind.folders, after)
        except (FileNotFoundError, NotADirectoryError):
            return

    def _below(self, folder: int, path: str, steps: int, after: str) -> Iterator[str]:
        behind = [os.fsencode(one) for one in after.split("/")]
        for name in sorted(os.listdir(folder), key=os.fsencode):
            found, here = status(folder, name), f"{path}{name}"
            parts = [os.fsencode(one) for one in here.split("/")]
            if found is None or not stat.S_ISDIR(found.st_mode) or (after and parts < behind[: len(parts)]):
                continue
            if steps == 1:
                if not after or parts > behind:
                    yield here
                continue
            try:
                below = open_folder(folder, name)
            except (FileNotFoundError, NotADirectoryError):
                continue
            try:
                yield from self._below(below, f"{here}/", steps - 1, after)
            finally:
                os.close(below)

    @contextmanager
    def _opened(self, path: str) -> Iterator[int]:
        with folder_of(self.root, f"{path}/." if path else ".") as (folder, _):
            yield folder

    def _is_one(self, path: str) -> bool:
        below = path.removeprefix(self.kind.prefix)
        return path.startswith(self.kind.prefix) and below.count("/") == self.kind.folders - 1

    def _judged_at(self, path: str) -> Judged | None:
        try:
            with self._opened(path) as folder:
                return self._judged(path, folder)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _judged(self, path: str, folder: int, seen: Contents | None = None) -> Judged:
        """Read a folder's name, its ``case.json`` and, when asked, the time its latest file was written."""
        key = to_key(path)
        found = status(folder, SIDECAR)
        sidecar = Sidecar(self.root, f"{path}/{SIDECAR}") if found and stat.S_ISREG(found.st_mode) else None
        dates, problems = dates_of(self.kind, key, lambda: (seen or contents_of(folder)).latest, sidecar)
        return Judged(self.kind.class_of(key, nothing_asked), dates, problems)

    def record(self, path: str, looking: Looking) -> Record | None:
        """Return a folder as it is, with what stands against its disposal."""
        if not self._is_one(path):
            return None
        try:
            with self._opened(path) as folder:
                seen = contents_of(folder, looking)
                judged = self._judged(path, folder, seen)
        except (FileNotFoundError, NotADirectoryError):
            return None
        key = to_key(path)
        return Record(
            ref=RecordRef(self.store, self.kind.name, key),
            reference=key,
            record_class=judged.record_class,
            dates=judged.dates,
            state=seen.state,
            blockers=seen.blockers,
            native_holds=seen.look.holds,
            size=seen.size,
            statuses=self.kind.statuses_of(key, nothing_asked),
            problems=judged.problems,
        )

    def against(self, order: DisposalOrder, path: str, looking: Looking) -> Receipt | None:
        """Compare a folder with what was reviewed, and look for what speaks against its disposal."""
        if not self._is_one(path):
            return Receipt(order, Outcome.FAILED, reason="its key is not of this kind")
        try:
            with folder_of(self.root, path) as (parent, name):
                found = status(parent, name)
        except FileNotFoundError:
            found = None
        if found is None and order.attempt > 1:
            return Receipt(order, Outcome.DESTROYED, Grade.B, reason="an earlier attempt's reply was lost")
        if found is None:
            return Receipt(order, Outcome.ALREADY_ABSENT)
        if not stat.S_ISDIR(found.st_mode):
            raise ValueError("what stands there is no folder")
        with self._opened(path) as folder:
            seen = contents_of(folder, looking)
        if seen.state != order.reviewed_state:
            return Receipt(order, Outcome.CHANGED, reason="it is not as it was reviewed")
        if seen.look.holds:
            return Receipt(order, Outcome.HELD, reason=", ".join(seen.look.holds))
        if seen.look.is_open:
            return Receipt(order, Outcome.FAILED, reason=f"{OPEN}, or a file in it")
        if seen.is_linked:
            return Receipt(order, Outcome.FAILED, reason=f"a file in it: {LINKED}")
        reason = "a device, a pipe or a socket lies in it"
        return Receipt(order, Outcome.FAILED, reason=reason) if seen.counts["others"] else None

    def destroy(self, order: DisposalOrder, path: str) -> Receipt:
        """Unlink the files and then the folders, deepest first; each thing only if it is the one seen just before.

        A folder goes only when it is empty: what is written into the case meanwhile stays, with the folder around it.
        """
        done: Counter[str] = Counter()
        with folder_of(self.root, path) as (parent, name):
            folder = open_folder(parent, name)
            try:
                expected = [one for _, _, one in inside(folder)]
                digest = digest_of(folder)
                for one in expected:
                    digest.update(one.fact)
                if digest.hexdigest() != order.reviewed_state:
                    return Receipt(order, Outcome.CHANGED, reason="it changed at the last moment")
                try:
                    _unlink_all(folder, iter(expected), done)
                    os.rmdir(name, dir_fd=parent)
                except (OSError, _ChangedError) as error:
                    if not done:
                        return Receipt(order, Outcome.CHANGED, reason="it changed at the last moment")
                    return Receipt(order, Outcome.FAILED, reason=_partly(done, len(expected), error))
            finally:
                os.close(folder)
            make_durable(parent)
        done["folders"] += 1
        return Receipt(order, Outcome.DESTROYED, Grade.A, dict(done))

    def sighting(self, order: DisposalOrder, path: str) -> Sighting:
        """Look for the folder by its path, and count what is left in it."""
        try:
            with folder_of(self.root, path) as (parent, name):
                found = status(parent, name)
        except FileNotFoundError:
            found = None
        if found is None:
            return Sighting(order, Sight.GONE, checked={"folders": 0, "files": 0})
        if not stat.S_ISDIR(found.st_mode):
            return Sighting(order, Sight.INCONCLUSIVE)
        with self._opened(path) as folder:
            counts = Counter(one.sort for _, _, one in inside(folder))
        counts["folders"] += 1
        return Sighting(order, Sight.PRESENT, checked=dict(counts))


class _ChangedError(Exception):
    """Something inside is not what it was a moment ago."""


def _unlink_all(folder: int, expected: Iterator[Inside], done: Counter[str]) -> None:
    for parent, name, one in inside(folder):
        before = next(expected, None)
        is_same = before is not None and before.fact == one.fact
        # Unlinking takes names away from a file that has several here; one more than before is a name elsewhere.
        if before is None or not is_same or one.sort == "others" or _names(one) > _names(before):
            raise _ChangedError
        if one.sort == "folders":
            os.rmdir(name, dir_fd=parent)
        else:
            os.unlink(name, dir_fd=parent)
        done[one.sort] += 1


def _names(one: Inside) -> int:
    return one.status.st_nlink if one.sort == "files" else 1


def _partly(done: Counter[str], of: int, error: Exception) -> str:
    why = "something in it changed meanwhile"
    if isinstance(error, OSError):
        why = f"the file system refused: {os.strerror(error.errno or 0).lower()}"
    return f"{done.total()} of {of} files and folders destroyed: {why}"
