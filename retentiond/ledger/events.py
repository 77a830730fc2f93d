"""Events: every decision and deed, in order, for ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select

from retentiond.domain.errors import NotFound
from retentiond.ledger.columns import JsonValue
from retentiond.ledger.statements import OnConnection
from retentiond.ledger.tables import EVENTS
from retentiond.ledger.values import Event


class Events(OnConnection):
    """The append-only half of the ledger."""

    def append(
        self,
        kind: str,
        at: datetime,
        *,
        actor: str = "",
        body: Mapping[str, JsonValue] | None = None,
        list_number: str | None = None,
        envelope: bytes | None = None,
    ) -> int:
        """Write one event and return its sequence number, from 1 without a gap.

        Args:
            kind: what happened, in one word.
            at: when, with a time zone.
            actor: id of the person; empty for the service itself.
            body: the facts of it, without personal data.
            list_number: the disposal list it is about.
            envelope: the signed statement, where there is one.
        """
        seq = self._newest() + 1
        self.connection.execute(
            insert(EVENTS),
            {
                "seq": seq,
                "at": at,
                "kind": kind,
                "actor": actor,
                "list_number": list_number,
                "body": {} if body is None else dict(body),
                "envelope": envelope,
            },
        )
        return seq

    def get(self, seq: int) -> Event:
        """Return one event.

        Raises:
            NotFound: there is none of that number.
        """
        row = self.connection.execute(select(EVENTS).where(EVENTS.c.seq == seq)).one_or_none()
        if row is None:
            raise NotFound.about(f"event {seq}", "there is no such event")
        return _event(row)

    def of_list(self, number: str, *kinds: str) -> list[Event]:
        """Return the events of one disposal list, oldest first; those of some kinds, where any are given."""
        wanted = select(EVENTS).where(EVENTS.c.list_number == number)
        if kinds:
            wanted = wanted.where(EVENTS.c.kind.in_(kinds))
        return [_event(row) for row in self.connection.execute(wanted.order_by(EVENTS.c.seq))]

    def latest(self, limit: int = 50) -> list[Event]:
        """Return the newest events, newest first."""
        rows = self.connection.execute(select(EVENTS).order_by(EVENTS.c.seq.desc()).limit(limit))
        return [_event(row) for row in rows]

    def after(self, seq: int, limit: int = 1000) -> list[Event]:
        """Return the events that follow one, oldest first."""
        rows = self.connection.execute(select(EVENTS).where(EVENTS.c.seq > seq).order_by(EVENTS.c.seq).limit(limit))
        return [_event(row) for row in rows]

    def _newest(self) -> int:
        newest: int = self.connection.execute(select(func.coalesce(func.max(EVENTS.c.seq), 0))).scalar_one()
        return newest


def _event(row: Row[Any]) -> Event:
    return Event(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        actor=row.actor,
        list_number=row.list_number,
        body=row.body,
        envelope=row.envelope,
    )
