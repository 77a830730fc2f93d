"""``retentiond log``."""

from __future__ import annotations

from pathlib import Path

import click

from retentiond.cli.answers import Advice, Line, answer
from retentiond.cli.installed import opened
from retentiond.cli.options import Family, Options


@click.group("log", cls=Family)
def command() -> None:
    """Export the log of everything that was decided and done."""


@command.command("export")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR", help="Where to."
)
@click.pass_obj
def export(options: Options, folder: Path) -> int:
    """Write the whole log as C2SP tiles with its signed events."""
    from retentiond.lifecycle.export import export_log

    with opened(options) as tools:
        written = export_log(tools, folder)
    lines: list[Line] = [
        f"The log was written to {written}.",
        Advice(f"Next: 'retentiond verify {written} --trust FILE' replays it with keys somebody pinned."),
    ]
    return answer(options, {"folder": str(written)}, lines)
