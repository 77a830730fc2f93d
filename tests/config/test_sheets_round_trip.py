from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from retentiond.config.schedules import read_schedule
from retentiond.config.sheets.columns import CLASS, EVENT, FLAT, HEAD
from retentiond.config.sheets.guard import guarded, unguarded
from retentiond.config.sheets.reading import read_content
from retentiond.config.sheets.workbook import read_workbook
from retentiond.config.sheets.writing import schedule_csv, schedule_workbook
from retentiond.config.written import schedule_text
from retentiond.domain.errors import ConfigurationRefused
from retentiond.domain.schedule import Schedule
from tests.config.made_schedules import schedules

HERE = Path(__file__).parents[2]
SHIPPED = sorted((HERE / "schedules").glob("*.yaml"))
Write = Callable[[Schedule], bytes]
KINDS = [pytest.param(schedule_csv, ".csv", id="csv"), pytest.param(schedule_workbook, ".xlsx", id="xlsx")]


@pytest.mark.parametrize(("write", "ending"), KINDS)
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_schedule_comes_back_from_a_spreadsheet(
    path: Path, tmp_path: Path, write: Write, ending: str
) -> None:
    """YAML to spreadsheet to YAML loses nothing of any schedule that is shipped."""
    schedule = read_schedule(path)
    back = read_content(write(schedule), f"a{ending}", ending).schedule
    assert replace(back, digest=schedule.digest) == schedule
    again = tmp_path / "again.yaml"
    again.write_text(schedule_text(back), encoding="utf-8")
    assert replace(read_schedule(again), digest=schedule.digest) == schedule


@pytest.mark.parametrize(("write", "ending"), KINDS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(schedule=schedules())
def test_any_schedule_comes_back_from_a_spreadsheet(write: Write, ending: str, schedule: Schedule) -> None:
    """Every rule and every text comes back as it was, formulas and all."""
    assert replace(read_content(write(schedule), f"a{ending}", ending).schedule, digest="") == schedule


@pytest.mark.parametrize(("write", "ending"), KINDS)
def test_the_same_schedule_gives_the_same_bytes(write: Write, ending: str) -> None:
    """Two exports of one schedule are the same file, so that a difference between files is one between schedules."""
    schedule = read_schedule(SHIPPED[0])
    assert write(schedule) == write(schedule)
    assert read_content(write(schedule), f"a{ending}", ending).schedule.digest


@given(st.text(max_size=6) | st.text(alphabet="'=+-@\t\r＝ a", max_size=5))  # noqa: RUF001 - a full-width sign
@example("'=1+1")
@example("''=1+1")
def test_a_guarded_cell_is_never_a_formula_and_comes_back(text: str) -> None:
    """No cell that is written starts with a sign that starts a formula, and what was guarded is exactly restored."""
    assert not guarded(text).startswith(tuple("=+-@\t\r＝＋－＠"))  # noqa: RUF001 - full-width signs
    assert unguarded(guarded(text)) == text


def test_no_cell_of_an_exported_file_runs_anything() -> None:
    """A title that is a formula is text in both kinds of file."""
    schedule = read_schedule(SHIPPED[0])
    evil = "=cmd|' /C calc'!A1"
    first = replace(schedule.classes[0], title=evil, rationale="+1", source="@SUM(A1)", description="-2+3")
    schedule = replace(schedule, classes=(first,), owner="=1+1")
    cells = [cell for row in csv.reader(io.StringIO(schedule_csv(schedule).decode("utf-8-sig"))) for cell in row]
    assert f"'{evil}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    sheets, _ = read_workbook(schedule_workbook(schedule), "a.xlsx")
    shown = [cell for grid in sheets.values() if grid for row in grid.rows for cell in row.cells.values()]
    assert f"'{evil}" in shown
    assert b"<f>" not in schedule_workbook(schedule)


def test_an_exported_workbook_is_easy_to_fill_in() -> None:
    """Three sheets, their headings those of the documentation, a drop-down list for each column of few words."""
    content = schedule_workbook(read_schedule(SHIPPED[0]))
    sheets, errors = read_workbook(content, "a.xlsx")
    assert not errors
    assert list(sheets) == ["Schedule", "Classes", "Events"]
    assert sheets["Classes"] is not None
    assert [*sheets["Classes"].headings.cells.values()] == [one.heading for one in CLASS]
    assert sheets["Events"] is not None
    assert [*sheets["Events"].headings.cells.values()] == [one.heading for one in EVENT]
    assert sheets["Schedule"] is not None
    keys = [row.cells[1] for row in sheets["Schedule"].rows]
    assert keys == [one.heading for one in HEAD]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        tabs = [parts.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (2, 3)]
    for tab, columns in zip(tabs, (CLASS, EVENT), strict=True):
        assert tab.count('type="list"') == sum(bool(one.words) for one in columns)
        assert 'state="frozen"' in tab
    assert all(len(one.hint) <= 255 and len(",".join(one.words)) <= 255 for one in (*FLAT, *EVENT))


def test_a_text_longer_than_a_cell_is_refused_and_never_cut() -> None:
    """A program would cut it silently; the export says which cell and what to do instead."""
    schedule = read_schedule(HERE / "schedules" / "early-help.yaml")
    long = replace(schedule.classes[0], rationale="y" * 32_768)
    with pytest.raises(ConfigurationRefused) as refused:
        schedule_workbook(replace(schedule, classes=(long,)))
    assert str(refused.value) == (
        f"{long.code}: Rationale: a cell holds at most 32,767 characters, and this has 32,768; "
        "export it to .csv or .yaml"
    )
    assert read_content(schedule_csv(replace(schedule, classes=(long,))), "a.csv", ".csv").schedule.classes == (long,)
