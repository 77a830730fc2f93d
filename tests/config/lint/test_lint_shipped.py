from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from retentiond.config.definitions import read_definitions
from retentiond.config.lint.authorities import cited_in
from retentiond.config.lint.citing import floors_of
from retentiond.config.lint.connected import Stores
from retentiond.config.lint.floors import known_floors
from retentiond.config.lint.linting import lint_files
from retentiond.config.lint.remarks import RULES
from retentiond.config.lint.shipped import shipped
from retentiond.config.schedules import read_schedules
from retentiond.domain.schedule import Basis

TOP = Path(__file__).parents[3]
SCHEDULES = [
    *sorted((TOP / "schedules").glob("*.yaml")),
    *sorted((TOP / "retentiond/demo/files/schedules").glob("*.yaml")),
]
ON = date(2026, 11, 25)


@pytest.mark.parametrize("path", SCHEDULES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_shipped_schedule_lints_clean(path: Path) -> None:
    """A council starts from a schedule that nothing can be said against, errors or warnings."""
    assert [str(one.fault) for one in lint_files([path], None, lambda _: ON).told] == []


def test_the_shipped_templates_give_every_class_they_name_what_it_needs() -> None:
    """Held against the templates of definitions, no shipped schedule has an error: classes are unconnected at most."""
    definitions = read_definitions([TOP / "connectors"])
    linted = lint_files([TOP / "schedules"], lambda: definitions, lambda _: ON)
    assert {one.rule for one in linted.told} <= {"no-connector"}
    assert Stores.of(definitions).of_class


def test_the_floors_are_compared_with_the_shipped_classes_that_claim_them() -> None:
    """A clean answer is no unasked question: the classes that cite the four nations' floors are held against them."""
    schedules = read_schedules([TOP / "schedules"])
    under = {floor.name for schedule in schedules for one in schedule.classes for floor in floors_of(one)}
    assert under == {one.name for one in known_floors()}
    adoption = [one for schedule in schedules for one in schedule.classes if "ADOPT-01" in one.code]
    assert all(floors_of(one) for one in adoption if one.basis is Basis.STATUTORY_FLOOR)


def test_every_floor_carries_its_citation_and_says_where_it_is_law() -> None:
    """A floor is law of one of the four nations, or of several, and says which regulation, for a reader to look up."""
    floors = known_floors()
    assert len({one.name for one in floors}) == len(floors)
    nations = {"England", "Wales", "Scotland", "Northern Ireland"}
    assert {one.jurisdiction for one in floors} == {*nations, "United Kingdom", "Great Britain"}
    for one in floors:
        assert one.words
        assert one.also_cited_as or (one.number and one.provision[0] and cited_in(one.law))
        assert set(dict(one.recognised_by)) == one.triggers - {"birth", "death"}


def test_the_files_of_facts_have_no_faults() -> None:
    """The lists that come with the checks are read as strictly as a council's own files."""
    assert shipped("floors.yaml").complaints == shipped("authorities.yaml").complaints == ()


def test_the_page_of_rules_is_what_the_rules_are() -> None:
    """docs/reference/schedule-lint.md names each rule with how grave it is, and none that does not exist."""
    page = (TOP / "docs/reference/schedule-lint.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    assert {name.strip(" `"): severity.strip() for name, severity in rows} == RULES
