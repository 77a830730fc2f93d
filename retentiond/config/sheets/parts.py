"""What a workbook's parts say, looked at before the library that reads them unpacks anything.

The library lays a sheet out as a full rectangle: one stray value in the last cell of a sheet asks for 64 GB and aborts
the process. It also reads a cell that holds an error as blank, and a rule with a blank in it is another rule.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from posixpath import join, normpath
from xml.parsers import expat

MOST_ROWS, MOST_COLUMNS = 20_000, 500
"""A schedule of a thousand classes is smaller."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of all parts unpacked."""
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Attributes = Mapping[str, str]


class TooLarge(Exception):
    """A workbook that is not read: its text says why."""


@dataclass(slots=True)
class Errors:
    """Cells that hold an error, by the order of their sheet from 1: row, column and what the cell shows."""

    found: list[tuple[int, int, int, str]] = field(default_factory=list)


def look_over(content: bytes) -> Errors:
    """Look over a workbook in Office Open XML or OpenDocument.

    Raises:
        TooLarge: it has more than anybody's schedule.
        Exception: it is none of both, or broken, in whatever way its archive or a part of it breaks the reader.
    """
    errors = Errors()
    with zipfile.ZipFile(BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
            raise TooLarge(f"unpacked it is larger than {MOST_BYTES // 1024**2} MiB")
        if "content.xml" in parts.namelist():
            _parse(parts.read("content.xml"), _Document())
        else:
            for order, part in enumerate(_sheets(parts), start=1):
                if part in parts.namelist():
                    _parse(parts.read(part), _Sheet(order, errors))
    return errors


class _Watch:
    """Sees each element begin and end, by its name without a namespace."""

    def begin(self, name: str, attributes: Attributes) -> None:
        """See an element begin."""

    def end(self, name: str) -> None:
        """See an element end."""

    def text(self, text: str) -> None:
        """See text."""


def _parse(content: bytes, watch: _Watch) -> None:
    def begin(name: str, attributes: dict[str, str]) -> None:
        watch.begin(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        watch.end(_local(name))

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = watch.text
    parser.Parse(content, True)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


class _Sheet(_Watch):
    """A sheet of Office Open XML."""

    def __init__(self, order: int, errors: Errors) -> None:
        self.order, self.errors = order, errors
        self.row = self.column = 0
        self.is_error = False
        self.shown: list[str] | None = None

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
        elif name == "c":
            at = _CELL.fullmatch(attributes.get("r", ""))
            self.column = _number(at[1]) if at else self.column + 1
            self.row = int(at[2]) if at else self.row
            self.is_error = attributes.get("t") == "e"
        elif name in ("v", "is"):
            _within(self.row, self.column)
            self.shown = [] if self.is_error else None

    def end(self, name: str) -> None:
        if name == "v" and self.shown is not None:
            self.errors.found.append((self.order, self.row, self.column, "".join(self.shown)))
            self.shown = None

    def text(self, text: str) -> None:
        if self.shown is not None:
            self.shown.append(text)


class _Document(_Watch):
    """All sheets of an OpenDocument: errors show as text there, so that only the size is looked at."""

    def __init__(self) -> None:
        self.row = self.rows = self.column = 0

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "table":
            self.row = self.rows = 0
        elif name == "table-row":
            self.row += self.rows
            self.rows, self.column = int(attributes.get("number-rows-repeated", "1")), 0
        elif name in ("table-cell", "covered-table-cell"):
            self.column += int(attributes.get("number-columns-repeated", "1"))
            if "value-type" in attributes:
                _within(self.row + self.rows, self.column)


class _Collect(_Watch):
    """Collects the attributes of every element of one name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[Attributes] = []

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == self.name:
            self.found.append(attributes)


def _sheets(parts: zipfile.ZipFile) -> Iterator[str]:
    """Yield the part of each sheet, in the order of their tabs."""
    listed, related = _Collect("sheet"), _Collect("Relationship")
    _parse(parts.read("xl/workbook.xml"), listed)
    _parse(parts.read("xl/_rels/workbook.xml.rels"), related)
    targets = {one.get("Id", ""): one.get("Target", "") for one in related.found}
    for one in listed.found:
        target = targets.get(one.get("id", ""), "")
        yield target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _within(row: int, column: int) -> None:
    if row > MOST_ROWS or column > MOST_COLUMNS:
        raise TooLarge(f"a value stands in row {row}, column {column}, far from any other")
