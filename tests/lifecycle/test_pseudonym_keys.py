from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from errno import EACCES
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest

from retentiond.connectors.memory import MemoryConnector
from retentiond.domain.definitions import ClassCondition, ColumnPlan, Definition, KindOfRecord
from retentiond.domain.errors import ConfigurationRefused, DecisionRefused, EvidenceRefused, NotFound, StoreRefused
from retentiond.domain.lists import Standing
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.pseudonyms import fingerprint
from retentiond.domain.schedule import Action
from retentiond.evidence import predicates
from retentiond.evidence.pseudonym_keys import place_of, read_pseudonym_key
from retentiond.evidence.verify import verify_certificate, verify_log
from retentiond.ledger.values import KeyCertificate
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.export import export_certificate, export_key_certificate, export_log, trust
from retentiond.lifecycle.key_destruction import destroy_key, finish_destructions
from retentiond.lifecycle.key_ring import keys_for_stores, unusable_keys
from retentiond.lifecycle.pseudonym_keys import create_key
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from retentiond.lifecycle.verify import verify
from retentiond.service.rounds import Rounds
from retentiond.service.running import Running
from tests.lifecycle.totals import predicate
from tests.lifecycle.workplace import (
    ADAM,
    AUDREY,
    CASES,
    GRACE,
    RITA,
    SAM,
    Died,
    Odd,
    Workplace,
    record_class,
)

NAME = "research-2026"
GONE_BY = date(2027, 1, 31)


@pytest.fixture
def research(workplace: Workplace) -> Workplace:
    """A council whose class EH-02 is pseudonymised under a key of its own folder, by a store that can."""
    workplace.set(pseudonym_keys=str(workplace.folder / "pseudonym-keys"))
    plan = ColumnPlan(keep=("id",), pseudonymise={"ref": NAME})
    kinds = (
        KindOfRecord(
            "episode",
            tuple(ClassCondition(code) for code in ("EH-01", "EH-02")),
            (),
            anonymise={"case_file": plan},
        ),
    )
    cases = Definition(CASES, "memory", "GB", kinds, digest="c" * 64)
    workplace.changed(definitions=(cases, *workplace.tools.definitions[1:]))
    workplace.adopt(workplace.version("2026.2", record_class("EH-02", Action.PSEUDONYMISE)))
    workplace.disposing, workplace.inspecting = _dispose, _inspect
    return workplace


def _dispose(orders: Sequence[DisposalOrder], still_clear: Any, odd: Odd) -> list[Receipt]:
    """Pseudonymise what is to be pseudonymised, as far as a store in memory can, and do the rest as ever."""
    clear = still_clear(orders)
    coded = [one for one in orders if one.action is Action.PSEUDONYMISE and one.id in clear]
    for one in coded:
        odd.store.alter(one.ref.kind, one.ref.key, names=(), subjects=())
    others = [one for one in orders if one not in coded]
    done = [Receipt(one, Outcome.PSEUDONYMISED, Grade.A, {"table case_file": 1}) for one in coded]
    return [*done, *odd.honest(others, still_clear)] if others else done


def _inspect(orders: Sequence[DisposalOrder], odd: Odd) -> list[Sighting]:
    seen = {one.order.id: one for one in MemoryConnector.inspect(odd, orders)}
    return [
        Sighting(one, Sight.PSEUDONYMISED, True, {"table case_file": 0})
        if one.action is Action.PSEUDONYMISE
        else seen[one.id]
        for one in orders
    ]


def folder_of(workplace: Workplace) -> Path:
    """Return where the keys lie."""
    return Path(workplace.tools.settings.pseudonym_keys)


def destroyed(workplace: Workplace, **more: Any) -> KeyCertificate:
    """Destroy the key as two people decide it."""
    given: dict[str, Any] = {"together_with": [SAM], "reason": "the project has ended", "copies_gone_by": GONE_BY}
    return destroy_key(workplace.tools, GRACE, NAME, **(given | more))


def said(certificate: KeyCertificate) -> dict[str, Any]:
    """Return what a certificate of key destruction says."""
    found: dict[str, Any] = json.loads(certificate.payload)["predicate"]
    return found


def test_a_key_lies_in_its_own_folder_and_nowhere_else(research: Workplace) -> None:
    """32 random bytes that only the owner reads; ledger, log and events hold the name and the fingerprint alone."""
    made = create_key(research.tools, ADAM, NAME)
    folder = folder_of(research)
    key = read_pseudonym_key(folder, NAME)
    assert (S_IMODE(folder.stat().st_mode), S_IMODE(place_of(folder, NAME).stat().st_mode)) == (0o700, 0o600)
    assert made.fingerprint == fingerprint(key)
    ledger = research.file_of_ledger.read_bytes()
    assert made.fingerprint.encode() in ledger
    assert key not in ledger
    assert key.hex().encode() not in ledger
    other = create_key(research.tools, GRACE, "other")
    assert other.fingerprint != made.fingerprint
    ring = keys_for_stores(research.ledger, folder)
    assert (ring.why_not(NAME), ring.secret(NAME)) == (None, key)


