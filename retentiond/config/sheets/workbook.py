"""Workbooks in: Office Open XML (``.xlsx``, ``.xlsm``) and OpenDocument (``.ods``), bytes to grids."""

from __future__ import annotations

from io import BytesIO

from retentiond.config.complaint import Complaint, quoted, refusal
from retentiond.config.sheets.grid import Grid, Row, Value, grid
from retentiond.config.sheets.parts import TooLarge, look_over


def read_workbook(content: bytes, path: str) -> tuple[dict[str, Grid | None], list[Complaint]]:
    """Return the workbook's sheets by name in the order of their tabs, None where one is blank; and its error cells.

    Args:
        content: the file's bytes.
        path: how to name it in complaints.

    Raises:
        ConfigurationRefused: it is no workbook, or one that nobody's schedule needs.
    """
    try:
        errors = look_over(content)
    except TooLarge as large:
        said = f"this workbook is too large: {large}"
        raise refusal([Complaint(path, 0, 0, said, "delete what is not needed")]) from None
    except Exception:  # noqa: BLE001 - a broken archive or part breaks its reader in a dozen ways
        raise _no_workbook(path) from None
    tabs = _tabs(content, path)
    sheets = {name: grid(name, order, rows) for order, (name, rows) in enumerate(tabs.items(), start=1)}
    names = list(tabs)
    complaints: list[Complaint] = []
    for order, row, column, shown in errors.found:
        sheet = sheets[names[order - 1]] or Grid(names[order - 1], order, Row(0, {}), ())
        said = f"this cell holds the error {quoted(shown)}"
        spot = str(sheet.at(row, column))
        complaints.append(Complaint(path, row, column, said, "write the value itself", order, spot))
    return sheets, complaints


def _tabs(content: bytes, path: str) -> dict[str, list[list[Value]]]:
    """Return the rows behind each tab, in their order; a chart has none."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum  # noqa: PLC0415 - only who reads a workbook waits for it

    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as book:
            return {
                one.name: list(book.get_sheet_by_name(one.name).to_python(skip_empty_area=False))
                if one.typ == SheetTypeEnum.WorkSheet
                else []
                for one in book.sheets_metadata
            }
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - the library is native code, whose panic is no Exception
        raise _no_workbook(path) from None


def _no_workbook(path: str) -> Exception:
    return refusal([Complaint(path, 0, 0, "this is not a workbook that can be read", "save it as .xlsx once more")])
