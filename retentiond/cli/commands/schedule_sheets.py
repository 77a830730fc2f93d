"""``retentiond schedule export`` and ``retentiond schedule import``: a whole schedule as a spreadsheet, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, answer
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import counted
from retentiond.domain.errors import ConfigurationRefused

if TYPE_CHECKING:
    from retentiond.config.sheets.reading import Imported
    from retentiond.domain.schedule import Schedule

ENDINGS = (".csv", ".xlsx", ".yaml")
_FORCE = click.option("--force", is_flag=True, help="Overwrite the file that is there.")


@click.command("export", cls=Verb)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "target",
    metavar="PATH",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="What to write: ends in .csv, .xlsx or .yaml.",
)
@_FORCE
@click.pass_obj
def export_command(options: Options, file: Path, target: Path, force: bool) -> int:
    """Write the schedule FILE as a spreadsheet.

    Everything in it but its comments is there, and 'retentiond schedule import' reads it back. A workbook has
    drop-down lists; a CSV file is one flat table. To .yaml the schedule is written anew, laid out like any other.
    """
    from retentiond.config.schedules import read_schedule
    from retentiond.config.written import file_away

    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise ConfigurationRefused.about(
            str(target), "this is not a kind of file a schedule is written to", f"end it in {_or(ENDINGS)}"
        )
    schedule = read_schedule(file)
    file_away(target, _content(schedule, ending), overwrite=force, check=lambda path: _same(path, ending, schedule))
    body = {"from": str(file), "to": str(target), **_about(schedule)}
    return answer(options, body, _exported(schedule, target))


@click.command("import", cls=Verb)
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "target",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The schedule to write: ends in .yaml.",
)
@_FORCE
@click.option(
    "--skip-unclear", is_flag=True, help="Leave out the rows of NARA's layout whose rule is not clear, named."
)
@click.pass_obj
def import_command(options: Options, path: Path, target: Path, force: bool, skip_unclear: bool) -> int:
    """Read the spreadsheet PATH and write it as a schedule.

    PATH is a workbook (.xlsx, .ods) or a CSV file, as 'retentiond schedule export' writes them; or the General Records
    Schedules as NARA publishes them, which are known by their headings. Every fault is named at once with its sheet,
    row and column, and nothing is written then.
    """
    from retentiond.config.sheets.reading import read_sheet
    from retentiond.config.written import file_away

    if target.suffix.lower() != ".yaml":
        raise ConfigurationRefused.about(str(target), "a schedule's name ends in .yaml", "end it so")
    imported = read_sheet(path, skip_unclear=skip_unclear)
    schedule = imported.schedule
    file_away(target, _content(schedule, ".yaml"), overwrite=force, check=lambda new: _same(new, ".yaml", schedule))
    left_out = [{"place": one.place, "message": one.message, "remedy": one.remedy} for one in imported.left_out]
    body = {"from": str(path), "to": str(target), "layout": imported.layout, **_about(schedule), "left_out": left_out}
    return answer(options, body, _imported(imported, path, target))


def _about(schedule: Schedule) -> dict[str, object]:
    return {"schedule": schedule.name, "schedule_version": schedule.version, "classes": len(schedule.classes)}


def _content(schedule: Schedule, ending: str) -> bytes:
    from retentiond.config.sheets.writing import schedule_csv, schedule_workbook
    from retentiond.config.written import schedule_text

    match ending:
        case ".csv":
            return schedule_csv(schedule)
        case ".xlsx":
            return schedule_workbook(schedule)
        case _:
            return schedule_text(schedule).encode()


def _same(path: Path, ending: str, schedule: Schedule) -> None:
    """Refuse what does not read as the schedule it was written from: better no file than another rule."""
    from dataclasses import replace

    from retentiond.config.schedules import read_schedule
    from retentiond.config.sheets.reading import read_content

    read = read_schedule(path) if ending == ".yaml" else read_content(path.read_bytes(), str(path), ending).schedule
    if replace(read, digest=schedule.digest) != schedule:
        said = "what was written does not read as the same schedule"
        raise ConfigurationRefused.about(str(path), said, "please report; nothing was written")


def _exported(schedule: Schedule, target: Path) -> Iterator[Line]:
    yield f"{schedule.name}, version {schedule.version}: {_classes(schedule)} written to {target}."
    yield Advice("Comments of the file are not part of a schedule and are left behind.")


def _imported(imported: Imported, path: Path, target: Path) -> Iterator[Line]:
    schedule = imported.schedule
    yield f"{schedule.name}, version {schedule.version}: {_classes(schedule)} of {path} written to {target}."
    for one in imported.left_out:
        yield Styled(f"left out: {one}", "yellow")
    if imported.left_out:
        yield Styled(f"{counted(len(imported.left_out), 'row')} left out.", "yellow")
    yield Advice(
        f"Next: read {target} through. It comes into force once your settings name it and 'retentiond check' passes."
    )


def _classes(schedule: Schedule) -> str:
    return counted(len(schedule.classes), "class", "classes")


def _or(endings: tuple[str, ...]) -> str:
    return f"{', '.join(endings[:-1])} or {endings[-1]}"
