"""The clauses of ``retain``: how long, counted from what."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from retentiond.config.complaint import quoted
from retentiond.config.shape import Given, Many, Shape, said, scalar
from retentiond.config.words import AgeText, PeriodText, Word, one_of
from retentiond.domain.periods import CutOff
from retentiond.domain.schedule import (
    Clause,
    DiedBeforeAge,
    For,
    LongestOf,
    Permanently,
    ShortestOf,
    Unless,
    UntilAge,
)

_REMEDY = (
    "write {for: 6 years, after: case-closed}, {until-age: 25, of: birth}, {longest-of: [...]} or {shortest-of: [...]}"
)


def read_forever(text: str) -> str:
    """Read ``permanently``, the one way to retain that is a word."""
    if text != "permanently":
        raise said(f"{quoted(text)} is not a way to retain", f"{_REMEDY}, or permanently")
    return text


CutOffWord = Annotated[CutOff, *one_of(CutOff, "a cut-off")]
ForeverWord = Annotated[str, *scalar(read_forever, words=["permanently"])]


class ForShape(Shape):
    """``{for: 6 years, after: case-closed, cut-off: financial-year}``."""

    for_: PeriodText = Field(examples=["for: 6 years"])
    after: Word = Field(examples=["after: case-closed"])
    cut_off: Given[CutOffWord] = None

    def value(self) -> For:
        """Return the clause."""
        return For(self.for_, self.after, self.cut_off)


class UntilAgeShape(Shape):
    """``{until-age: 25, of: birth}``."""

    until_age: AgeText = Field(examples=["until-age: 25"])
    of: Word = Field(examples=["of: birth"])

    def value(self) -> UntilAge:
        """Return the clause."""
        return UntilAge(self.until_age, self.of)


class LongestOfShape(Shape):
    """``{longest-of: [{…}, {…}]}``."""

    longest_of: Annotated[list[CountedShape], Field(min_length=2)]

    def value(self) -> LongestOf:
        """Return the clause."""
        return LongestOf(tuple(one.value() for one in self.longest_of))


class ShortestOfShape(Shape):
    """``{shortest-of: [{…}, {…}]}``."""

    shortest_of: Annotated[list[CountedShape], Field(min_length=2)]

    def value(self) -> ShortestOf:
        """Return the clause."""
        return ShortestOf(tuple(one.value() for one in self.shortest_of))


_TELLTALES = {
    "for": "<for>",
    "until-age": "<until-age>",
    "longest-of": "<longest-of>",
    "shortest-of": "<shortest-of>",
    # a misspelt first key is better told as the one that is missing from its shape
    "after": "<for>",
    "cut-off": "<for>",
    "of": "<until-age>",
}


def _shape_of(data: object) -> str | None:
    if isinstance(data, dict):
        return next((tag for key, tag in _TELLTALES.items() if key in data), None)
    return None


def _shape_or_word(data: object) -> str | None:
    return "<permanently>" if isinstance(data, str) else _shape_of(data)


CountedShape = Annotated[
    Annotated[ForShape, Tag("<for>")]
    | Annotated[UntilAgeShape, Tag("<until-age>")]
    | Annotated[LongestOfShape, Tag("<longest-of>")]
    | Annotated[ShortestOfShape, Tag("<shortest-of>")],
    Discriminator(
        _shape_of,
        custom_error_type="said",
        custom_error_message="{message}",
        custom_error_context={"message": "this is not a clause that can be counted", "remedy": _REMEDY},
    ),
]
RetainShape = Annotated[
    Annotated[ForShape, Tag("<for>")]
    | Annotated[UntilAgeShape, Tag("<until-age>")]
    | Annotated[LongestOfShape, Tag("<longest-of>")]
    | Annotated[ShortestOfShape, Tag("<shortest-of>")]
    | Annotated[ForeverWord, Tag("<permanently>")],
    Discriminator(
        _shape_or_word,
        custom_error_type="said",
        custom_error_message="{message}",
        custom_error_context={"message": "this is not a way to retain", "remedy": f"{_REMEDY}, or permanently"},
    ),
]
LongestOfShape.model_rebuild()
ShortestOfShape.model_rebuild()


def clause(shape: RetainShape) -> Clause:
    """Return the clause a shape stands for."""
    return shape.value() if isinstance(shape, Shape) else Permanently()


class WhenShape(Shape):
    """``{died-before-age: 18, birth: birth, death: death}``."""

    died_before_age: AgeText = Field(examples=["died-before-age: 18"])
    birth: Word = "birth"
    death: Word = "death"


class UnlessShape(Shape):
    """An exception: when it holds, its ``retain`` takes the place of the class's."""

    when: WhenShape = Field(examples=["when: {died-before-age: 18}"])
    retain: RetainShape = Field(examples=["retain: {for: 15 years, after: death}"])

    def value(self) -> Unless:
        """Return the exception."""
        when = DiedBeforeAge(self.when.died_before_age, self.when.birth, self.when.death)
        return Unless(when, clause(self.retain))


Exceptions = Many[UnlessShape]
