"""Files a command writes beside its answer: tables for spreadsheets, and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click


def write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table that no spreadsheet runs anything of: UTF-8 with the mark by which spreadsheets know it.

    Raises:
        click.BadParameter: the file cannot be written.
    """
    from retentiond.config.sheets.csv_file import csv_text

    cells = (["" if cell is None else str(cell) for cell in row] for row in rows)
    write_text(path, "\ufeff" + csv_text([headings, *cells]))


def write_text(path: Path, text: str) -> None:
    """Write a file as it is to be.

    Raises:
        click.BadParameter: the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        said = (error.strerror or "it cannot be written").lower()
        raise click.BadParameter(f"{path}: {said}; name a file in a folder that you may write to") from error
