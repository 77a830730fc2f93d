"""Events that people enter for records: each with its records, its standing date, and all that was ever said of it.

What is judged is never stored: a record's date is looked up among the occurrences that stand, whenever it is judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, insert, select, update

from retentiond.domain.errors import NotFound
from retentiond.domain.occurrences import Changed, DatedByHand, Occurrence
from retentiond.domain.records import RecordRef
from retentiond.ledger.statements import (
    OnConnection,
    among,
    batches,
    change,
    grouped,
    known,
    next_in_year,
    ref_of,
    refused,
)
from retentiond.ledger.tables import OCCURRENCE_CHANGES, OCCURRENCE_RECORDS, OCCURRENCES

_RECORDS, _CHANGES = OCCURRENCE_RECORDS, OCCURRENCE_CHANGES


class Occurrences(OnConnection):
    """Recording, correcting, revoking and reading occurrences. Their order is that of the events that recorded them."""

    def next_number(self, year: int) -> str:
        """Return the number the next occurrence of a year gets: ``EV-2026-0001``."""
        return next_in_year(self.connection, OCCURRENCES, "EV", year)

    def record(self, number: str, event: str, refs: Iterable[RecordRef], first: Changed, event_seq: int) -> None:
        """Write a new occurrence of named records.

        Args:
            number: its number.
            event: what the schedule calls it.
            refs: the records, each once; at least one.
            first: who recorded which day, why and when.
            event_seq: the event that records it.

        Raises:
            LedgerRefused: it names no record, or its number is taken.
        """
        row = {"number": number, "event_seq": event_seq, "event": event, "on_day": first.on}
        self.connection.execute(insert(OCCURRENCES), row)
        written = 0
        for batch in batches(refs):
            rows = [{"store": one.store, "kind": one.kind, "key": one.key, "event_seq": event_seq} for one in batch]
            self.connection.execute(insert(_RECORDS), rows)
            written += len(rows)
        if not written:
            raise refused(f"event {number}", "it names no record")
        self._keep(number, first, event_seq)

    def change(self, number: str, what: Changed, event_seq: int) -> None:
        """Give an occurrence another day, or none; what it said before stays among its changes.

        Raises:
            LedgerRefused: there is no such occurrence.
        """
        standing = update(OCCURRENCES).where(OCCURRENCES.c.number == number).values(on_day=what.on)
        if not change(self.connection, standing, None, 1):
            raise refused(f"event {number}", "there is no such event")
        self._keep(number, what, event_seq)

    def get(self, number: str) -> Occurrence:
        """Return one occurrence.

        Raises:
            NotFound: there is no such occurrence.
        """
        found = self._where(OCCURRENCES.c.number == number)
        if not found:
            raise NotFound.about(f"event {number}", "there is no such event", "'retentiond event list' names them all")
        return found[0]

    def all(self) -> list[Occurrence]:
        """Return every occurrence, in the order in which they were recorded."""
        return self._where(OCCURRENCES.c.event_seq > 0)

    def of_record(self, ref: RecordRef) -> list[Occurrence]:
        """Return the occurrences that name a record, revoked ones among them, in the order of their recording."""
        named = (_RECORDS.c.event_seq == OCCURRENCES.c.event_seq) & among(_RECORDS, ref.store, ref.kind, [ref.key])
        return self._where(exists().where(named))

    def dates(self, refs: Collection[RecordRef], *, upto: int | None = None) -> dict[RecordRef, dict[str, date]]:
        """Return, by record and event, the day of the last occurrence that stands; records without one are left out.

        Args:
            refs: the records.
            upto: only occurrences recorded up to this event; None: all.
        """
        found: dict[RecordRef, dict[str, date]] = defaultdict(dict)
        together = _RECORDS.join(OCCURRENCES, _RECORDS.c.event_seq == OCCURRENCES.c.event_seq)
        for group in known(self.connection, _RECORDS, refs):
            wanted = (
                select(_RECORDS.c.store, _RECORDS.c.kind, _RECORDS.c.key, OCCURRENCES.c.event, OCCURRENCES.c.on_day)
                .select_from(together)
                .where(among(_RECORDS, *group), OCCURRENCES.c.on_day.is_not(None))
                .order_by(OCCURRENCES.c.event_seq)
            )
            if upto is not None:
                wanted = wanted.where(_RECORDS.c.event_seq <= upto)
            for row in self.connection.execute(wanted):
                found[ref_of(row)][row.event] = row.on_day
        return dict(found)

    def dated(self, ref: RecordRef) -> list[DatedByHand]:
        """Return, by event, where the day a record has for it comes from: the last occurrence that stands."""
        last = {one.event: one for one in self.of_record(ref) if one.stands}
        return [
            DatedByHand(event, one.on, one.number, one.changes[-1].by, one.changes[-1].at)
            for event, one in sorted(last.items())
            if one.on is not None
        ]

    def named_by(self, refs: Collection[RecordRef], upto: int) -> set[RecordRef]:
        """Return which of the records an occurrence names that was recorded up to an event, revoked since or not."""
        found: set[RecordRef] = set()
        for group in grouped(refs):
            wanted = select(_RECORDS.c.store, _RECORDS.c.kind, _RECORDS.c.key).distinct()
            named = wanted.where(among(_RECORDS, *group), _RECORDS.c.event_seq <= upto)
            found.update(ref_of(row) for row in self.connection.execute(named))
        return found

    def page(self, store: str, kind: str, upto: int, after: str, limit: int) -> list[RecordRef]:
        """Return the records of one kind that :meth:`named_by` would, by key, those that follow the key ``after``."""
        of_kind = (_RECORDS.c.store == store) & (_RECORDS.c.kind == kind) & (_RECORDS.c.event_seq <= upto)
        wanted = select(_RECORDS.c.key).distinct().where(of_kind, _RECORDS.c.key > after)
        keys = self.connection.execute(wanted.order_by(_RECORDS.c.key).limit(limit)).scalars()
        return [RecordRef(store, kind, str(key)) for key in keys]

    def last_said(self, number: str) -> int:
        """Return the event that records what was said of an occurrence last; 0 where nothing ever was."""
        newest = select(func.coalesce(func.max(_CHANGES.c.event_seq), 0)).where(_CHANGES.c.number == number)
        seq: int = self.connection.execute(newest).scalar_one()
        return seq

    def newest(self) -> int:
        """Return the event that recorded the newest occurrence; 0 where there is none."""
        newest: int = self.connection.execute(select(func.coalesce(func.max(OCCURRENCES.c.event_seq), 0))).scalar_one()
        return newest

    def _keep(self, number: str, what: Changed, event_seq: int) -> None:
        row = {"event_seq": event_seq, "number": number, "change": what.change, "on_day": what.on}
        rest = {"reason": what.reason, "decided_by": what.by, "at": what.at}
        self.connection.execute(insert(_CHANGES), row | rest)

    def _where(self, which: ColumnElement[bool]) -> list[Occurrence]:
        rows = self.connection.execute(select(OCCURRENCES).where(which).order_by(OCCURRENCES.c.event_seq)).all()
        return [self._whole(row) for row in rows]

    def _whole(self, row: Row[Any]) -> Occurrence:
        of_this = select(_RECORDS).where(_RECORDS.c.event_seq == row.event_seq)
        records = self.connection.execute(of_this.order_by(_RECORDS.c.store, _RECORDS.c.kind, _RECORDS.c.key))
        changes = select(_CHANGES).where(_CHANGES.c.number == row.number).order_by(_CHANGES.c.event_seq)
        return Occurrence(
            number=row.number,
            event=row.event,
            on=row.on_day,
            records=tuple(ref_of(one) for one in records),
            changes=tuple(
                Changed(one.change, one.on_day, one.reason, one.decided_by, one.at)
                for one in self.connection.execute(changes)
            ),
        )
