from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "systemd"
UNIT = SYSTEMD / "retentiond.service"
UNITS = [UNIT, *sorted((SYSTEMD / "drop-ins").glob("*.conf"))]


def tool(name: str) -> str:
    """Return the path of one of systemd's tools; only outside CI may it be missing."""
    found = shutil.which(name)
    if found is None and os.environ.get("CI") != "true":
        pytest.skip(f"{name} is not installed")
    assert found is not None, f"{name} is missing: install the systemd package"
    return found


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Return a copy of the unit whose program is one that exists here."""
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", UNIT.read_text(), flags=re.MULTILINE))
    return copy


def test_the_unit_is_understood(unit: Path) -> None:
    """Every line of the unit is understood, with and without the drop-in for stores."""
    for drop_in in (None, SYSTEMD / "drop-ins" / "stores.conf"):
        if drop_in is not None:
            folder = unit.with_name(f"{unit.name}.d")
            folder.mkdir()
            shutil.copy(drop_in, folder)
        done = subprocess.run(
            [tool("systemd-analyze"), "verify", "--recursive-errors=no", str(unit)],
            capture_output=True,
            text=True,
            check=False,
        )
        about_ours = [line for line in done.stderr.splitlines() if "retentiond" in line]
        assert (done.returncode, about_ours) == (0, [])


def test_the_unit_exposes_little(unit: Path) -> None:
    """The unit's exposure is at most 1.5 of 10 by systemd's own reckoning."""
    done = subprocess.run(
        [tool("systemd-analyze"), "security", "--offline=true", "--threshold=15", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_user_and_its_folders_can_be_made(tmp_path: Path) -> None:
    """Our files make the user and the folders, and secrets at rest are root's alone."""
    if os.geteuid() != 0:
        pytest.skip("only root can make users and folders of root")
    (tmp_path / "etc").mkdir()
    for name in ("systemd-sysusers", "systemd-tmpfiles"):
        folder = name.removeprefix("systemd-")
        command = [tool(name), f"--root={tmp_path}", str(SYSTEMD / f"{folder}.d" / "retentiond.conf")]
        if folder == "tmpfiles":
            command.insert(1, "--create")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert re.search(r"^retentiond:.*:/var/lib/retentiond:", (tmp_path / "etc/passwd").read_text(), re.MULTILINE)
    credentials = (tmp_path / "etc/retentiond/credentials").stat()
    assert (credentials.st_mode & 0o777, credentials.st_uid, credentials.st_gid) == (0o700, 0, 0)
    assert (tmp_path / "etc/retentiond").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_block_of_lines_has_its_reason(path: Path) -> None:
    """A comment stands before every group of settings: each line is there for a reason a reader can find."""
    lines = path.read_text().splitlines()
    for before, line in pairwise(lines):
        if line and not line.startswith(("#", "[", "User=", "Description=")):
            assert before, f"{path.name}: no reason is given for {line}"


def test_a_refused_configuration_is_never_tried_again() -> None:
    """The exit code of a refused configuration, and no other, keeps systemd from starting the daemon again."""
    settings = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if re.match(r"[A-Z]\w+=", line))
    assert settings["RestartPreventExitStatus"] == str(os.EX_CONFIG)
    assert settings["Restart"] == "on-failure"
    assert settings["Type"] == "notify"
    assert settings["ExecReload"] == "/bin/kill -HUP $MAINPID"
