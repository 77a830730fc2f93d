"""Classes that follow one another with ``as``: whether they lead back to where they started, and how far they unfold.

Every step is linear in what the file says, and none recurses: a chain of ten thousand classes is one of the files that
are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from retentiond.config.document import Loc

MOST_EXCEPTIONS = 100
"""Most exceptions of one class, those of the classes it follows and so on among them: each step may double them."""


def follows(one: dict[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Yield the code of every class that a class follows, with the way to where it says so, from the data as written.

    Args:
        one: the class as nested dicts, lists and text.
    """
    if isinstance(one.get("as"), str):
        yield ("as",), one["as"]
    for index, each in enumerate(_exceptions(one)):
        if isinstance(each, dict) and isinstance(each.get("as"), str):
            yield ("unless", index, "as"), each["as"]


def _exceptions(one: dict[str, Any]) -> list[Any]:
    found = one.get("unless")
    return found if isinstance(found, list) else []


@dataclass(slots=True)
class Following:
    """Which class of a file follows which."""

    circles: dict[str, int] = field(default_factory=dict)
    """Code to the number of its circle: two codes have the same where each leads to the other."""
    exceptions: dict[str, int] = field(default_factory=dict)
    """Code to how many exceptions its class has once all are unfolded; counted no further than is allowed."""

    @classmethod
    def of(cls, classes: Mapping[str, dict[str, Any]]) -> Following:
        """Look through a file's classes by their codes."""
        led = {code: [to for _, to in follows(one) if to in classes] for code, one in classes.items()}
        order = _last_first(led)
        made = cls()
        for code in order:
            own = len(_exceptions(classes[code]))
            made.exceptions[code] = min(own + sum(made.exceptions.get(to, 0) for to in led[code]), MOST_EXCEPTIONS + 1)
        made.circles = _circles(led, order)
        return made

    def leads_back(self, code: str, to: str) -> bool:
        """Whether following ``code`` ends at ``to``, which follows it."""
        return code in self.circles and self.circles[code] == self.circles.get(to)


def _last_first(led: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the codes so that each stands behind all it leads to, but for those that lead in a circle."""
    order: list[str] = []
    seen: set[str] = set()
    for start in led:
        ahead = [] if start in seen else [(start, iter(led[start]))]
        seen.add(start)
        while ahead:
            at, nexts = ahead[-1]
            to = next((one for one in nexts if one not in seen), None)
            if to is None:
                order.append(at)
                ahead.pop()
            else:
                seen.add(to)
                ahead.append((to, iter(led[to])))
    return order


def _circles(led: Mapping[str, Sequence[str]], order: Sequence[str]) -> dict[str, int]:
    """Return the strongly connected component of each code (Kosaraju's way: against the arrows)."""
    back: dict[str, list[str]] = {code: [] for code in led}
    for code, nexts in led.items():
        for to in nexts:
            back[to].append(code)
    circles: dict[str, int] = {}
    for number, start in enumerate(reversed(order)):
        ahead = [] if start in circles else [start]
        while ahead:
            at = ahead.pop()
            if at not in circles:
                circles[at] = number
                ahead.extend(one for one in back[at] if one not in circles)
    return circles
