"""``retentiond schedule …``: what is done with retention schedules before and when they come into force."""

from __future__ import annotations

import click

from retentiond.cli.commands import schedule_diff, schedule_lint
from retentiond.cli.commands.schedule_adopt import adopt_command, show_command, versions_command
from retentiond.cli.commands.schedule_sheets import export_command, import_command
from retentiond.cli.options import Family


@click.group("schedule", cls=Family)
def command() -> None:
    """Check, compare, adopt and exchange retention schedules."""


command.add_command(schedule_lint.command)
command.add_command(schedule_diff.command)
command.add_command(adopt_command)
command.add_command(versions_command)
command.add_command(show_command)
command.add_command(export_command)
command.add_command(import_command)
