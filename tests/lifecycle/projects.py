"""Classes whose records wait for an event that people enter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from retentiond.domain.clauses import For
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, Event, RecordClass
from tests.lifecycle.workplace import record_class

CONCLUDED = "project-concluded"
EVENTS = {CONCLUDED: Event(CONCLUDED, "the day the project was concluded", by_hand=True)}


def waiting(code: str = "EH-01", **more: Any) -> RecordClass:
    """Return a class whose records are due six years after an event that people enter."""
    made = replace(record_class(code, Action.DESTROY), retain=For(Period.of_years(6), CONCLUDED))
    return replace(made, **more)
