"""Codes and titles that name a period: ``ACTION+100``, ``DOB+25``, ``6 years``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retentiond.config.complaint import quoted
from retentiond.config.document import Loc
from retentiond.config.lint.numbers import Years, years_of
from retentiond.config.lint.remarks import Remark
from retentiond.config.lint.sentences import DESCRIPTION, DIGIT, TITLE, is_about_others, said
from retentiond.domain.schedule import RecordClass

_FROM = r"DOB|BIRTH|ACTION|CASE|CLOSURE|CLOSED|TERMS|ORDER|DEATH|CONTACT|CREATION|CY|FY"
_LABEL = re.compile(rf"\b({_FROM})\s*\+\s*(\d{{1,3}})\b", re.IGNORECASE)
_CODE = re.compile(r"(?:^|[._-])(DOB|ACTION|TERMS)(?:[._-]?PLUS)?[._-]?([1-9]\d{0,2})(?=$|[._-])", re.IGNORECASE)
_BRACKETED = re.compile(r"(?<=[A-Za-z]) \((\d{2,3})\)")
_SPAN = re.compile(
    r"(?<![\w/.-])(\d{1,3})\s+years\b(?!['\u2019]|\s+(?:old|of age|and (?:over|under|above|older|younger)|plus)\b)",
    re.IGNORECASE,
)
_BIRTHDAY = re.compile(
    r"\b(?:keep|kept|retain|retained|destroy|destroyed)\b.{0,30}?\b(\d{1,3})(?:st|nd|rd|th)\s+birthday\b", re.IGNORECASE
)
_ORDERED = re.compile(
    r"^(?:to be )?(?:destroy(?:ed)?|delete[d]?|keep|kept|retain(?:ed)?)\s+(?:for\s+)?(\d{1,3})\s+years\b", re.IGNORECASE
)
_OF_PEOPLE = frozenset(
    {"aged", "age", "ages", "under", "over", "to", "first", "last", "past", "next", "every", "after", "from", "of"}
)
"""Before ``5 years`` these make it an age or a span of time and not a period of retention."""


def labels(one: RecordClass) -> Iterator[Remark]:
    """Yield labels that say another number of years than the rule; the way counts from the class."""
    found = [*_labels(one)]
    if not found:
        return
    years = years_of(one)
    told: set[Loc] = set()
    for loc, label, number, of_birth in found:
        if loc in told or number in (years.from_birth if of_birth else years.every):
            continue
        told.add(loc)
        counted = f"{_years(number)}{' from the birth' if of_birth else ''}"
        said_ = f"{quoted(label)} says {counted}, and the rule {_spoken(years)}"
        yield Remark("label", loc, said_, "correct the one that is wrong")


def _labels(one: RecordClass) -> Iterator[tuple[Loc, str, int, bool]]:
    """Yield each label: the way, its words, its number, and whether it counts from the birth."""
    for found in _CODE.finditer(one.code):
        yield ("code",), found[0].strip("._-"), int(found[2]), found[1].upper() == "DOB"
    for loc, text in said(one):
        if not DIGIT.search(text) or is_about_others(text):
            continue
        for found in _LABEL.finditer(text):
            yield loc, found[0], int(found[2]), found[1].upper() in ("DOB", "BIRTH")
        if loc == DESCRIPTION and " or " not in text and (found_ := _ORDERED.match(text)):
            yield loc, found_[0], int(found_[1]), False
        if loc == TITLE:
            yield from _in_title(text)


def _in_title(text: str) -> Iterator[tuple[Loc, str, int, bool]]:
    for found in _BRACKETED.finditer(text):
        yield TITLE, found[0].strip(), int(found[1]), False
    for found in _BIRTHDAY.finditer(text):
        yield TITLE, found[0], int(found[1]), True
    for found in _SPAN.finditer(text):
        before = re.findall(r"[\w+]+|:", text[: found.start()])
        if not before or before[-1].casefold() not in _OF_PEOPLE:
            yield TITLE, found[0], int(found[1]), False


def _spoken(years: Years) -> str:
    numbers = sorted(one for one in years.every if one)
    return f"says {', '.join(map(str, numbers))}" if numbers else "names no years"


def _years(number: int) -> str:
    return f"{number} year{'' if number == 1 else 's'}"
