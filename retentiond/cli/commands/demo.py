"""``retentiond demo``."""

from __future__ import annotations

from pathlib import Path

import click

from retentiond.cli.options import Options, Verb


@click.command("demo", cls=Verb)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Leave the made-up council in this folder to look around in.",
)
@click.pass_obj
def command(options: Options, keep: Path | None) -> int:
    """Walk a made-up council's records through the whole path.

    From the first scan to the certificate, on real stores. Everything happens in a folder of its own with stores of
    its own; no setting of yours is read.
    """
    from retentiond.demo.run import run_demo

    run_demo(keep)
    return 0
