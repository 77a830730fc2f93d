"""The rows of classes: each becomes what ``classes`` of a schedule's file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retentiond.config.document import Loc
from retentiond.config.sheets.cells import Wrong
from retentiond.config.sheets.columns import CLASS, FOR, RETAIN, RULES, UNTIL_AGE, Column
from retentiond.config.sheets.grid import Grid, Row, Spot
from retentiond.config.sheets.transcript import Transcript, home, put

_WAYS: tuple[tuple[Column, ...], ...] = (FOR, UNTIL_AGE, (RETAIN,))
_UNSAID = Wrong("nothing says how long", "fill in 'Keep for' and 'After', or write the rule under 'Retain'")


def write_classes(transcript: Transcript, grid: Grid, at: Mapping[Column, int]) -> None:
    """Write the rows of a sheet as classes.

    Args:
        transcript: where to.
        grid: the sheet.
        at: which columns it has.
    """
    transcript.expect(("classes",), grid.at())
    rows = [row for row in grid.rows if any(at.get(column) in row.cells for column in CLASS)]
    if not rows:
        none = Wrong("no class stands below the headings", "write a row for each class")
        transcript.spoil(("classes",), transcript.refuse(grid.at(), none))
    classes = [_Class(transcript, grid, at, ("classes", index), row) for index, row in enumerate(rows)]
    transcript.data["classes"] = [one.written() for one in classes]


@dataclass(frozen=True, slots=True)
class _Class:
    """A row, on its way to being a class."""

    transcript: Transcript
    grid: Grid
    at: Mapping[Column, int]
    base: Loc
    row: Row

    def written(self) -> dict[str, Any]:
        """Return the class as nested dicts, lists and text."""
        self.transcript.expect(self.base, self.grid.at(self.row.number))
        data: dict[str, Any] = {}
        for column in CLASS:
            if column not in RULES:
                self._write(column, data)
        self._write_rule(data)
        return data

    def _write_rule(self, data: dict[str, Any]) -> None:
        """Write how long the class is kept: in one of three ways, each with its own columns."""
        ways = [way for way in _WAYS if any(self._has(column) for column in way)]
        retain = (*self.base, "retain")
        if not ways:
            self.transcript.expect(retain, self._nowhere(), _UNSAID)
            return
        for column in ways[0]:
            self._write(column, data)
        first = [next(column for column in way if self._has(column)) for way in ways]
        self.transcript.expect(retain, self._spot(first[0]))
        if len(ways) > 1:
            names = " and ".join(f"'{one.heading}'" for one in first)
            wrong = Wrong(
                f"{names} {'both' if len(first) == 2 else 'all'} say how long",
                "keep one of them, or write {longest-of: [...]} or {shortest-of: [...]} under Retain",
            )
            self.transcript.spoil(retain, self.transcript.refuse(self._spot(first[-1]), wrong))

    def _write(self, column: Column, data: dict[str, Any]) -> None:
        """Write one cell, or note where it would stand."""
        if self._has(column):
            cell = self.row.cells[self.at[column]]
            put(data, column.way, self.transcript.read(self.base, column, cell, self._spot(column)))
        else:
            self.transcript.expect((*self.base, *column.way), *home(self.grid, self.row.number, column, self.at))

    def _nowhere(self) -> Spot:
        """Return where a rule would stand that is not written at all."""
        column = next((one for one in (FOR[0], RETAIN) if one in self.at), None)
        return self._spot(column) if column else self.grid.at(self.grid.headings.number)

    def _has(self, column: Column) -> bool:
        return self.at.get(column) in self.row.cells

    def _spot(self, column: Column) -> Spot:
        return self.grid.at(self.row.number, self.at[column])
