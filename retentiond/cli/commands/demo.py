"""``retentiond demo``."""

from __future__ import annotations

from pathlib import Path

import click

from retentiond.cli.answers import answer
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import printable
from retentiond.domain.errors import EvidenceRefused, RetentiondError


@click.command("demo", cls=Verb)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Leave the made-up council in this folder to look around in.",
)
@click.option(
    "--serve",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Start the stores of a council that was kept, until Ctrl+C.",
)
@click.pass_obj
def command(options: Options, keep: Path | None, serve: Path | None) -> int:
    """Walk a made-up council's records through the whole path.

    From the first scan to the certificate, on real stores. Everything happens in a folder of its own with stores of
    its own; no setting of yours is read.
    """
    if keep and serve:
        raise click.UsageError("--keep makes a council and --serve runs one that is there: give one of them")
    try:
        from retentiond.demo.run import run_demo
        from retentiond.demo.serve import serve_demo
    except ModuleNotFoundError as missing:
        why = f"the package {missing.name} it needs is not installed"
        raise RetentiondError.about("demo", why, "install retentiond[demo]") from None

    def tell(line: str) -> None:
        if not options.json:
            click.echo(printable(line))

    if serve:
        serve_demo(serve, tell)
        return answer(options, {"folder": str(serve)}, ())
    ended = run_demo(keep, tell)
    body = {
        "folder": str(keep) if keep else None,
        "list": ended.certificate.list_number,
        "certificate": ended.certificate.number,
        "ok": ended.report.ok,
    }
    return answer(options, body, (), code=0 if ended.report.ok else EvidenceRefused.exit_code)
