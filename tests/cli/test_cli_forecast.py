from __future__ import annotations

import csv
import re
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.cli.chart import MOST_SERIES, Series, stacked_bars
from retentiond.cli.files import write_csv, write_text
from retentiond.cli.text import size
from tests.cli.small_installation import ROOT, Installation

SVG = "{http://www.w3.org/2000/svg}"
NAMES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=70)
BARS = st.lists(st.integers(0, 50_000), min_size=1, max_size=40)


def test_a_forecast_counts_every_record_once(installation: Installation) -> None:
    """On a real store each record is due now, in a month, later or never; the table and the JSON agree."""
    said = installation.run("forecast").output
    rows = {line.split("  ")[0]: line.split()[-1] for line in said.splitlines()[1:17]}
    assert rows["due now"] == "5"
    assert rows["untriggered"] == "1"
    assert rows["later"] == "1", "a case closed today is due in six years"
    assert "Size: not counted by the store matters." in said
    assert "Nothing was changed." in said
    (line,) = installation.json("forecast")["lines"]
    amounts = [*line["spans"], *(line[when] for when in ("due_now", "later", "permanent", "untriggered"))]
    assert sum(one["records"] for one in amounts) == 7
    assert all(one["bytes"] is None for one in amounts)


def test_years_reach_further_than_months(installation: Installation) -> None:
    """With years as long as the period nothing is left for later."""
    found = installation.json("forecast", "--years", "7")
    assert found["lines"][0]["spans"][-1]["records"] + found["lines"][0]["spans"][-2]["records"] == 1
    assert found["lines"][0]["later"]["records"] == 0
    assert installation.run("forecast", "--years", "1", "--months", "2", code=2).exit_code == 2


def test_a_forecast_can_be_narrowed(installation: Installation) -> None:
    """A class or store that does not exist is named; one that does is alone in the answer."""
    assert installation.json("forecast", "--class", "M-02")["lines"] == []
    assert "M-99" in installation.run("forecast", "--class", "M-99", code=66).stderr
    assert "elsewhere" in installation.run("forecast", "--store", "elsewhere", code=66).stderr


def test_a_store_that_cannot_be_read_ends_with_69(installation: Installation, tmp_path: Path) -> None:
    """What can be said is printed, the store is named, also in the chart, and the exit code says to try again."""
    (installation.folder / "store.db").unlink()
    result = installation.run("forecast", "--svg", str(tmp_path / "part.svg"), code=69)
    assert "FAILED matters/matter" in result.output
    assert "Not in the bars: matter in matters, not read" in (tmp_path / "part.svg").read_text(encoding="utf-8")
    assert installation.json("forecast", code=69)["stores"][0]["failure"]


def test_the_table_for_spreadsheets_has_a_row_for_each_class_and_month(
    installation: Installation, tmp_path: Path
) -> None:
    """The CSV has a heading, a row for each class and month and four for the rest, and no cell that runs."""
    path = tmp_path / "forecast.csv"
    assert f"Written: {path}" in installation.run("forecast", "--months", "3", "--csv", str(path)).output
    text = path.read_bytes().decode("utf-8-sig")
    rows = [*csv.DictReader(text.splitlines())]
    assert len(rows) == 3 + 4
    assert sum(int(row["records"]) for row in rows) == 7
    assert {row["class"] for row in rows} == {"M-01"}
    assert rows[1]["to"] > rows[1]["from"] > date(2026, 1, 1).isoformat()


def test_a_title_that_is_a_formula_is_written_as_text(tmp_path: Path) -> None:
    """What comes from a schedule's words does not run in whoever opens the table."""
    write_csv(tmp_path / "a.csv", ("title", "records"), [("=HYPERLINK(1)", 3), ("@SUM(A1)", 1), ("+1", 0), (None, -2)])
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines() == [
        "title,records",
        "'=HYPERLINK(1),3",
        "'@SUM(A1),1",
        "'+1,0",
        ",'-2",
    ]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, installation: Installation) -> None:
    """A folder that is not there is a usage error with the path, and no traceback."""
    with pytest.raises(click.BadParameter, match="no such file"):
        write_text(tmp_path / "nowhere" / "a.svg", "x")
    result = installation.run("forecast", "--csv", str(tmp_path / "nowhere" / "a.csv"), code=2)
    assert "nowhere" in result.stderr


def parsed(text: str) -> Element:
    """Return a drawing as a tree."""
    return fromstring(text)  # noqa: S314 - our own


def test_the_chart_stands_alone(installation: Installation, tmp_path: Path) -> None:
    """The SVG has no script, refers to nothing, has a title, a description and a legend, and names what is left out."""
    with sqlite3.connect(installation.folder / "store.db") as store:
        store.execute("UPDATE matter SET ended_on = date('now', '-5 years', '-6 months') WHERE matter_ref = 'M/open'")
    store.close()
    path = tmp_path / "forecast.svg"
    installation.run("forecast", "--svg", str(path))
    text = path.read_text(encoding="utf-8")
    root = parsed(text)
    assert root.get("role") == "img"
    labelled = {one.get("id"): one.text or "" for one in root if one.get("id")}
    assert labelled["chart-title"].startswith("Records falling due, ")
    assert labelled["chart-description"].startswith("1 record falls due, most in ")
    assert (root.get("aria-labelledby") or "").split() == ["chart-title", "chart-description"]
    drawn = "".join(one.text or "" for one in root.iter(f"{SVG}text"))
    assert "Not in the bars: 5 due now; 1 without a date" in drawn
    assert "M-01 Closed matter" in drawn
    assert [one for one in root.iter() if "script" in str(one.tag)] == []
    assert re.findall(r"(?:href|src|url\(|@import|//)[^>]{0,40}", text.replace("http://www.w3.org/2000/svg", "")) == []


@given(st.lists(st.tuples(NAMES, BARS), max_size=12), st.integers(1, 40))
def test_every_record_is_in_the_chart(series: list[tuple[str, list[int]]], bars: int) -> None:
    """Whatever the classes, each bar's parts add up, at most so many colours are used, and the drawing is XML."""
    given_series = [Series(name, (values * bars)[:bars]) for name, values in series]
    labels = [f"Month {number}" for number in range(bars)]
    root = parsed(stacked_bars("Title", "beside", labels, given_series, "described"))
    said = [one.text or "" for one in root.iter(f"{SVG}title")][1:]
    found = [int(one.rpartition(": ")[2].replace(",", "")) for one in said]
    assert sum(found) == sum(sum(one.values) for one in given_series)
    assert len(said) <= MOST_SERIES * bars


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_234_000_000, "1.2 GB"),
        (5 * 10**15, "5,000.0 TB"),
    ],
)
def test_bytes_are_said_in_units(value: int, words: str) -> None:
    """Sizes are in the decimal units that stores and suppliers count in."""
    assert size(value) == words


def test_a_forecast_without_a_chart_loads_no_drawing_library(installation: Installation) -> None:
    """The drawing library is imported when a chart is asked for, and by no other command."""
    program = (
        "import sys; sys.argv = ['retentiond', 'forecast']\n"
        "from retentiond.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print('LOADED', 'pygal' in sys.modules)"
    )
    environment = installation.process_environment | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED False"
