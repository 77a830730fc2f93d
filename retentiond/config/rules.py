"""From a class's shape to its rule: ``as`` names another class of the same file, whose rule is then this one's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from retentiond.config.complaint import quoted
from retentiond.config.document import Loc
from retentiond.config.following import MOST_EXCEPTIONS, Following, follows
from retentiond.config.retain import RetainShape, Years, clause
from retentiond.config.shape import Given, Shape
from retentiond.config.unless import Exceptions, UnlessShape, condition
from retentiond.config.words import Code
from retentiond.domain.clauses import Clause
from retentiond.domain.conditions import Unless


class RuleShape(Shape):
    """How long a class is kept: its own clause and exceptions, or ``as`` another class."""

    retain: Given[RetainShape] = Field(default=None, examples=["retain: {for: 6 years, after: case-closed}"])
    unless: Exceptions = Field(default=[])
    as_: Given[Code] = None


def rule(one: RuleShape, others: Mapping[str, RuleShape], years: Years) -> tuple[Clause, tuple[Unless, ...]]:
    """Return a class's clause and its exceptions.

    Args:
        one: the class's shape.
        others: for every class of the file, by its code, the shape that says its rule, as :func:`settled` gives them.
        years: what each cut-off word means.
    """
    one = one if one.as_ is None else others[one.as_]
    return clause(one.retain or "permanently", years), tuple(_exception(each, others, years) for each in one.unless)


def settled(classes: Mapping[str, RuleShape]) -> dict[str, RuleShape]:
    """Return for each code the shape at which ``as`` ends: one with a clause of its own.

    Args:
        classes: every class's shape of the file by its code; ``as`` leads to one of them, never in a circle.
    """
    ends: dict[str, RuleShape] = {}
    for code, shape in classes.items():
        at, end, passed = code, shape, []
        while end.as_ is not None and at not in ends:
            passed.append(at)
            at, end = end.as_, classes[end.as_]
        end = ends.get(at, end)
        ends |= dict.fromkeys([*passed, at], end)
    return ends


def _exception(one: UnlessShape, others: Mapping[str, RuleShape], years: Years) -> Unless:
    if one.as_ is None:
        return Unless(condition(one.when), clause(one.retain or "permanently", years))
    retain, unless = rule(others[one.as_], others, years)
    return Unless(condition(one.when), retain, unless, one.as_)


def without_a_rule(classes: list[Any]) -> Iterator[int]:
    """Yield the number, from 0, of each class that says nothing of how long.

    Args:
        classes: the file's classes as nested dicts, lists and text.
    """
    yield from (
        index for index, one in enumerate(classes) if isinstance(one, dict) and "retain" not in one and "as" not in one
    )


def rule_faults(classes: list[Any]) -> Iterator[tuple[Loc, str, str]]:
    """Yield what is wrong with how classes say their rules, from the data as written, whatever else is wrong.

    Args:
        classes: the file's classes as nested dicts, lists and text.
    """
    coded = {one["code"]: one for one in classes if isinstance(one, dict) and isinstance(one.get("code"), str)}
    following = Following.of(coded)
    for index, one in enumerate(classes):
        if not isinstance(one, dict):
            continue
        for key in ("retain", "unless"):
            if "as" in one and key in one:
                yield (index, key), f"'as' says the whole rule, and '{key}' stands beside it", "take one of them out"
        own = str(one.get("code", ""))
        if following.exceptions.get(own, 0) > MOST_EXCEPTIONS:
            yield (
                (index,),
                f"this class has more than {MOST_EXCEPTIONS} exceptions in all",
                "let it follow fewer classes",
            )
        for way, code in follows(one):
            if code not in coded:
                yield (index, *way), f"no class of this file has the code {quoted(code)}", "name one that does"
            elif following.leads_back(code, own):
                yield (index, *way), f"{quoted(code)} follows this class in turn", "let one of them say how long"
