"""Findings as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.measuring import Compared

HEAD = "| way | wall s | ratio | CPU s | ratio | peak MiB | per CPU s |\n|---|--:|--:|--:|--:|--:|--:|"


@dataclass(frozen=True)
class Section:
    """One table: what was done, in which ways, and what must hold of it."""

    title: str
    text: str
    rows: Sequence[Compared]
    """The first is what the others are measured by."""
    checks: Sequence[tuple[str, bool]] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether everything holds that must."""
        return all(good for _, good in self.checks)

    def markdown(self) -> str:
        """Return the section as Markdown."""
        checks = [f"* {text}: {'ok' if good else '**FAILED**'}" for text, good in self.checks]
        parts = [f"## {self.title}", self.text, "\n".join([HEAD, *map(_line, self.rows)]), "\n".join(checks)]
        return "\n\n".join(part for part in parts if part) + "\n"


def page(sections: Iterable[Section]) -> str:
    """Return all sections as Markdown."""
    return "\n".join(one.markdown() for one in sections)


def _line(row: Compared) -> str:
    found = row.middle
    number = found.counts.get("n", found.counts.get("examined", 0))
    cells = [
        row.way,
        _seconds(found.wall),
        f"{row.wall_ratio:.2f}",
        _seconds(found.cpu),
        f"{row.cpu_ratio:.2f}",
        f"{found.peak:.0f}" if found.peak else "",
        f"{number / found.cpu:,.0f}" if number and found.cpu else "",
    ]
    return f"| {' | '.join(cells)} |"


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"
