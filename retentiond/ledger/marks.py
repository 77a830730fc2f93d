"""The latest moment the service has seen, so that a clock that went backwards is noticed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

from retentiond.ledger.statements import OnConnection
from retentiond.ledger.tables import MARKS

_LAST_SEEN = "last-seen"


class Marks(OnConnection):
    """The mark of time."""

    def last_seen(self) -> datetime | None:
        """Return the latest moment ever seen, or None on a new ledger."""
        return self.connection.execute(select(MARKS.c.at).where(MARKS.c.name == _LAST_SEEN)).scalar_one_or_none()

    def saw(self, now: datetime) -> None:
        """Move the mark forward to a moment; an earlier one leaves it where it is."""
        last = self.last_seen()
        if last is None:
            self.connection.execute(insert(MARKS), {"name": _LAST_SEEN, "at": now})
        elif now > last:
            self.connection.execute(update(MARKS).where(MARKS.c.name == _LAST_SEEN).values(at=now))
