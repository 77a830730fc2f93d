"""A spreadsheet file to a schedule: a workbook or CSV in our own layout, or NARA's General Records Schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from retentiond.config.complaint import Complaint, refusal
from retentiond.config.schedules import ScheduleShape, following_faults, schedule_faults
from retentiond.config.shape import fit
from retentiond.config.sheets.cells import Wrong
from retentiond.config.sheets.classes import write_classes
from retentiond.config.sheets.columns import CLASS, CLASSES, EVENTS, FLAT, NOTES, SCHEDULE, matched, plainly, unknown
from retentiond.config.sheets.csv_file import read_csv
from retentiond.config.sheets.grid import Grid, Spot
from retentiond.config.sheets.nara import HEADINGS, is_nara, write_nara
from retentiond.config.sheets.schedule_sheet import write_events_sheet, write_head_columns, write_schedule_sheet
from retentiond.config.sheets.transcript import Transcript, heads
from retentiond.config.sheets.workbook import read_workbook
from retentiond.domain.errors import Fault
from retentiond.domain.schedule import Schedule

CSV_ENDINGS, WORKBOOK_ENDINGS = (".csv", ".tsv"), (".xlsx", ".xlsm", ".ods")
LARGEST = 16 * 1024 * 1024
"""Bytes of a file."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A schedule out of a spreadsheet."""

    schedule: Schedule
    layout: str
    """``retentiond``, or ``nara-grs`` for NARA's General Records Schedules."""
    left_out: tuple[Fault, ...] = ()
    """Rows whose rule is not clear from what they say, each with the reason; only where asked to leave them out."""


def read_sheet(path: Path, *, skip_unclear: bool = False) -> Imported:
    """Read a spreadsheet as a schedule.

    Args:
        path: a file that ends in ``.csv``, ``.tsv``, ``.xlsx``, ``.xlsm`` or ``.ods``.
        skip_unclear: leave out the rows of NARA's layout whose rule is not clear, and name them.

    Raises:
        ConfigurationRefused: it cannot be used as written; all its faults at once, in reading order.
    """
    return read_content(_content(path), str(path), path.suffix.lower(), skip_unclear=skip_unclear)


def read_content(content: bytes, path: str, ending: str, *, skip_unclear: bool = False) -> Imported:
    """Read the bytes of a spreadsheet as a schedule.

    Args:
        content: the bytes.
        path: how to name it in complaints.
        ending: which kind it is: one of CSV_ENDINGS, or else a workbook.
        skip_unclear: leave out the rows of NARA's layout whose rule is not clear, and name them.

    Raises:
        ConfigurationRefused: it cannot be used as written; all its faults at once, in reading order.
    """
    transcript = Transcript(path, sha256(content).hexdigest())
    if ending in CSV_ENDINGS:
        nara, left_out = _from_csv(transcript, content, skip_unclear=skip_unclear)
    else:
        nara, left_out = _from_workbook(transcript, content, skip_unclear=skip_unclear)
    shape = fit(transcript, ScheduleShape, schedule_faults)
    schedule = shape.value(digest=transcript.digest, source=transcript.path)
    if complaints := list(following_faults(transcript, schedule)):
        raise refusal(complaints)
    return Imported(schedule, "nara-grs" if nara else "retentiond", tuple(one.fault for one in sorted(left_out)))


def _content(path: Path) -> bytes:
    shown = str(path)
    if path.suffix.lower() not in (*CSV_ENDINGS, *WORKBOOK_ENDINGS):
        remedy = f"save it as one that ends in {', '.join((*CSV_ENDINGS, *WORKBOOK_ENDINGS))}"
        raise refusal([Complaint(shown, 0, 0, "this is not a spreadsheet that can be read", remedy)])
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        why = (error.strerror or "it cannot be opened").lower()
        raise refusal([Complaint(shown, 0, 0, f"this file cannot be read: {why}", "check the path")]) from None
    if len(content) > LARGEST:
        raise refusal([Complaint(shown, 0, 0, f"this file is larger than {LARGEST // 1024**2} MiB", "split it")])
    return content


def _from_csv(transcript: Transcript, content: bytes, *, skip_unclear: bool) -> tuple[bool, list[Complaint]]:
    grid = read_csv(content, transcript.path, [*(one.heading for one in FLAT), *HEADINGS])
    if is_nara(grid):
        return True, write_nara(transcript, grid, skip_unclear=skip_unclear)
    found = matched(grid.headings.cells, FLAT)
    heads(transcript, grid, found.wrong)
    write_head_columns(transcript, grid, found.at)
    write_classes(transcript, grid, found.at)
    return False, []


def _from_workbook(transcript: Transcript, content: bytes, *, skip_unclear: bool) -> tuple[bool, list[Complaint]]:
    sheets, errors = read_workbook(content, transcript.path)
    transcript.wrong.extend(errors)
    for grid in sheets.values():
        if grid is not None and is_nara(grid):
            return True, write_nara(transcript, grid, skip_unclear=skip_unclear)
    _name_others(transcript, sheets)
    named = {plainly(name): grid for name, grid in sheets.items() if grid is not None}
    missing = [name for name in (SCHEDULE, CLASSES) if plainly(name) not in named]
    if missing:
        raise refusal([*transcript.wrong, *(_no_sheet(transcript, name, sheets) for name in missing)])
    write_schedule_sheet(transcript, named[plainly(SCHEDULE)])
    classes = named[plainly(CLASSES)]
    found = matched(classes.headings.cells, CLASS)
    heads(transcript, classes, found.wrong)
    write_classes(transcript, classes, found.at)
    if plainly(EVENTS) in named:
        write_events_sheet(transcript, named[plainly(EVENTS)])
    return False, []


def _no_sheet(transcript: Transcript, name: str, sheets: Mapping[str, Grid | None]) -> Complaint:
    if plainly(name) in map(plainly, sheets):
        said = Wrong(f"the sheet {name} is blank", "fill it in: 'retentiond schedule export' writes one to start from")
    else:
        said = Wrong(
            f"there is no sheet {name}", f"the sheets here are {', '.join(sheets) or 'none'}; rename the one meant"
        )
    return transcript.refuse(Spot(), said)


def _name_others(transcript: Transcript, sheets: Mapping[str, Grid | None]) -> None:
    known = [SCHEDULE, CLASSES, EVENTS]
    for name, grid in sheets.items():
        if grid is None or plainly(name) in map(plainly, known) or plainly(name).startswith(NOTES):
            continue
        said = unknown(name, "sheet", known)
        remedy = f"{said.remedy}; a sheet for people only has a name that starts with 'Notes'"
        transcript.refuse(grid.at(), Wrong(said.message, remedy))
