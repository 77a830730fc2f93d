"""Values people type: dates, and reasons that are not empty."""

from __future__ import annotations

from datetime import date, datetime

import click


class Day(click.ParamType[date]):
    """A date as ``2026-04-01`` or ``1 April 2026``."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a date."""
        if isinstance(value, date):
            return value
        forms = ("%Y-%m-%d", "%d %B %Y")
        for form in forms:
            try:
                return datetime.strptime(str(value), form).date()  # noqa: DTZ007  # a civil date has no zone
            except ValueError:
                continue
        raise click.BadParameter("it is not a date; write 2026-04-01 or '1 April 2026'", ctx, param)


DAY = Day()
