"""From a class's shape to its rule: ``as`` names another class of the same file, whose rule is then this one's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from retentiond.config.complaint import quoted
from retentiond.config.document import Loc
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
        others: every class's shape of the file by its code; ``as`` leads to one of them, never in a circle.
        years: what each cut-off word means.
    """
    if one.as_ is not None:
        return rule(others[one.as_], others, years)
    return clause(one.retain or "permanently", years), tuple(_exception(each, others, years) for each in one.unless)


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
    followed = {one["code"]: list(_follows(one)) for one in classes if isinstance(one, dict) and _is_text(one, "code")}
    for index, one in enumerate(classes):
        if not isinstance(one, dict):
            continue
        for key in ("retain", "unless"):
            if "as" in one and key in one:
                yield (index, key), f"'as' says the whole rule, and '{key}' stands beside it", "take one of them out"
        for way, code in _follows(one):
            if code not in followed:
                yield (index, *way), f"no class of this file has the code {quoted(code)}", "name one that does"
            elif _leads_back(code, str(one.get("code", "")), followed):
                yield (index, *way), f"{quoted(code)} follows this class in turn", "let one of them say how long"


def _is_text(one: dict[str, Any], key: str) -> bool:
    return isinstance(one.get(key), str)


def _follows(one: dict[str, Any]) -> Iterator[tuple[Loc, str]]:
    if _is_text(one, "as"):
        yield ("as",), one["as"]
    exceptions = one.get("unless")
    for index, each in enumerate(exceptions if isinstance(exceptions, list) else []):
        if isinstance(each, dict) and _is_text(each, "as"):
            yield ("unless", index, "as"), each["as"]


def _leads_back(code: str, to: str, followed: Mapping[str, list[tuple[Loc, str]]]) -> bool:
    seen: set[str] = set()
    ahead = [code]
    while ahead:
        at = ahead.pop()
        if at == to:
            return True
        if at not in seen:
            seen.add(at)
            ahead.extend(each for _, each in followed.get(at, ()))
    return False
