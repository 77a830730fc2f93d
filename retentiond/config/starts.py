"""The day a clause counts from: a trigger, an age attained, the latest or earliest of several."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, Tag

from retentiond.config.shape import Shape, said, told_apart
from retentiond.config.words import AgeText, Word
from retentiond.domain.clauses import Age, EarliestOf, LatestOf, Start

_REMEDY = (
    "write a trigger such as case-closed, {age: 18, of: birth}, or {latest-of: [...]}, {earliest-of: [...]}, "
    "{latest-recorded: [...]}, {earliest-recorded: [...]}"
)


class AgeShape(Shape):
    """``{age: 18, of: birth}``."""

    age: AgeText = Field(examples=["age: 18"])
    of: Word = Field(examples=["of: birth"])

    def value(self) -> Age:
        """Return the start."""
        return Age(self.age, self.of)


class LatestOfShape(Shape):
    """``{latest-of: [case-closed, last-contact]}``."""

    latest_of: Annotated[list[StartShape], Field(min_length=2)]

    def value(self) -> LatestOf:
        """Return the start."""
        return LatestOf(tuple(start(one) for one in self.latest_of))


class EarliestOfShape(Shape):
    """``{earliest-of: [case-closed, last-contact]}``."""

    earliest_of: Annotated[list[StartShape], Field(min_length=2)]

    def value(self) -> EarliestOf:
        """Return the start."""
        return EarliestOf(tuple(start(one) for one in self.earliest_of))


class LatestRecordedShape(Shape):
    """``{latest-recorded: [last-visit, last-letter]}``: of those that have a date."""

    latest_recorded: Annotated[list[StartShape], Field(min_length=2)]

    def value(self) -> LatestOf:
        """Return the start."""
        return LatestOf(tuple(start(one) for one in self.latest_recorded), recorded=True)


class EarliestRecordedShape(Shape):
    """``{earliest-recorded: [last-contact, death]}``: of those that have a date."""

    earliest_recorded: Annotated[list[StartShape], Field(min_length=2)]

    def value(self) -> EarliestOf:
        """Return the start."""
        return EarliestOf(tuple(start(one) for one in self.earliest_recorded), recorded=True)


_TELLTALES = {
    "age": "<age>",
    "of": "<age>",
    "latest-of": "<latest-of>",
    "earliest-of": "<earliest-of>",
    "latest-recorded": "<latest-recorded>",
    "earliest-recorded": "<earliest-recorded>",
}


_SEVERAL = ("age", "latest-of", "earliest-of", "latest-recorded", "earliest-recorded")


def _shape_of(data: object) -> str | None:
    if isinstance(data, dict):
        return next((tag for key, tag in _TELLTALES.items() if key in data), None)
    return "<trigger>" if isinstance(data, str) else None


def _one_day(data: object) -> object:
    if isinstance(data, list) or (isinstance(data, dict) and sum(way in data for way in _SEVERAL) > 1):
        raise said(
            "several days to count from stand here, and nothing says which counts",
            "put them in {latest-of: [...]}, {earliest-of: [...]}, {latest-recorded: [...]} or "
            "{earliest-recorded: [...]}",
        )
    return data


StartShape = Annotated[
    Annotated[Word, Tag("<trigger>")]
    | Annotated[AgeShape, Tag("<age>")]
    | Annotated[LatestOfShape, Tag("<latest-of>")]
    | Annotated[EarliestOfShape, Tag("<earliest-of>")]
    | Annotated[LatestRecordedShape, Tag("<latest-recorded>")]
    | Annotated[EarliestRecordedShape, Tag("<earliest-recorded>")],
    told_apart(_shape_of, "this is not a day that can be counted from", _REMEDY),
    BeforeValidator(_one_day),
]
for _one in (LatestOfShape, EarliestOfShape, LatestRecordedShape, EarliestRecordedShape):
    _one.model_rebuild()


def start(shape: StartShape) -> Start:
    """Return the day a shape stands for."""
    return shape if isinstance(shape, str) else shape.value()
