"""What a file's entry in its folder does not tell: whether another program has it open, and whether it is immutable."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import struct
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

OPEN_ELSEWHERE = "open-in-another-program"
"""Blocker: another program has the file open, or a lock on it, and may be about to write."""

_OPENING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_GET_FLAGS: Final = 0x80086601
"""FS_IOC_GETFLAGS of a 64-bit kernel (ioctl_iflags(2))."""
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
_MORE_TRIES, _PAUSE = 2, 0.02
_UNDECIDED = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOLCK, errno.EOPNOTSUPP)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one file."""

    is_open: bool = False
    holds: tuple[str, ...] = ()
    """Attributes that the file system enforces, in words."""


class Looking:
    """Looks at files, a page or a batch at a time.

    The kernel is asked for a write lease, and gives it only where no other program has the file open (fcntl(2)); on
    files of other owners that takes CAP_LEASE. Where it cannot be asked, the open files of the processes that may be
    seen in /proc and the advisory locks are looked at. What other machines have open on a share is seen by neither:
    the share's own server refuses, or is not aware of it.
    """

    def at(self, folder: int, name: str) -> Look:
        """Return what is seen of a file or folder in an open folder. Of one that may not be opened only /proc tells."""
        found = self._once(folder, name)
        for _ in range(_MORE_TRIES):
            if not found.is_open:
                break
            # Two of our own looks at one file get in each other's way for a moment.
            time.sleep(_PAUSE)
            found = self._once(folder, name)
        return found

    def _once(self, folder: int, name: str) -> Look:
        try:
            descriptor = os.open(name, _OPENING, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                return Look(is_open=self._is_seen_open(os.stat(name, dir_fd=folder, follow_symlinks=False)))
            # somebody holds a lease on it, or runs it
            return Look(is_open=error.errno in (errno.EWOULDBLOCK, errno.ETXTBSY))
        try:
            return self._look(descriptor)
        finally:
            os.close(descriptor)

    def _look(self, descriptor: int) -> Look:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            return Look(holds=attributes(descriptor, "folder"))
        return Look(self._is_open(descriptor), attributes(descriptor, "file"))

    def _is_open(self, descriptor: int) -> bool:
        try:
            # Should somebody open it this very moment, the signal must be one that does no harm.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            if error.errno not in _UNDECIDED:
                return True
            return self._is_seen_open(os.fstat(descriptor)) or _is_locked(descriptor)
        return False

    def _is_seen_open(self, status: os.stat_result) -> bool:
        return (status.st_dev, status.st_ino) in self._opened

    @cached_property
    def _opened(self) -> frozenset[tuple[int, int]]:
        """Every file that another process is seen to have open, by device and number."""
        found: set[tuple[int, int]] = set()
        for process in Path("/proc").iterdir():
            if not process.name.isdigit() or int(process.name) == os.getpid():
                continue
            try:
                found.update(_identity(one) for one in (process / "fd").iterdir())
            except OSError:
                continue  # it has ended, or may not be looked at
        return frozenset(found)


def _identity(descriptor: Path) -> tuple[int, int]:
    try:
        status = descriptor.stat()
    except OSError:
        return (0, 0)
    return status.st_dev, status.st_ino


def _is_locked(descriptor: int) -> bool:
    """Return whether a program has an advisory lock of either family on a file."""
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        if struct.unpack("hhqqi4x", fcntl.fcntl(descriptor, fcntl.F_GETLK, wanted))[0] != fcntl.F_UNLCK:
            return True
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    except OSError:
        return False  # there are no locks on this file system
    return False


def has_attributes(descriptor: int) -> bool:
    """Return whether the file system of an open file or folder has attributes."""
    return _flags(descriptor) is not None


def attributes(descriptor: int, what: str) -> tuple[str, ...]:
    """Return in words the attributes of an open file or folder that keep it from being deleted."""
    flags = _flags(descriptor) or 0
    if flags & _IMMUTABLE:
        return (f"the {what} is immutable (chattr +i)",)
    return (f"the {what} can only be appended to (chattr +a)",) if flags & _APPEND_ONLY else ()


def _flags(descriptor: int) -> int | None:
    found = bytearray(8)
    try:
        fcntl.ioctl(descriptor, _GET_FLAGS, found)
    except OSError:
        return None
    return int(struct.unpack("q", found)[0])
