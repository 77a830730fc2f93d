"""Retention schedules: ``schedules/*.yaml`` to :class:`~retentiond.domain.schedule.Schedule`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from retentiond.config import patterns
from retentiond.config.complaint import Complaint, quoted, refusal
from retentiond.config.document import Document, Loc, read_document
from retentiond.config.gathering import gather
from retentiond.config.original import Original, twice
from retentiond.config.retain import CountedShape, Years, clause
from retentiond.config.rules import RuleShape, rule, rule_faults, settled, without_a_rule
from retentiond.config.shape import Given, Many, OneOrMany, Shape, checked, fit, said, scalar, short_for
from retentiond.config.words import Code, Day, DayOfYear, Flag, Text, Word, Zone, one_of
from retentiond.domain.anonymity import LEAST_K
from retentiond.domain.clauses import Permanently
from retentiond.domain.people import NEVER_APPROVES
from retentiond.domain.periods import CUT_OFFS, CutOff
from retentiond.domain.schedule import Action, Basis, Event, PeriodKind, RecordClass, Schedule, Step


def read_group_size(text: str) -> int:
    """Read a whole number from 2 to 999."""
    if not re.fullmatch(patterns.GROUP_SIZE, text):
        raise said(f"{quoted(text)} is not the size of a group", "write a whole number from 2 to 999, for example 6")
    return int(text)


ActionWord = Annotated[Action, *one_of([one for one in Action if not one.is_step], "a disposal action")]
StepWord = Annotated[Action, *one_of([one for one in Action if one.is_step], "a step")]
BasisWord = Annotated[Basis, *one_of(Basis, "a basis")]
GroupSize = Annotated[
    int,
    *scalar(
        read_group_size,
        pattern=patterns.GROUP_SIZE,
        types=("integer", "string"),
        hint="this is not the size of a group: write a whole number from 2 to 999",
        minimum=LEAST_K,
        maximum=999,
    ),
]
PeriodKindWord = Annotated[PeriodKind, *one_of(PeriodKind, "a kind of period")]


def _stages(roles: list[str]) -> Iterator[tuple[Loc, str, str]]:
    for index, role in enumerate(roles):
        if role in NEVER_APPROVES:
            yield (index,), f"'{role}' never approves a disposal", "name a role that reviews, such as records-manager"


Stages = Annotated[OneOrMany[Word], checked(_stages)]


class StepShape(Shape):
    """``{step: basic-information-only, what: …, retain: {for: 3 years, after: order-ended}, then: minimise}``."""

    step: Word = Field(examples=["step: basic-information-only"])
    what: Text = Field(examples=["what: Everything but the name and the order"])
    retain: CountedShape = Field(examples=["retain: {for: 3 years, after: order-ended}"])
    then: StepWord = Field(examples=["then: minimise"])

    def value(self, years: Years) -> Step:
        """Return the step."""
        return Step(self.step, self.what, clause(self.retain, years), self.then)


def _agreement(one: ClassShape) -> Iterator[tuple[Loc, str, str]]:
    permanent = isinstance(one.retain, str)
    if permanent and one.then is not Action.RETAIN_PERMANENTLY:
        yield ("then",), f"what is retained permanently is never due to {one.then}", "write 'then: retain-permanently'"
    if one.retain is not None and not permanent and one.then is Action.RETAIN_PERMANENTLY:
        yield ("then",), "'retain-permanently' contradicts a period", "write 'retain: permanently', or another action"
    if one.k_anonymity is not None and not one.then.rewrites:
        message = f"a class with 'then: {one.then}' has no groups of anonymised rows"
        yield ("k-anonymity",), message, "write 'then: anonymise' or 'then: pseudonymise', or take it out"
    if one.successor is not None and one.retired is None:
        yield ("successor",), "a successor is named, and nothing says since when", "add 'retired: 2027-04-01'"
    if one.retired is not None and one.successor is None:
        yield ("retired",), "a retired class names its successor", "add 'successor: CODE'"
    seen: set[str] = set()
    for index, step in enumerate(one.steps):
        if step.step in seen:
            yield ("steps", index, "step"), f"the step {quoted(step.step)} is given twice", "give each its own name"
        seen.add(step.step)


class ClassShape(RuleShape):
    """One record class."""

    code: Code = Field(examples=["code: EH-01"])
    title: Text = Field(examples=["title: Early help case file"])
    description: Given[Text] = None
    mandate: OneOrMany[Text] = Field(examples=["mandate: [Children Act 1989 s.17]"])
    rationale: Text = ""
    basis: Given[BasisWord] = None
    source: Given[Text] = None
    special_category: Flag = False
    period_kind: PeriodKindWord = PeriodKind.FIXED
    steps: list[StepShape] = Field(default=[])
    then: ActionWord = Field(examples=["then: destroy"])
    k_anonymity: Given[GroupSize] = None
    review: Stages = Field(default=[])
    retired: Given[Day] = None
    successor: Given[Code] = None

    def value(self, others: Mapping[str, RuleShape], years: Years) -> RecordClass:
        """Return the record class.

        Args:
            others: for every class of the file, by its code, the shape that says its rule.
            years: what each cut-off word means.
        """
        retain, unless = rule(self, others, years)
        return RecordClass(
            code=self.code,
            title=self.title,
            mandate=tuple(self.mandate),
            retain=retain,
            then=self.then,
            rationale=self.rationale,
            special_category=self.special_category,
            unless=unless,
            review=tuple(self.review),
            description=self.description or "",
            basis=self.basis,
            source=self.source or "",
            period_kind=self.period_kind,
            steps=tuple(one.value(years) for one in self.steps),
            retired=self.retired,
            successor=self.successor or "",
            as_class=self.as_ or "",
            k_anonymity=self.k_anonymity,
        )


class EventShape(Shape):
    """``the day the case was closed`` or ``{called: …, by-hand: true}``."""

    called: Text = Field(examples=["called: the day the case was closed"])
    by_hand: Flag = False


class YearStartsShape(Shape):
    """``{financial-year: 1 April, academic-year: 1 September}``."""

    financial_year: DayOfYear = (4, 1)
    academic_year: DayOfYear = (9, 1)

    def years(self) -> dict[str, CutOff]:
        """Return what each cut-off word means."""
        given = {"financial-year": self.financial_year, "academic-year": self.academic_year}
        return CUT_OFFS | {word: CutOff(word, month, day) for word, (month, day) in given.items()}


class ScheduleShape(Shape):
    """A schedule's file."""

    schedule: Text = Field(examples=["schedule: Early Help and Children's Social Care"])
    version: Text = Field(examples=['version: "2026.1"'])
    jurisdiction: Text = Field(examples=["jurisdiction: England"])
    time_zone: Zone = Field(examples=["time-zone: Europe/London"])
    adopted: Day = Field(examples=["adopted: 2026-04-01"])
    review_by: Day = Field(examples=["review-by: 2027-03-31"])
    owner: Text = Field(examples=["owner: Information Governance"])
    year_starts: YearStartsShape = Field(default_factory=YearStartsShape)
    events: dict[Word, Annotated[EventShape, short_for("called")]] = Field(default={})
    classes: Many[Annotated[ClassShape, checked(_agreement)]] = Field(examples=["classes: [...]"])

    def value(self, *, digest: str, source: str) -> Schedule:
        """Return the schedule.

        Args:
            digest: lower-case hex SHA-256 of the bytes it was read from.
            source: where it was read from.
        """
        years = self.year_starts.years()
        others = settled({one.code: one for one in self.classes})
        return Schedule(
            name=self.schedule,
            version=self.version,
            jurisdiction=self.jurisdiction,
            time_zone=self.time_zone,
            adopted=self.adopted,
            review_by=self.review_by,
            owner=self.owner,
            classes=tuple(one.value(others, years) for one in self.classes),
            digest=digest,
            source=source,
            events={name: Event(name, one.called, one.by_hand) for name, one in self.events.items()},
        )


