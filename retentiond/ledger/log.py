"""The leaves and checkpoints of the transparency log. What they mean and how they are signed is evidence's affair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, insert, select

from retentiond.domain.errors import NotFound
from retentiond.ledger.statements import OnConnection
from retentiond.ledger.tables import CHECKPOINTS, LEAVES
from retentiond.ledger.values import Leaf


class Log(OnConnection):
    """The log's leaves, in order, and its newest checkpoint."""

    def append(self, event_seq: int, body: bytes, leaf_hash: bytes, frontier: Sequence[bytes], checkpoint: str) -> int:
        """Write one leaf with the checkpoint that covers it and return the leaf's index: the size before.

        Args:
            event_seq: the event the leaf is for; an event has one leaf at most.
            body: the leaf's bytes.
            leaf_hash: their RFC 6962 leaf hash, 32 bytes.
            frontier: the hashes of the perfect subtrees of the log with this leaf.
            checkpoint: the signed note over the log with this leaf.
        """
        index = self.size()
        self.connection.execute(
            insert(LEAVES), {"leaf_index": index, "event_seq": event_seq, "body": body, "leaf_hash": leaf_hash}
        )
        self.connection.execute(
            insert(CHECKPOINTS),
            {"size": index + 1, "frontier": [node.hex() for node in frontier], "checkpoint": checkpoint},
        )
        return index

    def size(self) -> int:
        """Return how many leaves there are."""
        size: int = self.connection.execute(select(func.coalesce(func.max(LEAVES.c.leaf_index) + 1, 0))).scalar_one()
        return size

    def frontier(self) -> tuple[int, tuple[bytes, ...]]:
        """Return the size and the hashes of the perfect subtrees, as given with the newest leaf."""
        row = self._newest()
        return (0, ()) if row is None else (row.size, tuple(bytes.fromhex(node) for node in row.frontier))

    def checkpoint(self) -> str | None:
        """Return the newest checkpoint, or None while the log is empty."""
        row = self._newest()
        return None if row is None else str(row.checkpoint)

    def leaf_hashes(self) -> list[bytes]:
        """Return the leaf hashes in order."""
        return list(self.connection.execute(select(LEAVES.c.leaf_hash).order_by(LEAVES.c.leaf_index)).scalars())

    def leaves(self, first: int = 0, limit: int = 1000) -> list[Leaf]:
        """Return leaves in order, from the index ``first`` on."""
        rows = select(LEAVES).where(LEAVES.c.leaf_index >= first).order_by(LEAVES.c.leaf_index).limit(limit)
        return [_leaf(row) for row in self.connection.execute(rows)]

    def leaf(self, index: int) -> Leaf:
        """Return one leaf.

        Raises:
            NotFound: the log is not that long.
        """
        row = self.connection.execute(select(LEAVES).where(LEAVES.c.leaf_index == index)).one_or_none()
        if row is None:
            raise NotFound.about(f"log leaf {index}", "there is no such leaf")
        return _leaf(row)

    def index_of_event(self, seq: int) -> int | None:
        """Return the index of an event's leaf, or None where it has none."""
        return self.connection.execute(
            select(LEAVES.c.leaf_index).where(LEAVES.c.event_seq == seq)
        ).scalar_one_or_none()

    def _newest(self) -> Row[Any] | None:
        return self.connection.execute(select(CHECKPOINTS).order_by(CHECKPOINTS.c.size.desc()).limit(1)).one_or_none()


def _leaf(row: Row[Any]) -> Leaf:
    return Leaf(index=row.leaf_index, event_seq=row.event_seq, body=row.body, leaf_hash=row.leaf_hash)
