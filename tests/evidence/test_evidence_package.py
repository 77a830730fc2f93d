from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.package import write_package
from retentiond.evidence.trust import Trust, load_trust


def test_a_package_has_its_files(make: Callable[..., Any], tmp_path: Path) -> None:
    """A package is one folder with the certificate, what led to it, both manifests, keys and a README."""
    folder = make().write(tmp_path)
    assert {one.name for one in folder.iterdir()} == {
        "DC-2026-0001.sigstore.json",
        "proposal.sigstore.json",
        "approval-1.sigstore.json",
        "approval-2.sigstore.json",
        "run-started.sigstore.json",
        "manifest-proposal.txt",
        "manifest-outcome.txt",
        "trust.json",
        "README.txt",
    }
    assert [one.name for one in tmp_path.iterdir()] == ["DC-2026-0001"]


def test_writing_again_is_harmless(make: Callable[..., Any], tmp_path: Path) -> None:
    """The same package may be written again, also after a crash half-way; another of its number is refused."""
    made = make()
    (tmp_path / ".DC-2026-0001.partial").mkdir()
    (tmp_path / ".DC-2026-0001.partial" / "README.txt").write_text("half")
    assert made.write(tmp_path) == made.write(tmp_path)
    with pytest.raises(EvidenceRefused, match="another package"):
        write_package(tmp_path, "DC-2026-0001", replace(made.parts(), manifest_outcome=b""))
    with pytest.raises(EvidenceRefused, match="cannot name a folder"):
        write_package(tmp_path, "../DC", made.parts())
    (tmp_path / "file").touch()
    with pytest.raises(EvidenceRefused, match="cannot be written"):
        write_package(tmp_path / "file", "DC-2026-0001", made.parts())


def test_the_bundle_is_sigstores(make: Callable[..., Any]) -> None:
    """A bundle has the fields of Sigstore's bundle v0.3, numbers as text and bytes as base64."""
    made = make()
    found = json.loads(made.bundle(6))
    assert found["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    entry = found["verificationMaterial"]["tlogEntries"][0]
    assert entry["kindVersion"] == {"kind": "hashedrekord", "version": "0.0.2"}
    assert (entry["logIndex"], entry["inclusionProof"]["treeSize"]) == ("6", "7")
    assert entry["inclusionProof"]["checkpoint"]["envelope"] == made.checkpoint
    assert len(found["dsseEnvelope"]["signatures"]) == 1


def test_the_readme_is_true(make: Callable[..., Any], tmp_path: Path) -> None:
    """The commands the README gives check the certificate, with stock tools and the key in trust.json."""
    folder = make().write(tmp_path)
    text = (folder / "README.txt").read_text()
    assert "DC-2026-0001.sigstore.json" in text
    assert max(map(len, text.splitlines())) <= 80
    pem = json.loads((folder / "trust.json").read_text())["signers"][0]["pem"]
    (folder / "key.pem").write_text("\n".join(pem) + "\n")
    block = text.split("key.pem, and then\n")[1].split("   The file payload")[0]
    envelope = "json.load(open(sys.argv[1]))['dsseEnvelope']"
    script = re.sub(
        r"jq -r (\S+) (\S+)",
        lambda found: (
            f'python3 -c "import json,sys; one={envelope}; '
            f"print(one['payload'] if 'payload' in sys.argv[2] else one['signatures'][0]['sig'])\" "
            f"{found[2]} {found[1]}"
        ),
        block,
    )
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, check=True, capture_output=True)
    compare = next(line for line in text.splitlines() if "cmp -" in line)
    subprocess.run(["bash", "-euo", "pipefail", "-c", compare], cwd=folder, check=True)


def test_unsound_keys_cannot_be_pinned(make: Callable[..., Any], tmp_path: Path) -> None:
    """A trust.json that is missing, names a key by another id, or holds a key of another kind is refused."""
    with pytest.raises(EvidenceRefused, match="cannot be read"):
        load_trust(tmp_path / "trust.json")
    good = json.loads(make().trust.to_bytes())
    changes: tuple[Callable[[Any], Any], ...] = (
        lambda one: one["signers"][0].update(key_id="0" * 64),
        lambda one: one["signers"][0].update(pem=["x"]),
        lambda one: one["logs"][0].update(origin="elsewhere"),
        lambda one: one["logs"][0].update(vkey="elsewhere"),
        lambda one: one["logs"].clear(),
        lambda one: one.update(format="other"),
    )
    for change in changes:
        found = json.loads(json.dumps(good))
        change(found)
        with pytest.raises(EvidenceRefused):
            Trust.parse(json.dumps(found, indent=2, sort_keys=True).encode() + b"\n")
