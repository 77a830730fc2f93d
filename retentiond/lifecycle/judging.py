"""Judge records as they are now: under the schedules in force, today's holds and what people decided about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from retentiond.domain.holds import Hold, HoldsInForce
from retentiond.domain.judgement import Judgement
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.verdicts import Verdict
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.wholes import Whole, parts_held


@dataclass(slots=True)
class Judging:
    """Judges page after page of records; the day, the holds and the decisions are looked up for each page anew.

    Args:
        tools: the installation.
    """

    tools: Tools
    _judgements: dict[str | None, Judgement] = field(init=False, default_factory=dict)
    """By class, those of the day they were made on."""

    def page(self, tx: Transaction, records: Sequence[Record], *, upto: int | None = None) -> list[Verdict]:
        """Return the verdicts on some records, one each, in their order.

        Args:
            tx: the ledger: the dates people entered, the holds, the decisions.
            records: the records.
            upto: mind only dates entered up to this event; None: all. A scan has several passes that must agree.
        """
        refs = [one.ref for one in records]
        if entered := tx.occurrences.dates(refs, upto=upto):
            records = [with_dates(one, entered.get(one.ref, {})) for one in records]
        holds = HoldsInForce(tx.holds.active())
        kept = tx.lists.kept_until(refs)
        todays = self._todays({one.record_class for one in records})
        return [todays[one.record_class].on(one, holds, kept.get(one.ref) if kept else None) for one in records]

    def wholes(self, tx: Transaction, wholes: Iterable[Whole]) -> dict[RecordRef, Verdict]:
        """Return the verdicts on records with everything that goes with them; what holds a document holds its record.

        Args:
            tx: as above.
            wholes: the records.
        """
        wholes = list(wholes)
        holds = tx.holds.active() if any(one.documents for one in wholes) else []
        records = [_held_with(one, holds) if one.documents else one.record for one in wholes]
        return {one.ref: verdict for one, verdict in zip(records, self.page(tx, records), strict=True)}

    def _todays(self, codes: Iterable[str | None]) -> Mapping[str | None, Judgement]:
        classes = self.tools.classes()
        for code in codes:
            record_class, schedule = classes.get(code or "", (None, None))
            today = self.tools.today(schedule)
            known = self._judgements.get(code)
            if known is None or known.today != today:
                self._judgements[code] = Judgement(record_class, today)
        return self._judgements


def _held_with(whole: Whole, holds: Sequence[Hold]) -> Record:
    on_documents = tuple(f"{hold.number} {hold.title} ({part.ref.store})" for part, hold in parts_held(whole, holds))
    if not on_documents:
        return whole.record
    return replace(whole.record, native_holds=whole.record.native_holds + on_documents)


def with_dates_by_hand(tx: Transaction, record: Record) -> Record:
    """Return a record with the dates that people entered for it, beside those of its store."""
    return with_dates(record, tx.occurrences.dates([record.ref]).get(record.ref, {}))


def with_dates(record: Record, entered: Mapping[str, date]) -> Record:
    """Return a record with dates that people entered; one that its store maps stays the store's, even without one."""
    return replace(record, dates={**entered, **record.dates}) if entered else record
