"""Kinds of record that are objects of a bucket or files of a share: each object is one record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field, Tag

from retentiond.config.classify import FileLines, FileStatuses, ObjectLines, ObjectStatuses
from retentiond.config.document import Loc
from retentiond.config.name_patterns import DatePattern
from retentiond.config.reach import text_or_mapping
from retentiond.config.shape import Given, Shape, checked, told_apart
from retentiond.config.words import Column, Count, Exact, Name, Word, one_of
from retentiond.domain.definitions import KindOfRecord, Status, Trigger


class _LastModified(StrEnum):
    LAST_MODIFIED = "last-modified"


class _Modified(StrEnum):
    MODIFIED = "modified"


LastModified = Annotated[str, *one_of(_LastModified, "where an object's date stands")]
Modified = Annotated[str, *one_of(_Modified, "where a file's date stands")]


class _Sources(Shape):
    """One of several places a date may stand, each named by its key."""

    def sources(self) -> list[str]:
        """Return every place given, as ``key:value``."""
        return [f"{name}:{value}" for name in type(self).model_fields if (value := getattr(self, name)) is not None]


class ObjectDateShape(_Sources):
    """``{tag: closed-on}``, ``{metadata: closed-on}``, ``{name: PATTERN}`` or ``{column: closed_on}``."""

    tag: Given[Exact] = None
    metadata: Given[Exact] = None
    column: Given[Column] = None
    name: Given[DatePattern] = None


class FileDateShape(_Sources):
    """``{sidecar: closed-on}`` or ``{name: PATTERN}``."""

    sidecar: Given[Exact] = None
    name: Given[DatePattern] = None


def _exactly_one(one: _Sources) -> Iterator[tuple[Loc, str, str]]:
    if len(one.sources()) != 1:
        yield (), "a date stands in exactly one place", f"write one of {', '.join(type(one).model_fields)}"


_NOWHERE = "this does not say where the date stands"
ObjectTriggerShape = Annotated[
    Annotated[LastModified, Tag("<text>")] | Annotated[ObjectDateShape, checked(_exactly_one), Tag("<mapping>")],
    told_apart(
        text_or_mapping,
        _NOWHERE,
        "write {tag: NAME}, {metadata: NAME}, {name: PATTERN}, {column: NAME} or last-modified",
    ),
]
FileTriggerShape = Annotated[
    Annotated[Modified, Tag("<text>")] | Annotated[FileDateShape, checked(_exactly_one), Tag("<mapping>")],
    told_apart(text_or_mapping, _NOWHERE, "write {sidecar: NAME}, {name: PATTERN} or modified"),
]


def _trigger(name: str, shape: str | _Sources) -> Trigger:
    return Trigger(name, shape if isinstance(shape, str) else shape.sources()[0])


class ObjectRecordShape(Shape):
    """A kind of record in a bucket. Without ``classify`` its objects are only parts of records in other stores."""

    name: Name = Field(examples=["name: early-help-document"])
    prefix: Given[Exact] = None
    classify: ObjectLines = Field(default=[])
    statuses: ObjectStatuses = Field(default={})
    triggers: dict[Word, ObjectTriggerShape] = Field(default={})

    def value(self, place: str) -> KindOfRecord:
        """Return the kind of record."""
        return KindOfRecord(
            name=self.name,
            classify=tuple(one.value() for one in self.classify),
            statuses=tuple(Status(name, where=one.where) for name, one in self.statuses.items()),
            triggers=tuple(_trigger(name, one) for name, one in self.triggers.items()),
            prefix=self.prefix or "",
            place=place,
        )


def columns_asked(records: Sequence[ObjectRecordShape]) -> Iterator[Loc]:
    """Yield the way to each place where kinds of record ask for a column of the key table."""
    for index, one in enumerate(records):
        for number, line in enumerate(one.classify):
            if line.if_ and line.if_.column:
                yield index, "classify", number, "if", "column"
        for name, status in one.statuses.items():
            if status.column:
                yield index, "statuses", name, "column"
        for name, trigger in one.triggers.items():
            if isinstance(trigger, ObjectDateShape) and trigger.column:
                yield index, "triggers", name, "column"


class FileRecordShape(Shape):
    """A kind of record on a file share. Without ``classify`` its files are only parts of records in other stores."""

    name: Name = Field(examples=["name: case-file"])
    prefix: Given[Exact] = None
    folders: Given[Count] = None
    classify: FileLines = Field(default=[])
    statuses: FileStatuses = Field(default={})
    triggers: dict[Word, FileTriggerShape] = Field(default={})

    def value(self, place: str) -> KindOfRecord:
        """Return the kind of record."""
        return KindOfRecord(
            name=self.name,
            classify=tuple(one.value() for one in self.classify),
            statuses=tuple(Status(name, where=one.where) for name, one in self.statuses.items()),
            triggers=tuple(_trigger(name, one) for name, one in self.triggers.items()),
            prefix=self.prefix or "",
            folders=self.folders or 0,
            place=place,
        )


def file_record_agrees(one: FileRecordShape) -> Iterator[tuple[Loc, str, str]]:
    """Yield what is wrong between the keys of a kind of record on a file share."""
    if one.folders and one.prefix and not one.prefix.endswith("/"):
        yield ("prefix",), "where folders are the records, the prefix names the folder they lie in", "end it with '/'"


def folders_shared(records: Sequence[FileRecordShape]) -> Iterator[tuple[int, str]]:
    """Yield each kind of record whose files would be parts of another kind's folders as well, and that kind."""
    for index, one in enumerate(records):
        for other in records:
            if other is one or not other.folders or not (other.classify and one.classify):
                continue
            mine, others = one.prefix or "", other.prefix or ""
            said_there = one.folders and index < records.index(other)
            if (mine.startswith(others) or others.startswith(mine)) and not said_there:
                yield index, other.name
                break
