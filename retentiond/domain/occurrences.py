"""Occurrences: events no store knows, entered by people for named records; each can be corrected and revoked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Schedule


class Change(StrEnum):
    """What a person did to an occurrence."""

    RECORDED = "recorded"
    CORRECTED = "corrected"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing a person did to an occurrence, with the date it said from then on."""

    change: Change
    on: date | None
    """None: it was revoked."""
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event that happened to named records on one day, as it stands, with all that was ever said of it."""

    number: str
    """``EV-2026-0001``."""
    event: str
    """What the schedule calls it: a trigger, or a step that was done."""
    on: date | None
    """The day it stands for; None: it was revoked and stands for nothing."""
    records: tuple[RecordRef, ...]
    changes: tuple[Changed, ...]
    """Oldest first; the first one recorded it."""

    @property
    def stands(self) -> bool:
        """Whether it has not been revoked."""
        return self.on is not None


@dataclass(frozen=True, slots=True)
class DatedByHand:
    """The date one record has for one event, and where it comes from."""

    event: str
    on: date
    number: str
    person: str
    """Id of whoever said this date last."""
    at: datetime


def by_hand(schedules: Iterable[Schedule]) -> frozenset[str]:
    """Return the names people may enter a date for: external events, and steps (which a person carries out)."""
    names: set[str] = set()
    for schedule in schedules:
        names |= schedule.by_hand
        names.update(step.name for one in schedule.classes for step in one.steps)
    return frozenset(names)


def pushed_down(names: Iterable[str], mapped: Collection[str], entered: Collection[str]) -> bool:
    """Return whether a store can be asked about all of these dates: none is one that only people enter.

    Args:
        names: trigger names.
        mapped: those the kind of record maps to its store; their dates are the store's alone.
        entered: those people enter.
    """
    return all(name in mapped or name not in entered for name in names)
