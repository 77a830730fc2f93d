"""The program's top: which commands there are, each loaded when it is used, and how every run ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from retentiond import __version__
from retentiond.cli.endings import ending
from retentiond.cli.options import Family, Options

COMMANDS = {
    "init": "init",
    "check": "check",
    "schedule": "schedule",
    "schema": "schema",
    "connector": "connector",
    "scan": "scan",
    "due": "due",
    "forecast": "forecast",
    "explain": "explain",
    "list": "lists",
    "review": "review",
    "hold": "holds",
    "event": "events",
    "dispose": "dispose",
    "certificate": "certificates",
    "pseudonym-key": "pseudonym_keys",
    "log": "log",
    "verify": "verify",
    "run": "run",
    "demo": "demo",
}
"""Command to its module in ``retentiond.cli.commands``, in the order of the path of a record."""


class Root(Family):
    """The group of all commands. A module is imported only when its command is run or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the commands in the order of the path of a record."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        """Import a command's module and return the command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"retentiond.cli.commands.{COMMANDS[cmd_name]}").command
        return found

    def main(  # type: ignore[override]  # it never returns
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,  # noqa: ANN401  # click's own
    ) -> NoReturn:
        """Run a command line to its end.

        Raises:
            SystemExit: always, with the exit code.
        """
        options = extra.setdefault("obj", Options())
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        try:
            code = super().main(given, prog_name or "retentiond", **extra)
        except Exception as error:  # noqa: BLE001  # the one place where every error ends
            options.json = options.json or "--json" in given
            code = ending(error, options)
        sys.exit(code if isinstance(code, int) else 0)


@click.command(cls=Root)
@click.version_option(__version__, prog_name="retentiond", message="%(prog)s %(version)s")
def retentiond() -> None:
    """Keep the promise a retention schedule makes.

    Records past their period are found, put on disposal lists, reviewed by people, destroyed, anonymised or
    pseudonymised, verified and certified. Nothing goes without every approval its class requires.
    """
