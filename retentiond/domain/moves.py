"""When a record is due under one schedule and under another: how its due date moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Never:
    """The record is kept permanently."""


@dataclass(frozen=True, slots=True)
class Unknowable:
    """When it is due cannot be computed, and why: it is never due for us."""

    reason: str


NEVER = Never()
Outcome = date | Never | Unknowable
"""The first day a record may go, or why there is none."""


class Move(StrEnum):
    """How a record's due date moves from an old schedule to a new one."""

    SOONER = "sooner"
    LATER = "later"
    NEVER = "never"
    """It had a day or none could be computed, and is kept permanently now."""
    AT_ALL = "at-all"
    """It was kept permanently, and has a day now."""
    COMPUTABLE = "computable"
    """None could be computed, and it has a day now."""
    NOT_COMPUTABLE = "not-computable"
    """It had a day or was kept permanently, and none can be computed now: it stays, and is named as untriggered."""
    SAME = "same"


class Turn(StrEnum):
    """What the move means on the day of the comparison."""

    DUE_AT_ONCE = "due-at-once"
    """It was not due yet, and is due the moment the new schedule is in force."""
    NOT_DUE_ANY_MORE = "not-due-any-more"
    """It is due under the old schedule, and is not under the new one."""
    NEITHER = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """So many records of a class, all of which fare alike."""

    code: str
    move: Move
    year: int | None
    """The year of the new due date; None where there is none, or where it is as before."""
    turn: Turn
    reason: str
    """Why it cannot be computed any more; else empty."""
    records: int


def move_of(old: Outcome, new: Outcome) -> Move:
    """Return how a due date moves."""
    if isinstance(new, Unknowable):
        return Move.SAME if isinstance(old, Unknowable) else Move.NOT_COMPUTABLE
    if isinstance(new, Never):
        return Move.SAME if isinstance(old, Never) else Move.NEVER
    if isinstance(old, Unknowable):
        return Move.COMPUTABLE
    if isinstance(old, Never):
        return Move.AT_ALL
    return Move.SAME if new == old else Move.SOONER if new < old else Move.LATER


def turn_of(old: Outcome, new: Outcome, today: date) -> Turn:
    """Return what a move means on a day."""
    before, after = (isinstance(one, date) and one <= today for one in (old, new))
    if before == after:
        return Turn.NEITHER
    return Turn.DUE_AT_ONCE if after else Turn.NOT_DUE_ANY_MORE


def total(
    moved: Iterable[Moved], *, code: str | None = None, move: Move | None = None, turn: Turn | None = None
) -> int:
    """Return how many records there are of those that meet every condition given."""
    return sum(
        one.records
        for one in moved
        if code in (None, one.code) and move in (None, one.move) and turn in (None, one.turn)
    )
