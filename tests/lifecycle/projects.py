"""Classes whose records wait for an event that people enter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from retentiond.domain.clauses import For
from retentiond.domain.findings import Finding
from retentiond.domain.people import Person
from retentiond.domain.periods import Period
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action, Event, RecordClass
from retentiond.lifecycle.occur import record_event
from retentiond.lifecycle.scan import scan
from tests.lifecycle.workplace import GRACE, Workplace, record_class

CONCLUDED = "project-concluded"
MAY, JUNE, RECENT = date(2012, 5, 1), date(2012, 6, 1), date(2025, 6, 1)
WHY = "A letter of the project's lead"
EVENTS = {CONCLUDED: Event(CONCLUDED, "the day the project was concluded", by_hand=True)}


def waiting(code: str = "EH-01", **more: Any) -> RecordClass:
    """Return a class whose records are due six years after an event that people enter."""
    made = replace(record_class(code, Action.DESTROY), retain=For(Period.of_years(6), CONCLUDED))
    return replace(made, **more)


def concluded(workplace: Workplace, *refs: RecordRef, on: date = MAY, by: Person = GRACE) -> str:
    """Record that the project of some records was concluded; return the event's number."""
    names = [str(one) for one in refs]
    return record_event(workplace.tools, by, CONCLUDED, on=on, records=names, reason=WHY).occurrence.number


def found(workplace: Workplace) -> dict[str, tuple[Finding, str]]:
    """Scan, and return what was found of each record; every record found is counted once."""
    scanned = scan(workplace.tools)
    assert scanned.faults == ()
    with workplace.ledger.transaction() as tx:
        current = tx.findings.current(limit=10**6)
    for finding in Finding:
        assert scanned.total(finding) == sum(one.finding is finding for one in current)
    return {one.ref.key: (one.finding, one.reason) for one in current}
