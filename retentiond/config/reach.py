"""The way from a record's row to rows of other tables, and what is read there: triggers, blockers, subjects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, Tag

from retentiond.config.document import Loc
from retentiond.config.shape import Given, Many, Shape, checked, short_for, told_apart
from retentiond.config.words import Cell, Column, Flag, Table, TableColumn, TableValues, Value, Values
from retentiond.domain.definitions import Blocker, Hop, Reach, Reference, Trigger


def _form(data: object) -> str | None:
    return "<list>" if isinstance(data, list) else text_or_mapping(data)


On = Annotated[
    Annotated[Column, Tag("<text>")]
    | Annotated[Many[Column], Tag("<list>")]
    | Annotated[dict[Value, Values], Field(min_length=1), Tag("<mapping>")],
    told_apart(
        _form,
        "this does not say how the tables are joined",
        "write a column both have, a list of such, or {COLUMN OF THAT TABLE: COLUMN OF THE ONE BEFORE}",
    ),
]
"""``family_id``, ``[case_no, part_no]`` or ``{record_id: id}``: the table it leads to first."""
Where = dict[Values, Cell]


def joined_on(shape: On | None) -> str | Mapping[str, str] | None:
    """Return how a table is joined: by one word of the schema's, or by columns of the one for columns of the other."""
    return {name: name for name in shape} if isinstance(shape, list) else shape


class HopShape(Shape):
    """``family_member`` or ``{table: family_member, on: family_id, where: {left_on: null}}``."""

    table: Table = Field(examples=["table: family_member"])
    on: Given[On] = None
    where: Where = Field(default={})

    @property
    def hop(self) -> Hop:
        """The table passed."""
        return Hop(self.table, joined_on(self.on), self.where)


Through = list[Annotated[HopShape, short_for("table")]]


class WayShape(Shape):
    """What every way to another table may say."""

    on: Given[On] = None
    through: Through = Field(default=[])
    where: Where = Field(default={})

    def reach(self, table: str) -> Reach:
        """Return the way to this table."""
        return Reach(table, joined_on(self.on), tuple(one.hop for one in self.through), self.where)


class TableShape(WayShape):
    """``person`` or ``{table: case_note, on: episode_id, through: [...], where: {...}}``."""

    table: Table = Field(examples=["table: case_note"])

    @property
    def rows(self) -> Reach:
        """The rows it names."""
        return self.reach(self.table)


def text_or_mapping(data: object) -> str | None:
    """Return the tag of a value that is written either as text or as a mapping."""
    return "<text>" if isinstance(data, str) else "<mapping>" if isinstance(data, dict) else None


class AggregateShape(WayShape):
    """``{latest: person.dob, through: [family_member]}``."""

    latest: Given[TableValues] = None
    earliest: Given[TableValues] = None


def _one_aggregate(one: AggregateShape) -> Iterator[tuple[Loc, str, str]]:
    if (one.latest is None) == (one.earliest is None):
        yield (), "a trigger over other rows is either 'latest' or 'earliest'", "write {latest: person.dob}"


TriggerShape = Annotated[
    Annotated[Value, Tag("<text>")] | Annotated[AggregateShape, checked(_one_aggregate), Tag("<mapping>")],
    told_apart(text_or_mapping, "this does not say where the date stands", "write a column, or {latest: table.column}"),
]


def trigger(name: str, shape: TriggerShape) -> Trigger:
    """Return where a trigger's date stands."""
    if isinstance(shape, str):
        return Trigger(name, shape)
    aggregate, source = ("latest", shape.latest) if shape.latest else ("earliest", shape.earliest)
    table, column = (source or "").split(".", 1)
    return Trigger(name, column, aggregate, shape.reach(table))


class BlockerShape(WayShape):
    """``{exists: eh_episode, where: {ended_on: null}, on: family_id}``."""

    exists: Table = Field(examples=["exists: eh_episode"])

    def value(self, name: str) -> Blocker:
        """Return the blocker."""
        return Blocker(name, self.reach(self.exists))


class SubjectFarShape(WayShape):
    """``{column: person.nhs_no, through: [family_member]}``."""

    column: TableValues = Field(examples=["column: person.nhs_no"])


SubjectShape = Annotated[
    Annotated[Values, Tag("<text>")] | Annotated[SubjectFarShape, Tag("<mapping>")],
    told_apart(
        text_or_mapping,
        "this does not say where the reference stands",
        "write a column, or {column: person.nhs_no, through: [family_member]}",
    ),
]


def subject(shape: SubjectShape) -> Trigger:
    """Return where the reference of a person stands: one a record is about, or who may not review it."""
    if isinstance(shape, str):
        return Trigger(shape, shape)
    table, column = shape.column.split(".", 1)
    return Trigger(shape.column, column, None, shape.reach(table))


class RecipientsShape(TableShape):
    """``{table: disclosure, on: family_id, name: recipient_name}``."""

    name: Values = Field(examples=["name: recipient_name"])

    @property
    def rows_and_name(self) -> tuple[Reach, str]:
        """The rows that say to whom, and what in them names one."""
        return self.rows, self.name


class ReferenceShape(Shape):
    """``{from: note.parent_id, to: case.id, where: {parent_type: Case}}``."""

    from_: TableColumn = Field(examples=["from: note.case_id"])
    to: TableColumn = Field(examples=["to: case.id"])
    where: dict[Column, Cell] = Field(default={})
    leave: Flag = False

    def value(self) -> Reference:
        """Return the reference."""
        table, column = self.from_.rsplit(".", 1)
        to_table, to_column = self.to.rsplit(".", 1)
        return Reference(table, column, to_table, to_column, self.where, self.leave)


def reference_agrees(one: ReferenceShape) -> Iterator[tuple[Loc, str, str]]:
    """Yield what is wrong between the keys of a reference."""
    if one.from_ == one.to:
        yield ("to",), f"'{one.to}' refers to itself", "name in 'to' the column whose value is repeated in 'from'"
