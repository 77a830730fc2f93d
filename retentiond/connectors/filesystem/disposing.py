"""Unlinking files that are exactly what was reviewed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice

from retentiond.connectors.document_kinds import DocumentKind, Source
from retentiond.connectors.filesystem.keys import to_path
from retentiond.connectors.filesystem.reading import is_hard_linked, state_of
from retentiond.connectors.filesystem.tree import Entry, OtherFileSystem, entry_at, folder_of, status
from retentiond.connectors.interface import StillClear
from retentiond.domain.errors import Fault, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt
from retentiond.domain.schedule import Action

_AT_ONCE = 50
"""How many orders one last question is good for; few, so that a hold placed meanwhile still wins."""

_LINKED = "it has another name elsewhere: unlinking this one would leave the data"


def dispose_files(
    root: int, orders: Sequence[DisposalOrder], kinds: Sequence[DocumentKind], still_clear: StillClear
) -> list[Receipt]:
    """Carry out orders on files below an open root; one receipt each, in order."""
    kind_of = {order.id: kind for order, kind in zip(orders, kinds, strict=True)}
    receipts = {order.id: _refusal(root, order, kind_of[order.id]) for order in orders}
    pending = iter([order for order in orders if receipts[order.id] is None])
    while batch := list(islice(pending, _AT_ONCE)):
        cleared = frozenset(still_clear(batch))
        for order in batch:
            receipts[order.id] = (
                _refusal(root, order, kind_of[order.id]) or _unlink(root, order, kind_of[order.id])
                if order.id in cleared
                else Receipt(order, Outcome.HELD, reason="a hold was placed at the last moment")
            )
    return [receipt for order in orders if (receipt := receipts[order.id]) is not None]


def _refusal(root: int, order: DisposalOrder, kind: DocumentKind) -> Receipt | None:
    """Return why an order is not to be carried out, or None."""
    if order.action is not Action.DESTROY:
        return Receipt(order, Outcome.FAILED, reason=f"this store cannot {order.action}")
    if not order.ref.key.startswith(kind.prefix):
        return Receipt(order, Outcome.FAILED, reason="its key is not of this kind")
    try:
        entry = _entry(root, to_path(order.ref.key), kind)
    except ValueError as reason:
        return Receipt(order, Outcome.FAILED, reason=str(reason))
    except OtherFileSystem:
        return Receipt(order, Outcome.FAILED, reason="it lies on another file system")
    except OSError as error:
        return Receipt(order, Outcome.FAILED, reason=_in_words(error))
    if entry is None and order.attempt > 1:
        return Receipt(order, Outcome.DESTROYED, Grade.B, reason="an earlier attempt's reply was lost")
    if entry is None:
        return Receipt(order, Outcome.ALREADY_ABSENT)
    if state_of(entry) != order.reviewed_state:
        return Receipt(order, Outcome.CHANGED, reason="it is not as it was reviewed")
    return Receipt(order, Outcome.FAILED, reason=_LINKED) if is_hard_linked(entry) else None


def _entry(root: int, path: str, kind: DocumentKind) -> Entry | None:
    """Return the file at a path, or None where there is nothing at all.

    Raises:
        ValueError: something else stands there.
        OSError: the way there cannot be gone.
    """
    try:
        entry = entry_at(root, path, sidecars=kind.uses(Source.SIDECAR))
        if entry is None:
            with folder_of(root, path) as (folder, name):
                if status(folder, name) is not None:
                    raise ValueError("what stands there is no file of its own")
    except FileNotFoundError:
        return None
    return entry


def _unlink(root: int, order: DisposalOrder, kind: DocumentKind) -> Receipt:
    """Unlink a file and its sidecar; it stays open meanwhile, to see afterwards that it was this one that went."""
    path = to_path(order.ref.key)
    try:
        with folder_of(root, path) as (folder, name):
            held = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                entry = entry_at(root, path, sidecars=kind.uses(Source.SIDECAR))
                if entry is None or not _same(entry, held) or state_of(entry) != order.reviewed_state:
                    return Receipt(order, Outcome.CHANGED, reason="it changed at the last moment")
                if entry.sidecar is not None:
                    os.unlink(f"{name}.json", dir_fd=folder)
                os.unlink(name, dir_fd=folder)
                _make_durable(folder)
                if os.fstat(held).st_nlink:
                    return Receipt(order, Outcome.FAILED, reason=_LINKED)
            finally:
                os.close(held)
    except OSError as error:
        return Receipt(order, Outcome.FAILED, reason=_in_words(error))
    evidence = {"files": 1, "sidecars": 1} if entry.sidecar is not None else {"files": 1}
    return Receipt(order, Outcome.DESTROYED, Grade.A, evidence)


def _make_durable(folder: int) -> None:
    """Wait until a folder is on stable storage; if that fails, whether the file is gone for good is not known."""
    try:
        os.fsync(folder)
    except OSError as error:
        raise StoreUnavailable(
            Fault("filesystem", f"a deletion was not made durable ({os.strerror(error.errno or 0)})")
        ) from None


def _same(entry: Entry, held: int) -> bool:
    found = os.fstat(held)
    return (found.st_dev, found.st_ino) == (entry.status.st_dev, entry.status.st_ino)


def _in_words(error: OSError) -> str:
    return f"the file system refused: {os.strerror(error.errno or 0).lower()}"
