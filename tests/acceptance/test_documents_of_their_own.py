"""Records that live in no database, from scan to certificate: case folders on a share, letters in a container."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.small_installation import Installation, make
from tests.connectors.azure.azurite import KEY, Azurite, Letters, new_container

SHARE = """\
connector: share
kind: filesystem
root: {root}
location: GB
records:
  - name: case-folder
    prefix: cases/
    folders: 1
    classify: [{{class: M-01}}]
    triggers: {{case-closed: {{sidecar: closed}}}}
"""
CONTAINER = """\
connector: letters
kind: azure-blob
container: {container}
account-url: {url}
credential: ${{credential:letters}}
location: GB
records:
  - name: letter
    classify: [{{class: M-01, if: {{name: '^closed/'}}}}]
    triggers: {{case-closed: {{metadata: closed}}}}
"""


@pytest.fixture
def letters(azurite: Azurite) -> Letters:
    """An empty container."""
    return new_container(azurite)


@pytest.fixture
def installation(tmp_path: Path, letters: Letters, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation with a share of three cases and a container of three letters, and nothing else."""
    monkeypatch.setenv("RETENTIOND_CREDENTIAL_LETTERS", KEY)
    made = make(tmp_path / "installation")
    definitions = made.folder / "connectors"
    (definitions / "matters.yaml").unlink()
    (definitions / "share.yaml").write_text(SHARE.format(root=tmp_path / "share"), encoding="utf-8")
    where = CONTAINER.format(container=letters.container, url=letters.server.url)
    (definitions / "letters.yaml").write_text(where, encoding="utf-8")
    for name, closed in (("one", "2001-02-03"), ("open", "2001-02-03"), ("young", "2099-02-03")):
        folder = tmp_path / "share" / "cases" / name
        (folder / "letters").mkdir(parents=True)
        (folder / "case.json").write_text(json.dumps({"closed": closed}), encoding="utf-8")
        (folder / "letters" / "first.txt").write_text("Dear Ms Example", encoding="utf-8")
    for key in ("closed/one", "closed/leased", "running/two"):
        letters.blob(letters.put(key)).create_snapshot()
    letters.owner.get_blob_client("closed/leased").acquire_lease(60)
    return made


def test_cases_and_letters_go_and_are_certified(installation: Installation, letters: Letters, tmp_path: Path) -> None:
    """What is due and free goes whole; what is open, leased, too young or of no class stays; the certificate counts."""
    assert installation.run("check").exit_code == 0
    with (tmp_path / "share" / "cases" / "open" / "letters" / "first.txt").open("rb"):
        number = installation.approved()
        done = installation.run("--as", "ann", "dispose", number).output
    said = [line.split() for line in done.splitlines()]
    assert ["status", "complete"] in said
    assert ["destroyed", "2"] in said
    assert sorted(one.name for one in (tmp_path / "share" / "cases").iterdir()) == ["open", "young"]
    assert (tmp_path / "share" / "cases" / "open" / "letters" / "first.txt").exists()
    left = [one.name for one in letters.owner.list_blobs(include=["snapshots"])]
    assert sorted(left) == ["closed/leased"] * 2 + ["running/two"] * 2
    assert installation.json("verify")["ok"]
