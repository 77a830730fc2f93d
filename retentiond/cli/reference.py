"""Pages from the commands: ``python -m retentiond.cli.reference`` prints ``docs/reference/cli.md``.

With ``front-page`` behind it, it prints ``retentiond/cli/front_page.txt``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from retentiond.cli.options import SHARED_NAMES
from retentiond.cli.root import retentiond

WIDTH = 100
FRONT_WIDTH = 78
"""Where click breaks lines on a terminal of 80 columns or more."""
_INTRODUCTION = """\
# The command line

Written from the commands by `python -m retentiond.cli.reference`; a test compares the two.

Dates are given as `2026-04-01` or `"1 April 2026"`. What each command prints with `--json` is in [json.md](json.md),
what its exit code means in [exit-codes.md](exit-codes.md). Completion for a shell:
`eval "$(_RETENTIOND_COMPLETE=bash_source retentiond)"` (`zsh_source`, `fish_source`).

## Options of every command

They may stand before or after the command's name.
"""


def reference() -> str:
    """Return the page: every command in the order of the path of a record, with its help text."""
    return "\n".join([_INTRODUCTION, *_blocks()]) + "\n"


def front_page() -> str:
    """Return what ``retentiond --help`` says on a terminal of 80 columns or more."""
    return click.Context(retentiond, info_name="retentiond", terminal_width=FRONT_WIDTH).get_help() + "\n"


def _blocks() -> Iterator[str]:
    top = click.Context(retentiond, info_name="retentiond", terminal_width=WIDTH, max_content_width=WIDTH)
    formatter = top.make_formatter()
    shared = [one for one in retentiond.get_params(top) if one.name in SHARED_NAMES]
    formatter.write_dl([line for line in (one.get_help_record(top) for one in shared) if line])
    yield _fenced(formatter.getvalue())
    for context in _commands(top):
        yield f"## {context.command_path.partition(' ')[2]}\n"
        yield _fenced(context.get_help().partition("\nOptions of every command:")[0])


def _commands(parent: click.Context) -> Iterator[click.Context]:
    group = parent.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is None:
            continue
        context = click.Context(command, info_name=name, parent=parent)
        yield context
        yield from _commands(context)


def _fenced(text: str) -> str:
    return f"```text\n{text.strip()}\n```\n"


if __name__ == "__main__":
    click.echo(front_page() if sys.argv[1:] == ["front-page"] else reference(), nl=False)
