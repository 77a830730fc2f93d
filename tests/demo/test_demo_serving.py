from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from retentiond.cli.root import retentiond
from retentiond.demo.lay_out import CREDENTIALS
from retentiond.demo.object_store import ObjectStore
from tests.council import Council

ROOT = Path(__file__).parents[2]


def test_a_kept_council_can_be_served_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stores run again under new keys that only their owner can read, every check passes, and they end with it."""
    monkeypatch.chdir(tmp_path)
    folder = Path("council")
    with ObjectStore.start(folder / "object-store") as objects:
        council = Council.made(folder.resolve(), objects, "early-help-documents")
        versions = council.versions()
    command = [sys.executable, "-m", "retentiond", "demo", "--serve", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with ExitStack() as ending:
        serving = ending.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment))
        ending.callback(serving.terminate)
        assert serving.stdout is not None
        said = "".join(serving.stdout.readline() for _ in range(4))
        assert "Ctrl+C" in said
        secrets = tmp_path / folder / "credentials"
        assert f"CREDENTIALS_DIRECTORY={secrets}" in said
        assert {one.name: one.stat().st_mode & 0o777 for one in secrets.iterdir()} == dict.fromkeys(CREDENTIALS, 0o600)
        variables = {"CREDENTIALS_DIRECTORY": str(secrets), "RETENTIOND_CONFIG": str(council.settings)}
        checked = CliRunner().invoke(retentiond, ["check"], env=variables)
        assert checked.exit_code == 0, checked.output
        definition = (folder / "connectors" / "early-help-documents.yaml").read_text(encoding="utf-8")
        endpoint = re.search(r"^endpoint: (http://127\.0\.0\.1:(\d+))$", definition, re.MULTILINE)
        assert endpoint is not None
        keys = [(secrets / name).read_text(encoding="utf-8") for name in CREDENTIALS]
        council.objects = ObjectStore(endpoint[1], access_key=keys[0], secret_key=keys[1])
        assert council.versions() == versions
        serving.send_signal(signal.SIGINT)
        assert serving.wait(timeout=60) == 0
    council.case_store.dispose()
    with socket.socket() as port:
        assert port.connect_ex(("127.0.0.1", int(endpoint[2]))) != 0


def test_a_folder_without_a_council_cannot_be_served(tmp_path: Path) -> None:
    """A folder that holds no demonstration is refused, and left as it is."""
    result = CliRunner().invoke(retentiond, ["demo", "--serve", str(tmp_path)])
    assert result.exit_code == 66
    assert "no demonstration was kept here" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_making_and_serving_at_once_is_wrong_usage(tmp_path: Path) -> None:
    """One run either makes a council or serves one."""
    result = CliRunner().invoke(retentiond, ["demo", "--keep", str(tmp_path), "--serve", str(tmp_path)])
    assert result.exit_code == 2
