"""The outlines of stores that people, or the first scan, accepted last: what every later opening is compared with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from retentiond.domain.outlines import Outline, Referrer
from retentiond.ledger.columns import JsonValue
from retentiond.ledger.events import Events
from retentiond.ledger.statements import OnConnection
from retentiond.ledger.tables import OUTLINES


class Outlines(OnConnection):
    """One outline for each kind of record of each store; every one that was ever accepted is an event."""

    def accepted(self, store: str) -> dict[str, Outline]:
        """Return the outlines of a store by kind; a kind that no scan has seen yet is left out."""
        rows = self.connection.execute(select(OUTLINES.c.kind, OUTLINES.c.outline).where(OUTLINES.c.store == store))
        return {row.kind: _outline(row.outline) for row in rows}

    def remember(self, store: str, kind: str, outline: Outline, at: datetime) -> None:
        """Keep an outline that a scan saw first, of a kind or of tables that a definition had not named before."""
        self._keep(
            outline,
            store,
            kind,
            Events(self.connection).append("outline-remembered", at, body=_body(store, kind, outline)),
        )

    def accept(self, store: str, kind: str, outline: Outline, at: datetime, *, by: str, reason: str) -> None:
        """Keep an outline that a person accepted.

        Args:
            store: the store.
            kind: the kind of record.
            outline: what is accepted; its faults are not kept.
            at: when.
            by: id of the person.
            reason: why it is right.
        """
        body = {**_body(store, kind, outline), "reason": reason}
        self._keep(outline, store, kind, Events(self.connection).append("outline-accepted", at, actor=by, body=body))

    def _keep(self, outline: Outline, store: str, kind: str, event_seq: int) -> None:
        self.connection.execute(delete(OUTLINES).where(OUTLINES.c.store == store, OUTLINES.c.kind == kind))
        row = {"store": store, "kind": kind, "outline": _json(outline), "event_seq": event_seq}
        self.connection.execute(insert(OUTLINES), row)


def _body(store: str, kind: str, outline: Outline) -> dict[str, JsonValue]:
    return {"store": store, "kind": kind, "outline": _json(outline)}


def _json(outline: Outline) -> JsonValue:
    return {
        "tables": {table: dict(columns) for table, columns in outline.tables.items()},
        "referrers": [[one.table, list(one.columns), one.to, one.on_delete] for one in sorted(outline.referrers)],
        "acting": {table: dict(texts) for table, texts in outline.acting.items()},
    }


def _outline(told: Any) -> Outline:  # noqa: ANN401 - what JSON gives back
    return Outline(
        tables=told["tables"],
        referrers=frozenset(
            Referrer(table, tuple(columns), to, on_delete) for table, columns, to, on_delete in told["referrers"]
        ),
        acting=told.get("acting", {}),
    )
