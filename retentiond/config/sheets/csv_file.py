"""CSV: bytes to a grid and rows to text. UTF-8 with or without a mark, parted by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from retentiond.config.complaint import Complaint, refusal
from retentiond.config.sheets.columns import plainly
from retentiond.config.sheets.grid import Grid, grid
from retentiond.config.sheets.guard import guarded

MARKS = ",;\t"
"""What may part the cells."""
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_csv(content: bytes, path: str, known: Iterable[str]) -> Grid:
    """Return the file as a grid.

    Args:
        content: the file's bytes.
        path: how to name it in complaints.
        known: headings to tell by what parts the cells.

    Raises:
        ConfigurationRefused: it is not CSV in UTF-8, or blank.
    """
    if content.startswith(_WORKBOOK):
        raise refusal([Complaint(path, 0, 0, "this is a workbook, not CSV", "rename it to end in .xlsx")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = "this is not UTF-8"
        raise refusal([Complaint(path, 0, 0, said, "save the file as 'CSV UTF-8 (comma delimited)'")]) from None
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_parted_by(text, known), strict=True):
            rows.append(row)  # noqa: PERF402 - what was read before an error says where it is
    except csv.Error as error:
        raise refusal([_broken(path, len(rows) + 1, str(error))]) from None
    found = grid("", 0, rows)
    if found is None:
        raise refusal([Complaint(path, 0, 0, "this file is empty", "'retentiond schedule export' writes one")])
    return found


def _parted_by(text: str, known: Iterable[str]) -> str:
    """Return the mark that makes the most of the first line known headings, and failing that the most cells."""
    headings = {plainly(one) for one in known}
    first = next((line for line in io.StringIO(text) if line.strip()), "")

    def worth(mark: str) -> tuple[int, int]:
        cells = [plainly(cell.strip('"')) for cell in first.split(mark)]
        return sum(cell in headings for cell in cells), len(cells)

    return max(MARKS, key=worth)


def _broken(path: str, row: int, error: str) -> Complaint:
    said, remedy = "this row is not CSV", "check its quotation marks and save it again"
    if "end of data" in error:
        said, remedy = "a quotation mark opened in this row is not closed", "close it"
    elif "field larger" in error:
        said, remedy = "a cell of this row is too long", "shorten it to 100,000 characters"
    return Complaint(path, row, 0, said, remedy, 0, f"row {row}")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV that no spreadsheet program runs anything of."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()
