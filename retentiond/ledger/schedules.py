"""The schedules in force: which exact files were adopted, and where the log says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

from retentiond.domain.errors import NotFound
from retentiond.ledger.statements import OnConnection
from retentiond.ledger.tables import SCHEDULES


class Schedules(OnConnection):
    """Adopted versions of retention schedules, by digest."""

    def adopt(
        self, digest: str, name: str, version: str, source: bytes, at: datetime, *, log_index: int | None = None
    ) -> None:
        """Adopt a version. Doing so again changes nothing but a log index that was not known before.

        Args:
            digest: lower-case hex SHA-256 of ``source``.
            name: the schedule's name.
            version: its version.
            source: the file's bytes.
            at: when.
            log_index: the leaf that records the adoption.
        """
        if not self.is_adopted(digest):
            row = {"digest": digest, "name": name, "version": version, "source": source, "adopted_at": at}
            self.connection.execute(insert(SCHEDULES), row | {"log_index": log_index})
        elif log_index is not None:
            unknown = (SCHEDULES.c.digest == digest) & SCHEDULES.c.log_index.is_(None)
            self.connection.execute(update(SCHEDULES).where(unknown).values(log_index=log_index))

    def is_adopted(self, digest: str) -> bool:
        """Return whether the exact file was adopted."""
        row = self.connection.execute(select(SCHEDULES.c.digest).where(SCHEDULES.c.digest == digest))
        return row.one_or_none() is not None

    def log_index(self, digest: str) -> int | None:
        """Return the leaf that records the adoption, or None."""
        return self.connection.execute(
            select(SCHEDULES.c.log_index).where(SCHEDULES.c.digest == digest)
        ).scalar_one_or_none()

    def source(self, digest: str) -> bytes:
        """Return the file's bytes.

        Raises:
            NotFound: it was never adopted.
        """
        found = self.connection.execute(
            select(SCHEDULES.c.source).where(SCHEDULES.c.digest == digest)
        ).scalar_one_or_none()
        if found is None:
            raise NotFound.about(f"schedule {digest[:12]}", "no schedule with this digest was adopted")
        return bytes(found)
