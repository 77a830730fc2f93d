"""A retention schedule: record classes, each with its rule, mandate, action and stages of review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from retentiond.domain.anonymity import K_ANONYMITY
from retentiond.domain.clauses import Clause, required
from retentiond.domain.conditions import Unless


class Action(StrEnum):
    """What happens to a record of a class once it is due, or to a part of it before."""

    DESTROY = "destroy"
    ANONYMISE = "anonymise"
    PSEUDONYMISE = "pseudonymise"
    """What names people is replaced by pseudonyms: personal data still, for as long as their key exists."""
    TRANSFER = "transfer"
    REVIEW = "review"
    RETAIN_PERMANENTLY = "retain-permanently"
    MINIMISE = "minimise"
    REDACT = "redact"

    @property
    def is_disposal(self) -> bool:
        """Whether a connector can be ordered to do it; the others end in a person's hands."""
        return self is Action.DESTROY or self.rewrites

    @property
    def rewrites(self) -> bool:
        """Whether a connector leaves the record and changes its columns by a plan."""
        return self in (Action.ANONYMISE, Action.PSEUDONYMISE)

    @property
    def is_step(self) -> bool:
        """Whether it happens to a part of the record only, before its end."""
        return self in (Action.MINIMISE, Action.REDACT)


class Basis(StrEnum):
    """The honest label of a period: who says so."""

    STATUTORY_FLOOR = "statutory-floor"
    """A regulation says at least this long."""
    PUBLISHED_PRACTICE = "published-practice"
    """A named authority publishes it; another may have good reasons for another period."""
    ILLUSTRATIVE = "illustrative"
    """A number to replace."""


class PeriodKind(StrEnum):
    """Whether a record may be kept beyond its period."""

    MINIMUM = "minimum"
    FIXED = "fixed"
    MAXIMUM = "maximum"
    """A reviewer may not keep it longer; only a hold does."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to a part of a record before its end: staged minimisation, redaction of a field.

    A person carries it out and records it: the date of the trigger that has its name says that it was done.
    """

    name: str
    what: str
    retain: Clause
    then: Action


@dataclass(frozen=True, slots=True)
class Event:
    """A trigger as a schedule speaks of it."""

    name: str
    called: str
    """In people's words: ``the day the case was closed``."""
    by_hand: bool = False
    """An external event: no store knows it, a person enters it for named records."""


@dataclass(frozen=True, slots=True)
class RecordClass:
    """The group a record belongs to. Class determines destiny (ISO 15489: records are managed by class)."""

    code: str
    title: str
    mandate: tuple[str, ...]
    retain: Clause
    then: Action
    rationale: str = ""
    special_category: bool = False
    unless: tuple[Unless, ...] = ()
    review: tuple[str, ...] = ()
    """Roles that approve, in order. Empty: the settings' own default; never nobody."""
    description: str = ""
    """Scope note: what belongs here and what does not."""
    basis: Basis | None = None
    source: str = ""
    """Where the period was found."""
    period_kind: PeriodKind = PeriodKind.FIXED
    steps: tuple[Step, ...] = ()
    retired: date | None = None
    """Since when no new record is to be put here; the rule goes on for those it has."""
    successor: str = ""
    """The class that new records belong to since then."""
    k_anonymity: int | None = None
    """The fewest records whose rows may agree in their quasi-identifiers once rewritten; None: :data:`K_ANONYMITY`."""
    as_class: str = ""
    """The class of the same schedule whose ``retain`` and ``unless`` these are; empty: its own."""

    @property
    def k(self) -> int:
        """The least that a group of anonymised rows should have."""
        return self.k_anonymity or K_ANONYMITY

    @property
    def triggers(self) -> frozenset[str]:
        """The names of every date the class's own clause cannot do without."""
        return frozenset(required(self.retain))


@dataclass(frozen=True, slots=True)
class Schedule:
    """One version of a retention schedule; its digest names the exact file it was read from."""

    name: str
    version: str
    jurisdiction: str
    time_zone: str
    adopted: date
    review_by: date
    owner: str
    classes: tuple[RecordClass, ...]
    digest: str
    """Lower-case hex SHA-256 of the file's bytes."""
    source: str = field(default="", compare=False)
    """Where it was read from, for people."""
    events: Mapping[str, Event] = field(default_factory=dict)
    """Triggers it speaks of, by name."""

    def by_code(self) -> Mapping[str, RecordClass]:
        """Return the classes by code."""
        return {one.code: one for one in self.classes}

    @property
    def by_hand(self) -> frozenset[str]:
        """The names of the events that people enter."""
        return frozenset(name for name, one in self.events.items() if one.by_hand)
