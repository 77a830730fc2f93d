"""``retentiond forecast``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, Table, answer
from retentiond.cli.files import write_csv, write_text
from retentiond.cli.forecasts import HEADINGS, body, drawn, every, label, rows, wholes
from retentiond.cli.installed import mind_classes, opened
from retentiond.cli.options import Options, Verb
from retentiond.cli.progress import progress
from retentiond.cli.text import counted, day, listed, size, spoken

if TYPE_CHECKING:
    from retentiond.lifecycle.forecast import Amount, Forecast
    from retentiond.lifecycle.forecast import Line as Class

MONTHS = 12
SHOWN = 8
"""More classes than that have no room beside one another; the smallest are added up."""
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("forecast", cls=Verb)
@click.option("--months", type=click.IntRange(1, 600), metavar="N", help=f"The next N calendar months; else {MONTHS}.")
@click.option("--years", type=click.IntRange(1, 200), metavar="N", help="The next N calendar years in place of months.")
@click.option("--store", "stores", multiple=True, metavar="NAME", help="Only this store; may be repeated.")
@click.option("--class", "codes", multiple=True, metavar="CODE", help="Only this class; may be repeated.")
@click.option(
    "--csv", "csv_path", type=_FILE, metavar="PATH", help="Also write a table, a row for each class and month."
)
@click.option("--svg", "svg_path", type=_FILE, metavar="PATH", help="Also draw a chart of what falls due when.")
@click.pass_obj
def command(
    options: Options,
    *,
    months: int | None,
    years: int | None,
    stores: tuple[str, ...],
    codes: tuple[str, ...],
    csv_path: Path | None,
    svg_path: Path | None,
) -> int:
    """Count the records that fall due in the months to come.

    They are counted class by class. Every record of the classes is read from its store and dated under the schedules
    of the settings, adopted or not; nothing is changed and nothing remembered. The present month or year counts from
    tomorrow on. A store that cannot be read whole is named and left out, and the exit code is then 69.
    """
    if months and years:
        raise click.UsageError("--months and --years are both given; take one of them out")
    from retentiond.domain.errors import StoreUnavailable
    from retentiond.lifecycle.forecast import forecast

    with opened(options) as tools, progress(options) as tell:
        mind_classes(codes, tools.classes())
        found = forecast(tools, months=months or MONTHS, years=years or 0, stores=stores, codes=codes, tell=tell)
    files = []
    if csv_path is not None:
        write_csv(csv_path, HEADINGS, rows(found))
        files.append(str(csv_path))
    if svg_path is not None:
        write_text(svg_path, drawn(found))
        files.append(str(svg_path))
    code = StoreUnavailable.exit_code if found.faults else 0
    return answer(options, body(found, files), _lines(found, files), code=code)


def _lines(found: Forecast, files: list[str]) -> Iterator[Line]:
    from retentiond.lifecycle.forecast import Standing

    if classes := wholes(found):
        yield _table(found, classes)
    if steps := [one for one in found.lines if one.step]:
        falling = [
            (label(when), one.record_class.code, spoken(one.step), f"{one.at(when).records:,}")
            for when in every(found)
            for one in steps
            if one.at(when).records
        ]
        yield "Steps before the end of a record:"
        yield Table(("falls due", "class", "step", "records"), falling, frozenset({3}))
    for kind in found.kinds:
        if kind.failure:
            yield Styled(f"FAILED {kind.store}/{kind.kind}: none of its records is counted", "red")
            yield from (Styled(f"  {line}", "red") for line in kind.failure.splitlines())
    due = sum(found.total(span).records for span in found.spans)
    within = f"from {day(found.spans[0].first)} to {day(found.spans[-1].last)}"
    already = found.total(Standing.DUE_NOW).records
    yield f"{counted(due, 'record')} fall{'s' if due == 1 else ''} due {within}, and {already:,} are due now."
    yield "Nothing was changed."
    if found.unclassified:
        others = counted(found.unclassified, "record")
        yield f"{others} beside them have no class of their own, and are never due by themselves."
    if found.unsized:
        yield f"Size: not counted by the store{'s' if len(found.unsized) > 1 else ''} {listed(found.unsized)}."
    yield from (Styled(str(one), "yellow") for one in found.not_adopted)
    for path in files:
        yield f"Written: {path}"
    if found.total(Standing.DUE_NOW).records:
        yield Advice("A hold, or a reason of the store, may stop what is due now: 'retentiond scan' says of which.")
    if found.total(Standing.UNTRIGGERED).records:
        yield Advice("Untriggered records lack a date their class needs: 'retentiond due --all' after a scan.")


def _table(found: Forecast, classes: list[Class]) -> Table:
    shown, rest = _largest(classes)
    sized = any(amount.sized for one in classes for amount in one.amounts.values())
    headings = ["falls due", *(one.record_class.code for one in shown)]
    if rest:
        headings.append(f"{len(rest)} others")
    headings += ["all", "size"] if sized else ["all"]
    lines = []
    for when in every(found):
        cells = [label(when), *(f"{one.at(when).records:,}" for one in shown)]
        if rest:
            cells.append(f"{sum(one.at(when).records for one in rest):,}")
        total = found.total(when)
        cells.append(f"{total.records:,}")
        if sized:
            cells.append(_size(total))
        lines.append(tuple(cells))
    return Table(tuple(headings), lines, frozenset(range(1, len(headings))))


def _largest(classes: list[Class]) -> tuple[list[Class], list[Class]]:
    """Return the classes with a column of their own, and the rest."""
    if len(classes) <= SHOWN:
        return classes, []
    by_size = sorted(classes, key=lambda one: sum(amount.records for amount in one.amounts.values()), reverse=True)
    largest = by_size[: SHOWN - 1]
    return [one for one in classes if one in largest], [one for one in classes if one not in largest]


def _size(amount: Amount) -> str:
    if not amount.records:
        return ""
    if not amount.sized:
        return "not counted"
    left = amount.records - amount.sized
    return f"{size(amount.bytes)}{f' and {left:,} not counted' if left else ''}"
