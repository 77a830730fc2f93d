"""``retentiond schedule lint``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from retentiond.cli.answers import Advice, Line, Styled, answer
from retentiond.cli.given import DAY
from retentiond.cli.installed import settings_path
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import counted, listed, stamp
from retentiond.domain.errors import ConfigurationRefused

if TYPE_CHECKING:
    from retentiond.config.lint.linting import Linted, Told
    from retentiond.domain.definitions import Definition

_PATH = click.Path(path_type=Path)


@click.command("lint", cls=Verb)
@click.argument("paths", nargs=-1, type=_PATH, metavar="[PATHS]")
@click.option("--connectors", multiple=True, type=_PATH, metavar="PATH", help="Definitions to hold them against.")
@click.option("--on", type=DAY, metavar="DATE", help="The day to look at them.  [default: today]")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.pass_obj
def command(
    options: Options, paths: tuple[Path, ...], connectors: tuple[Path, ...], on: date | None, strict: bool
) -> int:
    """Say what is wrong, or unwise, in schedules that can be read.

    PATHS are schedules, or folders of them; without any, those of the settings, held against the settings' own
    definitions. Periods are compared with statutory floors, labels with rules, exceptions with one another. Nothing
    is changed. The exit code is 0 where there are warnings at most, 1 where there are errors, and 78 where a file
    cannot be used as written; the others are looked at all the same.
    """
    from retentiond.config.lint.linting import lint_files

    schedules, stores = _files(options, paths, connectors)

    def definitions() -> Sequence[Definition]:
        from retentiond.config.definitions import read_definitions

        return read_definitions(stores)

    linted = lint_files(
        schedules, definitions if stores else None, lambda zone: on or datetime.now(ZoneInfo(zone)).date()
    )
    errors = [one for one in linted.told if strict or one.severity == "error"]
    warnings = [one for one in linted.told if not strict and one.severity == "warning"]
    body = {
        "ok": not errors,
        "on": stamp(on),
        "strict": strict,
        "errors": [_body(one) for one in errors],
        "warnings": [_body(one) for one in warnings],
        "schedules": linted.schedules,
        "classes": linted.classes,
    }
    code = ConfigurationRefused.exit_code if not linted.usable else 1 if errors else 0
    return answer(options, body, _lines(linted, errors, warnings), code=code)


def _files(
    options: Options, paths: Sequence[Path], connectors: Sequence[Path]
) -> tuple[Sequence[Path], Sequence[Path]]:
    """Return the schedules to look at, and the definitions to hold them against."""
    if paths:
        return paths, connectors
    from retentiond.config.settings import read_settings

    settings = read_settings(settings_path(options))
    own = [Path(one) for one in settings.connectors]
    return [Path(one) for one in settings.schedules], connectors or own


def _body(told: Told) -> dict[str, str]:
    fault = told.fault
    return {"rule": told.rule, "place": fault.place, "message": fault.message, "remedy": fault.remedy}


def _lines(linted: Linted, errors: Sequence[Told], warnings: Sequence[Told]) -> Iterator[Line]:
    for heading, found, colour in (("Errors:", errors, "red"), ("Warnings:", warnings, "yellow")):
        if found:
            yield heading
        for one in found:
            yield Styled(str(one.fault), colour)
    where = f"{counted(linted.schedules, 'schedule')} with {counted(linted.classes, 'class', 'classes')}"
    if not errors and not warnings:
        yield Styled(f"Nothing found in {where}.", "green")
        return
    counts = [(len(errors), "error"), (len(warnings), "warning")]
    said = listed(counted(number, thing) for number, thing in counts if number)
    yield Styled(f"{said} in {where}.", "red" if errors else "yellow")
    yield Advice("Put the errors right; a warning may have a good reason.")
