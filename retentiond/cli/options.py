"""What every command accepts, before its name and after it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

ON = frozenset({"1", "true", "yes", "on"})


@dataclass(slots=True)
class Options:
    """The options every command shares, as given so far. A later one wins."""

    config: Path | None = None
    json: bool = False
    no_color: bool = False
    person: str | None = None
    quiet: bool = False
    command: str = ""
    """The command under way without the program's name: ``list show``."""

    @property
    def color(self) -> bool | None:
        """False: never colour. None: only on a terminal."""
        return False if self.no_color or os.environ.get("NO_COLOR") else None

    @property
    def debug(self) -> bool:
        """Whether unexpected errors show their traceback (``RETENTIOND_DEBUG=1``)."""
        return os.environ.get("RETENTIOND_DEBUG", "").lower() in ON


_CONFIG = "Settings file. Else RETENTIOND_CONFIG, ./retentiond.yaml, /etc/retentiond/retentiond.yaml."
_PERSON = "Who decides: an id from the settings. Else RETENTIOND_PERSON, or your login name."
_SHARED: dict[str, tuple[str, dict[str, Any]]] = {
    "config": ("--config", {"type": click.Path(path_type=Path), "metavar": "PATH", "help": _CONFIG}),
    "json": ("--json", {"is_flag": True, "help": "Print one JSON object instead of text."}),
    "no_color": ("--no-color", {"is_flag": True, "help": "No colour. So does NO_COLOR."}),
    "person": ("--as", {"metavar": "PERSON", "help": _PERSON}),
    "quiet": ("--quiet", {"is_flag": True, "help": "No progress and no advice on what to do next."}),
}

SHARED_NAMES = frozenset(_SHARED)


def common_options() -> list[click.Parameter]:
    """Return the shared options, each writing what it is given to the context's :class:`Options`."""
    return [
        click.Option([flag, name], default=None, expose_value=False, callback=_remember, **how)
        for name, (flag, how) in _SHARED.items()
    ]


def _remember(context: click.Context, option: click.Parameter, value: object) -> None:
    options = context.ensure_object(Options)
    if value is not None and option.name is not None:
        setattr(options, option.name, value)


class Verb(click.Command):
    """A command that also takes the shared options and lists them apart from its own."""

    def __init__(self, *args: object, **extra: object) -> None:
        super().__init__(*args, **extra)  # type: ignore[arg-type]  # click's own arguments, handed on
        self.params.extend(common_options())

    def invoke(self, ctx: click.Context) -> object:
        """Note which command is under way and run it."""
        ctx.ensure_object(Options).command = ctx.command_path.partition(" ")[2]
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, and then the shared ones."""
        own, shared = _apart(self, ctx)
        if own:
            with formatter.section("Options"):
                formatter.write_dl(own)
        with formatter.section("Options of every command"):
            formatter.write_dl(shared)


class Family(click.Group):
    """Commands about one thing (``list``, ``hold``); takes the shared options as well."""

    command_class = Verb

    def __init__(self, *args: object, **extra: object) -> None:
        super().__init__(*args, **extra)  # type: ignore[arg-type]  # click's own arguments, handed on
        self.params.extend(common_options())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands first, and then the shared options."""
        self.format_commands(ctx, formatter)
        own, shared = _apart(self, ctx)
        with formatter.section("Options of every command"):
            formatter.write_dl(own + shared)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the commands in the order in which they are used."""
        return list(self.commands)


def _apart(command: click.Command, context: click.Context) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    own: list[tuple[str, str]] = []
    shared: list[tuple[str, str]] = []
    for one in command.get_params(context):
        line = None if isinstance(one, click.Argument) else one.get_help_record(context)
        if line is not None:
            (shared if one.name in SHARED_NAMES else own).append(line)
    return own, shared
