"""``anonymise``: what becomes of every column of every mapped table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field, Tag

from retentiond.config.document import Loc
from retentiond.config.reach import text_or_mapping
from retentiond.config.shape import Shape, checked, told_apart
from retentiond.config.words import Cell, Column, Table, one_of
from retentiond.domain.definitions import ColumnPlan


class Generalisation(StrEnum):
    """Rules that leave less than was there."""

    YEAR = "year"
    MONTH = "month"
    OUTWARD_CODE = "outward-code"


class _Whole(StrEnum):
    DELETE = "delete"


GeneralisationWord = Annotated[Generalisation, *one_of(Generalisation, "a way to generalise")]
WholeWord = Annotated[str, *one_of(_Whole, "a plan for a whole table")]


class PlanShape(Shape):
    """``{keep: [...], blank: [...], replace: {...}, generalise: {...}}``."""

    keep: list[Column] = Field(default=[])
    blank: list[Column] = Field(default=[])
    replace: dict[Column, Cell] = Field(default={})
    generalise: dict[Column, GeneralisationWord] = Field(default={})

    @property
    def named(self) -> Iterator[tuple[Loc, str]]:
        """Every column with the way to where it is named."""
        yield from ((("keep", index), column) for index, column in enumerate(self.keep))
        yield from ((("blank", index), column) for index, column in enumerate(self.blank))
        yield from ((("replace", column), column) for column in self.replace)
        yield from ((("generalise", column), column) for column in self.generalise)


def _each_once(plan: PlanShape) -> Iterator[tuple[Loc, str, str]]:
    seen: set[str] = set()
    for loc, column in plan.named:
        if column in seen:
            yield loc, f"column '{column}' is named twice in this plan", "say once what becomes of it"
        seen.add(column)
    if not seen:
        yield (), "this plan names no column", "name every column of the table, or write 'delete'"


TablePlan = Annotated[
    Annotated[WholeWord, Tag("<text>")] | Annotated[PlanShape, checked(_each_once), Tag("<mapping>")],
    told_apart(text_or_mapping, "this is not a plan for a table", "write {keep: [...], blank: [...]}, or delete"),
]
Plans = Annotated[dict[Table, TablePlan], Field(min_length=1)]


def column_plan(shape: TablePlan) -> ColumnPlan:
    """Return what anonymising does to a table."""
    if isinstance(shape, str):
        return ColumnPlan(delete_rows=True)
    generalise = {column: str(rule) for column, rule in shape.generalise.items()}
    return ColumnPlan(tuple(shape.keep), tuple(shape.blank), shape.replace, generalise)


def against_mapping(
    plans: Mapping[str, TablePlan], mapped: list[str], key: Sequence[str]
) -> Iterator[tuple[Loc, str, str]]:
    """Yield what is wrong between the plans and the tables a kind of record maps.

    Args:
        plans: table to plan.
        mapped: the record's own table first, then parts and shared tables.
        key: the columns that tell records of the own table apart.
    """
    root = mapped[0]
    for table in plans:
        if table not in mapped:
            yield ("anonymise", table), f"table '{table}' is no part of this record", f"plan for {', '.join(mapped)}"
    for table in mapped:
        if table not in plans:
            yield ("anonymise",), f"table '{table}' has no plan", "name every column of it, or write 'delete'"
    plan = plans.get(root)
    if isinstance(plan, str):
        message = f"'{root}' is the record itself, and deleting it is to destroy, not to anonymise"
        yield ("anonymise", root), message, "say what becomes of its columns"
    elif plan is not None:
        for loc, column in plan.named:
            if column in key and loc[0] != "keep":
                message = f"'{column}' is how the record is found again to verify that it was anonymised"
                yield ("anonymise", root, *loc), message, "keep it, and replace what people call it"
