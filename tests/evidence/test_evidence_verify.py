from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from retentiond.evidence.checkpoint import LogKey
from retentiond.evidence.keys import Signer
from retentiond.evidence.merkle import leaf_hash, node_hash
from retentiond.evidence.report import Report
from retentiond.evidence.trust import Trust
from retentiond.evidence.verify import load_trust, verify_certificate

CERTIFICATE = "DC-2026-0001.sigstore.json"
OUTCOME, PROPOSED = "manifest-outcome.txt", "manifest-proposal.txt"
OTHER_KEY = Signer(ec.derive_private_key(99, ec.SECP256R1()))
OTHER_LOG = LogKey(Ed25519PrivateKey.from_private_bytes(b"\x09" * 32), "retention.example.org/log/2026")


def failures(report: Report) -> str:
    """Return the details of all failed steps."""
    return "\n".join(f"{step.title}: {step.detail}" for step in report.steps if step.ok is False)


def edit(name: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Change the JSON of one file of a package."""

    def apply(folder: Path) -> None:
        found = json.loads((folder / name).read_text())
        change(found)
        (folder / name).write_text(json.dumps(found, separators=(",", ":"), sort_keys=True, ensure_ascii=False))

    return apply


def entry(bundle: Any) -> Any:
    """Return a bundle's log entry."""
    return bundle["verificationMaterial"]["tlogEntries"][0]


def say(change: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Change the payload of a bundle without signing it anew."""

    def apply(bundle: Any) -> None:
        payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        change(payload["predicate"])
        bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()

    return apply


def resign(bundle: Any) -> None:
    """Sign a bundle with another key."""
    envelope = json.loads(OTHER_KEY.sign_statement(base64.b64decode(bundle["dsseEnvelope"]["payload"])))
    bundle["dsseEnvelope"] = envelope


def flip(text: str) -> str:
    """Change base64 text in its first character."""
    return ("A" if text[0] != "A" else "B") + text[1:]


def swap(folder: Path, one: str, other: str) -> None:
    """Exchange two files."""
    first, second = (folder / one).read_bytes(), (folder / other).read_bytes()
    (folder / one).write_bytes(second)
    (folder / other).write_bytes(first)


def drop_line(folder: Path, name: str) -> None:
    """Take the first record off a manifest."""
    (folder / name).write_bytes((folder / name).read_bytes()[98:])


@pytest.fixture
def made(make: Callable[..., Any]) -> Any:
    """An honest log and certificate."""
    return make()


def test_an_honest_package_verifies(made: Any, tmp_path: Path) -> None:
    """An honest package passes every check with pinned keys, and nothing is left unchecked."""
    report = verify_certificate(made.write(tmp_path), made.trust)
    assert failures(report) == ""
    assert report.ok
    assert report.warnings == ()
    assert [step.number for step in report.steps] == list(range(1, len(report.steps) + 1))


def test_without_pinned_keys_it_warns(made: Any, tmp_path: Path) -> None:
    """With the package's own keys everything passes but the first step, which warns."""
    report = verify_certificate(made.write(tmp_path), None)
    assert report.ok
    assert [step.number for step in report.warnings] == [1]


def test_the_certificate_alone(made: Any, tmp_path: Path) -> None:
    """The certificate alone is checked as far as it goes, and the report says what was not checked."""
    folder = made.write(tmp_path)
    report = verify_certificate(folder / CERTIFICATE, made.trust)
    assert report.ok, failures(report)
    assert {step.title for step in report.warnings} >= {"It was approved", "What was approved is what is accounted for"}
    alone = tmp_path / CERTIFICATE
    shutil.copy(folder / CERTIFICATE, alone)
    assert verify_certificate(alone, made.trust).ok
    assert not verify_certificate(alone, None).ok
    assert not verify_certificate(folder / "proposal.sigstore.json", made.trust).ok


def test_a_renamed_folder_still_verifies(made: Any, tmp_path: Path) -> None:
    """What the folder is called does not matter, nor do files beside the proof."""
    folder = made.write(tmp_path).rename(tmp_path / "from the council")
    (folder / "letter.pdf").write_bytes(b"%PDF")
    assert verify_certificate(folder, made.trust).ok


def test_pinned_keys_are_read_back(made: Any, tmp_path: Path) -> None:
    """The keys of a package, pinned from its trust.json, are the keys it was made with."""
    assert load_trust(made.write(tmp_path) / "trust.json") == made.trust


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no certificate": (lambda at: (at / CERTIFICATE).unlink(), f"{CERTIFICATE}: it is missing"),
    "two certificates": (
        lambda at: shutil.copy(at / CERTIFICATE, at / "DC-2026-0002.sigstore.json"),
        "more than one certificate",
    ),
    "renamed certificate": (
        lambda at: (at / CERTIFICATE).rename(at / "DC-2026-0009.sigstore.json"),
        "another number than the file",
    ),
    "no proposal": (lambda at: (at / "proposal.sigstore.json").unlink(), "proposal.sigstore.json: it is missing"),
    "no run": (lambda at: (at / "run-started.sigstore.json").unlink(), "run-started.sigstore.json: it is missing"),
    "no trust": (lambda at: (at / "trust.json").unlink(), "trust.json: it is missing"),
    "no manifest": (lambda at: (at / OUTCOME).unlink(), f"{OUTCOME}: it is missing"),
    "one approval gone": (lambda at: (at / "approval-2.sigstore.json").unlink(), "not all approved"),
    "first approval gone": (
        lambda at: (at / "approval-1.sigstore.json").unlink(),
        "approval-1.sigstore.json: it is miss",
    ),
    "approvals swapped": (
        lambda at: swap(at, "approval-1.sigstore.json", "approval-2.sigstore.json"),
        "the log has it before approval-1.sigstore.json",
    ),
    "approval given twice": (
        lambda at: shutil.copy(at / "approval-1.sigstore.json", at / "approval-3.sigstore.json"),
        "approval-3.sigstore.json: the same person",
    ),
    "a proposal for an approval": (
        lambda at: shutil.copy(at / "proposal.sigstore.json", at / "approval-1.sigstore.json"),
        "approval-1.sigstore.json: it is a proposal statement, not a approval statement",
    ),
    "manifests swapped": (lambda at: swap(at, PROPOSED, OUTCOME), f"{OUTCOME}: its root is not the one"),
    "outcome line dropped": (
        lambda at: drop_line(at, OUTCOME),
        f"{OUTCOME}: its root is not the one the certificate states: the file was changed, or belongs to another",
    ),
    "outcome record dropped": (lambda at: drop_line(at, OUTCOME), "1 records of manifest-proposal.txt are not acc"),
    "proposed record dropped": (lambda at: drop_line(at, PROPOSED), f"{OUTCOME}: 1 records on it were never proposed"),
    "outcome malformed": (lambda at: (at / OUTCOME).write_bytes(b"x" * 98), f"{OUTCOME}: line 1 is malformed"),
    "certificate not JSON": (lambda at: (at / CERTIFICATE).write_bytes(b"\xff{"), f"{CERTIFICATE}: it is not JSON"),
    "certificate a list": (lambda at: (at / CERTIFICATE).write_bytes(b"[]"), f"{CERTIFICATE}: it is not a JSON object"),
    "twin keys": (
        lambda at: (at / CERTIFICATE).write_bytes(
            (at / CERTIFICATE).read_bytes().replace(b'{"dsseEnvelope"', b'{"mediaType":"","dsseEnvelope"', 1)
        ),
        f"{CERTIFICATE}: a JSON key is given twice",
    ),
    "unknown field": (
        edit(CERTIFICATE, lambda one: one.update(extra=1)),
        f"{CERTIFICATE}: the statement has 1 unknown",
    ),
    "other media type": (edit(CERTIFICATE, lambda one: one.update(mediaType="x")), "mediaType is not one of"),
    "payload changed": (
        edit(CERTIFICATE, say(lambda one: one["totals"].update(destroyed=3))),
        f"{CERTIFICATE}: its signature is not over these bytes",
    ),
    "signature changed": (
        edit(CERTIFICATE, lambda one: one["dsseEnvelope"]["signatures"][0].update(sig=base64.b64encode(b"x").decode())),
        f"{CERTIFICATE}: its signature is not over these bytes",
    ),
    "signed by another": (edit(CERTIFICATE, resign), f"{CERTIFICATE}: it is signed by a key that is not among"),
    "two signatures": (
        edit(CERTIFICATE, lambda one: one["dsseEnvelope"]["signatures"].append({"keyid": "", "sig": ""})),
        f"{CERTIFICATE}: it is not a DSSE envelope with exactly one signature",
    ),
    "slack base64": (
        edit(CERTIFICATE, lambda one: one["dsseEnvelope"].update(payload=one["dsseEnvelope"]["payload"] + "\n")),
        f"{CERTIFICATE}: it is not strict base64",
    ),
    "hint changed": (
        edit(
            CERTIFICATE,
            lambda one: one["verificationMaterial"]["publicKey"].update(
                hint=flip(one["verificationMaterial"]["publicKey"]["hint"])
            ),
        ),
        f"{CERTIFICATE}: its key hint names another key",
    ),
    "leaf changed": (
        edit(CERTIFICATE, lambda one: entry(one).update(canonicalizedBody=base64.b64encode(b"{}").decode())),
        f"{CERTIFICATE}: its log entry is not the entry of this statement",
    ),
    "top index changed": (
        edit(CERTIFICATE, lambda one: entry(one).update(logIndex="5")),
        f"{CERTIFICATE}: the entry gives one log index and its proof another",
    ),
    "both indexes changed": (
        edit(
            CERTIFICATE,
            lambda one: (entry(one).update(logIndex="5"), entry(one)["inclusionProof"].update(logIndex="5")),
        ),
        f"{CERTIFICATE}: its inclusion proof does not lead",
    ),
    "padded index": (edit(CERTIFICATE, lambda one: entry(one).update(logIndex="06")), "a log index is not a number"),
    "tree size changed": (
        edit(CERTIFICATE, lambda one: entry(one)["inclusionProof"].update(treeSize="8")),
        f"{CERTIFICATE}: its proof is for another state of the log",
    ),
    "proof cut": (
        edit(CERTIFICATE, lambda one: entry(one)["inclusionProof"]["hashes"].pop()),
        f"{CERTIFICATE}: its inclusion proof does not lead",
    ),
    "two entries": (
        edit(CERTIFICATE, lambda one: one["verificationMaterial"]["tlogEntries"].append(entry(one))),
        f"{CERTIFICATE}: it is in more than one log",
    ),
    "log id changed": (
        edit(CERTIFICATE, lambda one: entry(one)["logId"].update(keyId=flip(entry(one)["logId"]["keyId"]))),
        f"{CERTIFICATE}: it names another log than its checkpoint",
    ),
    "checkpoint by another": (
        edit(
            CERTIFICATE,
            lambda one: entry(one)["inclusionProof"]["checkpoint"].update(
                envelope=OTHER_LOG.sign_checkpoint(7, base64.b64decode(entry(one)["inclusionProof"]["rootHash"]))
            ),
        ),
        f"{CERTIFICATE}: the checkpoint: it is not signed by the trusted log key",
    ),
    "checkpoint malformed": (
        edit(CERTIFICATE, lambda one: entry(one)["inclusionProof"]["checkpoint"].update(envelope="x\n")),
        f"{CERTIFICATE}: its checkpoint is malformed",
    ),
    "checkpoint not text": (
        edit(CERTIFICATE, lambda one: entry(one)["inclusionProof"]["checkpoint"].update(envelope=1)),
        f"{CERTIFICATE}: its checkpoint is not text",
    ),
    "trust of another": (
        lambda at: (at / "trust.json").write_bytes(Trust((OTHER_LOG.vkey,), (OTHER_KEY.public_key_der,)).to_bytes()),
        "trust.json: it names other keys than the ones you pinned",
    ),
    "trust rewritten": (edit("trust.json", lambda _one: None), "trust.json: it is not written the way"),
    "trust malformed": (lambda at: (at / "trust.json").write_bytes(b'{"logs":[]}'), "trust.json: format is missing"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_changed_file_is_named(case: str, made: Any, tmp_path: Path) -> None:
    """Each way of changing a package's files fails, and the report says which file and what about it."""
    change, expected = FILES[case]
    folder = made.write(tmp_path)
    change(folder)
    report = verify_certificate(folder, made.trust)
    assert not report.ok
    assert expected in failures(report)


def test_a_forked_log_is_found(made: Any, tmp_path: Path) -> None:
    """Bundles proved in two logs of the same size do not stand in one log, though the log's key signed both."""
    folder = made.write(tmp_path)
    fork = made.frontier
    sibling = entry(json.loads((folder / "proposal.sigstore.json").read_bytes()))
    hashes = [base64.b64decode(one) for one in sibling["inclusionProof"]["hashes"]]
    other = sha256(b"\x01" + hashes[0] + b"").digest()
    leaf = leaf_hash(base64.b64decode(sibling["canonicalizedBody"]))
    root = node_hash(node_hash(hashes[1], node_hash(leaf, other)), hashes[2])
    hashes[0] = other
    note = made.log.sign_checkpoint(fork.size, root)

    def forge(bundle: Any) -> None:
        proof = entry(bundle)["inclusionProof"]
        proof["hashes"] = [base64.b64encode(one).decode() for one in hashes]
        proof["rootHash"] = base64.b64encode(root).decode()
        proof["checkpoint"]["envelope"] = note

    edit("proposal.sigstore.json", forge)(folder)
    assert "it is proved in a log that differs" in failures(verify_certificate(folder, made.trust))


@pytest.mark.parametrize("name", ["none", "empty", "file"])
def test_paths_without_a_package_are_reported(name: str, tmp_path: Path) -> None:
    """A path that is not there, an empty folder and an empty file are failing reports."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    assert not verify_certificate(tmp_path / name, None).ok
    assert not verify_certificate(tmp_path / name, Trust((), ())).ok


def test_verification_needs_little(made: Any, tmp_path: Path) -> None:
    """Verification runs where nothing but the standard library and cryptography can be imported."""
    folder = made.write(tmp_path)
    code = (
        "import sys\n"
        "for name in ('rfc8785', 'yaml', 'pydantic', 'sqlalchemy', 'boto3', 'click', 'rich', 'loguru'):\n"
        "    sys.modules[name] = None\n"
        "from pathlib import Path\n"
        "from retentiond.evidence.verify import verify_certificate\n"
        "sys.exit(0 if verify_certificate(Path(sys.argv[1]), None).ok else 1)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
