"""How a run ends badly: each fault on its own line, an exit code that says which kind, never a traceback."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Sequence

import click

from retentiond.cli.options import Options
from retentiond.cli.text import printable
from retentiond.domain.errors import Fault, RetentiondError

USAGE = 2
UNEXPECTED = 70
INTERRUPTED = 130


def ending(error: Exception, options: Options) -> int:
    """Say what went wrong and return the exit code.

    Faults go to standard error; with ``--json`` an object with the same faults goes to standard output as well.
    """
    match error:
        case RetentiondError():
            faults: Sequence[Fault] = error.faults
            code = error.exit_code
        case click.Abort():
            faults, code = (Fault("", "interrupted", "what was under way goes on with the same command"),), INTERRUPTED
        case click.exceptions.NoArgsIsHelpError() if not options.json:
            click.echo(error.format_message(), err=True)
            return USAGE
        case click.exceptions.NoArgsIsHelpError():
            faults, code = (Fault("", "missing command", _remedy(error)),), USAGE
        case click.UsageError():
            faults, code = (Fault("", _sentence(error.format_message()), _remedy(error)),), USAGE
        case click.ClickException():
            faults, code = (Fault("", _sentence(error.format_message())),), USAGE
        case _:
            said = f"unexpected: {type(error).__name__}"
            faults, code = (Fault("", said, "please report; nothing further was done"),), UNEXPECTED
            if options.debug:
                traceback.print_exception(error)
    try:
        _say(faults, code, options)
    except BrokenPipeError:
        sys.stdout = sys.stderr = None  # nobody reads; Python must not flush at exit
    return code


def _say(faults: Sequence[Fault], code: int, options: Options) -> None:
    if options.json:
        said = [{"place": one.place, "message": one.message, "remedy": one.remedy} for one in faults]
        body = {"version": 1, "command": options.command, "error": {"exit_code": code, "faults": said}}
        click.echo(json.dumps(body, indent=2))
    for fault in faults:
        click.secho(printable(str(fault)), err=True, fg="red", color=options.color)


def _sentence(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".") if text[1:2].islower() else text.rstrip(".")


def _remedy(error: click.UsageError) -> str:
    return f"see '{error.ctx.command_path} --help'" if error.ctx else ""
