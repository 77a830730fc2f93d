"""One thing wrong with one file, at its place, until it is gathered with the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from retentiond.domain.errors import ConfigurationRefused, Fault


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong; sorts in reading order, which the text of a place would not (line 12 after line 9)."""

    path: str
    line: int
    """From 1; 0 when the file as a whole, or a sheet of it, is meant. In a spreadsheet its row."""
    column: int
    message: str
    remedy: str = ""
    sheet: int = 0
    """Which sheet of a workbook, in the order its tabs have; 0 in a file that has none."""
    spot: str = ""
    """The place inside the file as people find it, where that is not line and column: ``sheet Classes, row 5``."""

    def __lt__(self, other: Complaint) -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[str, int, int, int, str, str]:
        return self.path, self.sheet, self.line, self.column, self.message, self.remedy

    @property
    def fault(self) -> Fault:
        """The complaint as every other room knows it."""
        if self.spot:
            return Fault(f"{self.path}: {self.spot}", self.message, self.remedy)
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return Fault(place, self.message, self.remedy)


def refusal(complaints: Iterable[Complaint]) -> ConfigurationRefused:
    """Make the refusal from all complaints, each once, in reading order."""
    return ConfigurationRefused(*(one.fault for one in sorted(set(complaints))))


def quoted(text: str) -> str:
    """Return what somebody wrote, in quotes, fit to stand in a sentence: on one line, printable and not too long."""
    line = "".join(one if one.isprintable() else " " if one.isspace() else "?" for one in text)
    return f"'{line}'" if len(line) <= 80 else f"'{line[:77]}...'"
