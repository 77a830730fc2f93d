"""Which columns there are, and what each holds: the one list that reading, writing and the documentation share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from retentiond.config.complaint import quoted
from retentiond.config.document import Loc
from retentiond.config.sheets.cells import Kind, Wrong
from retentiond.domain.clauses import Counting
from retentiond.domain.periods import CUT_OFFS
from retentiond.domain.schedule import Action, Basis, PeriodKind

SCHEDULE, CLASSES, EVENTS = "Schedule", "Classes", "Events"
"""The sheets of a workbook, in their order."""
NOTES = "notes"
"""A sheet whose name starts so is for people, and is not read."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet, or a row of the sheet of the schedule itself."""

    heading: str
    way: Loc
    """Where its cells stand in the schedule language, from the class, the event or the schedule."""
    kind: Kind
    hint: str
    """What to write, for people: shown when a cell is chosen."""
    words: tuple[str, ...] = ()
    """The only ones allowed, for a drop-down list."""
    width: int = 18
    """In characters."""


def _words(of: Iterable[StrEnum]) -> tuple[str, ...]:
    return tuple(one.value for one in of)


FOR = (
    Column("Keep for", ("retain", "for"), Kind.WORD, "A period: 6 years, 18 months."),
    Column("After", ("retain", "after"), Kind.RULE, "The event it counts from: case-closed."),
    Column(
        "Cut-off",
        ("retain", "cut-off"),
        Kind.WORD,
        "The event's day is first carried to the end of this.",
        tuple(CUT_OFFS),
    ),
    Column("Counting", ("retain", "counting"), Kind.WORD, "Blank: after the event's own day.", _words(Counting)),
)
UNTIL_AGE = (
    Column("Until age", ("retain", "until-age"), Kind.WORD, "An age in years: 25.", width=10),
    Column("Of", ("retain", "of"), Kind.WORD, "Whose birth: birth."),
)
RETAIN = Column(
    "Retain",
    ("retain",),
    Kind.RULE,
    "Any other rule, as the schedule language has it: {longest-of: [...]}, {until: superseded}, permanently.",
    width=44,
)
RULES = (*FOR, *UNTIL_AGE, RETAIN)
CLASS = (
    Column("Code", ("code",), Kind.WORD, "The class's code: EH-01.", width=14),
    Column("Title", ("title",), Kind.TEXT, "What the class is called.", width=36),
    Column("Description", ("description",), Kind.TEXT, "What belongs here and what does not.", width=40),
    Column("Mandate", ("mandate",), Kind.MANY, "The law or instrument; several parted by ;", width=40),
    Column("Rationale", ("rationale",), Kind.TEXT, "Why so long.", width=40),
    Column("Basis", ("basis",), Kind.WORD, "Who says so.", _words(Basis)),
    Column("Source", ("source",), Kind.TEXT, "Where the period was found.", width=30),
    Column("Special category", ("special-category",), Kind.FLAG, "UK GDPR Art 9 or 10: yes or no.", ("yes", "no"), 10),
    Column("Period kind", ("period-kind",), Kind.WORD, "Blank: fixed.", _words(PeriodKind), 12),
    *RULES,
    Column("Unless", ("unless",), Kind.RULE, "Exceptions: [{when: {...}, retain: {...}}].", width=44),
    Column("As", ("as",), Kind.WORD, "Instead of a rule: the code of the class whose rule this is.", width=14),
    Column(
        "Then",
        ("then",),
        Kind.WORD,
        "What happens at the end.",
        _words(one for one in Action if not one.is_step),
    ),
    Column("K-anonymity", ("k-anonymity",), Kind.WORD, "To anonymise: the smallest group, blank: 6.", width=12),
    Column("Review", ("review",), Kind.MANY, "Who approves, in order; several parted by ;", width=24),
    Column("Steps", ("steps",), Kind.RULE, "What happens to a part before the end: [{step: ..., ...}].", width=44),
    Column("Retired", ("retired",), Kind.DAY, "Since when no new record belongs here: 2027-04-01.", width=12),
    Column("Successor", ("successor",), Kind.WORD, "The code of the class that new records belong to.", width=14),
)
HEAD = (
    Column("Schedule", ("schedule",), Kind.TEXT, "What the schedule is called.", width=36),
    Column("Version", ("version",), Kind.TEXT, "2026.1", width=10),
    Column("Jurisdiction", ("jurisdiction",), Kind.TEXT, "England, Wales, Scotland, Northern Ireland."),
    Column("Time zone", ("time-zone",), Kind.WORD, "Europe/London"),
    Column("Adopted", ("adopted",), Kind.DAY, "A date: 2026-04-01.", width=12),
    Column("Review by", ("review-by",), Kind.DAY, "A date: 2027-03-31.", width=12),
    Column("Owner", ("owner",), Kind.TEXT, "Who answers for it.", width=24),
    Column("Financial year starts", ("year-starts", "financial-year"), Kind.DAY_OF_YEAR, "Blank: 1 April."),
    Column("Academic year starts", ("year-starts", "academic-year"), Kind.DAY_OF_YEAR, "Blank: 1 September."),
)
EVENT = (
    Column("Event", ("event",), Kind.WORD, "A trigger's name: case-closed.", width=24),
    Column("Called", ("called",), Kind.TEXT, "What people call it: the day the case was closed.", width=50),
    Column("By hand", ("by-hand",), Kind.FLAG, "Whether people enter it: yes or no.", ("yes", "no"), 10),
)
EVENTS_CELL = Column(
    "Events", ("events",), Kind.RULE, "{case-closed: the day the case was closed}; in the first row.", width=44
)
FLAT = (*HEAD, EVENTS_CELL, *CLASS)
"""The columns of a CSV file; those of the schedule itself say the same in every row."""


def plainly(heading: object) -> str:
    """Return a heading so that capitals, spaces and hyphens make no difference."""
    return re.sub(r"[\s_-]+", " ", str(heading)).strip().casefold()


@dataclass(frozen=True, slots=True)
class Matched:
    """Which columns a sheet has."""

    at: Mapping[Column, int]
    """Column to its number, from 1."""
    wrong: tuple[tuple[int, Wrong], ...]
    """What is wrong with the headings, by the number of the column."""


def matched(headings: Mapping[int, object], known: Sequence[Column]) -> Matched:
    """Return which of the known columns stand under these headings, and which headings mean nothing here."""
    names = {plainly(one.heading): one for one in known}
    at: dict[Column, int] = {}
    wrong: list[tuple[int, Wrong]] = []
    for number, heading in headings.items():
        column = names.get(plainly(heading))
        if column is None:
            wrong.append((number, unknown(str(heading), "column", [one.heading for one in known])))
        elif column in at:
            wrong.append((number, Wrong(f"the column {quoted(column.heading)} is there twice", "take one out")))
        else:
            at[column] = number
    return Matched(at, tuple(wrong))


def unknown(heading: str, what: str, known: Sequence[str]) -> Wrong:
    """Return what is wrong with a heading that is none of those known, with the nearest of them first."""
    plain = {plainly(one): one for one in known}
    near = get_close_matches(plainly(heading), list(plain), n=1, cutoff=0.6)
    guess = f"did you mean '{plain[near[0]]}'? " if near else ""
    return Wrong(f"unknown {what} {quoted(heading.strip())}", f"{guess}the {what}s are {', '.join(known)}")
