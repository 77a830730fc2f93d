"""``anonymise`` and ``pseudonymise``: what becomes of every column of every mapped table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, Tag

from retentiond.config.document import Loc
from retentiond.config.patterns import COLUMN
from retentiond.config.reach import text_or_mapping
from retentiond.config.shape import Given, Shape, checked, keys_of, told_apart
from retentiond.config.words import Cell, CodedColumn, Column, Count, Exact, KeyName, Table, Values, one_of
from retentiond.domain.definitions import ColumnPlan
from retentiond.domain.generalising import (
    MONTH,
    OUTWARD_CODE,
    YEAR,
    Band,
    Before,
    First,
    Generalisation,
    Rounded,
)


class _Word(StrEnum):
    YEAR = YEAR
    MONTH = MONTH
    OUTWARD_CODE = OUTWARD_CODE


class _Whole(StrEnum):
    DELETE = "delete"


class _BelowK(StrEnum):
    SUPPRESS = "suppress"
    LEAVE = "leave"


Word = Annotated[str, *one_of(_Word, "a way to generalise")]
BelowKWord = Annotated[str, *one_of(_BelowK, "what becomes of a small group")]
WholeWord = Annotated[str, *one_of(_Whole, "a plan for a whole table")]


class LessShape(Shape):
    """``{band: 5}``, ``{round: 1000}``, ``{characters: 1}`` or ``{before: "."}``."""

    band: Given[Count] = None
    round_: Given[Count] = None
    characters: Given[Count] = None
    before: Given[Exact] = None

    def rules(self) -> list[Generalisation]:
        """Return every rule given."""
        made: dict[str, Callable[[Any], Generalisation]] = {
            "band": Band,
            "round_": Rounded,
            "characters": First,
            "before": Before,
        }
        return [rule(value) for name, rule in made.items() if (value := getattr(self, name)) is not None]


def _exactly_one(one: LessShape) -> Iterator[tuple[Loc, str, str]]:
    if len(one.rules()) != 1:
        yield (), "a column is generalised by exactly one rule", f"write one of {', '.join(keys_of(LessShape))}"


GeneralisationShape = Annotated[
    Annotated[Word, Tag("<text>")] | Annotated[LessShape, checked(_exactly_one), Tag("<mapping>")],
    told_apart(text_or_mapping, "this is not a way to generalise", "write year, month, outward-code, or {band: 5}"),
]


class PlanShape(Shape):
    """``{keep: [...], blank: [...], replace: {...}, generalise: {...}}``."""

    keep: list[Values] = Field(default=[])
    blank: list[Values] = Field(default=[])
    replace: dict[Column, Cell] = Field(default={})
    generalise: dict[Column, GeneralisationShape] = Field(default={})
    shift: dict[Column, Count] = Field(default={})
    pseudonymise: dict[CodedColumn, KeyName] = Field(default={})
    quasi_identifiers: list[Column] = Field(default=[])
    below_k: Given[BelowKWord] = None

    @property
    def named(self) -> Iterator[tuple[Loc, str]]:
        """Every column with the way to where it is named."""
        yield from ((("keep", index), column) for index, column in enumerate(self.keep))
        yield from ((("blank", index), column) for index, column in enumerate(self.blank))
        yield from ((("replace", column), column) for column in self.replace)
        yield from ((("generalise", column), column) for column in self.generalise)
        yield from ((("shift", column), column) for column in self.shift)
        yield from ((("pseudonymise", column), column) for column in self.pseudonymise)


def _each_once(plan: PlanShape) -> Iterator[tuple[Loc, str, str]]:
    seen: set[str] = set()
    for loc, column in plan.named:
        if column in seen:
            yield loc, f"column '{column}' is named twice in this plan", "say once what becomes of it"
        seen.add(column)
    wholes = {column for column in seen if re.fullmatch(COLUMN, column)}
    for loc, column in plan.named:
        base = re.split(r"[.\[]", column, maxsplit=1)[0]
        if column not in wholes and base in wholes:
            yield (
                loc,
                f"column '{base}' is named as a whole, and a field of it here",
                "name all of its fields, or it alone",
            )
    stays = {*plan.keep, *plan.generalise, *plan.shift}
    for index, column in enumerate(plan.quasi_identifiers):
        if column not in stays:
            message = f"column '{column}' is a quasi-identifier, and nothing of it stays"
            yield ("quasi-identifiers", index), message, "name it under keep, generalise or shift too, or take it out"
        if column in plan.quasi_identifiers[:index]:
            yield ("quasi-identifiers", index), f"column '{column}' is named twice here", "name it once"
    if plan.below_k is not None and not plan.quasi_identifiers:
        yield ("below-k",), "there are no groups without quasi-identifiers", "name some, or take it out"
    if not seen:
        yield (), "this plan names no column", "name every column of the table, or write 'delete'"


TablePlan = Annotated[
    Annotated[WholeWord, Tag("<text>")] | Annotated[PlanShape, checked(_each_once), Tag("<mapping>")],
    told_apart(text_or_mapping, "this is not a plan for a table", "write {keep: [...], blank: [...]}, or delete"),
]
Plans = Annotated[dict[Table, TablePlan], Field(min_length=1)]


def column_plan(shape: TablePlan) -> ColumnPlan:
    """Return what anonymising or pseudonymising does to a table."""
    if isinstance(shape, str):
        return ColumnPlan(delete_rows=True)
    generalise = {
        column: str(rule) if isinstance(rule, str) else rule.rules()[0] for column, rule in shape.generalise.items()
    }
    return ColumnPlan(
        tuple(shape.keep),
        tuple(shape.blank),
        shape.replace,
        generalise,
        shift=shape.shift,
        pseudonymise=shape.pseudonymise,
        quasi_identifiers=tuple(shape.quasi_identifiers),
        leaves_small_groups=shape.below_k is _BelowK.LEAVE,
    )


def against_mapping(
    word: str, plans: Mapping[str, TablePlan], mapped: list[str], key: Sequence[str]
) -> Iterator[tuple[Loc, str, str]]:
    """Yield what is wrong between the plans and the tables a kind of record maps.

    Args:
        word: ``anonymise`` or ``pseudonymise``: which of the two they are written under.
        plans: table to plan.
        mapped: the record's own table first, then parts and shared tables.
        key: the columns that tell records of the own table apart.
    """
    root = mapped[0]
    for table in plans:
        if table not in mapped:
            yield (word, table), f"table '{table}' is no part of this record", f"plan for {', '.join(mapped)}"
    for table in mapped:
        if table not in plans:
            yield (word,), f"table '{table}' has no plan", "name every column of it, or write 'delete'"
    for loc, message, remedy in (*_one_measure(plans), *_called_what_it_is(word, plans)):
        yield (word, *loc), message, remedy
    plan = plans.get(root)
    if isinstance(plan, str):
        message = f"'{root}' is the record itself, and deleting it is to destroy, not to {word}"
        yield (word, root), message, "say what becomes of its columns"
    elif plan is not None:
        for loc, message, remedy in _key_stays(word, plan, key):
            yield (word, root, *loc), message, remedy


def _one_measure(plans: Mapping[str, TablePlan]) -> Iterator[tuple[Loc, str, str]]:
    """Yield where dates of one record would move by different measures."""
    shifts = (
        (table, column, days)
        for table, plan in plans.items()
        if isinstance(plan, PlanShape)
        for column, days in plan.shift.items()
    )
    first: tuple[str, str, int] | None = None
    for table, column, days in shifts:
        first = first or (table, column, days)
        if days != first[2]:
            message = f"the dates of a record move together, and {first[0]}.{first[1]} moves by up to {first[2]} days"
            yield (table, "shift", column), message, "give all of them one number"


def _called_what_it_is(word: str, plans: Mapping[str, TablePlan]) -> Iterator[tuple[Loc, str, str]]:
    """Yield where a plan says that it anonymises and puts pseudonyms, or the other way round."""
    made = [
        (table, "pseudonymise", column)
        for table, plan in plans.items()
        if isinstance(plan, PlanShape)
        for column in plan.pseudonymise
    ]
    if word == "pseudonymise" and not made:
        yield (), "no column becomes a pseudonym", "write 'anonymise', or name one under 'pseudonymise' of its table"
    for table, rule, column in made if word == "anonymise" else ():
        message = f"column '{column}' becomes a pseudonym, and a record with one is not anonymised"
        yield (table, rule, column), message, "write the plans under 'pseudonymise', or blank it"


def _key_stays(word: str, plan: PlanShape, key: Sequence[str]) -> Iterator[tuple[Loc, str, str]]:
    for loc, column in plan.named:
        if column in key and loc[0] != "keep":
            message = f"'{column}' is how the record is found again to verify that it was {word}d"
            yield loc, message, "keep it, and replace what people call it"
    for index, column in enumerate(plan.quasi_identifiers):
        if column in key:
            message = f"'{column}' tells every record apart, so no group of them has two"
            yield ("quasi-identifiers", index), message, "take it out"
