from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retentiond.evidence.tiles import write_tiles
from retentiond.evidence.verify import verify_certificate, verify_log
from tests.evidence.test_evidence_untruths import put
from tests.evidence.test_evidence_verify import OTHER_LOG, edit, entry, failures, flip, resign, say

CERTIFICATE, CREATED = "KD-2026-0001.sigstore.json", "key-created.sigstore.json"
D = "0" * 64


@pytest.fixture
def ended(make: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a log in which a pseudonym key was made and destroyed; changes falsify it before it is signed."""

    def _ended(**changes: Any) -> Any:
        made = make(**changes)
        made.tell_of_a_key()
        return made

    return _ended


def test_an_honest_certificate_of_key_destruction_verifies(ended: Callable[..., Any], tmp_path: Path) -> None:
    """It passes every check that can be made of it, whole or alone or under another name; the log is for the rest."""
    made = ended()
    folder = made.write_key(tmp_path)
    report = verify_certificate(folder, made.trust)
    assert failures(report) == ""
    assert [step.title for step in report.warnings] == ["The certificates it names are those of what was pseudonymised"]
    alone = verify_certificate(folder / CERTIFICATE, made.trust)
    assert alone.ok, failures(alone)
    assert "The key is the one that was made" in {step.title for step in alone.warnings}
    assert verify_certificate(folder, None).warnings[0].number == 1
    shutil.copy(folder / CERTIFICATE, tmp_path / "letter.json")
    assert failures(verify_certificate(tmp_path / "letter.json", made.trust)) == (
        "The certificate has its number: letter.json: the certificate inside has another number than the file"
    )


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no certificate": (lambda at: (at / CERTIFICATE).unlink(), f"{CERTIFICATE}: it is missing"),
    "not made": (lambda at: (at / CREATED).unlink(), f"{CREATED}: it is missing"),
    "no trust": (lambda at: (at / "trust.json").unlink(), "trust.json: it is missing"),
    "two certificates": (
        lambda at: shutil.copy(at / CERTIFICATE, at / "KD-2026-0002.sigstore.json"),
        "more than one certificate",
    ),
    "one for the other": (
        lambda at: shutil.copy(at / CREATED, at / CERTIFICATE),
        f"{CERTIFICATE}: it is a pseudonym-key-created statement, not a key-destruction-certificate statement",
    ),
    "not JSON": (lambda at: (at / CERTIFICATE).write_bytes(b"\xff{"), f"{CERTIFICATE}: it is not JSON"),
    "a byte less": (
        lambda at: (at / CERTIFICATE).write_bytes((at / CERTIFICATE).read_bytes()[:-1]),
        f"{CERTIFICATE}: it is not JSON",
    ),
    "unknown field": (edit(CERTIFICATE, lambda one: one.update(extra=1)), "the statement has 1 unknown"),
    "payload changed": (
        edit(CERTIFICATE, say(lambda one: one["key"].update(name="other"))),
        f"{CERTIFICATE}: its signature is not over these bytes",
    ),
    "signature changed": (
        edit(CERTIFICATE, lambda one: one["dsseEnvelope"]["signatures"][0].update(sig=base64.b64encode(b"x").decode())),
        f"{CERTIFICATE}: its signature is not over these bytes",
    ),
    "signed by another": (edit(CERTIFICATE, resign), f"{CERTIFICATE}: it is signed by a key that is not among"),
    "made by another": (edit(CREATED, resign), f"{CREATED}: it is signed by a key that is not among"),
    "leaf changed": (
        edit(CERTIFICATE, lambda one: entry(one).update(canonicalizedBody=base64.b64encode(b"{}").decode())),
        f"{CERTIFICATE}: its log entry is not the entry of this statement",
    ),
    "top index changed": (
        edit(CERTIFICATE, lambda one: entry(one).update(logIndex="5")),
        f"{CERTIFICATE}: the entry gives one log index and its proof another",
    ),
    "proof cut": (
        edit(CERTIFICATE, lambda one: entry(one)["inclusionProof"]["hashes"].pop()),
        f"{CERTIFICATE}: its inclusion proof does not lead",
    ),
    "log id changed": (
        edit(CERTIFICATE, lambda one: entry(one)["logId"].update(keyId=flip(entry(one)["logId"]["keyId"]))),
        f"{CERTIFICATE}: it names another log than its checkpoint",
    ),
    "checkpoint by another": (
        edit(
            CERTIFICATE,
            lambda one: entry(one)["inclusionProof"]["checkpoint"].update(
                envelope=OTHER_LOG.sign_checkpoint(9, base64.b64decode(entry(one)["inclusionProof"]["rootHash"]))
            ),
        ),
        f"{CERTIFICATE}: the checkpoint: it is not signed by the trusted log key",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_changed_file_is_named(case: str, ended: Callable[..., Any], tmp_path: Path) -> None:
    """Each way of changing the files of the package fails, and the report says which file and what about it."""
    made = ended()
    change, expected = FILES[case]
    folder = made.write_key(tmp_path)
    change(folder)
    report = verify_certificate(folder, made.trust)
    assert not report.ok
    assert expected in failures(report)


def test_every_byte_counts(ended: Callable[..., Any], tmp_path: Path) -> None:
    """Whatever byte of the certificate is another, it does not verify, and nothing but a report comes of it."""
    made = ended()
    folder = made.write_key(tmp_path)
    whole = (folder / CERTIFICATE).read_bytes()
    for at in range(0, len(whole), 41):
        (folder / CERTIFICATE).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert not verify_certificate(folder, made.trust).ok, at


LIES: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "one person": (
        "key_destruction_certificate",
        lambda one: one["predicate"]["decided_by"].pop(),
        "decided_by has fewer than 2 entries",
    ),
    "the same person": (
        "key_destruction_certificate",
        put("decided_by", 1, "person", value="p-cat"),
        "it names one person twice",
    ),
    "before it was made": (
        "key_destruction_certificate",
        put("destroyed_at", value="2026-04-07T09:30:00Z"),
        "the key was not made, given up and destroyed in this order",
    ),
    "made another day": (
        "key_destruction_certificate",
        put("created", "at", value="2025-04-08T09:30:00Z"),
        f"{CREATED}: it is of another moment than the certificate says the key was made at",
    ),
    "after it was signed": (
        "key_destruction_certificate",
        put("destroyed_at", value="2026-05-09T09:30:00Z"),
        f"{CERTIFICATE}: it was signed before the key was destroyed",
    ),
    "copies gone before": (
        "key_destruction_certificate",
        put("residual_copies", 0, "gone_by", value="2026-04-08"),
        f"{CERTIFICATE}: copies of the key are to be gone before the key was",
    ),
    "another entry": (
        "key_destruction_certificate",
        put("created", "log_index", value=6),
        f"{CREATED}: it is not the entry of the log the certificate names",
    ),
    "used later": (
        "key_destruction_certificate",
        put(
            "pseudonymised",
            value=[{"certificate_no": "DC-2026-0002", "sha256": D, "log_index": 9, "records": 1}],
        ),
        "the log has it before what must come first",
    ),
    "another key": (
        "pseudonym_key_created",
        lambda one: (put("key", "fingerprint", value=D)(one), one["subject"][0]["digest"].update(sha256=D)),
        f"{CREATED}: it is about another key",
    ),
    "sequence": ("key_destruction_certificate", put("sequence", value=0), "its sequence begins with 1"),
    "technique": ("key_destruction_certificate", put("method", "technique", value="shredded"), "is not one of"),
}


@pytest.mark.parametrize("case", LIES)
def test_an_untrue_certificate_is_named(case: str, ended: Callable[..., Any], tmp_path: Path) -> None:
    """What is signed and logged and still cannot be so is found by reading it."""
    name, change, expected = LIES[case]
    made = ended(**{name: change})
    report = verify_certificate(made.write_key(tmp_path), made.trust)
    assert not report.ok
    assert expected in failures(report)


def used(key: Any) -> Callable[[Any], None]:
    """Have the certificate of destruction say that its anonymised record was pseudonymised under a key."""

    def apply(statement: Any) -> None:
        says = statement["predicate"]
        (row,) = says.pop("anonymisation")
        says["pseudonymisation"] = [{**row, "records": 1, "keys": [key]}]
        says["totals"] |= {"anonymised": 0, "pseudonymised": 1}
        says["series"][1]["action"] = "pseudonymise"

    return apply


def test_the_whole_log_knows_what_was_done_under_a_key(ended: Callable[..., Any], tmp_path: Path) -> None:
    """A replay finds a key that was not there, one made twice, and a certificate that leaves out what was done."""
    title = "Pseudonym keys are made once, used before their end, and destroyed once"

    def replayed(name: str, made: Any) -> str:
        write_tiles(tmp_path / name, made.bodies, made.checkpoint, events=made.envelopes)
        return failures(verify_log(tmp_path / name, made.trust))

    honest = ended()
    assert replayed("honest", honest) == ""
    key = {"name": "research-2026", "fingerprint": D, "columns": ["person.nhs_no"]}
    said = replayed("absent", ended(certificate=used(key)))
    assert f"{title}: " in said
    assert "certificate DC-2026-0001 names a key that was not there: research-2026" in said
    assert "certificate KD-2026-0001 does not name the certificates under its key as the log has them" in said
    said = replayed("others", ended(key_destruction_certificate=put("decided_by", 1, "person", value="p-dan")))
    assert "certificate KD-2026-0001 names others than the log says decided it" in said
    twice = ended()
    twice.tell_of_a_key()
    said = replayed("twice", twice)
    assert "a key was named research-2026 before" in said
    assert "certificate KD-2026-0001 does not follow the one before it" in said
