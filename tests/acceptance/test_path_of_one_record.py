from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from retentiond.cli.certificates import certificate_lines
from retentiond.demo import tables
from retentiond.demo.object_store import ObjectStore
from retentiond.demo.run import GATHERER, SECOND_APPROVER, change_case
from retentiond.domain.anonymity import K_ANONYMITY
from retentiond.domain.holds import HoldScope
from retentiond.domain.lists import Standing
from retentiond.domain.periods import Period, add
from retentiond.evidence.verify import verify_certificate
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.export import export_certificate
from retentiond.lifecycle.hold import place_hold
from retentiond.lifecycle.through import carry_through
from tests.council import AFTER_COOLING_OFF, Council, standing

IDENTIFIERS = ("forename", "surname", "nhs_no", "upn", "la_child_id")


@pytest.mark.parametrize("council", ["sqlite", "postgresql", "mariadb"], indirect=True)
def test_what_was_approved_is_gone_and_certified(council: Council, tmp_path: Path) -> None:
    """The destroyed case is gone from every mapped table and the bucket, and its certificate verifies offline."""
    facts = council.facts
    number = council.approved(facts.to_destroy, facts.contact_to_destroy).number
    rows, versions = council.rows(), council.versions()
    with council.tools(later=AFTER_COOLING_OFF) as tools:
        certificate = carry_through(tools, number)
        package = export_certificate(tools, certificate.number, tmp_path / "out")
        assert audit(tools).ok
    gone = {name: before - council.rows()[name] for name, before in rows.items()}
    assert council.episode(facts.to_destroy) is None
    for table in ("case_note", "attachment", "case_note_subject"):
        assert gone[table], table
    key = int(facts.to_destroy.ref.key)
    assert not [row for name, kept in council.rows().items() for row in kept if name == "case_note" and row[1] == key]
    assert {one for one, _ in versions - council.versions()} == {facts.key_with_versions}
    assert not [one for one, _ in council.versions() if one == facts.key_with_versions]
    report = verify_certificate(package, None)
    assert report.ok, [step for step in report.steps if step.ok is False]


@pytest.mark.parametrize("council", ["sqlite", "postgresql", "mariadb"], indirect=True)
def test_anonymised_keeps_its_dates_and_names_nobody(council: Council) -> None:
    """The anonymised case keeps its dates, and every identifier of the people in it is gone from the database."""
    case = council.facts.to_anonymise
    before = council.episode(case)
    person, member = tables.PERSON, tables.FAMILY_MEMBER
    with council.case_store.connect() as connection:
        of_family = member.c.family_id == before.family_id
        people = connection.execute(
            select(person).where(person.c.person_id.in_(select(member.c.person_id).where(of_family)))
        ).all()
    names = {getattr(one, name) for one in people for name in IDENTIFIERS} - {None}
    assert names
    number = council.approved(case).number
    with council.tools(later=AFTER_COOLING_OFF) as tools:
        certificate = carry_through(tools, number)
    after = council.episode(case)
    assert (after.started_on, after.ended_on) == (before.started_on, before.ended_on)
    assert after.case_ref is None
    with council.case_store.connect() as connection:
        keys = [one.person_id for one in people]
        left = connection.execute(select(person).where(person.c.person_id.in_(keys))).all()
    assert len(left) == len(people)
    assert not {getattr(one, name) for one in left for name in IDENTIFIERS} - {None}
    quasi = Counter((one.dob, one.sex, one.ethnicity) for one in left)
    blank = quasi.pop((None, None, None), 0)
    assert all(count >= K_ANONYMITY for count in quasi.values())
    (told,) = json.loads(certificate.payload)["predicate"]["anonymisation"]
    assert (told["store"], told["kind"]) == (case.ref.store, case.ref.kind)
    assert any(str(line).startswith("  k-anonymity") for line in certificate_lines(certificate))
    assert told["groups"] == [
        {
            "table": "person",
            "quasi_identifiers": ["dob", "sex", "ethnicity"],
            "k": K_ANONYMITY,
            "groups": len(quasi),
            "smallest_group": min(quasi.values(), default=0),
            "blank_rows": blank,
            "suppressed_rows": len(people),
        }
    ]


