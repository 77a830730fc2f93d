"""``retentiond run``."""

from __future__ import annotations

import click

from retentiond.cli.answers import answer
from retentiond.cli.installed import settings_path
from retentiond.cli.options import Options, Verb


@click.command("run", cls=Verb)
@click.pass_obj
def command(options: Options) -> int:
    """Run the daemon until it is told to stop.

    It scans and disposes at the times the settings give, and logs to standard error. Under systemd it says when it is
    ready and that it is alive. SIGTERM ends it between two batches of orders; SIGHUP reads the configuration again.
    """
    path = settings_path(options)
    from retentiond.service.daemon import run_daemon

    code = run_daemon(path)
    return answer(options, {"exit_code": code}, (), code=code)
