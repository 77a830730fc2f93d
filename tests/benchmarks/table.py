"""Findings as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from tests.benchmarks.measuring import Compared

HEAD = "| way | wall s | ratio | CPU s | ratio | peak MiB | per CPU s |\n|---|--:|--:|--:|--:|--:|--:|"
WIDTH = 120


@dataclass(frozen=True)
class Section:
    """One table: what was done, in which ways, and what must hold of it."""

    title: str
    text: str
    rows: Sequence[Compared]
    """The first is what the others are measured by."""
    checks: Sequence[tuple[str, bool]] = field(default=())
    missing: Mapping[str, str] = field(default_factory=dict)
    """Ways that could not be taken here, and how to get what they lack."""

    @property
    def holds(self) -> bool:
        """Whether everything holds that must."""
        return all(good for _, good in self.checks)

    def row(self, way: str) -> Compared | None:
        """Return the row of a way; None where it was not taken."""
        return next((one for one in self.rows if one.way == way), None)

    def markdown(self) -> str:
        """Return the section as Markdown."""
        checks = [f"* {text}: {'ok' if good else '**FAILED**'}" for text, good in self.checks]
        lacking = [f"| {way} | not installed: {remedy} | | | | | |" for way, remedy in self.missing.items()]
        parts = [
            f"## {self.title}",
            filled(self.text),
            "\n".join([HEAD, *map(_line, self.rows), *lacking]),
            "\n".join(filled(one, "  ") for one in checks),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


def beside_by_hand(rows: Sequence[Compared], ours: str, by_hand: str, most: float) -> tuple[str, bool]:
    """Return the check that one way takes at most so many times the CPU time of another, for one thing done."""
    first, other = (next(one.cpu_ratio for one in rows if one.way == way) for way in (ours, by_hand))
    ratio = first / other
    said = f"ours takes {ratio:.2f} times the CPU time that the same promises take by hand (limit {most})"
    return said, ratio <= most


def filled(text: str, indent: str = "") -> str:
    """Return text in lines that are not too long, those after the first indented."""
    return "\n".join(wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def _line(row: Compared) -> str:
    found = row.middle
    number = found.counts.get("n") or found.counts.get("examined", 0)
    cells = [
        row.way,
        _seconds(found.wall),
        _ratio(row.wall_ratio),
        _seconds(found.cpu),
        _ratio(row.cpu_ratio),
        f"{found.peak:.0f}" if found.peak else "",
        f"{number / found.cpu:,.0f}" if number and found.cpu else "",
    ]
    return f"| {' | '.join(cells)} |"


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"