def test_changed_held_and_reopened_are_left_alone(council: Council) -> None:
    """A record that changes, is held or is reopened after its approval is left alone, and is counted as that."""
    facts = council.facts
    number = council.approved(facts.to_change, facts.leap_day, facts.step_down, facts.to_anonymise).number
    with council.tools() as tools:
        change_case(tools, facts.to_change)
        place_hold(
            tools,
            tools.person(SECOND_APPROVER),
            title="Claim",
            authority="Letter before action",
            scope=HoldScope(records=frozenset({str(facts.leap_day.ref)})),
            review_on=add(tools.today(), Period.of_years(1)),
        )
    episode = tables.EH_EPISODE
    with council.case_store.begin() as connection:
        reopened = update(episode).where(episode.c.episode_id == int(facts.step_down.ref.key))
        connection.execute(reopened.values(ended_on=None))
    untouched = [council.episode(one) for one in (facts.to_change, facts.leap_day, facts.step_down)]
    with council.tools(later=AFTER_COOLING_OFF) as tools:
        certificate = carry_through(tools, number)
        assert standing(tools, number, facts.to_change.ref) == Standing.SKIPPED_CHANGED
        assert standing(tools, number, facts.leap_day.ref) == Standing.SKIPPED_HELD
        assert standing(tools, number, facts.step_down.ref) == Standing.SKIPPED_CHANGED
    assert untouched == [council.episode(one) for one in (facts.to_change, facts.leap_day, facts.step_down)]
    assert b'"skipped_changed":2' in certificate.payload
    assert b'"skipped_held":1' in certificate.payload
    assert b'"anonymised":1' in certificate.payload
    assert b'"status":"complete_with_exceptions"' in certificate.payload


@dataclass(frozen=True)
class Ended:
    """A council whose every due record was carried through, and what was exported of it."""

    council: Council
    certificate: str
    package: Path


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, seaweed: ObjectStore) -> Iterator[Ended]:
    """Carry all that is due through, once; the package is copied, never written to."""
    council = Council.made(tmp_path_factory.mktemp("ended"), seaweed, f"council-{uuid4().hex[:12]}")
    number = council.approved().number
    with council.tools(later=AFTER_COOLING_OFF) as tools:
        certificate = carry_through(tools, number)
        package = export_certificate(tools, certificate.number, council.folder / "out")
    yield Ended(council, certificate.number, package)
    council.case_store.dispose()


def test_certificate_names_nobody(ended: Ended) -> None:
    """No name, reference or identifier of anybody in the case store occurs in anything that is exported."""
    exported = b"\n".join(path.read_bytes() for path in sorted(ended.package.iterdir())).decode()
    person = tables.PERSON
    with ended.council.case_store.connect() as connection:
        people = connection.execute(select(*(person.c[name] for name in IDENTIFIERS))).all()
    said = {str(value) for one in people for value in one if value is not None and len(str(value)) > 3}
    facts = ended.council.facts
    references = {case.reference for _, case in facts.cases()} | set(facts.document_keys)
    named = [one for one in said | references if re.search(rf"\b{re.escape(one)}\b", exported)]
    assert named == []


@pytest.mark.parametrize("which", ["certificate", "manifest-outcome.txt", "manifest-proposal.txt", "approval-1"])
def test_one_changed_byte_is_found_and_named(ended: Ended, which: str, tmp_path: Path) -> None:
    """One byte changed in any file of the package fails the verification, which names that file."""
    package = Path(shutil.copytree(ended.package, tmp_path / ended.certificate))
    wanted = ended.certificate if which == "certificate" else which
    path = next(one for one in sorted(package.iterdir()) if one.name.startswith(wanted))
    data = bytearray(path.read_bytes())
    at = data.index(b'"payload":"') + 60 if path.suffix == ".json" else 40
    data[at] = ord("b") if data[at] != ord("b") else ord("c")
    path.write_bytes(data)
    failed = [step for step in verify_certificate(package, None).steps if step.ok is False]
    assert failed
    assert any(path.name in f"{step.title} {step.detail}" for step in failed), [step.detail for step in failed]


@pytest.mark.parametrize("council", ["sqlite"], indirect=True)
def test_one_changed_byte_of_the_log_is_found(council: Council) -> None:
    """A leaf changed in the ledger, past its triggers, is found by the audit of the ledger."""
    number = council.approved(council.facts.contact_to_destroy).number
    with council.tools(later=AFTER_COOLING_OFF) as tools:
        carry_through(tools, number)
        assert audit(tools).ok
        with tools.ledger.transaction() as tx:
            connection = tx.log.connection
            if connection.dialect.name == "sqlite":
                triggers = connection.exec_driver_sql(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'log_leaves'"
                )
                for (name,) in triggers.all():
                    connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
            else:
                connection.exec_driver_sql("ALTER TABLE log_leaves DISABLE TRIGGER ALL")
            connection.exec_driver_sql("UPDATE log_leaves SET body = substr(body, 1, 20) WHERE leaf_index = 1")
        report = audit(tools)
    assert not report.ok
    assert any("leaf 1" in step.detail for step in report.steps if step.ok is False)


def test_whoever_gathered_cannot_approve(council: Council) -> None:
    """The same list is refused to the person who gathered it, whatever their roles."""
    from retentiond.domain.errors import DecisionRefused
    from retentiond.lifecycle.gather import gather
    from retentiond.lifecycle.review import approve
    from retentiond.lifecycle.scan import scan

    with council.tools() as tools:
        scan(tools)
        listed = gather(tools, tools.person(GATHERER), records=[council.facts.contact_to_destroy.ref]).listed
        with pytest.raises(DecisionRefused, match="gathered this list"):
            approve(tools, listed.number, tools.person(GATHERER), listed.digest)
