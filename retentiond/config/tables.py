"""Kinds of record that are rows of tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field, Tag

from retentiond.config.anonymise import Plans, PlanShape, TablePlan, against_mapping, column_plan
from retentiond.config.classify import RowLines, RowStatuses
from retentiond.config.document import Loc
from retentiond.config.reach import (
    BlockerShape,
    RecipientsShape,
    SubjectShape,
    TableShape,
    TriggerShape,
    WayShape,
    subject,
    trigger,
)
from retentiond.config.shape import Given, Many, OneOrMany, OneOrManyMappings, Shape, short_for, told_apart
from retentiond.config.words import Column, Exact, Name, Table, TableValues, Text, Value, Word
from retentiond.domain.definitions import HistoryTable, KindOfRecord, ObjectPart, SharedTable, TablePart


class ObjectPartShape(WayShape):
    """``{objects: early-help-documents, key-from: attachment.object_key}``."""

    objects: Name = Field(examples=["objects: early-help-documents"])
    key_from: TableValues = Field(examples=["key-from: attachment.object_key"])

    def value(self) -> ObjectPart:
        """Return the part."""
        table, column = self.key_from.split(".", 1)
        return ObjectPart(self.objects, column, self.reach(table))


def _part(data: object) -> str | None:
    if isinstance(data, dict):
        return "<objects>" if "objects" in data or "key-from" in data else "<table>"
    return "<table>" if isinstance(data, str) else None


class TablePartShape(TableShape):
    """``case_note`` or ``{table: folder, on: case_id, recursive: parent_id, parts: [...]}``."""

    recursive: Given[Column] = None
    parts: list[PartShape] = Field(default=[])

    def value(self) -> TablePart:
        """Return the part."""
        return TablePart(self.rows, self.recursive, tuple(one.value() for one in self.parts))

    @property
    def tables(self) -> Iterator[str]:
        """Every table whose rows go with it, its own first."""
        yield self.table
        for one in self.parts:
            if isinstance(one, TablePartShape):
                yield from one.tables


PartShape = Annotated[
    Annotated[TablePartShape, short_for("table", Table), Tag("<table>")] | Annotated[ObjectPartShape, Tag("<objects>")],
    told_apart(
        _part,
        "this is not a part of a record",
        "write {table: case_note, on: episode_id} or {objects: STORE, key-from: table.column}",
    ),
]


class SharedShape(TableShape):
    """``person`` or ``{table: family, on: family_id, parts: [...]}``."""

    parts: list[Annotated[TableShape, short_for("table")]] = Field(default=[])

    def value(self) -> SharedTable:
        """Return the shared table."""
        return SharedTable(self.rows, tuple(TablePart(one.rows) for one in self.parts))


class HistoryShape(TableShape):
    """``{table: case_history, on: case_id, written-by: [case_audit]}``."""

    written_by: Many[Exact] = Field(examples=["written-by: [case_audit]"])

    def value(self) -> HistoryTable:
        """Return the history table."""
        return HistoryTable(self.rows, tuple(self.written_by))


class _RecordShape(Shape):
    name: Name = Field(examples=["name: early-help-episode"])
    classify: RowLines = Field(examples=["classify: [{class: EH-01}]"])
    triggers: dict[Word, TriggerShape] = Field(examples=["triggers: {case-closed: ended_on}"])
    reference: Given[Value] = None
    conflict_of_interest: OneOrManyMappings[SubjectShape] = Field(default=[])
    subjects: OneOrManyMappings[SubjectShape] = Field(default=[])
    recipients: Given[RecipientsShape] = None
    blockers: dict[Word, BlockerShape] = Field(default={})
    statuses: RowStatuses = Field(default={})
    parts: list[PartShape] = Field(default=[])
    shared: list[Annotated[SharedShape, short_for("table")]] = Field(default=[])
    history: list[HistoryShape] = Field(default=[])
    anonymise: Plans = Field(default={})

    @property
    def plans(self) -> dict[str, TablePlan]:
        """Table to what becomes of its columns."""
        return self.anonymise

    def kind_of_record(self, place: str, *, table: str, key: Sequence[str], prefix: str = "") -> KindOfRecord:
        """Return the kind of record."""
        return KindOfRecord(
            name=self.name,
            classify=tuple(one.value() for one in self.classify),
            triggers=tuple(trigger(name, one) for name, one in self.triggers.items()),
            table=table,
            key=tuple(key),
            reference=self.reference or (key[0] if len(key) == 1 else ""),
            blockers=tuple(one.value(name) for name, one in self.blockers.items()),
            statuses=tuple(one.value(name) for name, one in self.statuses.items()),
            parts=tuple(one.value() for one in self.parts),
            shared=tuple(one.value() for one in self.shared),
            history=tuple(one.value() for one in self.history),
            anonymise={name: column_plan(one) for name, one in self.plans.items()},
            conflict_of_interest=tuple(subject(one) for one in self.conflict_of_interest),
            subjects=tuple(subject(one) for one in self.subjects),
            recipients=self.recipients.rows_and_name if self.recipients else None,
            prefix=prefix,
            place=place,
        )


class RowRecordShape(_RecordShape):
    """A kind of record in a database: one row of a table, and what goes with it."""

    table: Table = Field(examples=["table: eh_episode"])
    key: OneOrMany[Column] = Field(examples=["key: episode_id"])
    pseudonymise: Plans = Field(default={})

    @property
    def plans(self) -> dict[str, TablePlan]:
        """The plans, whichever of the two they are written under."""
        return self.anonymise or self.pseudonymise

    def value(self, place: str) -> KindOfRecord:
        """Return the kind of record."""
        return self.kind_of_record(place, table=self.table, key=self.key)

    @property
    def mapped(self) -> list[str]:
        """Every table whose rows go with the record, its own first, each once."""
        parts = [name for one in self.parts if isinstance(one, TablePartShape) for name in one.tables]
        shared = [name for one in self.shared for name in (one.table, *(part.table for part in one.parts))]
        history = [one.table for one in self.history]
        return list(dict.fromkeys([self.table, *parts, *shared, *history]))


def row_record_agrees(one: RowRecordShape) -> Iterator[tuple[Loc, str, str]]:
    """Yield what is wrong between the keys of a kind of record."""
    for index, column in enumerate(one.key):
        if column in one.key[:index]:
            yield ("key", index), f"the column '{column}' stands twice in the key", "name each column of the key once"
    if one.anonymise and one.pseudonymise:
        message = "a kind of record has one plan, to anonymise or to pseudonymise"
        yield ("pseudonymise",), message, "take one of the two out"
    elif one.plans:
        word = "anonymise" if one.anonymise else "pseudonymise"
        yield from against_mapping(word, one.plans, one.mapped, one.key)
        yield from _keys_left(word, one)


def _keys_left(word: str, one: RowRecordShape) -> Iterator[tuple[Loc, str, str]]:
    """Yield each plan that keeps the key of a document: a document cannot be changed, and goes with their record."""
    for part in (part for part in one.parts if isinstance(part, ObjectPartShape)):
        table, column = part.key_from.split(".", 1)
        plan = one.plans.get(table)
        for loc, named in plan.named if isinstance(plan, PlanShape) else ():
            if named == column and loc[0] not in ("blank", "replace"):
                message = f"'{column}' names an object in '{part.objects}', which is destroyed with its record"
                yield (word, table, *loc), message, f"blank it, or write '{table}: delete'"


class OtherRecordShape(_RecordShape):
    """A kind of record of a connector that another package brings: the same words, none of them required."""

    table: Given[Text] = None
    key: OneOrMany[Text] = Field(default=[])
    prefix: Given[Exact] = None

    def value(self, place: str) -> KindOfRecord:
        """Return the kind of record."""
        return self.kind_of_record(place, table=self.table or "", key=self.key, prefix=self.prefix or "")
