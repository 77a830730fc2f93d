"""The clauses of ``retain``: how long, counted from what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, Tag

from retentiond.config.complaint import quoted
from retentiond.config.document import Loc
from retentiond.config.shape import Given, Shape, checked, said, scalar, told_apart, unknown_word
from retentiond.config.starts import StartShape, start
from retentiond.config.words import AgeText, Day, PeriodText, Whole, Word, one_of
from retentiond.domain.clauses import (
    Clause,
    Counting,
    For,
    LongestOf,
    Permanently,
    ShortestOf,
    Until,
    UntilAge,
    UntilAnniversary,
    UntilDate,
)
from retentiond.domain.periods import ACADEMIC_YEAR, CALENDAR_YEAR, CUT_OFFS, FINANCIAL_YEAR, TAX_YEAR, CutOff, Period

Years = Mapping[str, CutOff]
"""What each cut-off word means in this schedule."""

_REMEDY = (
    "write {for: 6 years, after: case-closed}, {until-age: 25, of: birth}, {longest-of: [...]} or {shortest-of: [...]}"
)


def read_forever(text: str) -> str:
    """Read ``permanently``, the one way to retain that is a word."""
    if text != "permanently":
        raise said(f"{quoted(text)} is not a way to retain", f"{_REMEDY}, or permanently")
    return text


def read_cut_off(text: str) -> str:
    """Read the word for a year, a quarter or a month."""
    if text not in CUT_OFFS:
        raise unknown_word(text, "a cut-off", list(CUT_OFFS))
    return text


_YEARS = [one.word for one in (FINANCIAL_YEAR, ACADEMIC_YEAR, CALENDAR_YEAR, TAX_YEAR)]


def read_year(text: str) -> str:
    """Read the word for a year."""
    if text not in _YEARS:
        raise unknown_word(text, "a kind of year", _YEARS)
    return text


CutOffWord = Annotated[str, *scalar(read_cut_off, words=list(CUT_OFFS))]
YearWord = Annotated[str, *scalar(read_year, words=_YEARS)]
ForeverWord = Annotated[str, *scalar(read_forever, words=["permanently"])]
CountingWord = Annotated[Counting, *one_of(Counting, "a way of counting")]


class _ToEnd(Shape):
    to_end_of: Given[CutOffWord] = None

    def end(self, years: Years) -> CutOff | None:
        """Return where the last day is carried to, if anywhere."""
        return years[self.to_end_of] if self.to_end_of else None


class ForShape(_ToEnd):
    """``{for: 6 years, after: case-closed, cut-off: financial-year}``."""

    for_: PeriodText = Field(examples=["for: 6 years"])
    after: StartShape = Field(examples=["after: case-closed"])
    cut_off: Given[CutOffWord] = None
    counting: CountingWord = Counting.AFTER

    def value(self, years: Years) -> For:
        """Return the clause."""
        cut_off = years[self.cut_off] if self.cut_off else None
        return For(self.for_, start(self.after), cut_off, self.counting, self.end(years))


def _counts_one_way(one: ForShape) -> Iterator[tuple[Loc, str, str]]:
    if one.cut_off and one.counting is Counting.BEGINNING_WITH:
        yield (
            ("counting",),
            "'beginning-with' counts the event's own day, and 'cut-off' carries that day away",
            "take one of them out",
        )


class CurrentYearPlusShape(Shape):
    """``{current-year-plus: 6, year: financial-year, after: created}``."""

    current_year_plus: Whole = Field(examples=["current-year-plus: 6"])
    year: YearWord = Field(examples=["year: financial-year"])
    after: StartShape = Field(examples=["after: created"])

    def value(self, years: Years) -> For | Until:
        """Return the clause: so many years from the end of the event's own."""
        year = years[self.year]
        if self.current_year_plus == 0:
            return Until(start(self.after), year)
        return For(Period.of_years(self.current_year_plus), start(self.after), year)


class UntilAgeShape(_ToEnd):
    """``{until-age: 25, of: birth}``."""

    until_age: AgeText = Field(examples=["until-age: 25"])
    of: Word = Field(examples=["of: birth"])

    def value(self, years: Years) -> UntilAge:
        """Return the clause."""
        return UntilAge(self.until_age, self.of, self.end(years))


