"""Reaching files one folder at a time, so that no link can lead out of the root, not even one made meanwhile."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LEFTOVER = re.compile(r"\.(nfs|smb)[0-9A-Fa-f]{8,}")
"""What an NFS or SMB client makes of a deleted file that a program on this machine still has open."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class OtherFileSystem(OSError):
    """A folder below the root is a mount point: of another file system, or of another folder of the same one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One regular file: its path below the root, what it is, and what stands beside it as a part of it."""

    path: str
    status: os.stat_result
    sidecar: os.stat_result | None = None


def is_leftover(name: str) -> bool:
    """Return whether a name is that of a deleted file which a network file system keeps until it is closed."""
    return _LEFTOVER.fullmatch(name) is not None


def open_folder(folder: int, name: str) -> int:
    """Open a folder inside another, never through a link; whoever calls closes it.

    Raises:
        OtherFileSystem: it is a mount point; what lies there was not promised to be below the root.
        OSError: it is gone, no folder, a link, or may not be entered.
    """
    below = os.open(name, _FOLDER, dir_fd=folder)
    if os.fstat(below).st_dev != os.fstat(folder).st_dev or _mount_of(below) != _mount_of(folder):
        os.close(below)
        raise OtherFileSystem
    return below


def _mount_of(descriptor: int) -> str:
    """Return which mount an open folder was reached through; one of the same file system shows in nothing else."""
    try:
        told = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="ascii")
    except OSError:
        return ""
    return next((line for line in told.splitlines() if line.startswith("mnt_id:")), "")


@contextmanager
def root_folder(root: Path) -> Iterator[int]:
    """Open the root. It alone may be reached through links: the operator wrote it."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def folder_of(root: int, path: str) -> Iterator[tuple[int, str]]:
    """Open the folder a file lies in, one step at a time and never through a link; give its descriptor and the name.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such folder.
        OSError: a step is a link (``ELOOP``, ``ENOTDIR``) or may not be entered.
    """
    *folders, name = path.split("/")
    here = os.dup(root)
    try:
        for step in folders:
            there = open_folder(here, step)
            os.close(here)
            here = there
        yield here, name
    finally:
        os.close(here)


def status(folder: int, name: str) -> os.stat_result | None:
    """Return what a name in a folder is, links not followed; None where there is nothing."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def is_anything(root: int, path: str) -> bool:
    """Return whether anything at all stands at a path, of whatever sort.

    Raises:
        OSError: as :func:`folder_of` does, but for a way there that does not exist.
    """
    try:
        with folder_of(root, path) as (folder, name):
            return status(folder, name) is not None
    except (FileNotFoundError, NotADirectoryError):
        return False


def walk(root: int, after: str = "", *, prefix: str, sidecars: bool) -> Iterator[tuple[int, Entry]]:
    """Yield every regular file below the root, in the order of its path's parts, after a path.

    With each comes the folder it lies in, open until the next is asked for.

    Args:
        root: the open root folder.
        after: a path; only what comes behind it is yielded, whether it still exists or not.
        prefix: only paths that begin so; other folders are not entered.
        sidecars: take ``NAME.json`` beside ``NAME`` for a part of it, not for a file of its own.

    Links, sockets, devices and what a network file system keeps of deleted files are no records; a folder that goes
    meanwhile has no files any more. One folder's names are held in memory at a time for each level.

    Raises:
        OtherFileSystem: a folder is a mount point; what lies there was not promised to be below the root.
    """
    yield from _Walk(prefix, sidecars).below(root, "", after.split("/") if after else [])


@dataclass(frozen=True, slots=True)
class _Walk:
    prefix: str
    sidecars: bool

    def below(self, folder: int, path: str, after: list[str]) -> Iterator[tuple[int, Entry]]:
        first = os.fsencode(after[0]) if after else b""
        for name in sorted(os.listdir(folder), key=os.fsencode):
            spelled = os.fsencode(name)
            found = status(folder, name) if spelled >= first else None
            if found is None:
                continue
            if stat.S_ISDIR(found.st_mode):
                yield from self._enter(folder, f"{path}{name}/", name, after[1:] if spelled == first else [])
            elif stat.S_ISREG(found.st_mode) and spelled != first and self._is_record(folder, path, name):
                yield folder, Entry(path + name, found, sidecar_of(folder, name) if self.sidecars else None)

    def _is_record(self, folder: int, path: str, name: str) -> bool:
        if not (path + name).startswith(self.prefix) or is_leftover(name):
            return False
        return not (self.sidecars and is_sidecar(folder, name))

    def _enter(self, folder: int, path: str, name: str, after: list[str]) -> Iterator[tuple[int, Entry]]:
        if not (path.startswith(self.prefix) or self.prefix.startswith(path)):
            return
        try:
            below = open_folder(folder, name)
        except (FileNotFoundError, NotADirectoryError):
            return
        try:
            yield from self.below(below, path, after)
        finally:
            os.close(below)


def is_sidecar(folder: int, name: str) -> bool:
    """Return whether a file is a part of another: ``NAME.json`` beside a regular file ``NAME`` that is none itself."""
    owner = name.removesuffix(".json")
    if owner in (name, ""):
        return False
    of = status(folder, owner)
    return of is not None and stat.S_ISREG(of.st_mode) and not is_sidecar(folder, owner)


def sidecar_of(folder: int, name: str) -> os.stat_result | None:
    """Return what stands in ``NAME.json`` beside a file, if that is a regular file."""
    found = status(folder, f"{name}.json")
    return found if found is not None and stat.S_ISREG(found.st_mode) else None


def read_small(folder: int, name: str, most: int) -> bytes:
    """Return a regular file's bytes.

    Raises:
        ValueError: it is larger than ``most`` bytes.
    """
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise ValueError("it is too large")
    return found


def entry_at(root: int, path: str, *, sidecars: bool) -> Entry | None:
    """Return the regular file at a path, or None where there is none or it is a part of another file.

    Raises:
        OSError: as :func:`folder_of` does.
    """
    with folder_of(root, path) as (folder, name):
        found = status(folder, name)
        if found is None or not stat.S_ISREG(found.st_mode) or (sidecars and is_sidecar(folder, name)):
            return None
        return Entry(path, found, sidecar_of(folder, name) if sidecars else None)
