"""How a command answers: lines and tables for people, or one JSON object for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import click

from retentiond.cli.options import Options
from retentiond.cli.text import printable
from retentiond.domain.errors import Fault


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; ``numbers`` names the columns that are aligned to the right."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next; left out with ``--quiet``."""

    text: str


@dataclass(frozen=True, slots=True)
class Styled:
    """A line in colour where the terminal has any; its words alone must say it all."""

    text: str
    colour: str


Line: TypeAlias = str | Table | Advice | Styled


def answer(options: Options, body: Mapping[str, object], lines: Iterable[Line], code: int = 0) -> int:
    """Print the answer in the form asked for and return the exit code."""
    if options.json:
        whole = {"version": 1, "command": options.command, **body}
        click.echo(json.dumps(whole, indent=2, ensure_ascii=True))
        return code
    for line in lines:
        _print(options, line)
    return code


def fault_body(fault: Fault) -> dict[str, str]:
    """Return a fault as the object that stands for it in JSON."""
    return {"place": fault.place, "message": fault.message, "remedy": fault.remedy}


def _print(options: Options, line: Line) -> None:
    match line:
        case Table():
            _print_table(options, line)
        case Advice(text):
            if not options.quiet:
                click.secho(printable(text), dim=True, color=options.color)
        case Styled(text, colour):
            click.secho(printable(text), fg=colour, color=options.color)
        case str():
            click.echo(printable(line), color=options.color)


def _print_table(options: Options, table: Table) -> None:
    if sys.stdout.isatty():
        from retentiond.cli.terminal import print_table

        print_table(table, color=options.color is not False)
        return
    for row in plain_rows(table):
        click.echo(row)


def plain_rows(table: Table) -> list[str]:
    """Return the table as aligned columns two spaces apart, one line a row, however long."""
    cells = [table.headings, *(tuple(printable(cell) for cell in row) for row in table.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(table.headings))]
    return [
        "  ".join(
            cell.rjust(width) if column in table.numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
