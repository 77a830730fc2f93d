"""``retentiond schedule …``: what is done with retention schedules before and when they come into force."""

from __future__ import annotations

import click

from retentiond.cli.options import Family


@click.group("schedule", cls=Family)
def command() -> None:
    """Check, compare, adopt and exchange retention schedules."""
