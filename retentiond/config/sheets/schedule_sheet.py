"""The schedule itself and its events: two sheets of a workbook, or the first columns of a CSV file."""

from __future__ import annotations

from collections.abc import Mapping

from retentiond.config.complaint import quoted
from retentiond.config.sheets.cells import Kind, Wrong
from retentiond.config.sheets.columns import EVENT, EVENTS_CELL, HEAD, SCHEDULE, Column, matched, plainly, unknown
from retentiond.config.sheets.grid import Grid, Spot, Value
from retentiond.config.sheets.transcript import Transcript, heads, home, put

KEY = Column("Key", ("key",), Kind.TEXT, "What the row says.", width=24)
VALUE = Column("Value", ("value",), Kind.TEXT, "What it says.", width=50)


def write_schedule_sheet(transcript: Transcript, grid: Grid) -> None:
    """Write the sheet of the schedule itself: a row a key."""
    found = matched(grid.headings.cells, (KEY, VALUE))
    heads(transcript, grid, found.wrong)
    missing = [column for column in (KEY, VALUE) if column not in found.at]
    for column in missing:
        spot, wrong = _no_column(grid, column)
        transcript.refuse(spot, wrong)
        for one in HEAD:
            transcript.expect(one.way, spot, wrong)
    if not missing:
        _write_keys(transcript, grid, found.at[KEY], found.at[VALUE])


def _write_keys(transcript: Transcript, grid: Grid, at_keys: int, at_values: int) -> None:
    names = {plainly(one.heading): one for one in HEAD}
    rows: dict[Column, Spot] = {}
    for row in grid.rows:
        key, value = row.cells.get(at_keys), row.cells.get(at_values)
        at_key = grid.at(row.number, at_keys)
        meant = names.get(plainly(key)) if key is not None else None
        if key is None:
            transcript.refuse(at_key, Wrong("nothing says what this value is", "name it in the column 'Key'"))
        elif meant is None:
            transcript.refuse(at_key, unknown(str(key), "row", [one.heading for one in HEAD]))
        elif meant in rows:
            transcript.refuse(at_key, Wrong(f"the row {quoted(meant.heading)} is there twice", "take one out"))
        else:
            rows[meant] = grid.at(row.number, at_values)
            if value is not None:
                put(transcript.data, meant.way, transcript.read((), meant, value, rows[meant]))
    for one in HEAD:
        absent = None if one in rows else Wrong(f"there is no row '{one.heading}'", "add it")
        transcript.expect(one.way, rows.get(one, grid.at()), absent)


def write_events_sheet(transcript: Transcript, grid: Grid) -> None:
    """Write the sheet of events: a row an event."""
    found = matched(grid.headings.cells, EVENT)
    heads(transcript, grid, found.wrong)
    events: dict[str, object] = {}
    for row in grid.rows:
        name, called, by_hand = EVENT
        if found.at.get(name) not in row.cells:
            spot, absent = home(grid, row.number, name, found.at)
            transcript.refuse(spot, absent or Wrong("nothing is written here", "name the event, such as case-closed"))
            continue
        at = grid.at(row.number, found.at[name])
        event = str(transcript.read(("events", index_of(row.number)), name, row.cells[found.at[name]], at))
        base = ("events", event)
        if event in events:
            transcript.refuse(at, Wrong(f"the event {quoted(event)} is there twice", "take one out"))
            continue
        transcript.expect(base, at)
        data: dict[str, object] = {}
        for column in (called, by_hand):
            if found.at.get(column) in row.cells:
                spot = grid.at(row.number, found.at[column])
                put(data, column.way, transcript.read(base, column, row.cells[found.at[column]], spot))
            else:
                transcript.expect((*base, *column.way), *home(grid, row.number, column, found.at))
        events[event] = data
    if events:
        transcript.data["events"] = events


def index_of(row: int) -> str:
    """Return a key no event can have, for what is wrong with the name of one."""
    return f" {row}"


def write_head_columns(transcript: Transcript, grid: Grid, at: Mapping[Column, int]) -> None:
    """Write the schedule itself from the columns of a CSV file: every row says the same, or nothing."""
    for column in (*HEAD, EVENTS_CELL):
        if not grid.rows or column not in at:
            transcript.expect(column.way, *home(grid, grid.headings.number, column, at))
            continue
        number = at[column]
        first = grid.rows[0]
        spot = grid.at(first.number, number)
        transcript.expect(column.way, spot)
        if number in first.cells:
            put(transcript.data, column.way, transcript.read((), column, first.cells[number], spot))
        for row in grid.rows[1:]:
            if number in row.cells and row.cells[number] != first.cells.get(number, ""):
                said = _differs(row.cells[number], first.cells.get(number), first.number)
                transcript.refuse(grid.at(row.number, number), said)


def _differs(value: Value, other: Value | None, row: int) -> Wrong:
    what = f"{quoted(str(other))} stands" if other is not None else "nothing stands"
    return Wrong(f"{quoted(str(value))} stands here, and {what} in row {row}", "write the same in every row")


def _no_column(grid: Grid, column: Column) -> tuple[Spot, Wrong]:
    said = f"there is no column '{column.heading}'"
    return grid.at(grid.headings.number), Wrong(said, f"the sheet {SCHEDULE} has the columns Key and Value")
