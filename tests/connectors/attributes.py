"""File attributes, as ``chattr`` sets them."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

_GET_FLAGS, _SET_FLAGS, _IMMUTABLE = 0x80086601, 0x40086602, 0x10


def set_immutable(path: Path, *, immutable: bool) -> None:
    """Set or take away the immutable attribute of a file or folder; one that is gone is let be.

    Raises:
        OSError: the file system has none, or this user may not set it.
    """
    if not path.exists():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        flags = bytearray(8)
        fcntl.ioctl(descriptor, _GET_FLAGS, flags)
        (found,) = struct.unpack("q", flags)
        wanted = found | _IMMUTABLE if immutable else found & ~_IMMUTABLE
        fcntl.ioctl(descriptor, _SET_FLAGS, struct.pack("q", wanted))
    finally:
        os.close(descriptor)


def can_set_attributes(folder: Path) -> bool:
    """Return whether this user may set attributes in a folder."""
    probe = folder / ".probe"
    probe.touch()
    try:
        set_immutable(probe, immutable=True)
        set_immutable(probe, immutable=False)
    except OSError:
        return False
    finally:
        probe.unlink()
    return True
