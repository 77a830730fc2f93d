"""Review of one record: keep it longer, hold it, or say its class is wrong. Each takes it off the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from retentiond.domain.errors import DecisionRefused
from retentiond.domain.holds import HoldScope
from retentiond.domain.lists import DisposalList, Entry, ListState, Standing
from retentiond.domain.people import Person, why_not_decide, why_not_hold
from retentiond.domain.schedule import PeriodKind
from retentiond.domain.wording import in_words
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.gather import refreeze
from retentiond.lifecycle.hold import place
from retentiond.lifecycle.tools import Tools, trust_clock


def retain(tools: Tools, number: str, person: Person, text: str, *, until: date, reason: str) -> DisposalList:
    """Keep one record of a list through a date, for a reason; it comes off the list and is not due before then.

    Raises:
        DecisionRefused: the rules of review forbid it, or the period of the record's class is the longest it may be
            kept: only an order, a hold that is, stops its disposal then.
    """
    if not reason.strip():
        raise DecisionRefused.about(number, "keeping a record needs a reason", "give one with --reason")
    if until <= tools.today():
        raise DecisionRefused.about(number, "the date to keep it through is not in the future", "give a later --until")

    def keep(tx: Transaction, entry: Entry, now: datetime) -> None:
        known = tools.classes().get(entry.record_class)
        if known is not None and known[0].period_kind is PeriodKind.MAXIMUM:
            said = f"a record of {entry.record_class} may be kept no longer than its period"
            raise DecisionRefused.about(number, said, "place a hold if an order stops it")
        tx.lists.keep(entry.ref, until, reason, person.id, now, number)

    taken = (Standing.RETAINED, f"kept through {in_words(until)}")
    return _take_off(tools, number, person, text, taken=taken, also=keep)


def hold_record(
    tools: Tools, number: str, person: Person, text: str, *, title: str, authority: str, review_on: date
) -> DisposalList:
    """Place a hold on one record of a list; it comes off the list."""
    refused = why_not_hold(person)
    if refused:
        raise DecisionRefused.about(number, refused)

    def hold(tx: Transaction, entry: Entry, _now: datetime) -> None:
        scope = HoldScope(records=frozenset({str(entry.ref)}))
        place(tools, tx, person, title=title, authority=authority, scope=scope, review_on=review_on)

    taken = (Standing.HELD, "a hold was placed on it")
    return _take_off(tools, number, person, text, taken=taken, also=hold)


def reclassify(tools: Tools, number: str, person: Person, text: str, *, record_class: str) -> DisposalList:
    """Say that a record's class is wrong; it comes off the list, and whoever keeps the store puts it right there."""
    if record_class not in tools.classes():
        raise DecisionRefused.about(number, f"no schedule in force has a class '{record_class}'", _known(tools))
    taken = (Standing.RECLASSIFIED, f"its class should be {record_class}; correct it in its store")
    return _take_off(tools, number, person, text, taken=taken, also=lambda _tx, _entry, _now: None)


def _known(tools: Tools) -> str:
    return f"the classes are {', '.join(sorted(tools.classes()))}"


def _take_off(
    tools: Tools,
    number: str,
    person: Person,
    text: str,
    *,
    taken: tuple[Standing, str],
    also: Callable[[Transaction, Entry, datetime], None],
) -> DisposalList:
    standing, note = taken
    refused = why_not_decide(person)
    if refused:
        raise DecisionRefused.about(number, refused)
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        listed = tx.lists.get(number)
        if listed.state is not ListState.IN_REVIEW:
            raise DecisionRefused.about(
                number, f"it is {listed.state.spoken}, and only a list in review can be changed"
            )
        entry = _the_one(tx, number, text)
        also(tx, entry, now)
        tx.lists.mark(number, standing, [entry.ref], expected={Standing.LISTED}, note=note)
        body = {"order": entry.order}
        tx.events.append(f"record-{standing.value}", now, actor=person.id, list_number=number, body=body)
        return refreeze(tools, tx, number, by=person)


def _the_one(tx: Transaction, number: str, text: str) -> Entry:
    found = [one for one in tx.lists.find(number, text) if one.standing is Standing.LISTED]
    if len(found) != 1:
        said = f"{len(found) or 'no'} record{'s' if found else ''} of this list {'have' if found else 'has'} that name"
        raise DecisionRefused.about(number, said, f"'retentiond list show {number}' names each as store/kind/key")
    return found[0]
