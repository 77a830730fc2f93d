"""What lies in a case folder, seen in one walk: its state, its size, and what stands against its disposal."""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from retentiond.connectors.filesystem.looking import OPEN_ELSEWHERE, Look, Looking, attributes
from retentiond.connectors.filesystem.reading import HARD_LINKED
from retentiond.connectors.filesystem.tree import open_folder, status
from retentiond.domain.records import StateToken

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

ODD = "holds-more-than-files"
"""Blocker: a device, a pipe or a socket lies in the folder."""


@dataclass(frozen=True, slots=True)
class Inside:
    """One thing somewhere below a case folder."""

    path: str
    """Below the case folder."""
    status: os.stat_result

    @property
    def sort(self) -> str:
        """What it is, in the words of receipts."""
        mode = self.status.st_mode
        if stat.S_ISDIR(mode):
            return "folders"
        if stat.S_ISREG(mode):
            return "files"
        return "links" if stat.S_ISLNK(mode) else "others"

    @property
    def fact(self) -> bytes:
        """What differs when it is changed or replaced. A folder's own time says no more than what lies in it."""
        found = self.status
        written = () if self.sort == "folders" else (found.st_size, found.st_mtime_ns)
        return json.dumps([os.fsencode(self.path).hex(), self.sort, found.st_ino, *written]).encode()


def inside(folder: int, path: str = "") -> Iterator[tuple[int, str, Inside]]:
    """Yield everything below an open folder in a stable order, what lies in a folder before the folder itself.

    Gives the open folder a thing lies in and its name there, so that it can be unlinked on the spot. Links are not
    followed.

    Raises:
        OtherFileSystem: a folder is a mount point.
        OSError: a folder may not be read.
    """
    for name in sorted(os.listdir(folder), key=os.fsencode):
        found = status(folder, name)
        if found is None:
            continue
        if stat.S_ISDIR(found.st_mode):
            try:
                below = open_folder(folder, name)
            except (FileNotFoundError, NotADirectoryError):
                continue
            try:
                yield from inside(below, f"{path}{name}/")
            finally:
                os.close(below)
        yield folder, name, Inside(path + name, found)


@dataclass(frozen=True, slots=True)
class Contents:
    """A case folder as it was seen in one walk."""

    state: StateToken
    counts: Counter[str]
    size: int
    latest: float | None
    """When the file written last was written, in seconds; None where there is no file."""
    is_linked: bool
    """A file has a further name outside the folder."""
    look: Look

    @property
    def blockers(self) -> tuple[str, ...]:
        """Why not now."""
        against = ((HARD_LINKED, self.is_linked), (OPEN_ELSEWHERE, self.look.is_open), (ODD, self.counts["others"] > 0))
        return tuple(name for name, is_so in against if is_so)


def contents_of(folder: int, looking: Looking | None = None) -> Contents:
    """Walk an open case folder once, memory flat but for files with several names.

    Args:
        folder: the case folder.
        looking: looks at every file and folder; None: it is not asked what is open or immutable.
    """
    digest, counts, names = digest_of(folder), Counter[str](), Counter[tuple[int, int]]()
    size, latest, is_open, holds = 0, None, False, dict.fromkeys(attributes(folder, "folder") if looking else ())
    for parent, name, one in inside(folder):
        digest.update(one.fact)
        counts[one.sort] += 1
        if one.sort == "files":
            size += one.status.st_size
            latest = max(one.status.st_mtime, latest or one.status.st_mtime)
            if one.status.st_nlink > 1:
                names[one.status.st_ino, one.status.st_nlink] += 1
        if looking and one.sort in ("files", "folders"):
            look = looking.at(parent, name)
            is_open = is_open or look.is_open
            holds.update(dict.fromkeys(look.holds))
    is_linked = any(seen < links for (_, links), seen in names.items())
    return Contents(StateToken(digest.hexdigest()), counts, size, latest, is_linked, Look(is_open, tuple(holds)))


def digest_of(folder: int) -> Hash:
    """Return the beginning of a case folder's state: which folder it is. The facts of all that lies in it follow."""
    return sha256(str(os.fstat(folder).st_ino).encode())
