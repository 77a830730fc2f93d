"""Holds: placed and lifted by a records manager, each change signed and logged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from retentiond.domain.errors import DecisionRefused, Fault
from retentiond.domain.holds import Hold, HoldScope
from retentiond.domain.lists import ListState
from retentiond.domain.people import Person, why_not_hold
from retentiond.evidence import predicates
from retentiond.evidence.commitments import commit, record_key
from retentiond.evidence.parts import Fields
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools, trust_clock


@dataclass(frozen=True, slots=True)
class Placed:
    """A hold in force, and the lists whose orders were already on their way when it was placed."""

    hold: Hold
    under_way: tuple[str, ...]


def place_hold(
    tools: Tools, person: Person, *, title: str, authority: str, scope: HoldScope, review_on: date
) -> Placed:
    """Place a hold. It stops disposal of what it covers at any moment up to the store's own commit.

    Raises:
        DecisionRefused: the person may not, or the hold lacks a title, an authority or a review date to come.
    """
    refused = why_not_hold(person)
    if refused:
        raise DecisionRefused.about("hold", refused)
    faults = [
        Fault("hold", f"it has no {name}", f"give one with --{name}")
        for name, text in (("title", title), ("authority", authority))
        if not text.strip()
    ]
    if review_on <= tools.today():
        faults.append(Fault("hold", "its review date is not in the future", "give a later --review-on"))
    if faults:
        raise DecisionRefused(*faults)
    with tools.ledger.transaction() as tx:
        hold = place(tools, tx, person, title=title, authority=authority, scope=scope, review_on=review_on)
        under_way = tuple(one.number for one in tx.lists.all({ListState.DISPOSING}))
    return Placed(hold, under_way)


def place(
    tools: Tools, tx: Transaction, person: Person, *, title: str, authority: str, scope: HoldScope, review_on: date
) -> Hold:
    """Place a hold inside the caller's transaction."""
    now = trust_clock(tools, tx)
    hold = Hold(tx.holds.next_number(now.year), title, authority, scope, review_on, person.id, now)
    tx.holds.place(hold)
    _record_change(tools, tx, hold, "placed", person)
    return hold


def lift_hold(tools: Tools, person: Person, number: str, *, authority: str) -> Hold:
    """Lift a hold. That destroys nothing: what it covered returns to the next scan.

    Raises:
        DecisionRefused: the person may not, no authority is given, or it was lifted already.
    """
    refused = why_not_hold(person)
    if refused:
        raise DecisionRefused.about(number, refused)
    if not authority.strip():
        raise DecisionRefused.about(number, "lifting a hold needs an authority", "give one with --authority")
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        tx.holds.lift(number, person.id, now, authority)
        hold = tx.holds.get(number)
        _record_change(tools, tx, hold, "lifted", person)
        return hold


def _record_change(tools: Tools, tx: Transaction, hold: Hold, change: str, person: Person) -> None:
    commitment = commit(record_key(tools.opening_key, hold.number.encode()), "proposal", _scope(hold))
    record(
        tools,
        tx,
        "hold-changed",
        lambda base: predicates.hold_changed(
            base,
            hold=hold.number,
            change=change,
            scope_commitment=commitment.digest,
            register_digest=tx.holds.register_digest(),
            register_count=len(tx.holds.active()),
        ),
        subjects=[("hold-register", tx.holds.register_digest())],
        operator=person,
        role="records-manager",
    )


def _scope(hold: Hold) -> Fields:
    """Return what a hold covers, to be committed to and never stated: a reference in it may name somebody."""
    return {
        "stores": sorted(hold.scope.stores),
        "classes": sorted(hold.scope.classes),
        "records": sorted(hold.scope.records),
        "subjects": sorted(hold.scope.subjects),
    }
