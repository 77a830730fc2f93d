"""The cases on which a retention system is tried: each one small, each with a name."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

from retentiond.demo import tables
from retentiond.demo.caseload import NO_PLAN, Caseload
from retentiond.demo.facts import CaseStoreFacts, DemoCase
from retentiond.domain.findings import Finding
from retentiond.domain.records import RecordRef

CASES = "early-help-cases"
EPISODES = "early-help-episode"
CONTACTS = "early-help-contact"
DOCUMENTS = "early-help-documents"
OBJECTS = "object"
CONFLICTED = "j.obrien"
"""The service manager who worked on a case before approving lists."""


def edge_cases(load: Caseload) -> CaseStoreFacts:
    """Add every named edge case to the caseload and return where to find them."""
    enquirer = load.person("child", load.names.last_name(), load.ago(14))
    destroyed, key_with_versions = _with_document(load, closed=8, births=(12, 15), end_reason=NO_PLAN)
    anonymised, _ = _with_document(load, closed=10, births=(27, 31))
    held_by_store, key_on_legal_hold = _with_document(load, closed=11, births=(29,))
    deleted, key_deleted = _with_document(load, closed=12, births=(30,))
    missing, key_missing = _with_document(load, closed=9, births=(28,))
    in_two_families, grandparent = _adult_in_two_families(load)
    first, second, key_of_two_cases = _document_of_two_cases(load)
    earlier, later = _two_episodes(load)
    key_without_row = "cases/00000000deadbeef.txt"
    due, waiting, undated, blocked = Finding.DUE, Finding.NOT_YET, Finding.UNTRIGGERED, Finding.BLOCKED
    return CaseStoreFacts(
        to_destroy=_case(load, destroyed, "EH-03", due),
        contact_to_destroy=_contact(load, load.contact(enquirer, load.ago(4), "NFA"), "EH-02", due),
        unknown_caller=_contact(load, load.contact(None, load.ago(5), "NFA"), "EH-02", due),
        to_anonymise=_case(load, anonymised, "EH-01", due),
        child_protection=_case(load, _child_protection(load), "CP-01", due),
        to_hold=_case(load, _closed(load, 9, (26, 29)), "EH-01", due),
        to_hold_twice=_case(load, _closed(load, 13, (32,)), "EH-01", due),
        to_change=_case(load, _closed(load, 9, (28,)), "EH-01", due),
        document_on_legal_hold=_case(load, held_by_store, "EH-01", Finding.ON_HOLD),
        no_closing_date=_case(load, _no_closing_date(load), "EH-01", undated),
        unborn_only_child=_case(load, _unborn(load, births=()), "EH-01", undated),
        unborn_sibling=_case(load, _unborn(load, births=(28,)), "EH-01", undated),
        adults_only=_case(load, _closed(load, 10, ()), "EH-01", undated),
        reopened=_case(load, _reopened(load), "EH-01", blocked),
        not_yet=_case(load, _closed(load, 2, (9, 12)), "EH-01", waiting),
        sibling_looked_after=_case(load, _sibling_looked_after(load), "LAC-01", waiting),
        leap_day=_case(load, _leap_day(load), "EH-01", due),
        died_under_18=_contact(load, _died_under_18(load), "LAC-01", due),
        step_down=_case(load, _step_down(load), "EH-01", due),
        adult_in_two_families=_case(load, in_two_families, "EH-01", due),
        siblings_share_a_document=_case(load, _siblings_share_a_document(load), "EH-01", due),
        document_of_two_cases=_case(load, first, "EH-03", due),
        other_case_of_the_document=_case(load, second, "EH-01", waiting),
        earlier_episode=_case(load, earlier, "EH-03", due),
        later_episode=_case(load, later, "EH-01", waiting),
        scanned_letter_due=_scanned(load, load.ago(1), due),
        scanned_letter_not_yet=_scanned(load, load.today - timedelta(days=5), waiting),
        missing_document=_case(load, missing, "EH-01", due),
        deleted_document=_case(load, deleted, "EH-01", due),
        open_request=_case(load, _open_request(load), "EH-01", blocked),
        conflict_of_interest=_case(load, _closed(load, 10, (27,), worker_id=CONFLICTED), "EH-01", due),
        grandparent=grandparent,
        document_keys=(),
        key_with_versions=key_with_versions,
        key_on_legal_hold=key_on_legal_hold,
        key_of_two_cases=key_of_two_cases,
        key_missing=key_missing,
        key_deleted=key_deleted,
        key_without_row=key_without_row,
    )


def _case(load: Caseload, episode: int, record_class: str, finding: Finding) -> DemoCase:
    reference = str(load.rows[tables.EH_EPISODE][episode - 1]["case_ref"])
    return DemoCase(RecordRef(CASES, EPISODES, str(episode)), reference, record_class, finding)


def _contact(load: Caseload, contact: int, record_class: str, finding: Finding) -> DemoCase:
    reference = str(load.rows[tables.CONTACT][contact - 1]["contact_ref"])
    return DemoCase(RecordRef(CASES, CONTACTS, str(contact)), reference, record_class, finding)


def _scanned(load: Caseload, received_on: date, finding: Finding) -> DemoCase:
    key = f"scanned-post/{received_on.isoformat()}-{load.chance.getrandbits(32):08x}.txt"
    return DemoCase(RecordRef(DOCUMENTS, OBJECTS, key), key, "EH-05", finding)


def _closed(load: Caseload, closed: int, births: tuple[int, ...], **columns: str) -> int:
    """Add a family whose one episode closed so many years ago, with children born so many years ago."""
    started_on = load.ago(closed + 1)
    family, children = load.household(started_on, [load.ago(years, month=4) for years in births], adults=2)
    return load.episode(family, children[0] if children else None, started_on, load.ago(closed), **columns)


def _with_document(load: Caseload, closed: int, births: tuple[int, ...], **columns: str) -> tuple[int, str]:
    episode = _closed(load, closed, births, **columns)
    return episode, load.document(episode, _lead(load, episode), load.ago(closed))


def _lead(load: Caseload, episode: int) -> tuple[int, ...]:
    lead = load.rows[tables.EH_EPISODE][episode - 1]["lead_person_id"]
    return (lead,) if isinstance(lead, int) else ()


def _child_protection(load: Caseload) -> int:
    episode = _closed(load, 37, (46,))
    for child in _lead(load, episode):
        load.add(tables.STATUS_PERIOD, person_id=child, kind="CP", from_on=load.ago(39), to_on=load.ago(38))
    return episode


def _no_closing_date(load: Caseload) -> int:
    family, children = load.household(load.ago(12), [load.ago(30)])
    return load.episode(family, children[0], load.ago(12), None, end_reason="moved-away")


def _unborn(load: Caseload, births: tuple[int, ...]) -> int:
    episode = _closed(load, 9, births)
    family = load.rows[tables.EH_EPISODE][episode - 1]["family_id"]
    unborn = load.person("child", load.names.last_name(), None, expected_dob=load.ago(9, month=9))
    load.add(tables.FAMILY_MEMBER, family_id=family, person_id=unborn, relationship="unborn", from_on=load.ago(9))
    return episode


def _reopened(load: Caseload) -> int:
    episode = _closed(load, 9, (27,))
    row = load.rows[tables.EH_EPISODE][episode - 1]
    load.add(
        tables.EH_EPISODE,
        case_ref=f"EH-{load.today.year - 1}-9001",
        family_id=row["family_id"],
        lead_person_id=row["lead_person_id"],
        started_on=load.ago(1),
        start_reason="reopened",
        org="Ashcombe Family Hub",
        worker_id="w.1077",
    )
    return episode


def _sibling_looked_after(load: Caseload) -> int:
    family, children = load.household(load.ago(12), [load.ago(27), load.ago(30)])
    load.add(tables.STATUS_PERIOD, person_id=children[1], kind="CLA", from_on=load.ago(20), to_on=load.ago(18))
    return load.episode(family, children[0], load.ago(12), load.ago(11))


def _leap_day(load: Caseload) -> int:
    year = next(
        year for year in range(load.today.year - 25, 0, -1) if isleap(year) and date(year + 25, 3, 2) <= load.today
    )
    family, children = load.household(date(year + 10, 5, 1), [date(year, 2, 29)])
    return load.episode(family, children[0], date(year + 10, 5, 1), date(year + 11, 5, 1))


def _died_under_18(load: Caseload) -> int:
    born = load.ago(30)
    died_on = date(born.year + 12, 3, 1)
    child = load.person("child", load.names.last_name(), born, death_date=died_on, death_verified=True)
    load.add(tables.STATUS_PERIOD, person_id=child, kind="CLA", from_on=date(born.year + 8, 5, 1), to_on=died_on)
    return load.contact(child, date(born.year + 11, 2, 2), "CINREF")


def _step_down(load: Caseload) -> int:
    episode = _closed(load, 10, (28,), start_reason="step-down")
    for child in _lead(load, episode):
        load.referral(episode, child, load.ago(11) - timedelta(days=60), close_reason="RC9")
        load.add(tables.STATUS_PERIOD, person_id=child, kind="CIN", from_on=load.ago(12), to_on=load.ago(11))
    return episode


def _adult_in_two_families(load: Caseload) -> tuple[int, int]:
    episode = _closed(load, 9, (27,))
    family = load.rows[tables.EH_EPISODE][episode - 1]["family_id"]
    other, children = load.household(load.ago(1), [load.ago(6)])
    load.episode(other, children[0], load.ago(1), None)
    grandparent = load.person("adult", load.names.last_name(), load.ago(70))
    load.add(tables.FAMILY_MEMBER, family_id=family, person_id=grandparent, relationship="grandparent")
    load.join(other, grandparent, "grandparent", load.ago(1))
    return episode, grandparent


def _siblings_share_a_document(load: Caseload) -> int:
    family, children = load.household(load.ago(11), [load.ago(26), load.ago(29)])
    episode = load.episode(family, children[0], load.ago(11), load.ago(10))
    load.document(episode, tuple(children), load.ago(10))
    return episode


def _document_of_two_cases(load: Caseload) -> tuple[int, int, str]:
    first, key = _with_document(load, 7, (14,), end_reason=NO_PLAN)
    second = _closed(load, 1, (13,))
    load.attach(load.note(second, _lead(load, second), load.ago(1)), key, load.ago(1))
    return first, second, key


def _two_episodes(load: Caseload) -> tuple[int, int]:
    family, children = load.household(load.ago(10), [load.ago(15)])
    earlier = load.episode(family, children[0], load.ago(10), load.ago(9), end_reason=NO_PLAN)
    return earlier, load.episode(family, children[0], load.ago(4), load.ago(3))


def _open_request(load: Caseload) -> int:
    episode = _closed(load, 9, (27,))
    for child in _lead(load, episode):
        load.add(tables.REQUEST, kind="SAR", person_id=child, received_on=load.today - timedelta(days=12))
    return episode