def test_a_role_without_keys_needs_none(research: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a key can be used is told without opening its file, also where the folder may not be looked into."""
    create_key(research.tools, ADAM, NAME)
    folder = folder_of(research)
    ring = keys_for_stores(research.ledger, folder)
    at = place_of(folder, NAME)
    at.write_text("not a key\n")  # it is not read, or this would show
    assert ring.why_not(NAME) is None
    assert unusable_keys(ring, [NAME]).keys() == {NAME}

    def barred(path: Path, **_follow: bool) -> os.stat_result:
        raise PermissionError(EACCES, "Permission denied", str(path))

    at.unlink()
    assert "there is no file of a pseudonym key" in str(ring.why_not(NAME))
    with monkeypatch.context() as patched:
        patched.setattr(type(folder), "stat", barred)  # tests may run as root, whom no mode bars
        assert ring.why_not(NAME) is None
    folder.rmdir()  # a machine that has no keys
    assert ring.why_not(NAME) is None
    assert "there is no such key" in str(ring.why_not("other"))


def test_who_may_make_a_key_and_how_it_may_be_called(research: Workplace) -> None:
    """A name is small letters, digits and hyphens, never given twice; making one takes a role."""
    create_key(research.tools, GRACE, NAME)
    for person, name, why in (
        (SAM, "new", "is neither a records manager nor an administrator"),
        (AUDREY, "new", "is neither a records manager nor an administrator"),
        (GRACE, "New Key", "small letters"),
        (GRACE, "../new", "small letters"),
        (GRACE, "n" * 65, "small letters"),
        (GRACE, NAME, "a key of this name is in use"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            create_key(research.tools, person, name)
    assert [one.name for one in folder_of(research).iterdir()] == [f"{NAME}.key"]


def test_a_file_that_the_ledger_does_not_know_is_no_key(research: Workplace) -> None:
    """It is neither used nor overwritten; another key under a known name, a lost one or an open folder is refused."""
    folder = folder_of(research)
    ring = keys_for_stores(research.ledger, folder)
    create_key(research.tools, GRACE, NAME)
    place_of(folder, "found").write_text("ab" * 32 + "\n")
    place_of(folder, "found").chmod(0o600)
    assert str(ring.why_not("found")) == (
        "pseudonym key found: there is no such key; make it first: 'retentiond pseudonym-key create found'"
    )
    with pytest.raises(ConfigurationRefused, match="this ledger does not know of it"):
        create_key(research.tools, GRACE, "found")
    assert place_of(folder, "found").read_text() == "ab" * 32 + "\n"
    kept = place_of(folder, NAME).read_bytes()
    for change, why in (
        (lambda at: at.write_text("ab" * 32 + "\n"), "its file holds another key"),
        (lambda at: at.write_text("secret\n"), "it is not a key of 64 lower-case hex digits"),
        (lambda at: at.chmod(0o644), "others can read or change this key"),
        (lambda at: at.unlink(), "there is no file of a pseudonym key"),
        (lambda _at: folder.chmod(0o755), "others can look into the folder"),
    ):
        place_of(folder, NAME).write_bytes(kept)
        place_of(folder, NAME).chmod(0o600)
        change(place_of(folder, NAME))
        assert why in str(unusable_keys(ring, [NAME]).get(NAME))
        assert ("another key" in why or "not a key" in why) == (ring.why_not(NAME) is None)
        with pytest.raises(StoreRefused, match=why):
            ring.secret(NAME)
        if "folder" not in why:
            with pytest.raises(DecisionRefused, match="its file"):
                destroyed(research)
    folder.chmod(0o700)
    with research.ledger.transaction() as tx:
        assert tx.pseudonym_keys.all()[0].begun_at is None


def test_the_path_of_a_pseudonymised_record(research: Workplace, tmp_path: Path) -> None:
    """It is certified as pseudonymised under its key, left alone by scans, due under another class, and proved so.

    The key is kept while an open list needs it. Its end is certified with every certificate under it, and package and
    log prove it to somebody who trusts nobody here.
    """
    key = create_key(research.tools, GRACE, NAME)
    one, two = research.file("1", code="EH-02"), research.file("2", code="EH-01")
    number = research.approved()
    for _ in ("approved", "again"):
        with pytest.raises(DecisionRefused, match=f"the open list {number} has records to pseudonymise"):
            destroyed(research)
    certificate = carry_through(research.tools, number)
    assert (research.standing(number, one), research.standing(number, two)) == (
        Standing.PSEUDONYMISED,
        Standing.DESTROYED,
    )
    says = predicate(certificate)
    totals = {name: count for name, count in says["totals"].items() if count}
    assert totals == {"pseudonymised": 1, "destroyed": 1}
    assert "anonymisation" not in says
    (row,) = says["pseudonymisation"]
    assert (row["records"], row["keys"]) == (
        1,
        [{"name": NAME, "fingerprint": key.fingerprint, "columns": ["case_file.ref"]}],
    )
    assert any("personal data still, for as long as their key" in limit for limit in says["limits"])
    assert {line["action"] for line in says["series"]} == {"pseudonymise", "destroy"}
    assert not any(sum(one.counts.values()) for one in scan(research.tools).kinds)

    ended = destroyed(research)
    assert not place_of(folder_of(research), NAME).exists()
    found = said(ended)
    assert [(one["certificate_no"], one["records"]) for one in found["pseudonymised"]] == [(certificate.number, 1)]
    assert [one["person"] for one in found["decided_by"]] == [GRACE.id, SAM.id]
    assert found["method"]["technique"] == "overwritten-and-removed"
    assert found["residual_copies"] == [{"class": "backup", "gone_by": "2027-01-31"}]
    assert "the project has ended" not in ended.payload.decode()
    assert any("for all by one of those named; they did not sign it" in limit for limit in found["limits"])

    tools, keys = research.tools, trust(research.tools)
    for folder in (
        export_certificate(tools, certificate.number, tmp_path),
        export_key_certificate(tools, ended.number, tmp_path),
    ):
        report = verify_certificate(folder, keys)
        assert report.ok, [step for step in report.steps if not step.ok]
    report = verify_log(export_log(tools, tmp_path / "log"), keys)
    assert report.ok, [step for step in report.steps if not step.ok]
    assert "1 made, 1 destroyed, each with every certificate under it" in {step.detail for step in report.steps}
    report = audit(tools)
    assert report.ok, [step for step in report.steps if not step.ok]
    assert "1 made, 1 destroyed" in {step.detail for step in report.steps}

    assert not any(sum(one.counts.values()) for one in scan(research.tools).kinds)
    research.adopt(research.version("2026.3", record_class("EH-02", Action.DESTROY)))
    again = research.approved()
    carry_through(research.tools, again)
    assert research.standing(again, one) is Standing.DESTROYED


def test_nothing_is_certified_through_another_definition(research: Workplace) -> None:
    """Keys and columns are named by the definition the list was approved through, or the certificate waits for it."""
    create_key(research.tools, GRACE, NAME)
    research.file("1", code="EH-02")
    number = research.approved()
    dispose(research.tools, number)
    verify(research.tools, number)
    definitions = research.tools.definitions
    research.changed(definitions=(replace(definitions[0], digest="d" * 64), *definitions[1:]))
    with pytest.raises(EvidenceRefused, match="through another definition of 'cases' than the one there is now"):
        certify(research.tools, number)
    research.changed(definitions=definitions)
    assert predicate(certify(research.tools, number))["totals"]["pseudonymised"] == 1


def test_two_people_decide(research: Workplace) -> None:
    """A records manager and one other who is neither administrator nor auditor, with a reason; else nothing is done."""
    create_key(research.tools, GRACE, NAME)
    for person, others, why in (
        (SAM, [GRACE], "only a records manager has a pseudonym key destroyed"),
        (ADAM, [GRACE], "is administrator, and that role never decides"),
        (GRACE, [], "decided by two people, and one is named"),
        (GRACE, [GRACE], "decided by two people, and one is named"),
        (GRACE, [AUDREY], "is auditor, and that role never decides"),
        (GRACE, [SAM, ADAM], "is administrator, and that role never decides"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            destroy_key(research.tools, person, NAME, together_with=others, reason="the end")
    with pytest.raises(DecisionRefused, match="needs a reason"):
        destroyed(research, reason=" ")
    with pytest.raises(NotFound, match="there never was a key of this name"):
        destroy_key(research.tools, GRACE, "other", together_with=[RITA], reason="the end")
    assert place_of(folder_of(research), NAME).exists()
    assert "pseudonym-key-destruction-decided" not in research.kinds_of_events()


@pytest.mark.parametrize("point", ["key-destruction-decided", "key-erased", "key-destruction-certified"])
def test_a_destruction_that_was_interrupted_is_taken_up_again(research: Workplace, point: str) -> None:
    """From the decision on nothing is given out; whatever stopped it, it ends in one certificate, told as it was."""
    create_key(research.tools, GRACE, NAME)

    def die() -> None:
        raise Died

    research.at[point] = die
    with pytest.raises(Died):
        destroyed(research)
    research.at.clear()
    ring = keys_for_stores(research.ledger, folder_of(research))
    assert "it was destroyed, and its name is never used again" in str(ring.why_not(NAME))
    said_of = {step.title for step in audit(research.tools).warnings}
    title = "Every destruction of a pseudonym key that was decided is certified"
    assert (title in said_of) is (point != "key-destruction-certified")
    finished = finish_destructions(research.tools)
    assert len(finished) == (point != "key-destruction-certified")
    assert finish_destructions(research.tools) == ()
    with research.ledger.transaction() as tx:
        (certificate,) = tx.pseudonym_keys.certificates()
    assert said(certificate)["method"]["technique"] == "overwritten-and-removed"
    assert not place_of(folder_of(research), NAME).exists()
    assert (audit(research.tools).ok, audit(research.tools).warnings) == (True, ())
    with pytest.raises(DecisionRefused, match="it was destroyed: certificate KD-2026-0001"):
        destroyed(research)
    with pytest.raises(DecisionRefused, match="a key of this name was destroyed"):
        create_key(research.tools, GRACE, NAME)


def test_its_certificate_names_no_record(research: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a record's key to slip into it, nothing would be issued or logged; the end is taken up once it does not."""
    create_key(research.tools, GRACE, NAME)
    research.file("case-4711", code="EH-02")
    carry_through(research.tools, research.approved())
    sound = predicates.key_destruction_certificate

    def slipped(base: Any, **fields: Any) -> Any:
        fields["decided_by"][0]["display_name"] += " for Case-4711"
        return sound(base, **fields)

    with monkeypatch.context() as patched:
        patched.setattr(predicates, "key_destruction_certificate", slipped)
        with pytest.raises(EvidenceRefused, match="would name a record"):
            destroyed(research)
        with pytest.raises(DecisionRefused, match="would name a record"):
            finish_destructions(research.tools)
    with research.ledger.transaction() as tx:
        assert tx.pseudonym_keys.certificates() == []
    assert len(finish_destructions(research.tools)) == 1


def test_the_daemon_goes_on_with_an_interrupted_destruction(research: Workplace) -> None:
    """Its next round of disposal ends what a person decided, whoever's process died meanwhile."""
    create_key(research.tools, GRACE, NAME)

    def die() -> None:
        raise Died

    research.at["key-destruction-decided"] = die
    with pytest.raises(Died):
        destroyed(research)
    research.at.clear()
    Rounds(Running(research.tools, lambda: None), lambda _doing: None).dispose()
    with research.ledger.transaction() as tx:
        assert [one.name for one in tx.pseudonym_keys.certificates()] == [NAME]
    assert not place_of(folder_of(research), NAME).exists()


def test_a_key_is_overwritten_before_it_is_removed(research: Workplace) -> None:
    """Another name for the same file, which somebody made before, leads to noughts afterwards."""
    create_key(research.tools, GRACE, NAME)
    other = research.folder / "linked"
    os.link(place_of(folder_of(research), NAME), other)
    destroyed(research)
    assert set(other.read_bytes()) == {0}


def test_a_key_put_back_from_a_backup_is_not_used(research: Workplace) -> None:
    """Its name was given up in the ledger, and the file alone opens nothing."""
    create_key(research.tools, GRACE, NAME)
    place = place_of(folder_of(research), NAME)
    kept = place.read_bytes()
    destroyed(research)
    place.write_bytes(kept)
    place.chmod(0o600)
    ring = keys_for_stores(research.ledger, folder_of(research))
    with pytest.raises(StoreRefused, match="it was destroyed, and its name is never used again"):
        ring.secret(NAME)


@pytest.mark.parametrize(
    "forgery",
    [
        "DELETE FROM pseudonym_keys",
        "UPDATE pseudonym_keys SET fingerprint = 'ab'",
        "DELETE FROM key_destructions",
        "UPDATE key_certificates SET name = 'x'",
        "INSERT OR REPLACE INTO key_destructions SELECT name, at, '[]', reason, NULL, event_seq FROM key_destructions",
    ],
)
def test_the_ledger_forgets_no_key(research: Workplace, forgery: str) -> None:
    """What is written of keys is never changed or removed, so that a name cannot be given again."""
    create_key(research.tools, GRACE, NAME)
    destroyed(research)
    with pytest.raises(Exception, match="append-only"):
        research.forge(forgery)
