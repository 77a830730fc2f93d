"""Words that promise what the rule does not keep: "A or B", "current year", "until further notice"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retentiond.config.lint.remarks import Remark
from retentiond.config.lint.sentences import is_about_others, said
from retentiond.config.lint.walk import whole_clauses
from retentiond.domain.clauses import Clause, For, LongestOf, Permanently, ShortestOf, UntilDate
from retentiond.domain.schedule import RecordClass

_SPAN = r"(?:\d+\s+(?:years?|months?|weeks?|days?)|\d+(?:st|nd|rd|th)\s+(?:birthday|anniversary))"
_EITHER = re.compile(rf"\b{_SPAN}\b.{{0,80}}?\bor\b.{{0,80}}?\b{_SPAN}\b", re.IGNORECASE)
_WHICH = re.compile(
    r"whichever|\b(?:longe[rs]|late[rs]|short|great|earli|sooner|minimum|at least|more than|if|unless|where)",
    re.IGNORECASE,
)
_YEAR = r"(?:\w+\s+){0,2}?years?"
_CURRENT = re.compile(
    rf"\bcurrent\s+{_YEAR}\s*(?:\+|plus\b|and\s+(?:\w+)\s+more\b)"
    rf"|(?:\+|\bplus|\bexcluding)\s*(?:the\s+)?current(?:\s+{_YEAR})?\b"
    r"|\bCY\s*\+",
    re.IGNORECASE,
)
_NOTICE = re.compile(r"\buntil\s+further\s+notice\b", re.IGNORECASE)


def texts(one: RecordClass) -> Iterator[Remark]:
    """Yield what the words of a class promise and its rule does not keep; the way counts from the class."""
    told: set[tuple[object, ...]] = set()
    for loc, text in said(one, why=True):
        if " or " in text and loc not in told and _joins_periods(text):
            told.add(loc)
            yield Remark(
                "or",
                loc,
                "two periods are joined by 'or', and nothing says which of them counts",
                "write 'whichever is longer' or 'whichever is shorter', and let 'retain' say the same",
            )
        if "further" in text and _NOTICE.search(text):
            yield Remark(
                "further-notice",
                loc,
                "'until further notice' names no day on which anybody looks at it again",
                "place a hold with a review date for it, and take these words out",
            )
    yield from _current_year(one)


def _joins_periods(text: str) -> bool:
    return bool(_EITHER.search(text)) and not (_WHICH.search(text) or is_about_others(text))


def _current_year(one: RecordClass) -> Iterator[Remark]:
    """Yield "current year plus six" over a rule that does not carry its day to the end of any year."""
    for loc, text in said(one):
        if "urrent" not in text and "CY" not in text:
            continue
        if (
            _CURRENT.search(text)
            and not is_about_others(text)
            and not any(_to_a_year(clause) for _, clause in _rules(one))
        ):
            yield Remark(
                "current-year",
                loc,
                "this speaks of the current year, and the rule counts from the day of the event itself",
                "write {current-year-plus: 6, year: financial-year, after: ...}, or add 'cut-off'",
            )
            return


def _rules(one: RecordClass) -> Iterator[tuple[object, Clause]]:
    if one.as_class:
        yield (), one.retain
        for exception in one.unless:
            yield (), exception.retain
    yield from whole_clauses(one)


def _to_a_year(clause: Clause) -> bool:
    match clause:
        case LongestOf(parts) | ShortestOf(parts):
            return any(_to_a_year(one) for one in parts)
        case For(cut_off=cut_off, to_end_of=to_end):
            return any(one is not None and one.word.endswith("-year") for one in (cut_off, to_end))
        case Permanently():
            return False
        case UntilDate():
            return True
        case _:
            return clause.to_end_of is not None and clause.to_end_of.word.endswith("-year")