def schedule_faults(document: Original) -> Iterator[Complaint]:
    """Yield what is wrong between the keys of a schedule, whatever else is wrong with it."""
    yield from twice(document, "classes", "code", "the class code")
    data = document.data
    adopted, review_by = data.get("adopted"), data.get("review-by")
    if isinstance(adopted, str) and isinstance(review_by, str) and review_by < adopted:
        yield document.complain(("review-by",), "'review-by' lies before 'adopted'", "correct one of them")
    classes = data.get("classes")
    if isinstance(classes, list):
        for index in without_a_rule(classes):
            yield document.lack(("classes", index), "retain", "retain: {for: 6 years, after: case-closed}")
        for loc, message, remedy in rule_faults(classes):
            yield document.complain(("classes", *loc), message, remedy)


def following_faults(document: Original, schedule: Schedule) -> Iterator[Complaint]:
    """Yield what is wrong with classes that follow another one's rule."""
    for index, one in enumerate(schedule.classes):
        if not one.as_class:
            continue
        permanent = isinstance(one.retain, Permanently)
        if permanent != (one.then is Action.RETAIN_PERMANENTLY):
            said = f"'{one.as_class}' is kept {'permanently' if permanent else 'for a period'}, and this class is not"
            yield document.complain(("classes", index, "then"), said, "let 'then' agree with the class it follows")


def read_with_places(path: Path) -> tuple[Document, Schedule]:
    """Read one schedule together with the document that knows where each of its values stands.

    Raises:
        ConfigurationRefused: the file cannot be used as written; all its faults at once, in reading order.
    """
    document = read_document(path)
    shape = fit(document, ScheduleShape, schedule_faults)
    schedule = shape.value(digest=document.digest, source=document.path)
    if complaints := list(following_faults(document, schedule)):
        raise refusal(complaints)
    return document, schedule


def read_schedule(path: Path) -> Schedule:
    """Read one schedule.

    Raises:
        ConfigurationRefused: the file cannot be used as written; all its faults at once, in reading order.
    """
    return read_with_places(path)[1]


def read_schedules(paths: Sequence[Path]) -> tuple[Schedule, ...]:
    """Read schedules from files and folders of ``*.yaml``, in the order given and then by name.

    Raises:
        ConfigurationRefused: any file cannot be used as written, or two schedules have a class code in common; the
            faults of all files at once.
    """
    return gather(paths, read_with_places, between_schedules)


def between_schedules(read: list[tuple[Document, Schedule]]) -> Iterator[Complaint]:
    """Yield what only several schedules together can show."""
    first: dict[str, str] = {}
    for document, schedule in read:
        for index, one in enumerate(schedule.classes):
            code = one.code.casefold()
            loc = ("classes", index, "code")
            if code in first:
                message = f"the class code '{one.code}' is given at {first[code]} as well"
                yield document.complain(loc, message, "give each class its own")
            else:
                first[code] = document.place(loc)
    for document, schedule in read:
        for index, one in enumerate(schedule.classes):
            if one.successor and one.successor.casefold() not in first:
                message = f"no schedule has the class {quoted(one.successor)}"
                yield document.complain(("classes", index, "successor"), message, "name a class that exists")
