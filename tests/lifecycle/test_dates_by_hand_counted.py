from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from retentiond.connectors.interface import Role
from retentiond.domain.clauses import For
from retentiond.domain.moves import Move
from retentiond.domain.periods import Period
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action, Step
from retentiond.lifecycle.compare import compare
from retentiond.lifecycle.explain import explain
from retentiond.lifecycle.forecast import Standing, forecast
from retentiond.lifecycle.occur import record_event
from tests.lifecycle.projects import CONCLUDED, EVENTS, waiting
from tests.lifecycle.workplace import GRACE, Workplace

MAY = date(2021, 5, 1)
STEP = Step("basic-only", "Everything but the name", For(Period.of_years(1), CONCLUDED), Action.MINIMISE)


@pytest.fixture
def projects(workplace: Workplace) -> Workplace:
    """A council whose class EH-01 waits for an event that people enter, and has a step before the end."""
    workplace.adopt(workplace.version("2026.2", waiting(steps=(STEP,)), events=EVENTS))
    return workplace


def entered(workplace: Workplace, ref: RecordRef, event: str, on: date) -> str:
    """Enter an event for a record; return its number."""
    return record_event(workplace.tools, GRACE, event, on=on, records=[str(ref)], reason="A letter").occurrence.number


def test_a_forecast_counts_with_dates_people_entered(projects: Workplace) -> None:
    """A record falls due in the month its entered date leads to, one without it never; a step that was done is done."""
    ref = projects.file("1")
    projects.file("2")
    entered(projects, ref, CONCLUDED, MAY)
    found = forecast(projects.tools)
    (whole, step) = found.lines
    assert [when.last for when in found.spans if whole.at(when).records] == [date(2027, 5, 31)]
    assert whole.at(Standing.UNTRIGGERED).records == 1
    assert (step.step, step.at(Standing.DUE_NOW).records) == ("basic-only", 1)
    entered(projects, ref, "basic-only", date(2022, 6, 1))
    assert [one.step for one in forecast(projects.tools).lines] == [""]


def test_a_comparison_counts_with_dates_people_entered(projects: Workplace) -> None:
    """A longer period moves the record whose event was entered; the one that waits for it stays as it is."""
    ref = projects.file("1")
    projects.file("2")
    entered(projects, ref, CONCLUDED, MAY)
    (schedule,) = projects.tools.schedules
    longer = replace(schedule.classes[0], retain=For(Period.of_years(9), CONCLUDED))
    new = replace(schedule, classes=(longer, *schedule.classes[1:]))
    moved = compare(projects.tools, projects.tools.schedules, (new,)).moved
    assert {(one.move, one.year, one.records) for one in moved} == {(Move.LATER, 2030, 1), (Move.SAME, None, 1)}


def test_an_explanation_says_who_entered_a_date(projects: Workplace) -> None:
    """Behind a date that people entered stands which entry it is and whose; behind none, that people enter it."""
    ref = projects.file("1")
    waits = explain(projects.tools, str(ref))
    assert waits.told.arithmetic[0] == "The day the project was concluded is not recorded (it is entered by hand)."
    number = entered(projects, ref, CONCLUDED, MAY)
    said = explain(projects.tools, str(ref)).told.arithmetic
    assert said == (
        f"The project was concluded on 1 May 2021 (entered by hand, {number} by Grace Adeyemi).",
        "6 years later: 1 May 2027, the last day it is kept.",
        "Due on 2 May 2027.",
    )


def test_an_event_entered_since_a_forecast_began_is_of_the_next(projects: Workplace) -> None:
    """A forecast that runs while people enter events counts all records by what stood when it began."""
    ref = projects.file("1")
    other = projects.file("2")
    entered(projects, ref, CONCLUDED, MAY)
    late: list[str] = []

    def enter_late(_name: str, _role: Role) -> None:
        if not late:
            late.append("under way")
            entered(projects, other, CONCLUDED, MAY)

    projects.opening = enter_late
    assert forecast(projects.tools).total(Standing.UNTRIGGERED).records == 1
    assert forecast(projects.tools).total(Standing.UNTRIGGERED).records == 0
