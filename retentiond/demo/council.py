"""A made-up council's Early Help caseload: some sixty families, most of them ordinary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from retentiond.demo import tables
from retentiond.demo.caseload import NO_PLAN, Caseload
from retentiond.demo.edge_cases import edge_cases
from retentiond.demo.facts import CaseStoreFacts

_ORDINARY = 32
_ENQUIRIES = 24


def caseload(today: date) -> tuple[Caseload, CaseStoreFacts]:
    """Make up the whole caseload as it stands on a day; the same day always gives the same rows."""
    load = Caseload(today)
    facts = edge_cases(load)
    for number in range(_ORDINARY):
        _ordinary_family(load, number)
    for number in range(_ENQUIRIES):
        _enquiry(load, number)
    attached = {str(row["object_key"]) for row in load.rows[tables.ATTACHMENT]} - {facts.key_missing}
    return load, replace(facts, document_keys=(*sorted(attached), facts.key_without_row))


def _ordinary_family(load: Caseload, number: int) -> None:
    """Add one of eight ordinary kinds of family: open, closed lately, young, grown up, without a plan, protected."""
    kind = number % 8
    closed = (None, None, 1 + number % 3, 3, 8, 9 + number % 6, 7 + number % 4, 10)[kind]
    youngest = (4, 9, 7, 11, 12, 26 + number % 5, 10, 19)[kind]
    started_on = load.ago(1 if closed is None else closed + 1, month=1 + number % 12)
    births = [load.ago(youngest + 2 * child, month=1 + (number + child) % 12) for child in range(1 + number % 3)]
    family, children = load.household(started_on, births, adults=1 + number % 2)
    ended_on = None if closed is None else load.ago(closed, month=1 + number % 12)
    reason = None if closed is None else NO_PLAN if kind == 6 else "needs-met"
    episode = load.episode(family, children[0], started_on, ended_on, end_reason=reason)
    if kind == 7:
        load.add(tables.STATUS_PERIOD, person_id=children[0], kind="CP", from_on=started_on, to_on=ended_on)
    if number % 3 == 0:
        load.document(episode, tuple(children), started_on)
    if number % 4 == 0:
        load.contact(children[0], started_on, "EHREF")


def _enquiry(load: Caseload, number: int) -> None:
    years = number % 6
    child = load.person("child", load.names.last_name(), load.ago(5 + number % 12, month=1 + number % 12))
    load.contact(child, load.ago(1 + years, month=1 + number % 12), ("NFA", "NFA", "ADVICE")[number % 3])
