"""What the daemon and its turns hand each other over the pipes between them. Loads next to nothing: the daemon is lean.

Both ends are this program, started by itself, and the pipe has no name that another could open: so values go as Python
pickles them. What a turn tells goes as words, a line each.
"""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retentiond import __version__
from retentiond.domain.settings import Settings

BEGIN, SCAN, DISPOSE = "begin", "scan", "dispose"
"""What a process of a turn is started for: to read the configuration, or to work under one."""
STOP = b"stop\n"
"""Told to a turn: leave the work at the next safe point."""
STEP = b"step\n"
"""Told by a turn: the work has moved."""
DOING = b"doing "
"""Told by a turn: what it does now, in the words behind it."""

_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """Asked of a process that reads the configuration."""

    path: Path
    before: bytes
    """The configuration in force; empty at the start."""


@dataclass(frozen=True, slots=True)
class Began:
    """Its answer, where nothing was refused."""

    settings: Settings
    configuration: bytes
    """All the files say. Only turns look inside."""
    summary: str
    lacks_a_scan: bool


class Replaced(Exception):
    """The program that runs and the one on the disk are not the same version."""


def handed(value: object) -> bytes:
    """Return a value as it is handed to a turn: the length of all, the version, the value."""
    whole = pickle.dumps((__version__, pickle.dumps(value)))
    return len(whole).to_bytes(_LENGTH, "big") + whole


def taken(descriptor: int) -> Any:  # noqa: ANN401 - whatever was handed over
    """Take what was handed over, and nothing behind it.

    Raises:
        Replaced: by another version of this program.
        EOFError: it ends too early.
    """
    whole = _exactly(descriptor, int.from_bytes(_exactly(descriptor, _LENGTH), "big"))
    version, value = pickle.loads(whole)  # noqa: S301 - see above
    if version != __version__:
        raise Replaced(version)
    return pickle.loads(value)  # noqa: S301 - see above


def _exactly(descriptor: int, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        piece = os.read(descriptor, length - len(found))
        if not piece:
            raise EOFError
        found += piece
    return bytes(found)
