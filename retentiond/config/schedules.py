"""Retention schedules: ``schedules/*.yaml`` to :class:`~retentiond.domain.schedule.Schedule`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from retentiond.config.complaint import Complaint
from retentiond.config.document import Document, Loc, read_document
from retentiond.config.gathering import gather
from retentiond.config.retain import Exceptions, RetainShape, clause
from retentiond.config.shape import Many, OneOrMany, Shape, checked, fit
from retentiond.config.words import Code, Day, Flag, Text, Word, Zone, one_of
from retentiond.domain.people import NEVER_APPROVES
from retentiond.domain.schedule import Action, RecordClass, Schedule

ActionWord = Annotated[Action, *one_of(Action, "a disposal action")]


def _stages(roles: list[str]) -> Iterator[tuple[Loc, str, str]]:
    for index, role in enumerate(roles):
        if role in NEVER_APPROVES:
            yield (index,), f"'{role}' never approves a disposal", "name a role that reviews, such as records-manager"


Stages = Annotated[OneOrMany[Word], checked(_stages)]


def _agreement(one: ClassShape) -> Iterator[tuple[Loc, str, str]]:
    permanent = isinstance(one.retain, str)
    if permanent and one.then is not Action.RETAIN_PERMANENTLY:
        yield ("then",), f"what is retained permanently is never due to {one.then}", "write 'then: retain-permanently'"
    if not permanent and one.then is Action.RETAIN_PERMANENTLY:
        yield ("then",), "'retain-permanently' contradicts a period", "write 'retain: permanently', or another action"


class ClassShape(Shape):
    """One record class."""

    code: Code = Field(examples=["code: EH-01"])
    title: Text = Field(examples=["title: Early help case file"])
    mandate: OneOrMany[Text] = Field(examples=["mandate: [Children Act 1989 s.17]"])
    rationale: Text = ""
    special_category: Flag = False
    retain: RetainShape = Field(examples=["retain: {for: 6 years, after: case-closed}"])
    unless: Exceptions = Field(default=[])
    then: ActionWord = Field(examples=["then: destroy"])
    review: Stages = Field(default=[])

    def value(self) -> RecordClass:
        """Return the record class."""
        return RecordClass(
            code=self.code,
            title=self.title,
            mandate=tuple(self.mandate),
            retain=clause(self.retain),
            then=self.then,
            rationale=self.rationale,
            special_category=self.special_category,
            unless=tuple(one.value() for one in self.unless),
            review=tuple(self.review),
        )


class ScheduleShape(Shape):
    """A schedule's file."""

    schedule: Text = Field(examples=["schedule: Early Help and Children's Social Care"])
    version: Text = Field(examples=['version: "2026.1"'])
    jurisdiction: Text = Field(examples=["jurisdiction: England"])
    time_zone: Zone = Field(examples=["time-zone: Europe/London"])
    adopted: Day = Field(examples=["adopted: 2026-04-01"])
    review_by: Day = Field(examples=["review-by: 2027-03-31"])
    owner: Text = Field(examples=["owner: Information Governance"])
    classes: Many[Annotated[ClassShape, checked(_agreement)]] = Field(examples=["classes: [...]"])


def _faults(document: Document) -> Iterator[Complaint]:
    yield from document.twice("classes", "code", "the class code")
    data = document.data
    adopted, review_by = data.get("adopted"), data.get("review-by")
    if isinstance(adopted, str) and isinstance(review_by, str) and review_by < adopted:
        yield document.complain(("review-by",), "'review-by' lies before 'adopted'", "correct one of them")


def _read(path: Path) -> tuple[Document, Schedule]:
    document = read_document(path)
    shape = fit(document, ScheduleShape, _faults)
    return document, Schedule(
        name=shape.schedule,
        version=shape.version,
        jurisdiction=shape.jurisdiction,
        time_zone=shape.time_zone,
        adopted=shape.adopted,
        review_by=shape.review_by,
        owner=shape.owner,
        classes=tuple(one.value() for one in shape.classes),
        digest=document.digest,
        source=document.path,
    )


def read_schedule(path: Path) -> Schedule:
    """Read one schedule.

    Raises:
        ConfigurationRefused: the file cannot be used as written; all its faults at once, in reading order.
    """
    return _read(path)[1]


def read_schedules(paths: Sequence[Path]) -> tuple[Schedule, ...]:
    """Read schedules from files and folders of ``*.yaml``, in the order given and then by name.

    Raises:
        ConfigurationRefused: any file cannot be used as written, or two schedules have a class code in common; the
            faults of all files at once.
    """
    return gather(paths, _read, _shared_codes)


def _shared_codes(read: list[tuple[Document, Schedule]]) -> Iterator[Complaint]:
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
