from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from retentiond.domain.errors import DecisionRefused, EvidenceRefused
from retentiond.domain.lists import Standing
from retentiond.domain.periods import Period, add
from retentiond.domain.records import RecordRef
from retentiond.evidence.manifest import parse_manifest
from retentiond.evidence.verify import verify_certificate
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.export import export_certificate
from retentiond.lifecycle.review_record import retain
from retentiond.lifecycle.through import carry_through
from retentiond.lifecycle.verify import verify
from tests.lifecycle.totals import predicate, totals
from tests.lifecycle.workplace import CASES, SAM, Workplace


def test_totals_and_manifest_agree(workplace: Workplace) -> None:
    """Whatever became of the records, the totals, the series, the grades and the manifest's size agree."""
    gone, changed, held, blocked, absent = (workplace.file(key, f"paper-{key}") for key in "12345")
    workplace.file("6", code="EH-02")
    number = workplace.approved()
    workplace.alter(changed, names=("x",))
    workplace.hold(records=[str(held)])
    workplace.alter(blocked, blockers=("open-episode",))
    workplace.stores[CASES].remove("episode", absent.key)
    said = predicate(certificate := carry_through(workplace.tools, number))
    assert totals(certificate) == {
        "destroyed": 1, "anonymised": 1, "already_absent": 1, "skipped_held": 1,
        "skipped_changed": 2, "skipped_not_due": 0, "failed": 0,
    }  # fmt: skip
    assert sum(totals(certificate).values()) == said["outcome_manifest"]["size"] == 6
    assert said["evidence_grades"] == {"A": 2, "B": 0}
    assert Counter({one["action"]: one["count"] for one in said["series"]}) == {"destroy": 1, "anonymise": 1}
    assert said["documents_destroyed"] == 1
    with workplace.ledger.transaction() as tx:
        kept = tx.lists.proposal(number)
    tags = [list(parse_manifest(text).tags()) for text in (kept.manifest, kept.outcome_manifest or b"")]
    assert tags[0] == tags[1]
    assert workplace.kept(gone) is None


def test_it_verifies_offline(workplace: Workplace) -> None:
    """The exported package of a list with every sort of fate verifies offline, and the ledger's own audit is clean."""
    workplace.file("1", "a")
    held = workplace.file("2")
    workplace.file("3", code="EH-02")
    number = workplace.approved()
    workplace.hold(records=[str(held)])
    certificate = carry_through(workplace.tools, number)
    package = export_certificate(workplace.tools, certificate.number, workplace.folder / "out")
    report = verify_certificate(package, None)
    assert report.ok, [one for one in report.steps if one.ok is False]
    assert audit(workplace.tools).ok


def test_only_once(workplace: Workplace) -> None:
    """A list has one certificate: asked again it is the same one, and certifying again is refused."""
    workplace.file("1")
    number = workplace.approved()
    certificate = carry_through(workplace.tools, number)
    assert carry_through(workplace.tools, number) == certificate
    with pytest.raises(DecisionRefused, match="only what was disposed of"):
        certify(workplace.tools, number)


def test_numbered_without_a_gap(workplace: Workplace) -> None:
    """Certificates are numbered from one without a gap, and each names the digest of the one before."""
    from hashlib import sha256

    issued = []
    for key in "123":
        workplace.file(key)
        issued.append(carry_through(workplace.tools, workplace.approved()))
    assert [one.sequence for one in issued] == [1, 2, 3]
    for before, after in pairwise(issued):
        assert predicate(after)["previous_certificate"]["sha256"] == sha256(before.payload).hexdigest()


@pytest.mark.parametrize("state", ["in review", "approved"])
def test_not_before_its_time(workplace: Workplace, state: str) -> None:
    """What has not been disposed of is neither verified nor certified."""
    workplace.file("1")
    number = workplace.gathered().number if state == "in review" else workplace.approved()
    for step in (verify, certify):
        with pytest.raises(DecisionRefused):
            step(workplace.tools, number)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET standing = 'skipped-held' WHERE standing = 'destroyed'",
        "UPDATE entries SET standing = 'destroyed' WHERE standing = 'skipped-held'",
        "UPDATE entries SET standing = 'already-absent' WHERE standing = 'destroyed'",
        "UPDATE entries SET standing = 'retained' WHERE standing = 'destroyed'",
        "UPDATE entries SET standing = 'intended' WHERE standing = 'destroyed'",
        "UPDATE entries SET standing = 'listed' WHERE standing = 'skipped-held'",
        "UPDATE entries SET standing = 'unknown' WHERE standing = 'skipped-held'",
        "DELETE FROM entries WHERE standing = 'skipped-held'",
        "UPDATE documents SET standing = 'already-absent' WHERE standing = 'destroyed'",
        "UPDATE proposals SET manifest = substr(manifest, 99)",
        "DELETE FROM approvals",
    ],
)
def test_a_fate_changed_in_the_database_is_not_certified(workplace: Workplace, change: str) -> None:
    """A fate that the append-only receipts, the manifest or the approvals do not bear out gets no certificate."""
    workplace.file("1", "a")
    held = workplace.file("2")
    number = workplace.approved()
    workplace.hold(records=[str(held)])
    dispose(workplace.tools, number)
    verify(workplace.tools, number)
    assert workplace.forge(change) >= 1
    with pytest.raises((EvidenceRefused, DecisionRefused)):
        certify(workplace.tools, number)
    with workplace.ledger.transaction() as tx:
        assert tx.certificates.all() == []


