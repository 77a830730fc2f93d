"""What can be said of one record on one day: each verdict carries its reason in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from retentiond.domain.schedule import Action


@dataclass(frozen=True, slots=True)
class Permanent:
    """Never disposed of under its class."""

    reason: str


@dataclass(frozen=True, slots=True)
class Untriggered:
    """A date its class needs is missing or cannot be read, or it has no class. Fail closed: never due."""

    reason: str
    missing: tuple[str, ...] = field(default=(), compare=False)
    """The triggers without a date, where that is why."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """Still inside its period, or a reviewer keeps it until a date."""

    due_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Past its period, but the store gives a named reason why not now."""

    blockers: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class OnHold:
    """Past its period, but an order stops disposal: ours, or one the store enforces."""

    holds: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """Past its period, unheld, unblocked, computable."""

    due_on: date
    action: Action
    reason: str


Verdict = Permanent | Untriggered | NotYet | Blocked | OnHold | Due
