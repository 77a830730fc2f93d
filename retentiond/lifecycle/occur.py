"""Occur: people enter an event no store knows, always for named records; they correct it, and they revoke it.

Nothing is computed from it here. Records are judged with the dates that stand whenever they are judged, so that a
correction reaches every scan, approval and order after it by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from retentiond.domain.errors import DecisionRefused, Fault
from retentiond.domain.needs import all_dates
from retentiond.domain.occurrences import Change, Changed, DatedByHand, Occurrence, by_hand
from retentiond.domain.people import Person, why_not_decide
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.wording import in_words
from retentiond.evidence import predicates
from retentiond.evidence.commitments import commit, record_key
from retentiond.evidence.parts import Fields
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.in_force import mind_in_force
from retentiond.lifecycle.naming import named_records
from retentiond.lifecycle.recording import Recorded, record
from retentiond.lifecycle.tools import Tools, trust_clock


@dataclass(frozen=True, slots=True)
class Entered:
    """An occurrence as it stands now, and what people should know of it."""

    occurrence: Occurrence
    was: date | None = None
    """The day it said before; None: it is new."""
    unneeded: tuple[RecordRef, ...] = ()
    """Records whose class does not speak of such an event: it changes nothing for them."""
    replaces: tuple[str, ...] = ()
    """Numbers of earlier occurrences whose place it takes, for the records both name."""
    listed: int = 0
    """How many of its records are on open disposal lists."""


def record_event(tools: Tools, person: Person, event: str, *, on: date, records: Iterable[str], reason: str) -> Entered:
    """Enter an event for named records. One that happens again is recorded again, with a later day.

    Args:
        tools: the installation.
        person: who enters it.
        event: what a schedule calls it: an event that is entered by hand, or a step that was carried out.
        on: the day it happened; not in the future.
        records: for each record ``store/kind/key``, or the reference people use if a scan found it; at least one.
        reason: how they know.

    Raises:
        DecisionRefused: the person may not; no schedule speaks of the event; it names no record (there is no event of
            a class or of everything), lies in the future or has no reason; a store keeps that date itself; or a record
            has that day, or a later one, already.
        NotFound: a name is not exactly one record of a connected store; every one of them is named.
        StoreUnavailable: a store did not answer; nothing was recorded.
    """
    texts = [one.strip() for one in records if one.strip()]
    _mind(tools, person, event, on=on, reason=reason, names_records=bool(texts))
    found = named_records(tools, texts)
    _mind_mapped(tools, event, found)
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        mind_in_force(tools, tx)
        earlier = tx.occurrences.dates(found)
        _mind_later(tx, event, on, {ref: earlier[ref][event] for ref in found if event in earlier.get(ref, {})})
        number = tx.occurrences.next_number(now.year)
        refs = sorted(found)
        said = Changed(Change.RECORDED, on, reason.strip(), person.id, now)
        standing = Occurrence(number, event, on, tuple(refs), (said,))
        replaces = {
            each.number
            for ref in refs
            if event in earlier.get(ref, {})
            for each in tx.occurrences.dated(ref)
            if each.event == event
        }
        recorded = _record(tools, tx, standing, None, person)
        tx.occurrences.record(number, event, refs, said, recorded.seq)
        return Entered(
            tx.occurrences.get(number),
            unneeded=tuple(ref for ref in refs if not _is_needed(tools, event, found[ref])),
            replaces=tuple(sorted(replaces)),
            listed=len(tx.lists.on_open_lists(refs)),
        )


def correct_event(tools: Tools, person: Person, number: str, *, on: date, reason: str) -> Entered:
    """Give an occurrence another day. The day it said before stays in the ledger's events.

    Raises:
        NotFound: there is no such occurrence.
        DecisionRefused: the person may not; there is no reason; the day lies in the future, or is the one it says; or
            the occurrence was revoked.
    """
    return _change(tools, person, number, Change.CORRECTED, on=on, reason=reason)


def revoke_event(tools: Tools, person: Person, number: str, *, reason: str) -> Entered:
    """Take an occurrence back: it stands for nothing any more, and an earlier one of its records stands again.

    Raises:
        NotFound: there is no such occurrence.
        DecisionRefused: the person may not; there is no reason; or it was revoked already.
    """
    return _change(tools, person, number, Change.REVOKED, on=None, reason=reason)


def dates_by_hand(tx: Transaction, ref: RecordRef) -> tuple[DatedByHand, ...]:
    """Return the dates a record has from people, by event: each with the occurrence's number and who said it last."""
    return tuple(tx.occurrences.dated(ref))


