from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from retentiond.domain.errors import EvidenceRefused
from retentiond.domain.findings import Finding
from retentiond.domain.lists import ListState
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.export import export_certificate
from retentiond.lifecycle.review import withdraw
from retentiond.lifecycle.review_record import retain
from retentiond.lifecycle.through import carry_through
from retentiond.lifecycle.verify import verify
from tests.lifecycle.workplace import CASES, SAM, Workplace

TITLE = "Featherstonehaugh-Quill"
EXTRAS: dict[str, Any] = {"recipients": ("Ashcombe Housing Trust",), "excluded_reviewers": ("m.quill",)}


def in_file(workplace: Workplace, text: str) -> bool:
    """Return whether a text occurs anywhere in the ledger's file, free pages included."""
    return text.encode() in workplace.file_of_ledger.read_bytes()


@pytest.mark.parametrize("code", ["EH-01", "EH-02"])
def test_titles_are_gone_once_certified(workplace: Workplace, code: str) -> None:
    """After the certificate no byte of the ledger's file holds what people called the record, or why it was due."""
    workplace.file("1", code=code, reference=TITLE, **EXTRAS)
    number = workplace.approved()
    for said in (TITLE, "case closed", "m.quill"):
        assert in_file(workplace, said)
    carry_through(workplace.tools, number)
    for said in (TITLE, "case closed", "m.quill"):
        assert not in_file(workplace, said)


def test_titles_of_an_earlier_list_are_gone_too(workplace: Workplace) -> None:
    """A record that stood on a list that was withdrawn leaves no title there once another list destroyed it."""
    workplace.file("1", reference=TITLE)
    withdraw(workplace.tools, workplace.gathered().number, SAM, reason="Start again")
    carry_through(workplace.tools, workplace.approved())
    assert not in_file(workplace, TITLE)


def test_titles_of_a_list_that_emptied_are_gone(workplace: Workplace) -> None:
    """A list withdrawn because its last record was taken off keeps no title on it; the scan's finding does."""
    workplace.file("1", reference=TITLE)
    listed = workplace.gathered()
    retain(workplace.tools, listed.number, SAM, TITLE, until=workplace.now.date().replace(year=2030), reason="Claim")
    assert workplace.rows("SELECT reference, reason FROM entries") == [("", "")]


def test_findings_of_what_is_gone_disappear(workplace: Workplace) -> None:
    """Certified records leave no finding behind; records that were spared keep theirs."""
    workplace.file("1"), workplace.file("2", code="EH-02")
    spared = workplace.file("3")
    number = workplace.approved()
    workplace.hold(records=[str(spared)])
    carry_through(workplace.tools, number)
    with workplace.ledger.transaction() as tx:
        assert [one.ref for one in tx.findings.current(Finding.DUE)] == [spared]


def test_keeps_outlast_the_certificate(workplace: Workplace) -> None:
    """A reviewer's reason to keep a record stays known after the rest of its list was certified."""
    workplace.file("1"), workplace.file("2")
    listed = workplace.gathered()
    until = workplace.now.date().replace(year=2030)
    listed = retain(workplace.tools, listed.number, SAM, "FAM-1", until=until, reason="The family asked for it")
    number = workplace.approve(listed).number
    workplace.later(hours=25)
    carry_through(workplace.tools, number)
    assert workplace.rows("SELECT until, reason FROM keeps") == [("2030-11-02", "The family asked for it")]
    assert "2 November 2030" in workplace.entries(number)["1"].note


def test_nothing_signed_or_exported_names_a_record(workplace: Workplace) -> None:
    """No event, statement or exported file holds a reference, a key, a person's reference or a document's name."""
    workplace.file("KEY-4711", "letters/quill.pdf", reference=TITLE, subjects=("NHS-9434765919",))
    workplace.hold(records=[TITLE])
    hold = workplace.rows("SELECT number FROM holds")[0][0]
    with workplace.ledger.transaction() as tx:
        tx.holds.lift(hold, "rita", workplace.now, "Claim settled")
    number = workplace.approved()
    certificate = carry_through(workplace.tools, number)
    package = export_certificate(workplace.tools, certificate.number, workplace.folder / "out")
    said = [path.read_bytes().decode() for path in package.rglob("*") if path.is_file()]
    said += [str(row) for table in ("events", "log_leaves", "receipts", "certificates", "sightings")
             for row in workplace.rows(f"SELECT * FROM {table}")]  # noqa: S608 - names of our own tables  # fmt: skip
    for secret in (TITLE, "KEY-4711", "quill.pdf", "NHS-9434765919", "Name of"):
        assert not [one for one in said if re.search(re.escape(secret), one)]


@pytest.mark.parametrize("named", ["reference", "key", "document"])
def test_a_certificate_that_would_name_a_record_is_not_issued(
    workplace: Workplace, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a record's name stands on a certificate and is no word of ours, nothing is issued and nothing is erased."""
    monkeypatch.setattr("retentiond.lifecycle.certify.own_words", lambda *_: set())
    said = "Ashcombe Borough Council"
    key = said if named == "key" else "1"
    workplace.file(key, *([said] if named == "document" else []), reference=said if named == "reference" else "FAM")
    number = workplace.approved()
    dispose(workplace.tools, number)
    verify(workplace.tools, number)
    with pytest.raises(EvidenceRefused, match="would name a record"):
        certify(workplace.tools, number)
    assert workplace.listed(number).state is ListState.DISPOSED
    with workplace.ledger.transaction() as tx:
        assert tx.certificates.all() == []
    assert "destruction-certificate" not in workplace.kinds_of_events()
    assert audit(workplace.tools).ok


def test_a_refusal_names_no_record(workplace: Workplace) -> None:
    """What a refusal says to people holds no reference and no key of a record."""
    from retentiond.domain.errors import RetentiondError
    from retentiond.lifecycle.review import approve

    ref = workplace.file("KEY-4711", reference=TITLE)
    listed = workplace.gathered()
    workplace.stores[CASES].alter("episode", "KEY-4711", names=("x",))
    refusals: list[str] = []
    steps: list[Callable[[], object]] = [
        lambda: approve(workplace.tools, listed.number, SAM, listed.digest),
        lambda: [workplace.gathered(ref), workplace.gathered(ref)],
    ]
    for step in steps:
        with pytest.raises(RetentiondError) as refused:
            step()
        refusals.append(str(refused.value))
    assert not [one for one in refusals if TITLE in one or "4711" in one]
