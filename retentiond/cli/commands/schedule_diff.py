"""``retentiond schedule diff``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Line, Table, answer
from retentiond.cli.comparisons import HEADINGS, body, record_lines, rows
from retentiond.cli.files import write_csv
from retentiond.cli.installed import opened, settings_path
from retentiond.cli.options import Options, Verb
from retentiond.cli.progress import progress
from retentiond.cli.text import listed, spoken

if TYPE_CHECKING:
    from retentiond.domain.differences import Difference
    from retentiond.domain.schedule import Schedule
    from retentiond.lifecycle.compare import Compared
    from retentiond.lifecycle.tools import Tools

IN_FORCE = "in-force"


@click.command("diff", cls=Verb)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--offline", is_flag=True, help="Compare the schedules only; look at no records.")
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Also write a table of the changes and of the records.",
)
@click.pass_obj
def command(options: Options, old: str, new: str, offline: bool, csv_path: Path | None) -> int:
    """Say what another schedule changes, and for how many records.

    OLD and NEW are files, or folders of them; 'in-force' is what people adopted, and where nobody did yet, what the
    settings name. Where there are settings, every record of a class whose rule changes is dated under both, so that it
    is seen before anybody adopts it how many become due sooner, later or never. Nothing is changed and nothing is
    remembered. A store that cannot be read whole is named and left out, and the exit code is then 69.
    """
    if old == new == IN_FORCE:
        raise click.UsageError("OLD and NEW are both what is in force; name a file for one of them")
    from retentiond.domain.differences import differences
    from retentiond.domain.errors import StoreUnavailable
    from retentiond.lifecycle.compare import compare

    compared = None
    with ExitStack() as stack:
        needed = IN_FORCE in (old, new)
        tools = None
        if needed or (not offline and _has_settings(options)):
            tools = stack.enter_context(opened(options))
        before, after = _schedules(tools, old, new)
        if tools is not None and not offline:
            compared = compare(tools, before, after, tell=stack.enter_context(progress(options)))
    changes = differences(before, after)
    if csv_path is not None:
        write_csv(csv_path, HEADINGS, rows(changes, compared))
    files = [] if csv_path is None else [str(csv_path)]
    lines = [
        *_lines(before, after, changes, compared, offline=offline),
        *(f"Written: {path}" for path in files),
    ]
    code = StoreUnavailable.exit_code if compared and compared.faults else 0
    return answer(options, body(before, after, changes, compared) | {"files": files}, lines, code=code)


def _schedules(tools: Tools | None, old: str, new: str) -> tuple[Sequence[Schedule], Sequence[Schedule]]:
    from retentiond.config.schedules import read_schedules
    from retentiond.domain.differences import alike

    if tools is None or IN_FORCE not in (old, new):
        return read_schedules([Path(old)]), read_schedules([Path(new)])
    from retentiond.service.adopted import schedules_in_force

    given = read_schedules([Path(new if old == IN_FORCE else old)])
    current = alike(schedules_in_force(tools), given)
    return (current, given) if old == IN_FORCE else (given, current)


def _has_settings(options: Options) -> bool:
    """Whether there are settings; those that were named must be there."""
    from retentiond.domain.errors import ConfigurationRefused

    try:
        settings_path(options)
    except ConfigurationRefused:
        if options.config is not None:
            raise
        return False
    return True


def _lines(
    old: Sequence[Schedule],
    new: Sequence[Schedule],
    changes: Sequence[Difference],
    compared: Compared | None,
    *,
    offline: bool,
) -> Iterator[Line]:
    yield f"From {_named(old)} to {_named(new)}:"
    if changes:
        yield Table(
            ("class", "title", "change", "in words"),
            [(one.code or "the schedule", one.title, _change(one), one.words) for one in changes],
        )
    else:
        yield "They say the same."
    if compared is not None:
        titles = {one.code: one.title for one in changes if one.code}
        yield from record_lines(compared, titles)
    elif not offline:
        yield "There are no settings here, so no records were looked at."


def _change(one: Difference) -> str:
    from retentiond.domain.differences import Change

    kept = {Change.LONGER: "kept longer", Change.SHORTER: "kept for less time"}
    return kept.get(one.change) or spoken(one.change.value)


def _named(schedules: Sequence[Schedule]) -> str:
    return listed((f"{one.name}, version {one.version}" for one in schedules), none="nothing in force")