class UntilAnniversaryShape(_ToEnd):
    """``{until-anniversary: 75, of: birth}``."""

    until_anniversary: AgeText = Field(examples=["until-anniversary: 75"])
    of: Word = Field(examples=["of: birth"])

    def value(self, years: Years) -> UntilAnniversary:
        """Return the clause."""
        return UntilAnniversary(self.until_anniversary, self.of, self.end(years))


class UntilShape(_ToEnd):
    """``{until: superseded}``."""

    until: StartShape = Field(examples=["until: superseded"])

    def value(self, years: Years) -> Until:
        """Return the clause."""
        return Until(start(self.until), self.end(years))


class UntilDateShape(Shape):
    """``{until-date: 2033-12-31}``."""

    until_date: Day = Field(examples=["until-date: 2033-12-31"])

    def value(self, years: Years) -> UntilDate:  # noqa: ARG002 - a fixed day knows no years
        """Return the clause."""
        return UntilDate(self.until_date)


class LongestOfShape(Shape):
    """``{longest-of: [{…}, {…}]}``."""

    longest_of: Annotated[list[CountedShape], Field(min_length=2)]

    def value(self, years: Years) -> LongestOf:
        """Return the clause."""
        return LongestOf(tuple(one.value(years) for one in self.longest_of))


class ShortestOfShape(Shape):
    """``{shortest-of: [{…}, {…}]}``."""

    shortest_of: Annotated[list[CountedShape], Field(min_length=2)]

    def value(self, years: Years) -> ShortestOf:
        """Return the clause."""
        return ShortestOf(tuple(one.value(years) for one in self.shortest_of))


_WAYS = (
    "for",
    "until-age",
    "until-anniversary",
    "until-date",
    "until",
    "current-year-plus",
    "longest-of",
    "shortest-of",
)
_TELLTALES = {way: f"<{way}>" for way in _WAYS} | {
    # a misspelt first key is better told as the one that is missing from its shape
    "year": "<current-year-plus>",
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


def _one_way(data: object) -> object:
    """Refuse an "or" that does not say which counts: the commonest slip in published schedules."""
    several = (
        isinstance(data, list)
        or (isinstance(data, str) and " or " in data)
        or (isinstance(data, dict) and sum(way in data for way in _WAYS) > 1)
    )
    if several:
        raise said(
            "several ways to retain stand here, and nothing says which counts",
            "put them in {longest-of: [...]} or {shortest-of: [...]}",
        )
    return data


_NO_CLAUSE = ("this is not a clause that can be counted", _REMEDY)
_NO_WAY = ("this is not a way to retain", f"{_REMEDY}, or permanently")
_ForChecked = Annotated[ForShape, checked(_counts_one_way), Tag("<for>")]
CountedShape = Annotated[
    _ForChecked
    | Annotated[UntilAgeShape, Tag("<until-age>")]
    | Annotated[UntilAnniversaryShape, Tag("<until-anniversary>")]
    | Annotated[UntilShape, Tag("<until>")]
    | Annotated[UntilDateShape, Tag("<until-date>")]
    | Annotated[CurrentYearPlusShape, Tag("<current-year-plus>")]
    | Annotated[LongestOfShape, Tag("<longest-of>")]
    | Annotated[ShortestOfShape, Tag("<shortest-of>")],
    told_apart(_shape_of, *_NO_CLAUSE),
    BeforeValidator(_one_way),
]
RetainShape = Annotated[
    _ForChecked
    | Annotated[UntilAgeShape, Tag("<until-age>")]
    | Annotated[UntilAnniversaryShape, Tag("<until-anniversary>")]
    | Annotated[UntilShape, Tag("<until>")]
    | Annotated[UntilDateShape, Tag("<until-date>")]
    | Annotated[CurrentYearPlusShape, Tag("<current-year-plus>")]
    | Annotated[LongestOfShape, Tag("<longest-of>")]
    | Annotated[ShortestOfShape, Tag("<shortest-of>")]
    | Annotated[ForeverWord, Tag("<permanently>")],
    told_apart(_shape_or_word, *_NO_WAY),
    BeforeValidator(_one_way),
]
LongestOfShape.model_rebuild()
ShortestOfShape.model_rebuild()


def clause(shape: RetainShape, years: Years) -> Clause:
    """Return the clause a shape stands for."""
    return shape.value(years) if isinstance(shape, Shape) else Permanently()
