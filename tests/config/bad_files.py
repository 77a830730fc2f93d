"""Every file that is wrong in one way, schedules in a folder of their own, each with its complaints beside it."""

from __future__ import annotations

from pathlib import Path

FOLDERS = (Path(__file__).parent / "bad", Path(__file__).parents[1] / "schedules" / "bad")
BAD_FILES = sorted((path for folder in FOLDERS for path in folder.glob("*.yaml")), key=lambda path: path.name)
