from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.small_installation import Installation, make


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the developer's own shell reaches the command line, and no settings lie in its folder."""
    for name in list(os.environ):
        if name.startswith("RETENTIOND_") or name == "NO_COLOR":
            monkeypatch.delenv(name)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Return an installation with four records due."""
    return make(tmp_path / "installation")
