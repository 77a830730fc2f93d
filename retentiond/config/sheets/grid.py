"""One sheet as a grid: the row of headings, and below it the rows that hold anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

Value = str | int | float | bool | date | datetime | time | timedelta
"""What a spreadsheet program makes of a cell; blank is empty text."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a spreadsheet, as people find it."""

    sheet: str = ""
    """The name on the tab; empty in a CSV file, which has none."""
    order: int = 0
    """Which tab it is, from 1; 0 in a CSV file, and where the file as a whole is meant."""
    row: int = 0
    """As the program numbers it, from 1; 0 when the sheet as a whole is meant."""
    column: int = 0
    """From 1; 0 when the row as a whole is meant."""
    heading: str = ""
    """What stands above the column, or its letters where nothing does."""

    def __str__(self) -> str:
        parts = (
            f"sheet {self.sheet}" if self.sheet else "",
            f"row {self.row}" if self.row else "",
            f"column {self.heading}" if self.column else "",
        )
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds anything: its number, and its cells that are not blank by their column, both from 1."""

    number: int
    cells: Mapping[int, Value]


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet that holds anything."""

    name: str
    order: int
    headings: Row
    """The first row that holds anything."""
    rows: tuple[Row, ...]

    def at(self, row: int = 0, column: int = 0) -> Spot:
        """Return a place in it; 0 stands for the whole sheet or the whole row."""
        heading = str(self.headings.cells.get(column, "")).strip() or (letters(column) if column else "")
        return Spot(self.name, self.order, row, column, " ".join(heading.split()))


def grid(name: str, order: int, rows: Iterable[Sequence[Value]]) -> Grid | None:
    """Return the sheet, or None where all of it is blank.

    Args:
        name: what stands on its tab.
        order: which tab it is, from 1.
        rows: every row from the first, blank ones too.
    """
    held = [row for number, cells in enumerate(rows, start=1) if (row := _row(number, cells)).cells]
    return Grid(name, order, held[0], tuple(held[1:])) if held else None


def _row(number: int, cells: Sequence[Value]) -> Row:
    filled = {column: cell for column, cell in enumerate(cells, start=1) if not isinstance(cell, str) or cell.strip()}
    return Row(number, filled)


def letters(column: int) -> str:
    """Return a column's letters: 1 is A, 27 is AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
