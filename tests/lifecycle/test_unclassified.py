"""A record that no line of ``classify`` holds for is never due, and never silently skipped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retentiond.connectors.memory import Kept
from retentiond.domain.definitions import ObjectPart, Reach
from retentiond.domain.eligibility import UNCLASSIFIED
from retentiond.domain.errors import RetentiondError
from retentiond.domain.findings import Finding
from retentiond.lifecycle import passes
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.scan import KindScanned, scan
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.projects import found
from tests.lifecycle.workplace import DOCUMENTS, GRACE, Workplace, definition


def _episodes(workplace: Workplace) -> KindScanned:
    return next(one for one in scan(workplace.tools).kinds if one.kind == "episode")


def test_a_scan_counts_and_names_what_has_no_class(workplace: Workplace) -> None:
    """With a date or without one, it is counted and named once, with the reason; what has a class is judged as ever."""
    workplace.file("due"), workplace.file("undated", dates={"case-closed": None})
    workplace.file("stray", record_class=None), workplace.file("bare", record_class=None, dates={})
    scanned = _episodes(workplace)
    assert (scanned.unclassified, scanned.counts) == (2, {Finding.DUE: 1, Finding.UNTRIGGERED: 3})
    named = found(workplace)
    assert named["stray"] == named["bare"] == (Finding.UNTRIGGERED, UNCLASSIFIED)
    assert named["undated"][1] != UNCLASSIFIED
    assert named["due"][0] is Finding.DUE


def test_what_has_no_class_is_never_gathered(workplace: Workplace) -> None:
    """Named by a scan or by a person, it comes onto no list."""
    stray = workplace.file("stray", record_class=None)
    scan(workplace.tools)
    with pytest.raises(RetentiondError):
        gather(workplace.tools, GRACE, records=[stray])


def test_more_than_are_named_are_counted(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store full of them fills no ledger: some are named and all are counted."""
    monkeypatch.setattr(passes, "UNDATED_KEPT", 2)
    for key in "abc":
        workplace.file(key, record_class=None)
    assert _episodes(workplace).unclassified == 3
    with workplace.ledger.transaction() as tx:
        assert len(tx.findings.current()) == 2


def test_one_that_is_done_with_is_no_stray(workplace: Workplace) -> None:
    """An anonymised record whose blanked columns gave its class has none any more, and is nobody's concern."""
    ref = workplace.file("1", code="EH-02")
    carry_through(workplace.tools, workplace.approved(ref))
    workplace.alter(ref, record_class=None)
    assert _episodes(workplace).unclassified == 0


def test_documents_of_cases_are_no_strays(workplace: Workplace) -> None:
    """Where documents of cases lie beside records of their own, what has no class goes with its case: no stray."""
    parts = (ObjectPart(DOCUMENTS, "object_key", Reach("attachment", "case")),)
    cases, _ = workplace.tools.definitions
    workplace.stores[DOCUMENTS].put("object", "letter", Kept("letter", None, {}))
    for naming, strays in ((True, 0), (False, 1)):
        of_cases = replace(cases, records=tuple(replace(one, parts=parts if naming else ()) for one in cases.records))
        workplace.changed(definitions=(of_cases, definition(DOCUMENTS, object=("EH-01",))))
        assert scan(workplace.tools, stores=[DOCUMENTS]).kinds[0].unclassified == strays
