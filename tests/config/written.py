"""Schedules as people may write them: sentences of the language that the reader accepts, in every spelling."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from hypothesis import strategies as st

from retentiond.config import patterns

Tree = Any
"""Nested dicts and lists, their leaves text, or None where nothing is written."""

_UNITS = ("year", "month", "week", "day")
_NUMBER = st.integers(1, 9999)


@st.composite
def _period(draw: st.DrawFn) -> str:
    units = draw(st.lists(st.sampled_from(_UNITS), min_size=1, max_size=4, unique=True))
    parts = [f"{draw(_NUMBER)} {unit}{draw(st.sampled_from(['', 's']))}" for unit in units]
    text = parts[0]
    for part in parts[1:]:
        text += draw(st.sampled_from([" ", ", ", " and ", ", and "])) + part
    return text


PERIODS = _period()
AGES = st.integers(1, 999).map(str) | PERIODS
WORDS = st.sampled_from(["case-closed", "birth", "true", "no", "a1-2"]) | st.from_regex(patterns.WORD, fullmatch=True)
NAMES = st.sampled_from(["EH-01", "1.10", "010", "0x1F", "no", "1e3"]) | st.from_regex(
    "[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True
)
DAYS = st.dates().map(str)
TEXTS = st.sampled_from(["25", "true", "2026.1", "2026-04-01", "a: b", "[x]", "# no", ".inf", "'"]) | st.text(
    st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=12
).filter(str.strip)
CUT_OFFS = st.sampled_from(["financial-year", "academic-year", "calendar-year", "tax-year", "quarter", "month"])
YEARS = st.sampled_from(["financial-year", "academic-year", "calendar-year", "tax-year"])
FLAGS = st.sampled_from(["true", "false"])
DAYS_OF_YEARS = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(
    lambda day: f"{day.day} {patterns.MONTHS[day.month - 1]}"
)


def several(key: str, of: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    """Return a mapping with one key, behind which two or three stand."""
    return st.fixed_dictionaries({key: st.lists(of, min_size=2, max_size=3)})


def mapping(
    required: dict[str, st.SearchStrategy[Tree]], **optional: st.SearchStrategy[Tree]
) -> st.SearchStrategy[Tree]:
    """Return mappings with these keys, in any order; ``cut_off`` stands for ``cut-off``."""
    left_out = {key.replace("_", "-"): one for key, one in optional.items()}
    return st.fixed_dictionaries(required, optional=left_out).flatmap(
        lambda made: st.permutations(list(made.items())).map(dict)
    )


STARTS: st.SearchStrategy[Tree] = st.recursive(
    WORDS | mapping({"age": AGES, "of": WORDS}),
    lambda inner: st.one_of(
        [several(key, inner) for key in ("latest-of", "earliest-of", "latest-recorded", "earliest-recorded")]
    ),
    max_leaves=3,
)
COUNTED: st.SearchStrategy[Tree] = st.recursive(
    st.one_of(
        mapping({"for": PERIODS, "after": STARTS}, cut_off=CUT_OFFS, to_end_of=CUT_OFFS, counting=st.just("after")),
        mapping({"for": PERIODS, "after": STARTS, "counting": st.just("beginning-with")}, to_end_of=CUT_OFFS),
        mapping({"current-year-plus": st.integers(0, 999).map(str), "year": YEARS, "after": STARTS}),
        mapping({"until-age": AGES, "of": WORDS}, to_end_of=CUT_OFFS),
        mapping({"until-anniversary": AGES, "of": WORDS}, to_end_of=CUT_OFFS),
        mapping({"until": STARTS}, to_end_of=CUT_OFFS),
        mapping({"until-date": DAYS}),
    ),
    lambda inner: several("longest-of", inner) | several("shortest-of", inner),
    max_leaves=3,
)
CONDITIONS: st.SearchStrategy[Tree] = st.recursive(
    st.one_of(
        mapping({"ever": WORDS}),
        mapping({"died-before-age": AGES}, birth=WORDS, death=WORDS),
        mapping({"before": DAYS, "event": WORDS}),
    ),
    lambda inner: several("any-of", inner) | several("all-of", inner),
    max_leaves=3,
)
EXCEPTIONS = st.lists(
    mapping({"when": CONDITIONS, "retain": COUNTED | st.just("permanently")})
    | mapping({"when": CONDITIONS, "as": st.just("BASE")}),
    min_size=1,
    max_size=2,
)
STEPS = st.lists(
    mapping({"step": WORDS, "what": TEXTS, "retain": COUNTED, "then": st.sampled_from(["minimise", "redact"])}),
    max_size=2,
    unique_by=lambda one: str(one["step"]),
)
ROLES = WORDS | st.lists(WORDS, min_size=1, max_size=2)
TITLED = {"title": TEXTS, "mandate": TEXTS | st.lists(TEXTS, min_size=1, max_size=2)}
OPTIONAL = {
    "description": TEXTS,
    "rationale": TEXTS,
    "basis": st.sampled_from(["statutory-floor", "published-practice", "illustrative"]),
    "source": TEXTS,
    "special_category": FLAGS,
    "period_kind": st.sampled_from(["minimum", "fixed", "maximum"]),
    "steps": STEPS,
    "review": ROLES,
}
ACTIONS = st.sampled_from(["destroy", "anonymise", "transfer", "review"])
BASE = {"code": "BASE", "title": "T", "mandate": "M", "retain": {"until": "superseded"}, "then": "destroy"}
GONE = {"retired": DAYS, "successor": NAMES}
RULED = st.one_of(
    mapping({**TITLED, "retain": COUNTED, "then": ACTIONS}, unless=EXCEPTIONS, **OPTIONAL),
    mapping({**TITLED, "retain": COUNTED, "then": ACTIONS, **GONE}, **OPTIONAL),
    mapping({**TITLED, "retain": st.just("permanently"), "then": st.just("retain-permanently")}, **OPTIONAL),
    mapping({**TITLED, "as": st.just("BASE"), "then": ACTIONS}, **OPTIONAL),
)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Return a schedule as nested dicts, lists and text."""
    codes = draw(st.lists(NAMES.filter(lambda code: code.casefold() != "base"), unique_by=str.casefold, max_size=2))
    classes = [BASE, *({"code": code, **draw(RULED)} for code in codes)]
    adopted, review_by = sorted(draw(st.tuples(DAYS, DAYS)))
    head = mapping(
        dict.fromkeys(("schedule", "version", "jurisdiction", "owner"), TEXTS),
        year_starts=mapping({}, financial_year=DAYS_OF_YEARS, academic_year=DAYS_OF_YEARS),
        events=st.dictionaries(WORDS, TEXTS | mapping({"called": TEXTS}, by_hand=FLAGS), max_size=2),
    )
    zone = draw(st.sampled_from(["Europe/London", "UTC", "Etc/GMT+1", "America/Argentina/Buenos_Aires", "GB-Eire"]))
    dates = {"adopted": adopted, "review-by": review_by}
    return {**draw(head), "time-zone": zone, **dates, "classes": classes}


_PLAIN = re.compile(r"(?!(?:null|Null|NULL)$)[A-Za-z0-9.][A-Za-z0-9 ./_+-]*(?<! )")


def written(tree: Tree, *, quoted: bool) -> str:
    """Return a tree as YAML in flow.

    Args:
        tree: nested dicts, lists and text.
        quoted: whether text stands in quotes also where it need not.
    """
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {written(one, quoted=quoted)}" for key, one in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(written(one, quoted=quoted) for one in tree) + "]"
    if tree is None:
        return "null"
    if not quoted and _PLAIN.fullmatch(tree):
        return str(tree)
    return "'" + str(tree).replace("'", "''") + "'"
