"""Tables and progress bars on a terminal. Imported only when there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from retentiond.cli.answers import Table
from retentiond.cli.text import printable

KEPT_WHOLE = 24
"""Cells up to this width stay on one line where the terminal has room; the last column holds words and folds first."""
_BETWEEN = 3


def print_table(table: Table, *, color: bool) -> None:
    """Print a table fitted to the terminal's width; cells fold and are never cut."""
    console = Console(no_color=not color, highlight=False)
    *leading, _last = (max(len(cell) for cell in column) for column in zip(table.headings, *table.rows, strict=True))
    kept = [min(width, KEPT_WHOLE) for width in leading]
    room = console.width - sum(kept) - _BETWEEN * len(table.headings)
    drawn = RichTable(box=SIMPLE_HEAD, pad_edge=False)
    for column, heading in enumerate(table.headings):
        drawn.add_column(
            Text(heading),
            justify="right" if column in table.numbers else "left",
            overflow="fold",
            min_width=kept[column] if column < len(kept) and room >= KEPT_WHOLE else None,
        )
    for row in table.rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    console.print(drawn)


@contextmanager
def progress(*, color: bool) -> Iterator[Callable[[str, str, int], None]]:
    """Show, on standard error, how many records of each kind were examined; yield what to tell it with."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.completed:,} records examined"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True, no_color=not color)
    with Progress(*columns, console=console, transient=True) as shown:
        tasks = {}

        def tell(store: str, kind: str, examined: int) -> None:
            if (store, kind) not in tasks:
                tasks[store, kind] = shown.add_task(printable(f"{store}/{kind}"), total=None)
            shown.update(tasks[store, kind], completed=examined)

        yield tell
