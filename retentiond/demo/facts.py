"""What is known about the made-up council's cases: each named edge case, by the record it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from retentiond.domain.findings import Finding
from retentiond.domain.records import RecordRef


@dataclass(frozen=True, slots=True)
class DemoCase:
    """One made-up case and what the shipped schedule makes of it."""

    ref: RecordRef
    reference: str
    record_class: str
    finding: Finding
    """The verdict on the case with its documents, before anybody places a hold."""


@dataclass(frozen=True, slots=True)
class CaseStoreFacts:
    """The cases and documents that the demonstration and the tests speak of by name."""

    to_destroy: DemoCase
    """Closed without a plan; its document has several versions."""
    contact_to_destroy: DemoCase
    """An enquiry that led to no further action."""
    unknown_caller: DemoCase
    """An enquiry about nobody in the store."""
    to_anonymise: DemoCase
    child_protection: DemoCase
    to_hold: DemoCase
    """The one a person places a hold on."""
    to_hold_twice: DemoCase
    """The one that two overlapping holds cover."""
    to_change: DemoCase
    """The one whose rows change after its approval."""
    document_on_legal_hold: DemoCase
    no_closing_date: DemoCase
    unborn_only_child: DemoCase
    unborn_sibling: DemoCase
    """Its born child is long grown up; the unborn one has only an expected date."""
    adults_only: DemoCase
    reopened: DemoCase
    not_yet: DemoCase
    sibling_looked_after: DemoCase
    leap_day: DemoCase
    died_under_18: DemoCase
    """A contact about a looked-after child who died at twelve."""
    step_down: DemoCase
    """From a child-in-need referral that closed with RC9."""
    adult_in_two_families: DemoCase
    siblings_share_a_document: DemoCase
    document_of_two_cases: DemoCase
    """Due, but a case that is not due refers to the same document."""
    other_case_of_the_document: DemoCase
    earlier_episode: DemoCase
    """Due, but a later episode of the same family is not: family and members stay with that one."""
    later_episode: DemoCase
    scanned_letter_due: DemoCase
    """An object of no case, with its date in a tag."""
    scanned_letter_not_yet: DemoCase
    missing_document: DemoCase
    """Its attachment row names an object that is not there."""
    deleted_document: DemoCase
    """Somebody has put a delete marker on its document; the version below is still there."""
    open_request: DemoCase
    conflict_of_interest: DemoCase
    """Its worker is somebody who approves lists."""
    grandparent: int
    """``person_id`` of the adult in two families."""
    document_keys: tuple[str, ...]
    """Every document of a case that is to be in the bucket, and the one without a row."""
    key_with_versions: str
    key_on_legal_hold: str
    key_of_two_cases: str
    key_missing: str
    key_deleted: str
    key_without_row: str
    """An object that no attachment row refers to any more."""

    def cases(self) -> Iterator[tuple[str, DemoCase]]:
        """Yield the named cases with their names."""
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, DemoCase):
                yield one.name, value
