"""Linting a large schedule, beside reading it."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from retentiond.config.lint.linting import lint, lint_files
from retentiond.config.schedules import read_with_places
from tests.benchmarks.many_classes import schedule_of
from tests.benchmarks.measuring import Measured, timed

LIMIT = 1.0
"""Seconds in which a schedule of :data:`CLASSES` classes must have been read and linted."""
RULES_LIMIT = 0.25
"""Seconds of it that the rules may take."""
CLASSES = 2_000
_ON = date(2026, 11, 25)


def read_alone(classes: int) -> Measured:
    """Read the schedule and do nothing with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = _written(folder, classes)
        with timed() as found:
            _, schedule = read_with_places(path)
    found.counts["n"] = len(schedule.classes)
    return found


def rules_alone(classes: int) -> Measured:
    """Run every rule on the schedule, once it is read; the files of floors and Acts are read as well."""
    with tempfile.TemporaryDirectory() as folder:
        read = read_with_places(_written(folder, classes))
        with timed() as found:
            told = [*lint([read], None, lambda _: _ON)]
    found.counts |= {"n": len(read[1].classes), "told": len(told)}
    return found


def whole_lint(classes: int) -> Measured:
    """Read the schedule and run every rule on it, as the command does."""
    with tempfile.TemporaryDirectory() as folder:
        path = _written(folder, classes)
        with timed() as found:
            linted = lint_files([path], None, lambda _: _ON)
    found.counts |= {"n": linted.classes, "told": len(linted.told)}
    return found


def _written(folder: str, classes: int) -> Path:
    path = Path(folder) / "schedule.yaml"
    path.write_text(schedule_of(classes), encoding="utf-8")
    return path
