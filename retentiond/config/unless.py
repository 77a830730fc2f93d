"""``unless``: conditions under which another clause takes the place of a class's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, Tag

from retentiond.config.document import Loc
from retentiond.config.retain import RetainShape
from retentiond.config.shape import Given, Many, Shape, checked, told_apart
from retentiond.config.words import AgeText, Code, Day, Word
from retentiond.domain.conditions import AllOf, AnyOf, Condition, DiedBeforeAge, Ever, HappenedBefore


class DiedBeforeAgeShape(Shape):
    """``{died-before-age: 18, birth: birth, death: death}``."""

    died_before_age: AgeText = Field(examples=["died-before-age: 18"])
    birth: Word = "birth"
    death: Word = "death"

    def value(self) -> DiedBeforeAge:
        """Return the condition."""
        return DiedBeforeAge(self.died_before_age, self.birth, self.death)


class EverShape(Shape):
    """``{ever: looked-after}``."""

    ever: Word = Field(examples=["ever: looked-after"])

    def value(self) -> Ever:
        """Return the condition."""
        return Ever(self.ever)


class BeforeShape(Shape):
    """``{before: 2005-12-30, event: adoption-order}``."""

    before: Day = Field(examples=["before: 2005-12-30"])
    event: Word = Field(examples=["event: adoption-order"])

    def value(self) -> HappenedBefore:
        """Return the condition."""
        return HappenedBefore(self.before, self.event)


class AnyOfShape(Shape):
    """``{any-of: [{…}, {…}]}``."""

    any_of: Annotated[list[ConditionShape], Field(min_length=2)]

    def value(self) -> AnyOf:
        """Return the condition."""
        return AnyOf(tuple(one.value() for one in self.any_of))


class AllOfShape(Shape):
    """``{all-of: [{…}, {…}]}``."""

    all_of: Annotated[list[ConditionShape], Field(min_length=2)]

    def value(self) -> AllOf:
        """Return the condition."""
        return AllOf(tuple(one.value() for one in self.all_of))


_TELLTALES = {
    "died-before-age": "<died-before-age>",
    "ever": "<ever>",
    "before": "<before>",
    "any-of": "<any-of>",
    "all-of": "<all-of>",
    "birth": "<died-before-age>",
    "death": "<died-before-age>",
    "event": "<before>",
}


def _shape_of(data: object) -> str | None:
    if isinstance(data, dict):
        return next((tag for key, tag in _TELLTALES.items() if key in data), None)
    return None


ConditionShape = Annotated[
    Annotated[DiedBeforeAgeShape, Tag("<died-before-age>")]
    | Annotated[EverShape, Tag("<ever>")]
    | Annotated[BeforeShape, Tag("<before>")]
    | Annotated[AnyOfShape, Tag("<any-of>")]
    | Annotated[AllOfShape, Tag("<all-of>")],
    told_apart(
        _shape_of,
        "this is not a condition",
        "write {ever: looked-after}, {died-before-age: 18}, {before: 2005-12-30, event: adoption-order}, "
        "{any-of: [...]} or {all-of: [...]}",
    ),
]
AnyOfShape.model_rebuild()
AllOfShape.model_rebuild()


def condition(shape: ConditionShape) -> Condition:
    """Return the condition a shape stands for."""
    return shape.value()


class UnlessShape(Shape):
    """An exception: when it holds, its ``retain``, or the rule of another class, takes the place of the class's."""

    when: ConditionShape = Field(examples=["when: {died-before-age: 18}"])
    retain: Given[RetainShape] = None
    as_: Given[Code] = None


def _says_what_then(one: UnlessShape) -> Iterator[tuple[Loc, str, str]]:
    if one.retain is None and one.as_ is None:
        yield (), "'retain' is missing", "write for example 'retain: {for: 15 years, after: death}', or 'as: CLASS'"
    if one.retain is not None and one.as_ is not None:
        yield ("as",), "'retain' and 'as' both say how long", "take one of them out"


Exceptions = Many[Annotated[UnlessShape, checked(_says_what_then)]]
