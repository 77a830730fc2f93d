"""Reviewers' decisions to keep a record beyond its period."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import and_, delete, func, insert, select

from retentiond.domain.records import RecordRef
from retentiond.ledger.statements import OnConnection, among, known, ref_of
from retentiond.ledger.tables import KEEPS


class ListKeeps(OnConnection):
    """Keeping records until a date."""

    def keep(  # noqa: PLR0917 - a decision is one sentence: what, until when, why, who, when, on which list
        self, ref: RecordRef, until: date, reason: str, by: str, at: datetime, list_number: str
    ) -> None:
        """Keep a record through a date; a later decision on the same list takes the place of an earlier one.

        Args:
            ref: the record.
            until: the last day it is kept.
            reason: why.
            by: id of the person who decided.
            at: when.
            list_number: the list it was taken off.
        """
        same = and_(KEEPS.c.list_number == list_number, among(KEEPS, ref.store, ref.kind, [ref.key]))
        self.connection.execute(delete(KEEPS).where(same))
        row = {"store": ref.store, "kind": ref.kind, "key": ref.key, "list_number": list_number, "until": until}
        self.connection.execute(insert(KEEPS), row | {"reason": reason, "decided_by": by, "at": at})

    def kept_until(self, refs: Collection[RecordRef]) -> dict[RecordRef, date]:
        """Return the last day each record is kept, the latest of all decisions; records without one are left out."""
        found: dict[RecordRef, date] = {}
        by = (KEEPS.c.store, KEEPS.c.kind, KEEPS.c.key)
        for group in known(self.connection, KEEPS, refs):
            wanted = select(*by, func.max(KEEPS.c.until).label("until")).where(among(KEEPS, *group)).group_by(*by)
            found.update((ref_of(row), row.until) for row in self.connection.execute(wanted))
        return found
