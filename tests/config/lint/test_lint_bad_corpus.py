from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pytest

from retentiond.config.definitions import read_definitions
from retentiond.config.lint.linting import lint_files
from retentiond.config.lint.remarks import RULES

BAD = Path(__file__).parent / "bad"
FILES = sorted(BAD.glob("*.yaml"))
ON = date(2026, 11, 25)
PUBLISHED = (
    "derbyshire",
    "derbyshire-expired",
    "kirklees",
    "devon-fifteen",
    "devon-creation",
    "darlington",
    "barnet",
    "blackpool",
    "south-glos",
)
"""The slips of schedules that councils publish, found in 2026."""


def found(path: Path) -> list[str]:
    """Return what lint says of one file, held against the definition beside it where there is one."""
    definition = BAD / "connectors" / path.name
    stores = partial(read_definitions, [definition]) if definition.exists() else None
    linted = lint_files([path], stores, lambda _: ON)
    return [f"{one.severity} {one.rule} {one.fault}".replace(f"{BAD}/", "") for one in linted.told]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_bad_schedule_is_told_exactly_what_stands_beside_it(path: Path) -> None:
    """Every slip is told by its rule, in the same plain words, at the same place, and nothing else is."""
    assert found(path) == path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


def test_every_text_belongs_to_a_bad_schedule_and_every_definition_to_one() -> None:
    """No expectation and no definition stands beside a file that is no longer there."""
    names = {one.stem for one in FILES}
    assert {one.stem for one in BAD.glob("*.txt")} == names
    assert {one.stem for one in (BAD / "connectors").glob("*.yaml")} <= names


def test_every_rule_has_a_bad_schedule_that_breaks_it() -> None:
    """No rule is without an artefact that it finds: a rule that finds nothing cannot be told from one that is gone."""
    told = {line.split(" ")[1] for path in FILES for line in path.with_suffix(".txt").read_text().splitlines()}
    assert set(RULES) - told == set()


def test_every_slip_of_a_published_schedule_is_found() -> None:
    """What councils have published by mistake, each is told of at least once."""
    assert [one for one in PUBLISHED if not (BAD / f"slip-{one}.txt").read_text(encoding="utf-8").strip()] == []
