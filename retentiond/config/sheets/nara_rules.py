"""What a row of NARA's layout says of how long: its three columns, to a clause of the schedule language.

The values are those of the file NARA publishes: ``3`` years, ``30d``, ``6m``, ``72h``; ``0`` for as soon as the event
has happened; ``Creation_Age`` and ``Event_Age`` in any case; ``N/A``, ``NA`` and ``[Variable]`` where nothing is
stated. ``End of FY`` stays an event of its own: which fiscal year a record belongs to is not told by the day it was
created.
"""

from __future__ import annotations

import re
from typing import Any

from retentiond.config.complaint import quoted
from retentiond.config.sheets.cells import Wrong

CREATION = "creation"
_PERIOD = re.compile(r"(0|[1-9][0-9]{0,3}) ?(y|m|w|d|h)?")
_UNITS = {None: "year", "y": "year", "m": "month", "w": "week", "d": "day"}
_UNSTATED = frozenset({"", "n/a", "na", "[variable]"})
_EVENT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SKIP = "complete it, or leave such rows out with --skip-unclear"
_CALLED = {
    CREATION: "the day the record was created",
    "final-action": "the day of the final action",
    "end-of-fy": "the last day of the fiscal year the record belongs to",
    "no-longer-needed": "the day the record was found to be no longer needed",
    "superseded-or-obsolete": "the day the record was superseded or became obsolete",
}
_BY_HAND = frozenset({"no-longer-needed"})


class Unclear(Exception):
    """A rule that does not follow for certain from what a row says: which column, and what is wrong."""

    def __init__(self, column: str, wrong: Wrong) -> None:
        self.column, self.wrong = column, wrong
        super().__init__(wrong.message)


def is_stated(text: str) -> bool:
    """Whether a cell says anything at all."""
    return text.casefold() not in _UNSTATED


def unclear(column: str, message: str) -> Unclear:
    """Return what is raised of a cell from which no rule follows for certain."""
    return Unclear(column, Wrong(message, _SKIP))


def rule_of(period: str, kind: str, event: str) -> tuple[Any, str]:
    """Return a clause as ``retain`` has it, and the trigger it counts from.

    Args:
        period: what stands under Retention (Years).
        kind: what stands under Retention Type.
        event: what stands under Event Type (General).

    Raises:
        Unclear: no rule follows from it for certain.
    """
    trigger = _trigger(kind, event)
    found = _PERIOD.fullmatch(period.casefold())
    if not is_stated(period):
        raise unclear("retention", "no period is stated here")
    if found is None:
        raise unclear("retention", f"{quoted(period)} is not one period")
    number, unit = int(found[1]), found[2]
    if number == 0:
        return {"until": trigger}, trigger
    if unit == "h":
        if number % 24:
            raise unclear("retention", f"{quoted(period)} is no number of whole days")
        number, unit = number // 24, "d"
    return {"for": f"{number} {_UNITS[unit]}{'' if number == 1 else 's'}", "after": trigger}, trigger


def _trigger(kind: str, event: str) -> str:
    match re.sub(r"[\s_-]+", " ", kind).casefold():
        case "creation age" if not is_stated(event):
            return CREATION
        case "creation age" | "event age" if is_stated(event):
            trigger = re.sub(r"[^a-z0-9]+", "-", event.casefold()).strip("-")
            if not _EVENT.fullmatch(trigger):
                raise unclear("event", f"{quoted(event)} cannot be the name of an event")
            return trigger
        case "event age":
            raise unclear("event", "it counts from an event, and none is stated here")
        case _ if not is_stated(kind):
            raise unclear("retention", "no period is stated here")
        case _:
            raise unclear("type", f"{quoted(kind)} is neither Creation_Age nor Event_Age")


def event_of(trigger: str, event: str) -> Any:  # noqa: ANN401 - as ``events`` has it
    """Return what an event is called, and whether people enter it.

    Args:
        trigger: its name.
        event: what NARA calls it.
    """
    called = _CALLED.get(trigger) or f"the day of {event[:1].casefold()}{event[1:]}"
    return {"called": called, "by-hand": "true"} if trigger in _BY_HAND else {"called": called}
