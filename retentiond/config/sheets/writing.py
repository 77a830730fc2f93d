"""A schedule to a spreadsheet: the rows are made from the same nested dicts that its YAML file is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from retentiond.config.document import Loc
from retentiond.config.sheets.cells import Kind, read_cell
from retentiond.config.sheets.columns import (
    CLASS,
    CLASSES,
    EVENT,
    EVENTS,
    FLAT,
    FOR,
    HEAD,
    RETAIN,
    RULES,
    SCHEDULE,
    UNTIL_AGE,
    Column,
)
from retentiond.config.sheets.csv_file import csv_text
from retentiond.config.sheets.schedule_sheet import KEY, VALUE
from retentiond.config.sheets.workbook_written import Sheet, workbook_bytes
from retentiond.config.written import flow, schedule_said
from retentiond.config.written.clauses import Said
from retentiond.domain.schedule import Schedule


def schedule_csv(schedule: Schedule) -> bytes:
    """Return a schedule as a CSV file: UTF-8 with the mark by which spreadsheet programs know it."""
    said = schedule_said(schedule)
    head = {column: _cell(said, column) for column in FLAT if column not in CLASS}
    rows = [
        [_class_cell(one, column) if column in CLASS else head[column] for column in FLAT] for one in _classes(said)
    ]
    # what the whole schedule says of its events would only be long in every row
    rows[1:] = [
        ["" if column.way == ("events",) else cell for column, cell in zip(FLAT, row, strict=True)] for row in rows[1:]
    ]
    return csv_text([[column.heading for column in FLAT], *rows]).encode("utf-8-sig")


def schedule_workbook(schedule: Schedule) -> bytes:
    """Return a schedule as a workbook: a sheet of the schedule itself, one of its classes, one of its events.

    Raises:
        ConfigurationRefused: a text is longer than a cell can hold.
    """
    said = schedule_said(schedule)
    keys = [[column.heading, _cell(said, column)] for column in HEAD]
    classes = [[_class_cell(one, column) for column in CLASS] for one in _classes(said)]
    events = [[one.name, one.called, "yes" if one.by_hand else ""] for one in schedule.events.values()]
    sheets = (Sheet(SCHEDULE, (KEY, VALUE), keys), Sheet(CLASSES, CLASS, classes), Sheet(EVENTS, EVENT, events))
    return workbook_bytes(sheets, schedule.adopted)


def _classes(said: Mapping[str, Said]) -> Sequence[dict[str, Said]]:
    classes = said["classes"]
    return [one for one in classes if isinstance(one, dict)] if isinstance(classes, list) else []


def _class_cell(said: Mapping[str, Said], column: Column) -> str:
    if column not in RULES:
        return _cell(said, column)
    retain = said.get("retain")
    plain = _plain_columns(retain)
    if column is RETAIN:
        return "" if retain is None or plain else flow(retain)
    return _cell(said, column) if column in plain else ""


def _plain_columns(retain: Said | None) -> Sequence[Column]:
    """Return the columns that say all of a rule, if there are any."""
    if isinstance(retain, dict):
        for columns in (FOR, UNTIL_AGE):
            keys = {str(column.way[-1]) for column in columns}
            if (
                str(columns[0].way[-1]) in retain
                and retain.keys() <= keys
                and not isinstance(retain.get("after"), dict)
            ):
                return columns
    return ()


def _cell(said: Mapping[str, Said], column: Column) -> str:
    value = _inside(said, column.way)
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case list() if column.kind is Kind.MANY:
            return _listed([str(one) for one in value])
        case _:
            return flow(value) if isinstance(value, (dict, list)) else str(value)


def _listed(texts: list[str]) -> str:
    """Return several texts in one cell, in brackets where they would not be told apart otherwise."""
    cell = "; ".join(texts)
    return cell if read_cell(cell, Kind.MANY) == texts else flow([*texts])


def _inside(said: Mapping[str, Said], way: Loc) -> Said | None:
    value: Said | None = dict(said)
    for part in way:
        value = value.get(str(part)) if isinstance(value, dict) else None
    return value
