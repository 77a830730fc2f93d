"""A spreadsheet written out as a YAML file would hold it, with the place of every value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from retentiond.config.complaint import Complaint
from retentiond.config.document import Loc
from retentiond.config.sheets.cells import Wrong, read_cell
from retentiond.config.sheets.columns import Column
from retentiond.config.sheets.grid import Grid, Spot, Value

T = TypeVar("T")


@dataclass(slots=True)
class Transcript:
    """Satisfies :class:`~retentiond.config.original.Original`, so that a schedule's own shapes judge it."""

    path: str
    digest: str
    """Lower-case hex SHA-256 of the file's bytes."""
    data: dict[str, Any] = field(default_factory=dict)
    wrong: list[Complaint] = field(default_factory=list)
    _spots: dict[Loc, Spot] = field(default_factory=dict)
    """Where each value stands, or would stand."""
    _instead: dict[Loc, Wrong] = field(default_factory=dict)
    """Of values that are more than a blank cell when they are missing: what to say then."""
    _unusable: dict[Loc, Complaint] = field(default_factory=dict)
    """What is wrong with a value already, so that nothing else is said of it."""

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        """What is wrong with the sheets themselves and with cells that say nothing usable."""
        return tuple(self.wrong)

    def refuse(self, spot: Spot, wrong: Wrong) -> Complaint:
        """Note and return what is wrong at a place."""
        complaint = self._at(spot, wrong.message, wrong.remedy)
        self.wrong.append(complaint)
        return complaint

    def expect(self, loc: Loc, spot: Spot, instead: Wrong | None = None) -> None:
        """Note where a value would stand, and what to say when it is missing, where it is more than a blank cell."""
        self._spots[loc] = spot
        if instead is not None:
            self._instead[loc] = instead

    def spoil(self, loc: Loc, complaint: Complaint) -> None:
        """Say nothing else of this value, or of anything in it."""
        self._unusable[loc] = complaint

    def read(self, base: Loc, column: Column, value: Value, spot: Spot) -> Any:  # noqa: ANN401 - data for a shape
        """Return what a cell says, noting its place; what is unusable is noted, and is empty text."""
        loc = (*base, *column.way)
        self.expect(loc, spot)
        said = read_cell(value, column.kind)
        if isinstance(said, Wrong):
            self.spoil(loc, self.refuse(spot, said))
            return ""
        return said

    def complain(self, loc: Loc, message: str, remedy: str = "", *, at_key: bool = False) -> Complaint:  # noqa: ARG002
        """Return a complaint about a value, at its cell or at the nearest place it has."""
        way = self._way(loc)
        if already := _nearest(self._unusable, way):
            return already
        if spot := _nearest(self._spots, way):
            return self._at(spot, message, remedy)
        return Complaint(self.path, 0, 0, message, remedy)

    def lack(self, loc: Loc, key: str, example: str) -> Complaint:
        """Return a complaint about a cell that is blank, or that the sheet has no place for."""
        way = (*self._way(loc), key)
        if already := _nearest(self._unusable, way):
            return already
        if way not in self._spots:
            return self.complain(loc, f"'{key}' is missing", f"write for example '{example}'" if example else "")
        if instead := self._instead.get(way):
            return self._at(self._spots[way], instead.message, instead.remedy)
        value = example.partition(": ")[2].strip('"')
        return self._at(self._spots[way], "nothing is written here", f"write for example '{value}'" if value else "")

    def _way(self, loc: Loc) -> Loc:
        """Return the way without what names no key or index (a union's tag), but with a last key that is missing."""
        way: list[str | int] = []
        data: Any = self.data
        for number, part in enumerate(loc):
            if _has(data, part):
                data = data[part]
            elif number < len(loc) - 1 or (*way, part) not in self._spots:
                continue
            way.append(part)
        return tuple(way)

    def _at(self, spot: Spot, message: str, remedy: str) -> Complaint:
        return Complaint(self.path, spot.row, spot.column, message, remedy, spot.order, str(spot))


def _nearest(noted: Mapping[Loc, T], way: Loc) -> T | None:
    """Return what is noted of a way, or of the longest part of it."""
    ways = (way[:length] for length in range(len(way), -1, -1))
    return next((noted[one] for one in ways if one in noted), None)


def _has(data: object, part: str | int) -> bool:
    match data:
        case dict():
            return part in data
        case list():
            return isinstance(part, int) and part < len(data)
        case _:
            return False


def put(data: dict[str, Any], way: Loc, value: object) -> None:
    """Put a value into nested dicts."""
    for part in way[:-1]:
        data = data.setdefault(str(part), {})
    data[str(way[-1])] = value


def heads(transcript: Transcript, grid: Grid, wrong: tuple[tuple[int, Wrong], ...]) -> None:
    """Note what is wrong with the headings of a sheet, and values that stand under none."""
    for number, one in wrong:
        transcript.refuse(grid.at(grid.headings.number, number), one)
    for row in grid.rows:
        for number in row.cells:
            if number not in grid.headings.cells:
                said = Wrong("a value stands under no heading", "give the column a heading, or empty the cell")
                transcript.refuse(grid.at(row.number, number), said)


def home(grid: Grid, row: int, column: Column, at: Mapping[Column, int]) -> tuple[Spot, Wrong | None]:
    """Return where a row's cell of a column stands, or the headings and what to say where there is no such column."""
    if column in at:
        return grid.at(row, at[column]), None
    return grid.at(grid.headings.number), Wrong(f"there is no column '{column.heading}'", "add it")
