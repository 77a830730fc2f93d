"""One thing wrong with one file, at a line and a column, until it is gathered with the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from retentiond.domain.errors import ConfigurationRefused, Fault


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One thing wrong; sorts in reading order, which the text of a place would not (line 12 after line 9)."""

    path: str
    line: int
    """From 1; 0 when the file as a whole is meant."""
    column: int
    message: str
    remedy: str = ""

    @property
    def fault(self) -> Fault:
        """The complaint as every other room knows it."""
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return Fault(place, self.message, self.remedy)


def refusal(complaints: Iterable[Complaint]) -> ConfigurationRefused:
    """Make the refusal from all complaints, each once, in reading order."""
    return ConfigurationRefused(*(one.fault for one in sorted(set(complaints))))


def quoted(text: str) -> str:
    """Return what somebody wrote, in quotes, fit to stand in a sentence: on one line, printable and not too long."""
    line = "".join(one if one.isprintable() else " " if one.isspace() else "?" for one in text)
    return f"'{line}'" if len(line) <= 80 else f"'{line[:77]}...'"
