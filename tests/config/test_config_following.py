from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retentiond.config.following import MOST_EXCEPTIONS, Following
from retentiond.config.schedules import read_schedule
from retentiond.domain.errors import ConfigurationRefused
from tests.config.large import HEAD

Write = Callable[[str, str], Path]
FORM = "  - {{code: C-{number}, title: T, mandate: M, then: destroy, {rule}}}\n"
LAST = FORM.format(number="last", rule="retain: {until: superseded}")


def chain(length: int, rule: str) -> str:
    """Return a schedule of classes of which each follows the next."""
    made = [FORM.format(number=n, rule=rule.format(next=n + 1 if n + 1 < length else "last")) for n in range(length)]
    return HEAD + "".join(made) + LAST


def test_a_long_chain_of_classes_is_followed_to_its_end(write: Write) -> None:
    """However many classes stand between, each has the rule of the last."""
    schedule = read_schedule(write("s.yaml", chain(3000, "as: C-{next}")))
    assert {one.retain for one in schedule.classes} == {schedule.classes[-1].retain}
    assert schedule.classes[0].as_class == "C-1"


def test_exceptions_that_double_at_each_step_are_refused(write: Write) -> None:
    """Thirty lines that would unfold into a billion exceptions end in a sentence for each that is too much."""
    twice = "retain: {{until: a}}, unless: [{{when: {{ever: b}}, as: C-{next}}}, {{when: {{ever: c}}, as: C-{next}}}]"
    with pytest.raises(ConfigurationRefused) as refused:
        read_schedule(write("s.yaml", chain(30, twice)))
    assert {one.message for one in refused.value.faults} == {"this class has more than 100 exceptions in all"}
    assert len(refused.value.faults) == 25


def test_exceptions_are_counted_with_those_they_lead_to() -> None:
    """An exception that follows a class counts, and so does every exception of that class."""
    classes: dict[str, dict[str, Any]] = {
        "A": {"as": "B"},
        "B": {"unless": [{"as": "C"}, {"as": "C"}, {"retain": {}}]},
        "C": {"unless": [{"retain": {}}] * 2},
        "D": {"unless": [{"as": "C"}] * MOST_EXCEPTIONS},
    }
    assert Following.of(classes).exceptions == {"A": 7, "B": 7, "C": 2, "D": MOST_EXCEPTIONS + 1}


def test_a_circle_is_found_by_each_of_its_classes_and_by_no_other() -> None:
    """Two circles that are joined are two; what only leads into one is in none."""
    led = {"A": "B", "B": "C", "C": "A", "D": "A", "E": "F", "F": "E", "G": "G"}
    classes: dict[str, dict[str, Any]] = {code: {"as": to} for code, to in led.items()}
    classes["C"] = {"as": "A", "unless": [{"as": "E"}]}
    following = Following.of(classes)
    found = {(one, other) for one in led for other in led if following.leads_back(one, other)}
    rings = [{"A", "B", "C"}, {"E", "F"}, {"G"}]
    assert {(one, other) for one, other in found if one != other} == {
        (one, other) for ring in rings for one in ring for other in ring if one != other
    }
