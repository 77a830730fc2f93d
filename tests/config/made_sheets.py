"""Workbooks and CSV files as people make them: right but for what a test changes."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

HEAD: dict[str, Any] = {
    "Schedule": "Early help",
    "Version": "2026.1",
    "Jurisdiction": "England",
    "Time zone": "Europe/London",
    "Adopted": date(2026, 4, 1),
    "Review by": date(2027, 3, 31),
    "Owner": "Information Governance",
}
CLASS: dict[str, Any] = {
    "Code": "EH-01",
    "Title": "Early help case file",
    "Mandate": "Children Act 1989 s.17",
    "Keep for": "6 years",
    "After": "case-closed",
    "Then": "destroy",
}
Rows = Sequence[Sequence[Any]]


def schedule_rows(changed: Mapping[str, Any] | None = None) -> Rows:
    """Return the sheet of the schedule itself; a key changed to None is left out."""
    head = HEAD | dict(changed or {})
    return [["Key", "Value"], *([key, value] for key, value in head.items() if value is not None)]


def class_rows(*classes: Mapping[str, Any]) -> Rows:
    """Return the sheet of classes: for each what differs from a good one, and a column for all that any has."""
    rows = [CLASS | dict(one) for one in classes or ({},)]
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    return [headings, *([row.get(heading) for heading in headings] for row in rows)]


def csv_rows(*classes: Mapping[str, Any]) -> Rows:
    """Return the rows of a CSV file with the schedule itself in front of each class."""
    text = {key: value.isoformat() if isinstance(value, date) else value for key, value in HEAD.items()}
    return class_rows(*({**text, **one} for one in classes or ({},)))


def workbook(sheets: Mapping[str, Rows]) -> bytes:
    """Return a workbook with cells typed as programs type them; a dict is a formula with what it shows."""
    content = BytesIO()
    with Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        days = book.add_format({"num_format": "dd/mm/yyyy"})
        hours = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for name, rows in sheets.items():
            tab = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    match cell:
                        case None:
                            continue
                        case bool():
                            tab.write_boolean(number, column, cell)
                        case datetime():
                            tab.write_datetime(number, column, cell, hours)
                        case date():
                            tab.write_datetime(number, column, cell, days)
                        case int() | float():
                            tab.write_number(number, column, cell)
                        case dict():
                            tab.write_formula(number, column, cell["formula"], None, cell["shows"])
                        case _:
                            tab.write_string(number, column, str(cell))
    return content.getvalue()


def good_workbook(**sheets: Rows) -> bytes:
    """Return a good workbook but for the sheets given."""
    return workbook({"Schedule": schedule_rows(), "Classes": class_rows(), **sheets})


def csv_bytes(rows: Rows, mark: str = ",", encoding: str = "utf-8") -> bytes:
    """Return rows as CSV, each cell in quotation marks."""
    cells = (['"' + ("" if cell is None else str(cell)).replace('"', '""') + '"' for cell in row] for row in rows)
    return "".join(mark.join(row) + "\r\n" for row in cells).encode(encoding)


def ods(tables: str) -> bytes:
    """Return an OpenDocument workbook with these tables."""
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        spaced = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
        parts.writestr("META-INF/manifest.xml", f"<manifest:manifest {spaced}/>")
        parts.writestr("content.xml", f"<office:document-content{spaces}>{body}</office:document-content>")
    return content.getvalue()


def ods_table(name: str, rows: Rows) -> str:
    """Return one table of an OpenDocument workbook, followed by the blank rows that programs write."""
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            match cell:
                case None:
                    cells.append("<table:table-cell/>")
                case date():
                    cells.append(f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>')
                case _:
                    shown = f"<text:p>{cell}</text:p>"
                    cells.append(f'<table:table-cell office:value-type="string">{shown}</table:table-cell>')
        lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    lines.append(f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>')
    return f'<table:table table:name="{name}">{"".join(lines)}</table:table>'
