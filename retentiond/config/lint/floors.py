"""Statutory floors, read from ``floors.yaml``: how long the law says at least, in the language of schedules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from pydantic import Field

from retentiond.config.document import Document
from retentiond.config.lint.shipped import shipped
from retentiond.config.retain import RetainShape, clause
from retentiond.config.shape import Given, Many, OneOrMany, Shape, fit
from retentiond.config.unless import Exceptions, condition
from retentiond.config.words import Day, Name, PeriodText, Text, Word
from retentiond.domain.clauses import Clause, trigger_names
from retentiond.domain.conditions import Unless, dates_in
from retentiond.domain.periods import CUT_OFFS, Period

_PROVISION = re.compile(r"reg (\d+[A-Z]?)((?:\(\w+\))*)")


@dataclass(frozen=True, slots=True)
class Floor:
    """The shortest time the law allows for one kind of record."""

    name: str
    law: str
    """Title and year, as :mod:`retentiond.config.lint.authorities` compares them."""
    number: str
    """``SI 2010/959``; empty where it is no instrument."""
    provision: tuple[str, str]
    """Number of the regulation, and its paragraph in brackets; both may be empty."""
    also_cited_as: tuple[str, ...]
    jurisdiction: str
    words: str
    """What the law says, for people."""
    about: tuple[str, ...]
    """In small letters: what a class speaks of that belongs under it."""
    titled: re.Pattern[str] | None
    """The whole title of a class that belongs under it whatever its mandate says."""
    retain: Clause
    unless: tuple[Unless, ...]
    recognised_by: tuple[tuple[str, tuple[str, ...]], ...]
    """The floor's own trigger to the words that make a schedule's trigger the same one."""
    statuses: frozenset[str]
    since: date | None
    born_within: Period | None
    """How long after a birth the floor's own event can be."""

    @property
    def citation(self) -> str:
        """The law as a mandate cites it."""
        number = f" ({self.number})" if self.number else ""
        provision = f" reg {''.join(self.provision)}" if self.provision[0] else ""
        return f"{self.law}{number}{provision}"

    @property
    def triggers(self) -> frozenset[str]:
        """The floor's own triggers, those of its exceptions included."""
        names = {*trigger_names(self.retain)}
        for one in self.unless:
            names.update(dates_in(one.when), trigger_names(one.retain))
        return frozenset(names)


class FloorShape(Shape):
    """One floor in the file."""

    floor: Name = Field(examples=["floor: looked-after-child-england"])
    law: Text = Field(examples=["law: Fostering Services (England) Regulations 2011"])
    number: Given[Text] = None
    provision: Given[Text] = None
    also_cited_as: OneOrMany[Text] = Field(default=[])
    jurisdiction: Text = Field(examples=["jurisdiction: England"])
    words: Text = Field(examples=["words: for at least 10 years"])
    titled: Given[Text] = None
    about: OneOrMany[Text] = Field(examples=["about: [adopt]"])
    retain: RetainShape = Field(examples=["retain: {for: 10 years, after: approval-ended}"])
    unless: Exceptions = Field(default=[])
    recognised_by: dict[Word, OneOrMany[Text]] = Field(default={})
    statuses: OneOrMany[Word] = Field(default=[])
    since: Given[Day] = None
    at_most_after: dict[Word, PeriodText] = Field(default={})

    def value(self) -> Floor:
        """Return the floor."""
        provision = _PROVISION.fullmatch(self.provision or "")
        return Floor(
            name=self.floor,
            law=self.law,
            number=self.number or "",
            provision=(provision[1], provision[2]) if provision else ("", ""),
            also_cited_as=tuple(one.casefold() for one in self.also_cited_as),
            jurisdiction=self.jurisdiction,
            words=self.words,
            about=tuple(one.casefold() for one in self.about),
            titled=re.compile(self.titled, re.IGNORECASE) if self.titled else None,
            retain=clause(self.retain, CUT_OFFS),
            unless=tuple(
                Unless(condition(one.when), clause(one.retain or "permanently", CUT_OFFS)) for one in self.unless
            ),
            recognised_by=tuple((name, tuple(words)) for name, words in self.recognised_by.items()),
            statuses=frozenset(self.statuses),
            since=self.since,
            born_within=self.at_most_after.get("birth"),
        )


class FloorsShape(Shape):
    """The file of floors."""

    floors: Many[FloorShape] = Field(examples=["floors: [...]"])


def read_floors(document: Document) -> tuple[Floor, ...]:
    """Read the floors of a file.

    Raises:
        ConfigurationRefused: the file cannot be used as written; all its faults at once.
    """
    return tuple(one.value() for one in fit(document, FloorsShape, lambda _: ()).floors)


WHOLE = ("United Kingdom", "UK", "Great Britain", "GB")
"""Jurisdictions of more than one of the four nations."""


def is_law_in(floor: Floor, jurisdiction: str) -> bool:
    """Return whether a floor is law where a schedule says it is for."""
    return floor.jurisdiction in WHOLE or floor.jurisdiction in jurisdiction


@cache
def known_floors() -> tuple[Floor, ...]:
    """Return the floors that come with the checks."""
    return read_floors(shipped("floors.yaml"))
