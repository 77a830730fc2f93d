"""``classify``: conditions in order of precedence; the first that holds gives the class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from retentiond.config.document import Loc
from retentiond.config.name_patterns import AnyPattern
from retentiond.config.reach import WayShape
from retentiond.config.shape import Given, Many, Shape, checked
from retentiond.config.words import Cell, Code, Column, Exact, Table, Word
from retentiond.domain.definitions import ClassCondition, Status


class RowConditionShape(WayShape):
    """``{exists: status_period, where: {kind: CLA}, through: [family_member]}`` or ``{where: {kind: CLA}}``."""

    exists: Given[Table] = None


def _conditional(one: RowConditionShape) -> Iterator[tuple[Loc, str, str]]:
    if one.exists is None and not one.where:
        yield (), "this condition says nothing", "write {exists: TABLE} or {where: {COLUMN: VALUE}}"
    elif one.exists is None and (one.on or one.through):
        yield (), "'on' and 'through' lead to another table, and none is named", "add 'exists: TABLE'"


class RowLineShape(Shape):
    """``{class: LAC-01, if: {...}}``."""

    class_: Code = Field(examples=["class: EH-01"])
    if_: Given[Annotated[RowConditionShape, checked(_conditional)]] = None

    def value(self) -> ClassCondition:
        """Return the line."""
        if self.if_ is None:
            return ClassCondition(self.class_)
        if self.if_.exists is None:
            return ClassCondition(self.class_, where=self.if_.where)
        return ClassCondition(self.class_, exists=self.if_.reach(self.if_.exists))


class PrefixConditionShape(Shape):
    """``{prefix: closed/}``, ``{name: PATTERN}`` or both."""

    prefix: Given[Exact] = None
    name: Given[AnyPattern] = None

    @property
    def where(self) -> dict[str, str | None]:
        """What must hold of the object, by the names connectors know."""
        given = {"prefix": self.prefix, "name:": self.name}
        return {word: value for word, value in given.items() if value}


class ObjectConditionShape(PrefixConditionShape):
    """``{prefix: closed/}``, ``{name: PATTERN}``, ``{tag: {kind: CLA}}``, metadata, columns, or several of them."""

    tag: dict[Exact, Exact] = Field(default={})
    metadata: dict[Exact, Exact] = Field(default={})
    column: dict[Column, Cell] = Field(default={})

    @property
    def where(self) -> dict[str, str | None]:
        """What must hold of the object, by the names connectors know."""
        by_source: dict[str, Mapping[str, str | None]] = {
            "tag": self.tag,
            "metadata": self.metadata,
            "column": self.column,
        }
        named = {f"{source}:{name}": value for source, one in by_source.items() for name, value in one.items()}
        return super().where | named


def _says_something(one: PrefixConditionShape) -> Iterator[tuple[Loc, str, str]]:
    if not one.where:
        yield (), "this condition says nothing", "write for example {prefix: closed/}"


class FileLineShape(Shape):
    """``{class: EH-01, if: {prefix: closed/}}``."""

    class_: Code = Field(examples=["class: EH-01"])
    if_: Given[Annotated[PrefixConditionShape, checked(_says_something)]] = None

    def value(self) -> ClassCondition:
        """Return the line."""
        return ClassCondition(self.class_, where=self.if_.where if self.if_ else {})


class ObjectLineShape(Shape):
    """``{class: EH-01, if: {tag: {kind: CLA}}}``."""

    class_: Code = Field(examples=["class: EH-01"])
    if_: Given[Annotated[ObjectConditionShape, checked(_says_something)]] = None

    def value(self) -> ClassCondition:
        """Return the line."""
        return ClassCondition(self.class_, where=self.if_.where if self.if_ else {})


def reachable(lines: Sequence[RowLineShape | FileLineShape | ObjectLineShape]) -> Iterator[tuple[Loc, str, str]]:
    """Yield a complaint for each line that stands after one without a condition."""
    last = next((index for index, one in enumerate(lines) if one.if_ is None), len(lines))
    for index in range(last + 1, len(lines)):
        message = f"this line is never reached: the line for '{lines[last].class_}' before it has no condition"
        yield (index,), message, "put the line without a condition last"


class StatusShape(RowConditionShape):
    """``{exists: status_period, where: {kind: CLA}, through: [family_member]}``: a status that was ever true."""

    def value(self, name: str) -> Status:
        """Return the status."""
        if self.exists is None:
            return Status(name, where=self.where)
        return Status(name, exists=self.reach(self.exists))


RowStatuses = dict[Word, Annotated[StatusShape, checked(_conditional)]]
FileStatuses = dict[Word, Annotated[PrefixConditionShape, checked(_says_something)]]
ObjectStatuses = dict[Word, Annotated[ObjectConditionShape, checked(_says_something)]]
RowLines = Annotated[Many[RowLineShape], checked(reachable)]
FileLines = Annotated[Many[FileLineShape], checked(reachable)]
ObjectLines = Annotated[Many[ObjectLineShape], checked(reachable)]
