"""Explain: one record's class, rule, dates, arithmetic, steps, holds and verdict in words, read live."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from retentiond.connectors.interface import Role
from retentiond.domain.definitions import KindOfRecord
from retentiond.domain.definitions_in_words import origin_in_words, why_of_class
from retentiond.domain.errors import Fault, NotFound
from retentiond.domain.narration import Origin, Origins
from retentiond.domain.occurrences import by_hand
from retentiond.domain.record_told import Told, told
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import RecordClass, Schedule
from retentiond.domain.verdicts import Verdict
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.became import became
from retentiond.lifecycle.judging import Judging, with_dates_by_hand
from retentiond.lifecycle.naming import resolved
from retentiond.lifecycle.rewritten import done_with, was_rewritten
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.wholes import fetch_wholes, holds_on


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a record is, or is not, due today."""

    record: Record
    record_class: RecordClass | None
    schedule: Schedule | None
    classified: str
    """Why it is of its class, or of none."""
    told: Told
    """How long it is kept, and how that comes about."""
    origins: Origins
    """Where each of its dates comes from."""
    documents: int
    holds: tuple[str, ...]
    """Every hold on it or on a part of it, those of the stores included."""
    done: tuple[str, ...]
    """What was done to it before, where it stayed: anonymised, pseudonymised, and what became of the key."""
    verdict: Verdict
    today: date


def explain(tools: Tools, text: str) -> Explained:
    """Read one record live and judge it.

    Args:
        tools: the installation.
        text: ``store/kind/key``, or the reference people use if a scan found the record or a list holds it.

    Raises:
        NotFound: no such record, or several of that reference. Of one that went it says with which list and on which
            certificate, and of a document of a record which record that is.
    """
    ref = _resolve(tools, text)
    with tools.stores(Role.SCAN) as store:
        whole = fetch_wholes(tools, store, [ref]).get(ref)
    if whole is None:
        with tools.ledger.transaction() as tx:
            gone = became(tx, ref)
        raise NotFound(gone or Fault(text, "the store has no such record", "write it as store/kind/key"))
    kind = tools.definition(ref.store).kind_named(ref.kind)
    record_class, schedule = tools.classes().get(whole.record.record_class or "", (None, None))
    with tools.ledger.transaction() as tx:
        verdict = Judging(tools).wholes(tx, [whole])[ref]
        whole = replace(whole, record=with_dates_by_hand(tx, whole.record))
        origins = _origins(tools, tx, whole.record, kind)
        kept_until = tx.lists.kept_until([ref]).get(ref)
        holds = holds_on(whole, tx.holds.active())
        done = tuple(was_rewritten(tx, ref))
        if ref in done_with(tools, tx, [whole.record]):
            done += ("that is all its class asks for: no scan finds it due again, whatever the day",)
    events = schedule.events if schedule else {}
    return Explained(
        record=whole.record,
        record_class=record_class,
        schedule=schedule,
        classified=why_of_class(kind, whole.record.record_class),
        told=told(whole.record, record_class, kept_until=kept_until, events=events, origins=origins),
        origins=origins,
        documents=len(whole.documents),
        holds=holds,
        done=done,
        verdict=verdict,
        today=tools.today(schedule),
    )


def _origins(tools: Tools, tx: Transaction, record: Record, kind: KindOfRecord) -> dict[str, Origin]:
    """Return where dates come from: those the definition maps from the store, the others from people."""
    found = dict.fromkeys(by_hand(tools.schedules), Origin())
    for one in tx.occurrences.dated(record.ref):
        found[one.event] = Origin(entry=f"{one.number} by {tools.name_of(one.person)}")
    return found | {one.name: Origin(origin_in_words(kind, one)) for one in kind.triggers}


def _resolve(tools: Tools, text: str) -> RecordRef:
    with tools.ledger.transaction() as tx:
        try:
            return resolved(tools, tx, text)
        except NotFound as refusal:
            raise NotFound(*(_as_document(tx, text) or refusal.faults)) from None


def _as_document(tx: Transaction, text: str) -> tuple[Fault, ...]:
    """Return what is known of a document whose kind is in no definition: cases call it otherwise than its store."""
    try:
        fault = became(tx, RecordRef.parse(text))
    except ValueError:
        return ()
    return (fault,) if fault else ()