def scope_commitment(tools: Tools, occurrence: Occurrence) -> str:
    """Return the digest of the commitment to what an occurrence says now: its event, its day, its records.

    It is stated in the log in their place: a record's key, or the day something happened to it, may tell of somebody.
    """
    return commit(
        record_key(tools.opening_key, occurrence.number.encode()),
        "proposal",
        {
            "event": occurrence.event,
            "on": occurrence.on.isoformat() if occurrence.on else "",
            "records": [str(one) for one in sorted(occurrence.records)],
        },
    ).digest


def _change(tools: Tools, person: Person, number: str, change: Change, *, on: date | None, reason: str) -> Entered:
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        before = tx.occurrences.get(number)
        _mind(tools, person, before.event, on=on, reason=reason, is_new=False)
        if not before.stands:
            raise DecisionRefused.about(number, "this event was revoked", "record it again if it did happen")
        if on == before.on:
            raise DecisionRefused.about(number, "it says that day already", "give the right one with --on")
        said = Changed(change, on, reason.strip(), person.id, now)
        after = Occurrence(number, before.event, on, before.records, (*before.changes, said))
        recorded = _record(tools, tx, after, before.on, person)
        tx.occurrences.change(number, said, recorded.seq)
        return Entered(after, was=before.on, listed=len(tx.lists.on_open_lists(before.records)))


def _record(tools: Tools, tx: Transaction, after: Occurrence, was: date | None, person: Person) -> Recorded:
    """Sign and log what was done, and keep the day it said before in the ledger's own event."""
    change = after.changes[-1].change.value
    commitment = scope_commitment(tools, after)

    def said(base: Fields) -> Fields:
        return predicates.event_recorded(
            base,
            number=after.number,
            change=change,
            name=after.event,
            scope_commitment=commitment,
            records=len(after.records),
        )

    days = {"on": after.on.isoformat() if after.on else None, "was": was.isoformat() if was else None}
    return record(
        tools,
        tx,
        "event-recorded",
        said,
        subjects=[(after.number, commitment)],
        operator=person,
        role=" and ".join(sorted(person.roles)),
        body={"number": after.number, "change": change, "event": after.event, **days},
    )


def _mind(
    tools: Tools,
    person: Person,
    event: str,
    *,
    on: date | None,
    reason: str,
    is_new: bool = True,
    names_records: bool = True,
) -> None:
    """Refuse, with every fault at once, what does not depend on any record."""
    refused = why_not_decide(person)
    if refused:
        raise DecisionRefused.about("event", refused)
    known = by_hand(tools.schedules)
    faults = []
    if is_new and event not in known:
        near = get_close_matches(event, known, n=1, cutoff=0.5)
        remedy = f"did you mean '{near[0]}'?" if near else "declare it with 'by-hand' under 'events' of a schedule"
        faults.append(Fault("event", f"no schedule in force has '{event}' as an event that people enter", remedy))
    if not names_records:
        said = "it names no record, and an event is always one of named records"
        faults.append(Fault("event", said, "name them with --record"))
    if on is not None and on > min(tools.today(one) for one in tools.schedules):
        faults.append(Fault("event", f"{in_words(on)} lies in the future", "record it once it has happened"))
    if not reason.strip():
        faults.append(Fault("event", "it has no reason", "say how you know with --reason"))
    if faults:
        raise DecisionRefused(*faults)


def _mind_mapped(tools: Tools, event: str, found: Iterable[RecordRef]) -> None:
    """Refuse a date that a store keeps itself: two sources for one date are one too many."""
    mapped = {
        (definition.name, kind.name)
        for definition in tools.definitions
        for kind in definition.records
        if event in {one.name for one in kind.triggers}
    }
    kinds = sorted({(one.store, one.kind) for one in found} & mapped)
    if kinds:
        raise DecisionRefused(
            *(
                Fault(f"{store}: {kind}", f"the store keeps the date '{event}' itself", "correct it there")
                for store, kind in kinds
            )
        )


def _mind_later(tx: Transaction, event: str, on: date, standing: Mapping[RecordRef, date]) -> None:
    """Refuse to move a date back, or to say it twice: that is a correction, and says why."""
    faults = []
    for ref, day in sorted(standing.items()):
        if day >= on:
            number = next(one.number for one in tx.occurrences.dated(ref) if one.event == event)
            said = f"{number} says that day for it already, or a later one"
            faults.append(Fault(str(ref), said, f"correct or revoke {number} if it is wrong"))
    if faults:
        raise DecisionRefused(*faults)


def _is_needed(tools: Tools, event: str, one: Record) -> bool:
    known = tools.classes().get(one.record_class or "")
    return known is not None and event in all_dates(known[0])
