"""A goal: how fast the best way known goes, as a ratio, and what a run measured beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.benchmarks.measuring import Compared
from tests.benchmarks.table import Section

Sections = Mapping[str, Section]
"""What was run, by name."""
Value = Callable[[Sections], float | None]
"""What was measured; None where it was not."""


@dataclass(frozen=True)
class Goal:
    """One ratio that is wanted."""

    row: str
    what: str
    wanted: float
    value: Value | None
    """None: it is not built."""
    at_least: bool = False
    unit: str = ""

    def line(self, sections: Sections) -> str:
        """Return its row of the table."""
        found = self.value(sections) if self.value is not None else None
        sign = "≥" if self.at_least else "≤"
        wanted = f"{sign} {self.wanted:g}{self.unit}"
        if found is None:
            said = "not built" if self.value is None else "not measured"
            return f"| {self.row} | {self.what} | {wanted} | {said} | |"
        is_reached = found >= self.wanted if self.at_least else found <= self.wanted
        verdict = "reached" if is_reached else "**not reached**"
        return f"| {self.row} | {self.what} | {wanted} | {_figure(found)}{self.unit} | {verdict} |"


def _figure(value: float) -> str:
    if isinstance(value, int) or value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.1g}"


def _rows(sections: Sections, name: str, *ways: str) -> list[Compared] | None:
    if name not in sections:
        return None
    rows = [sections[name].row(way) for way in ways]
    return None if None in rows else [one for one in rows if one is not None]


def times(name: str, way: str, beside: str) -> Value:
    """Return how many times as long one way took as another, for one of the things counted."""

    def value(sections: Sections) -> float | None:
        rows = _rows(sections, name, way, beside)
        return None if rows is None else rows[0].wall_ratio / rows[1].wall_ratio

    return value


def cpu(name: str, way: str, beside: str) -> Value:
    """Return how many times as much CPU time one way took as another."""

    def value(sections: Sections) -> float | None:
        rows = _rows(sections, name, way, beside)
        return None if rows is None else rows[0].cpu_ratio / rows[1].cpu_ratio

    return value


def of(name: str, way: str, look: Callable[[Compared], float]) -> Value:
    """Return something of one row."""

    def value(sections: Sections) -> float | None:
        rows = _rows(sections, name, way)
        return None if rows is None else look(rows[0])

    return value


def peaks(name: str, way: str, beside: str) -> Value:
    """Return how many times as much memory one way took as another."""

    def value(sections: Sections) -> float | None:
        rows = _rows(sections, name, way, beside)
        return None if rows is None else rows[0].middle.peak / rows[1].middle.peak

    return value


def same_keys(name: str) -> Value:
    """Return how many numbers of streams gave the keys that the paginator gave."""

    def value(sections: Sections) -> float | None:
        if name not in sections:
            return None
        first, *others = sections[name].rows
        return sum(one.middle.counts == first.middle.counts for one in others)

    return value
