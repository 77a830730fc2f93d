from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from retentiond.domain.holds import Hold, HoldScope, covering
from retentiond.domain.records import Record, RecordRef, StateToken

RECORD = Record(
    ref=RecordRef("early-help-cases", "early-help-episode", "17"),
    reference="EH-0017",
    record_class="EH-01",
    dates={},
    state=StateToken("a"),
    subjects=("P-1", "P-2"),
)


def hold(scope: HoldScope, number: str = "H-1", *, lifted: bool = False) -> Hold:
    """Return a hold with this scope."""
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    return Hold(
        number=number,
        title="Claim",
        authority="Legal Services",
        scope=scope,
        review_on=date(2027, 4, 1),
        placed_by="a.khan",
        placed_at=at,
        lifted_by="p.shah" if lifted else None,
        lifted_at=at if lifted else None,
    )


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        (HoldScope(), True),
        (HoldScope(stores=frozenset({"early-help-cases"})), True),
        (HoldScope(stores=frozenset({"early-help-documents"})), False),
        (HoldScope(classes=frozenset({"LAC-01", "EH-01"})), True),
        (HoldScope(classes=frozenset({"LAC-01"})), False),
        (HoldScope(records=frozenset({"EH-0017"})), True),
        (HoldScope(records=frozenset({"early-help-cases/early-help-episode/17"})), True),
        (HoldScope(records=frozenset({"17", "EH-001", "early-help-cases/early-help-contact/17"})), False),
        (HoldScope(subjects=frozenset({"P-2", "P-9"})), True),
        (HoldScope(subjects=frozenset({"P-9"})), False),
        (HoldScope(stores=frozenset({"early-help-cases"}), classes=frozenset({"EH-01"})), True),
        (HoldScope(stores=frozenset({"early-help-cases"}), classes=frozenset({"CP-01"})), False),
        (HoldScope(subjects=frozenset({"P-1"}), records=frozenset({"EH-0018"})), False),
    ],
)
def test_a_hold_covers_what_matches_every_field_of_its_scope(scope: HoldScope, *, covers: bool) -> None:
    """Fields narrow a scope together, values within a field widen it, and an empty field does neither."""
    assert scope.covers(RECORD) is covers


def test_only_an_empty_scope_is_blanket() -> None:
    """A scope is blanket when it names nothing at all."""
    assert HoldScope().is_blanket
    for named in ("stores", "classes", "records", "subjects"):
        assert not HoldScope(**{named: frozenset({"x"})}).is_blanket


def test_a_record_without_a_class_is_under_no_hold_on_classes() -> None:
    """A hold on a class does not reach a record that has none; a hold on its store does."""
    bare = Record(RECORD.ref, "EH-0017", None, {}, StateToken("a"))
    assert not HoldScope(classes=frozenset({"EH-01"})).covers(bare)
    assert HoldScope(stores=frozenset({"early-help-cases"})).covers(bare)


def test_overlapping_holds_are_independent() -> None:
    """Lifting one of two holds leaves the record held by the other; only lifting both frees it."""
    scope = HoldScope(records=frozenset({"EH-0017"}))
    inquiry, claim = hold(scope, "H-1"), hold(HoldScope(), "H-2")
    assert covering(RECORD, [inquiry, claim]) == (inquiry, claim)
    assert covering(RECORD, [hold(scope, "H-1", lifted=True), claim]) == (claim,)
    assert covering(RECORD, [hold(scope, "H-1", lifted=True), hold(HoldScope(), "H-2", lifted=True)]) == ()


def test_a_lifted_hold_is_not_in_force() -> None:
    """A hold is in force until it is lifted, whatever its review date."""
    assert hold(HoldScope()).in_force
    assert not hold(HoldScope(), lifted=True).in_force


@pytest.mark.parametrize("text", ["early-help-cases/early-help-episode/17", "documents/file/2019/06/letter.pdf"])
def test_a_reference_is_read_back_as_it_was_written(text: str) -> None:
    """store/kind/key names one record, and slashes of the key stay in the key."""
    assert str(RecordRef.parse(text)) == text


@pytest.mark.parametrize("text", ["", "store", "store/kind", "store/kind/", "//key", "/kind/key"])
def test_a_reference_with_a_part_missing_is_refused(text: str) -> None:
    """Nothing short of store, kind and key names a record."""
    with pytest.raises(ValueError, match="is not a record"):
        RecordRef.parse(text)


def test_a_record_whose_names_are_pseudonyms_may_be_the_one_that_is_meant() -> None:
    """A hold on a person or by a reference covers it, unless something else in its scope rules it out."""
    record = Record(RecordRef("cases", "episode", "1"), "ab" * 32, "EH-01", {}, StateToken(""), subjects=("cd" * 32,))
    coded = replace(record, coded_reference=True, coded_subjects=True)
    for scope, is_meant in (
        (HoldScope(subjects=frozenset({"P1"})), True),
        (HoldScope(records=frozenset({"FAM-1"})), True),
        (HoldScope(records=frozenset({"cases/episode/2"})), False),
        (HoldScope(subjects=frozenset({"P1"}), classes=frozenset({"EH-02"})), False),
        (HoldScope(records=frozenset({"FAM-1"}), stores=frozenset({"others"})), False),
    ):
        assert (scope.covers(record), scope.covers(coded)) == (False, is_meant), scope
        document = Record(RecordRef("papers", "file", "a"), "", None, {}, StateToken(""))
        assert scope.covers_document(document, record) is False
        assert scope.covers_document(document, coded) is is_meant, scope
