"""Versions of retention schedules, byte for byte, and their adoptions: who put which in force, where the log says so.

Both are only ever added to: a version in use never changes. The newest adoption of a name says which one is in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, insert, select

from retentiond.domain.errors import NotFound
from retentiond.ledger.statements import OnConnection, refused
from retentiond.ledger.tables import ADOPTIONS, SCHEDULES
from retentiond.ledger.values import Adoption

_VERSION = tuple(SCHEDULES.c[name] for name in ("name", "version", "effective_from", "classes", "retired"))


class Schedules(OnConnection):
    """Adopted versions, by digest, and the adoptions of them, in order."""

    def adopt(self, adoption: Adoption, source: bytes) -> None:
        """Put a version in force under its name. One that was adopted before, and replaced since, is so again.

        Args:
            adoption: what is adopted, by whom; its digest is that of ``source``.
            source: the file's bytes.

        Raises:
            LedgerRefused: this name and version was adopted with other bytes.
        """
        known = self.digest_of(adoption.name, adoption.version)
        if known not in (None, adoption.digest):
            raise refused(f"schedule {adoption.name}", "this version was adopted with other content")
        if known is None:
            row = {
                name: getattr(adoption, name) for name in ("name", "version", "effective_from", "classes", "retired")
            }
            self.connection.execute(insert(SCHEDULES), row | {"digest": adoption.digest, "source": source})
        names = ("event_seq", "digest", "at", "adopted_by", "reason", "replaces", "log_index")
        self.connection.execute(insert(ADOPTIONS), {name: getattr(adoption, name) for name in names})

    def adoptions(self) -> list[Adoption]:
        """Return every adoption, oldest first."""
        wanted = select(ADOPTIONS, *_VERSION).join(SCHEDULES, SCHEDULES.c.digest == ADOPTIONS.c.digest)
        return [_adoption(row) for row in self.connection.execute(wanted.order_by(ADOPTIONS.c.event_seq))]

    def in_force(self) -> Mapping[str, Adoption]:
        """Return the newest adoption of each name: the version that is in force."""
        return {one.name: one for one in self.adoptions()}

    def digest_of(self, name: str, version: str) -> str | None:
        """Return the digest a name and version was adopted with, or None."""
        wanted = select(SCHEDULES.c.digest).where(SCHEDULES.c.name == name, SCHEDULES.c.version == version)
        return self.connection.execute(wanted).scalar_one_or_none()

    def log_index(self, digest: str) -> int | None:
        """Return the leaf that records the newest adoption of a version, or None where it never was adopted."""
        newest = select(func.max(ADOPTIONS.c.log_index)).where(ADOPTIONS.c.digest == digest)
        return self.connection.execute(newest).scalar_one_or_none()

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


def _adoption(row: Row[Any]) -> Adoption:
    return Adoption(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
