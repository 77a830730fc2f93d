"""How a connector comes by the keys of pseudonyms: it asks, and is given one only to dispose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from retentiond.domain.errors import Fault, StoreRefused


def _no_key(name: str) -> Fault:
    message = f"there is no pseudonym key '{name}'"
    return Fault(f"pseudonym key {name}", message, f"make it first: 'retentiond pseudonym-key create {name}'")


def _refused(name: str) -> bytes:
    raise StoreRefused(_no_key(name))


@dataclass(frozen=True, slots=True)
class PseudonymKeys:
    """The keys of one installation, by name. Left out, there are none."""

    why_not: Callable[[str], Fault | None] = _no_key
    """Why nothing can become a pseudonym under a key; None: as far as shows without reading it, something
    can. Asked by every role."""
    secret: Callable[[str], bytes] = _refused
    """The 32 bytes of a key. Asked only to dispose; raises a :class:`~retentiond.domain.errors.RetentiondError`."""


NO_KEYS = PseudonymKeys()