def test_an_approver_who_has_left_is_still_named(workplace: Workplace) -> None:
    """The certificate of a list that was disposed of names its approvers, also those the settings no longer know."""
    workplace.file("1")
    number = workplace.approved()
    dispose(workplace.tools, number)
    workplace.set(people=tuple(one for one in workplace.tools.settings.people if one != SAM))
    verify(workplace.tools, number)
    names = [one["display_name"] for one in predicate(certify(workplace.tools, number))["approvals"]]
    assert names == ["sam", "Rita Okafor"]


def test_recipients_are_counted_for_what_went(workplace: Workplace) -> None:
    """Recipients to notify are those of records that were disposed of, each with its count."""
    held = workplace.file("1", recipients=("Housing Trust",))
    workplace.file("2", recipients=("Housing Trust", "Ashcombe NHS"))
    workplace.file("3", code="EH-02", recipients=("Housing Trust",))
    number = workplace.approved()
    workplace.hold(records=[str(held)])
    said = predicate(carry_through(workplace.tools, number))["recipients_to_notify"]
    assert said == [{"name": "Ashcombe NHS", "count": 1}, {"name": "Housing Trust", "count": 2}]


def test_anonymised_is_not_found_again(workplace: Workplace) -> None:
    """A record that was anonymised is still there, and no later scan finds it due."""
    ref = workplace.file("1", code="EH-02")
    carry_through(workplace.tools, workplace.approved())
    assert workplace.kept(ref) is not None
    with pytest.raises(DecisionRefused, match="nothing is due"):
        workplace.gathered()


def test_more_than_a_batch_of_everything(workplace: Workplace) -> None:
    """A list larger than a batch, of two kinds with documents, some held, ends with every record accounted for."""
    workplace.belts(records_per_run=5000)
    for at in range(1003):
        workplace.file(f"{at:04}", *([f"paper-{at:04}"] if at % 3 == 0 else []), code="EH-01" if at % 2 else "EH-02")
    for at in range(7):
        workplace.file(f"{at}", kind="contact")
    number = workplace.approved()
    workplace.hold(records=["FAM-0500", "FAM-1002"])
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate) == totals(certificate) | {"destroyed": 508, "anonymised": 500, "skipped_held": 2}
    assert predicate(certificate)["documents_destroyed"] == 334
    assert workplace.documents(number)["paper-1002"].standing is Standing.SKIPPED_NOT_DUE
    assert len(workplace.deeds) == 508 + 500 + 334


def test_a_certificate_cites_the_schedule_it_was_approved_under(workplace: Workplace) -> None:
    """A schedule adopted after the approval is not the ground of the disposal, even where it is in force by then."""
    workplace.file("1")
    number = workplace.approved()
    (before,) = workplace.tools.schedules
    assert workplace.adopt(workplace.version("2027.1")).lists == ()
    certificate = carry_through(workplace.tools, number)
    cited = {(one["version"], one["digest"]) for one in predicate(certificate)["authority"]}
    assert cited == {(before.version, before.digest)}
    package = export_certificate(workplace.tools, certificate.number, workplace.folder / "out")
    assert verify_certificate(package, None).ok


def test_a_class_that_has_left_the_schedules_does_not_keep_its_certificate_back(workplace: Workplace) -> None:
    """What was disposed of is certified on the ground it was approved on, also when its class is retired since."""
    workplace.file("1")
    number = workplace.approved()
    dispose(workplace.tools, number)
    verify(workplace.tools, number)
    (before,) = workplace.tools.schedules
    workplace.changed(schedules=(replace(before, classes=(), digest="d" * 64),))
    assert predicate(certify(workplace.tools, number))["authority"]


def test_documents_of_a_record_taken_off_are_no_exception(workplace: Workplace) -> None:
    """A record kept by a reviewer, and its document, count for nothing on the certificate of the rest."""
    workplace.file("1", "a")
    kept = workplace.file("2", "b")
    listed = workplace.gathered()
    until = add(workplace.tools.today(), Period.of_years(2))
    person = workplace.tools.person(listed.gathered_by)
    listed = retain(workplace.tools, listed.number, person, str(kept), until=until, reason="a claim is expected")
    workplace.approve(listed)
    workplace.later(days=30)
    said = predicate(carry_through(workplace.tools, listed.number))
    assert said["status"] == "complete"
    assert said["documents_destroyed"] == 1
    assert workplace.paper("b") is not None


def test_a_record_called_like_one_of_our_own_words_keeps_no_certificate_back(workplace: Workplace) -> None:
    """The council's name, a class, a store, a method, an approver or an organisation told on purpose name no record."""
    names = (
        "Ashcombe Borough Council",
        "Early Help",
        "Children Act 1989 s.17",
        "retentiond",
        "version-purge",
        "Sam Whitlock",
    )
    keys = ("EH-01", CASES, "logical-delete", "complete", "Information Governance", "The school")
    for key, name in zip(keys, names, strict=True):
        workplace.file(key, f"of {key}", "records-manager" if key == "EH-01" else f"and {key}")
        workplace.alter(RecordRef(CASES, "episode", key), reference=name, recipients=("The school",))
    number = workplace.approved()
    assert totals(carry_through(workplace.tools, number))["destroyed"] == len(keys)
