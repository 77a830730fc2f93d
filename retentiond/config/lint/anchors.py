"""Whether a period counts from what it says it counts from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retentiond.config.document import Loc
from retentiond.config.lint.names import is_birth, is_death, words_of
from retentiond.config.lint.remarks import Remark
from retentiond.config.lint.sentences import DIGIT, is_about_others, said
from retentiond.config.lint.walk import clauses, conditions, starts
from retentiond.domain.clauses import Age, UntilAge
from retentiond.domain.conditions import DiedBeforeAge
from retentiond.domain.needs import all_dates
from retentiond.domain.schedule import RecordClass, Schedule
from retentiond.domain.wording import spoken

_LENGTH = r"\d+\s+(?:years?|months?|weeks?|days?)"
_INACTIVE = re.compile(rf"{_LENGTH}\s+(?:of\s+)?inactivity\b", re.IGNORECASE)
_COUNTED = re.compile(rf"{_LENGTH}\s+(?:from|after|since|following)\s+([^,.;:()\d]{{1,60}})", re.IGNORECASE)
_OF_A_YEAR = re.compile(r"\b(?:year|quarter|month)", re.IGNORECASE)
_BIRTHDAY = re.compile(
    r"(?:^until|\b(?:keep|kept|retained?|destroy(?:ed)?|deleted?))\b.{0,40}?\b\d+(?:st|nd|rd|th)\s+birthday\b",
    re.IGNORECASE,
)
_FAMILIES: dict[str, tuple[str, ...]] = {
    "birth": ("birth", "dob", "born"),
    "death": ("death", "died", "deceased"),
    "closure": ("clos", "ended", "end", "ceas", "conclu", "complet", "finish", "terminat"),
    "creation": ("creat", "opened", "received"),
    "activity": ("inactiv", "contact", "activity", "action", "modif"),
}
"""The kinds of event, each with how the words for it begin. A word that is in none may mean anything."""


def anchors(one: RecordClass, schedule: Schedule) -> Iterator[Remark]:
    """Yield periods that count from something else than they say; the way counts from the class."""
    yield from _ages(one)
    yield from _deaths(one)
    yield from _against_words(one, schedule)


def _ages(one: RecordClass) -> Iterator[Remark]:
    for loc, clause in clauses(one):
        if isinstance(clause, UntilAge):
            if not is_birth(clause.of):
                yield _no_birth((*loc, "of"), clause.of, ", or use 'until-anniversary' for anything else")
            continue
        for way, day in starts(clause):
            if isinstance(day, Age) and not is_birth(day.of):
                yield _no_birth((*loc, *way, "of"), day.of)


def _no_birth(loc: Loc, name: str, or_else: str = "") -> Remark:
    said_ = f"an age is counted from '{name}', which is not a birth by its name"
    return Remark("age-anchor", loc, said_, f"name a trigger such as birth or youngest-birth{or_else}")


def _deaths(one: RecordClass) -> Iterator[Remark]:
    for loc, condition in conditions(one):
        if not isinstance(condition, DiedBeforeAge):
            continue
        if not is_birth(condition.birth):
            yield _no_birth((*loc, "birth"), condition.birth, ", or leave 'birth' out")
        if not is_death(condition.death):
            said_ = f"whether somebody died is asked of '{condition.death}', which is not a death by its name"
            yield Remark("age-anchor", (*loc, "death"), said_, "name a trigger such as death, or leave 'death' out")


def _against_words(one: RecordClass, schedule: Schedule) -> Iterator[Remark]:
    """Yield the first sentence that says another kind of event than any that the rule counts from.

    Only what is certain: every trigger must be of a known kind, and none of the kind that is said.
    """
    for loc, text in said(one):
        meant = _meant(text)
        if not meant or is_about_others(text):
            continue
        names = sorted(all_dates(one))
        if not names:
            return
        kinds = {name: _kinds(" ".join(words_of(name, schedule.events))) for name in names}
        if any(meant in of for of in kinds.values()) or (meant != "birth" and not all(kinds.values())):
            continue
        counted = " and ".join(f"'{spoken(name)}'" for name in names)
        said_ = f"the words count from {_SAID[meant]}, and the rule counts from {counted}"
        yield Remark("anchor-words", loc, said_, "correct the one that is wrong")
        return


_SAID = {
    "birth": "a birth",
    "death": "a death",
    "closure": "a closure",
    "creation": "the making of the record",
    "activity": "the last activity",
}


def _meant(text: str) -> str:
    """Return the kind of event that a sentence counts a period from; empty where it does not say."""
    if not DIGIT.search(text) or " or " in text:
        return ""
    if _INACTIVE.search(text):
        return "activity"
    if _BIRTHDAY.search(text):
        return "birth"
    found = _COUNTED.search(text)
    kinds = _kinds(found[1].casefold()) if found and not _OF_A_YEAR.search(found[1]) else ()
    return kinds[0] if len(kinds) == 1 else ""


def _kinds(text: str) -> tuple[str, ...]:
    """Return the kinds of event that some words speak of."""
    words = re.findall(r"[a-z]+", text)
    return tuple(kind for kind, starts_ in _FAMILIES.items() if any(word.startswith(starts_) for word in words))
