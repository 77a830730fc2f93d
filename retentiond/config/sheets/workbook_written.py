"""Workbooks out: rows to ``.xlsx``, with what makes a sheet easy to fill in: drop-down lists, hints, fixed headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from io import BytesIO
from typing import TYPE_CHECKING

from retentiond.config.sheets.columns import Column
from retentiond.config.sheets.guard import guarded
from retentiond.domain.errors import ConfigurationRefused

if TYPE_CHECKING:
    from datetime import date

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

SPARE = 500
"""Rows below the last one that have drop-down lists as well."""
LONGEST = 32_767
"""Characters a cell can hold."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet to write: its columns, and its rows with a cell for each of them."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


def workbook_bytes(sheets: Sequence[Sheet], made: date) -> bytes:
    """Return the sheets as a workbook; the same sheets give the same bytes.

    Args:
        sheets: in the order of their tabs.
        made: the date that stands in its properties.

    Raises:
        ConfigurationRefused: a text is longer than a cell can hold.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - only who writes a workbook waits for it

    content = BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(content, options) as book:
        book.set_properties({"created": datetime.combine(made, time())})
        for sheet in sheets:
            _write(book, book.add_worksheet(sheet.name), sheet)
    return content.getvalue()


def _write(book: Workbook, tab: Worksheet, sheet: Sheet) -> None:
    heading = book.add_format({"bold": True, "bg_color": "#DDE6EE", "bottom": 1, "valign": "top", "text_wrap": True})
    # '@' keeps the program from guessing when somebody writes into the cell: SEP-01 stays a code
    text = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    tab.freeze_panes(1, 1)
    for number, column in enumerate(sheet.columns):
        tab.set_column(number, number, column.width, text)
        tab.write_string(0, number, column.heading, heading)
        _help(tab, number, len(sheet.rows) + SPARE, column)
    for row, cells in enumerate(sheet.rows, start=1):
        for number, cell in enumerate(cells):
            if len(guarded(cell)) > LONGEST:
                said = f"a cell holds at most {LONGEST:,} characters, and this has {len(cell):,}"
                where = f"{cells[0]}: {sheet.columns[number].heading}"
                raise ConfigurationRefused.about(where, said, "export it to .csv or .yaml")
            if cell:
                tab.write_string(row, number, guarded(cell), text)


def _help(tab: Worksheet, number: int, last: int, column: Column) -> None:
    """Show a hint where a cell is chosen, and a list to choose from where there are few words."""
    asked = {"validate": "list", "source": list(column.words)} if column.words else {"validate": "any"}
    # somebody may paste what is not on the list: the import says what is wrong with it, with a remedy
    shown = {"input_title": column.heading[:32], "input_message": column.hint[:255], "error_type": "warning"}
    tab.data_validation(1, number, last, number, asked | shown)
