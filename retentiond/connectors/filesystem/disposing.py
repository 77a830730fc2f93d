"""Carrying out orders on a share: each record is looked at, asked about, looked at again, and unlinked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice

from retentiond.connectors.filesystem.keys import to_path
from retentiond.connectors.filesystem.looking import Looking
from retentiond.connectors.filesystem.sorts import Sort
from retentiond.connectors.filesystem.tree import OtherFileSystem, folder_of
from retentiond.connectors.interface import StillClear
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.schedule import Action

_AT_ONCE = 50
"""How many orders one last question is good for; few, so that a hold placed meanwhile still wins."""


class Disposing:
    """Carries out the orders of one batch.

    Args:
        root: the open root.
        remove_empty_folders: a folder that a disposal leaves empty goes as well, up to the kind's prefix.
    """

    def __init__(self, root: int, *, remove_empty_folders: bool) -> None:
        self._root, self._remove_empty_folders = root, remove_empty_folders

    def carry_out(
        self, orders: Sequence[DisposalOrder], sorts: Sequence[Sort], still_clear: StillClear
    ) -> list[Receipt]:
        """Carry out orders; one receipt each, in order.

        Args:
            orders: of any kinds.
            sorts: of each order, what its kind's records are.
            still_clear: the last question.
        """
        sort_of = {order.id: sort for order, sort in zip(orders, sorts, strict=True)}
        looking = Looking()
        receipts = {order.id: _refusal(order, sort_of[order.id], looking) for order in orders}
        pending = iter([order for order in orders if receipts[order.id] is None])
        while batch := list(islice(pending, _AT_ONCE)):
            cleared, looking = frozenset(still_clear(batch)), Looking()
            for order in batch:
                receipts[order.id] = (
                    _refusal(order, sort_of[order.id], looking) or self._destroy(order, sort_of[order.id])
                    if order.id in cleared
                    else Receipt(order, Outcome.HELD, reason="a hold was placed at the last moment")
                )
        return [receipt for order in orders if (receipt := receipts[order.id]) is not None]

    def _destroy(self, order: DisposalOrder, sort: Sort) -> Receipt:
        path = to_path(order.ref.key)
        try:
            receipt = sort.destroy(order, path)
        except OtherFileSystem:
            return Receipt(order, Outcome.FAILED, reason="it lies on another file system")
        except OSError as error:
            return Receipt(order, Outcome.FAILED, reason=_in_words(error))
        if self._remove_empty_folders and receipt.outcome is Outcome.DESTROYED:
            self._tidy(path, sort.kind.prefix)
        return receipt

    def _tidy(self, path: str, prefix: str) -> None:
        """Remove the folders above a path while they are empty; a folder the prefix itself names stays."""
        while "/" in path:
            path = path.rpartition("/")[0]
            if prefix.startswith(f"{path}/"):
                return
            try:
                with folder_of(self._root, path) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
            except OSError:
                return  # it is not empty, or not ours to remove


def _refusal(order: DisposalOrder, sort: Sort, looking: Looking) -> Receipt | None:
    """Return why an order is not to be carried out, or None."""
    if order.action is not Action.DESTROY:
        return Receipt(order, Outcome.FAILED, reason=f"this store cannot {order.action}")
    if not sort.kind.has(order.ref.key):
        return Receipt(order, Outcome.FAILED, reason="its key is not of this kind")
    try:
        return sort.against(order, to_path(order.ref.key), looking)
    except ValueError as reason:
        return Receipt(order, Outcome.FAILED, reason=str(reason))
    except OtherFileSystem:
        return Receipt(order, Outcome.FAILED, reason="it lies on another file system")
    except OSError as error:
        return Receipt(order, Outcome.FAILED, reason=_in_words(error))


def _in_words(error: OSError) -> str:
    return f"the file system refused: {os.strerror(error.errno or 0).lower()}"
