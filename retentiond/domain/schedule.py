"""A retention schedule: record classes, each with its rule, mandate, action and stages of review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from retentiond.domain.periods import CutOff, Period


class Action(StrEnum):
    """What happens to a record of a class once it is due."""

    DESTROY = "destroy"
    ANONYMISE = "anonymise"
    TRANSFER = "transfer"
    REVIEW = "review"
    RETAIN_PERMANENTLY = "retain-permanently"

    @property
    def is_disposal(self) -> bool:
        """Whether a connector can be ordered to do it; the others end in a person's hands."""
        return self in (Action.DESTROY, Action.ANONYMISE)


@dataclass(frozen=True, slots=True)
class For:
    """Keep for a period after an event: ``{for: 6 years, after: case-closed, cut-off: financial-year}``."""

    period: Period
    after: str
    cut_off: CutOff | None = None


@dataclass(frozen=True, slots=True)
class UntilAge:
    """Keep through the anniversary of a birth: ``{until-age: 25, of: birth}``."""

    age: Period
    of: str


@dataclass(frozen=True, slots=True)
class LongestOf:
    """Keep until the last of several clauses has ended."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class ShortestOf:
    """Keep until the first of several clauses has ended."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Permanently:
    """Never due: ``retain: permanently``."""


Clause = For | UntilAge | LongestOf | ShortestOf | Permanently


@dataclass(frozen=True, slots=True)
class DiedBeforeAge:
    """True when a death is recorded before an age was attained: ``{died-before-age: 18}``."""

    age: Period
    birth: str = "birth"
    death: str = "death"


@dataclass(frozen=True, slots=True)
class Unless:
    """A clause that takes the place of the class's own when its condition holds. The first that holds wins."""

    when: DiedBeforeAge
    retain: Clause


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

    @property
    def triggers(self) -> frozenset[str]:
        """The names of every date the class's clauses need, conditions aside."""
        return frozenset(trigger_names(self.retain))


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

    def by_code(self) -> Mapping[str, RecordClass]:
        """Return the classes by code."""
        return {one.code: one for one in self.classes}


def trigger_names(clause: Clause) -> Iterator[str]:
    """Yield the trigger names a clause needs, once for each use."""
    match clause:
        case For(after=name) | UntilAge(of=name):
            yield name
        case LongestOf(clauses) | ShortestOf(clauses):
            for part in clauses:
                yield from trigger_names(part)
        case Permanently():
            return
