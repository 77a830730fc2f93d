from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings

from retentiond.config.schedules import read_schedule
from retentiond.config.written import file_away, flow, schedule_text
from retentiond.domain.clauses import Age, For, LatestOf, LongestOf, Until, UntilAge
from retentiond.domain.conditions import DiedBeforeAge, Unless
from retentiond.domain.errors import ConfigurationRefused
from retentiond.domain.periods import FINANCIAL_YEAR, CutOff, Period
from retentiond.domain.schedule import Action, Basis, Event, PeriodKind, RecordClass, Schedule, Step
from tests.config.made_schedules import schedules

HERE = Path(__file__).parents[2]
SHIPPED = sorted((HERE / "schedules").glob("*.yaml"))


@settings(max_examples=40)
@given(schedules())
def test_what_is_written_reads_as_the_same_schedule(
    tmp_path_factory: pytest.TempPathFactory, schedule: Schedule
) -> None:
    """Every schedule there can be is read back from its text as the same values, whatever stands in its texts."""
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    path.write_text(schedule_text(schedule), encoding="utf-8")
    assert replace(read_schedule(path), digest="") == schedule


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_schedule_written_anew_is_the_same_schedule(path: Path, tmp_path: Path) -> None:
    """Nothing but comments and layout is lost when a schedule is written anew, and writing it twice changes nothing."""
    schedule = read_schedule(path)
    again = tmp_path / "again.yaml"
    again.write_text(schedule_text(schedule), encoding="utf-8")
    assert replace(read_schedule(again), digest=schedule.digest) == schedule
    assert schedule_text(read_schedule(again)) == again.read_text(encoding="utf-8")


def test_a_schedule_is_laid_out_as_people_write_it() -> None:
    """Keys stand in the order of the documentation, short rules on one line, lists of rules a line each."""
    october = CutOff("financial-year", 10)
    rule = LongestOf((For(Period.of_years(6), "case-closed", october), UntilAge(Period.of_years(25), "birth")))
    adult = For(Period.of_years(3), LatestOf((Age(Period.of_years(18), "birth"), "last-activity")))
    first = RecordClass(
        code="EH-01",
        title="Early help: case file",
        mandate=("Children Act 1989 s.17",),
        retain=rule,
        then=Action.ANONYMISE,
        basis=Basis.ILLUSTRATIVE,
        special_category=True,
        period_kind=PeriodKind.MINIMUM,
        unless=(Unless(DiedBeforeAge(Period.of_years(18)), For(Period.of_years(15), "death")),),
        review=("service-manager", "records-manager"),
        steps=(Step("names-only", "All but the name", For(Period.of_years(1), "case-closed"), Action.MINIMISE),),
    )
    second = RecordClass("EH-02", "Enquiry", ("Children Act 1989 s.17",), rule, Action.ANONYMISE, as_class="EH-01")
    third = RecordClass("EH-03", "Young adult", ("Care Act 2014",), adult, Action.DESTROY)
    schedule = Schedule(
        name="Early help",
        version="2026.1",
        jurisdiction="England",
        time_zone="Europe/London",
        adopted=date(2026, 4, 1),
        review_by=date(2027, 3, 31),
        owner="Information Governance",
        classes=(first, second, third),
        digest="",
        events={
            "case-closed": Event("case-closed", "the day the case was closed"),
            "names-only": Event("names-only", "the day all but the name went", by_hand=True),
        },
    )
    assert (
        schedule_text(schedule)
        == """\
# yaml-language-server: $schema=schedule.schema.json

schedule: Early help
version: '2026.1'
jurisdiction: England
time-zone: Europe/London
adopted: 2026-04-01
review-by: 2027-03-31
owner: Information Governance
year-starts: {financial-year: 1 October}
events:
  case-closed: the day the case was closed
  names-only: {called: the day all but the name went, by-hand: true}

classes:
  - code: EH-01
    title: 'Early help: case file'
    mandate: [Children Act 1989 s.17]
    basis: illustrative
    special-category: true
    period-kind: minimum
    retain:
      longest-of:
        - {for: 6 years, after: case-closed, cut-off: financial-year}
        - {until-age: 25, of: birth}
    unless:
      - {when: {died-before-age: 18}, retain: {for: 15 years, after: death}}
    steps:
      - step: names-only
        what: All but the name
        retain: {for: 1 year, after: case-closed}
        then: minimise
    then: anonymise
    review: [service-manager, records-manager]

  - code: EH-02
    title: Enquiry
    mandate: [Children Act 1989 s.17]
    as: EH-01
    then: anonymise

  - code: EH-03
    title: Young adult
    mandate: [Care Act 2014]
    retain: {for: 3 years, after: {latest-of: [{age: 18, of: birth}, last-activity]}}
    then: destroy
"""
    )


def test_one_value_stands_on_one_line_for_a_cell() -> None:
    """However long a rule is, a cell holds it without a break."""
    assert "\n" not in flow({"longest-of": [{"until": "superseded"} for _ in range(40)]})
    assert flow("permanently") == "permanently"


def test_a_file_comes_into_its_place_whole_or_not_at_all(tmp_path: Path) -> None:
    """A file that is there stays as it is unless it may go, and what its check refuses never takes its place."""
    path = tmp_path / "a.yaml"
    path.write_text("old", encoding="utf-8")

    def no(new: Path) -> None:
        raise ConfigurationRefused.about(str(new), "no")

    with pytest.raises(ConfigurationRefused, match="it is there already and is not overwritten"):
        file_away(path, b"new", overwrite=False, check=lambda _: None)
    with pytest.raises(ConfigurationRefused) as refused:
        file_away(path, b"new", overwrite=True, check=no)
    assert refused.value.faults[0].place == str(path)
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]
    assert path.read_text(encoding="utf-8") == "old"
    file_away(path, b"new", overwrite=True, check=lambda _: None)
    assert path.read_text(encoding="utf-8") == "new"
    with pytest.raises(ConfigurationRefused, match="a file cannot be written there"):
        file_away(tmp_path / "none" / "a.yaml", b"new", overwrite=False, check=lambda _: None)


def test_a_year_that_starts_as_usual_is_not_written() -> None:
    """Only what differs from the usual first days is said."""
    one = RecordClass("A", "A", ("A",), Until("superseded", FINANCIAL_YEAR), Action.DESTROY)
    day = date(2026, 4, 1)
    schedule = Schedule("A", "1", "England", "Europe/London", day, day, "A", (one,), "")
    assert "year-starts" not in schedule_text(schedule)
    assert "retain: {until: superseded, to-end-of: financial-year}" in schedule_text(schedule)
