"""Kinds of record that are objects of a bucket or files of a share: each object is one record."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field, Tag

from retentiond.config.classify import FileLines, FileStatuses, ObjectLines, ObjectStatuses
from retentiond.config.document import Loc
from retentiond.config.reach import text_or_mapping
from retentiond.config.shape import Given, Shape, checked, said, scalar, told_apart
from retentiond.config.words import Exact, Name, Word, one_of
from retentiond.domain.definitions import KindOfRecord, Status, Trigger


def read_name_pattern(text: str) -> str:
    """Read a regular expression with one group: where the date, the year and month, or the year stands in a name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            groups = re.compile(text).groups
    except (re.error, Warning, OverflowError, RecursionError):
        raise said("this is not a regular expression", r"write for example 'EH-\d+_(\d{4}-\d{2}-\d{2})\.pdf'") from None
    if groups != 1:
        raise said(
            f"this pattern has {groups} groups, and the date stands in exactly one",
            "put brackets around the date only, and (?:...) around anything else",
        )
    return text


class _LastModified(StrEnum):
    LAST_MODIFIED = "last-modified"


class _Modified(StrEnum):
    MODIFIED = "modified"


LastModified = Annotated[str, *one_of(_LastModified, "where an object's date stands")]
Modified = Annotated[str, *one_of(_Modified, "where a file's date stands")]
Pattern = Annotated[
    str, *scalar(read_name_pattern, pattern=r"\(", hint="write a pattern with brackets around the date")
]


class _Sources(Shape):
    """One of several places a date may stand, each named by its key."""

    def sources(self) -> list[str]:
        """Return every place given, as ``key:value``."""
        return [f"{name}:{value}" for name in type(self).model_fields if (value := getattr(self, name)) is not None]


class ObjectDateShape(_Sources):
    """``{tag: closed-on}``, ``{metadata: closed-on}`` or ``{name: PATTERN}``."""

    tag: Given[Exact] = None
    metadata: Given[Exact] = None
    name: Given[Pattern] = None


class FileDateShape(_Sources):
    """``{sidecar: closed-on}`` or ``{name: PATTERN}``."""

    sidecar: Given[Exact] = None
    name: Given[Pattern] = None


def _exactly_one(one: _Sources) -> Iterator[tuple[Loc, str, str]]:
    if len(one.sources()) != 1:
        yield (), "a date stands in exactly one place", f"write one of {', '.join(type(one).model_fields)}"


_NOWHERE = "this does not say where the date stands"
ObjectTriggerShape = Annotated[
    Annotated[LastModified, Tag("<text>")] | Annotated[ObjectDateShape, checked(_exactly_one), Tag("<mapping>")],
    told_apart(text_or_mapping, _NOWHERE, "write {tag: NAME}, {metadata: NAME}, {name: PATTERN} or last-modified"),
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


class FileRecordShape(Shape):
    """A kind of record on a file share. Without ``classify`` its files are only parts of records in other stores."""

    name: Name = Field(examples=["name: case-file"])
    prefix: Given[Exact] = None
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
            place=place,
        )
