"""Files of facts that come with the checks: statutory floors, known Acts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from retentiond.config.document import Document, read_document

_HERE = Path(__file__).parent


@cache
def shipped(name: str) -> Document:
    """Return a file of this folder, read as every configuration file is: nothing in it is guessed."""
    return read_document(_HERE / name)
