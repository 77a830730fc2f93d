from __future__ import annotations

import os
import pty
import re
import select
import sqlite3
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.cli.answers import Advice, Line, Styled, Table, answer, plain_rows
from retentiond.cli.options import Options
from retentiond.cli.text import counted, day, listed, printable
from tests.cli.commanded import command_line
from tests.cli.small_installation import Installation
from tests.forked import end_of, forked

ESCAPE = "\x1b"
CELLS = st.text(max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6))
def test_a_plain_table_is_one_line_a_row_with_aligned_columns(rows: list[tuple[str, str, str]]) -> None:
    """Off a terminal a table has a heading line and one line a row, and no cell starts left of its column."""
    lines = plain_rows(Table(("first", "second", "third"), rows))
    assert len(lines) == len(rows) + 1
    starts = [lines[0].index(heading) for heading in ("first", "second", "third")]
    for line, row in zip(lines[1:], rows, strict=True):
        cells = [printable(cell) for cell in row]
        padded = line.ljust(starts[2] + len(cells[2]))
        assert [padded[start : start + len(cell)] for start, cell in zip(starts, cells, strict=True)] == cells


def test_numbers_are_aligned_to_the_right() -> None:
    """Columns of numbers end at the same place, so that magnitudes can be compared."""
    rows = plain_rows(Table(("store", "due"), [("a", "1,204"), ("b", "9")], frozenset({1})))
    assert rows == ["store    due", "a      1,204", "b          9"]


@given(st.text())
def test_no_text_of_a_store_can_steer_a_terminal(text: str) -> None:
    """What is printed holds no control character, whatever the store holds, and every other character stays."""
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert all(there == here for here, there in zip(text, shown, strict=True) if here.isprintable())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (day(date(2026, 4, 1)), "1 April 2026"),
        (day(None), ""),
        (counted(1, "record"), "1 record"),
        (counted(1204, "record"), "1,204 records"),
        (counted(2, "person", "people"), "2 people"),
        (listed(["a"]), "a"),
        (listed(["a", "b", "c"]), "a, b and c"),
    ],
)
def test_values_are_written_as_people_write_them(said: str, expected: str) -> None:
    """Dates, counts and lists read like plain English."""
    assert said == expected


def test_quiet_leaves_out_advice_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """With --quiet the answer stays and advice on what to do next goes."""
    lines: list[Line] = ["the answer", Advice("do this next"), Styled("a warning", "yellow")]
    assert answer(Options(quiet=True), {}, lines, code=3) == 3
    assert capsys.readouterr().out == "the answer\na warning\n"
    answer(Options(), {}, lines)
    assert capsys.readouterr().out == "the answer\ndo this next\na warning\n"


def test_a_reference_with_control_characters_is_shown_without_them(installation: Installation) -> None:
    """An escape sequence in a store's reference reaches neither text nor terminal; JSON escapes it."""
    with sqlite3.connect(installation.folder / "store.db") as store:
        store.execute("UPDATE matter SET matter_ref = 'M' || char(27) || '[2J' WHERE matter_id = 1")
    store.close()
    installation.scanned()
    assert ESCAPE not in installation.run("due").output
    assert ESCAPE not in installation.run("due", "--json").output
    assert installation.json("due")["findings"][0]["reference"] == "M\x1b[2J"


def on_a_terminal(installation: Installation, *words: str, **variables: str) -> str:
    """Run a command on a pseudo-terminal and return all it writes there."""
    ours, theirs = pty.openpty()
    environment = installation.process_environment | {"TERM": "xterm-256color", "COLUMNS": "100"} | variables
    terminal = os.ttyname(theirs)
    written = b""
    try:
        process = forked(command_line, *words, environment=environment, outputs={1: terminal, 2: terminal})
        ended = False
        while not ended:
            ended = process.exitcode is not None
            while select.select([ours], [], [], 0.01)[0]:
                written += os.read(ours, 65_536)
        assert end_of(process) == 0, written.decode()
    finally:
        os.close(theirs)
        os.close(ours)
    return written.decode()


def test_colour_is_for_terminals_that_want_it(installation: Installation) -> None:
    """Colour is used on a terminal; NO_COLOR and --no-color each keep it away; a pipe never sees any."""
    number = installation.listed()
    colours = f"{ESCAPE}[3"
    assert colours in on_a_terminal(installation, "list", "show", number)
    assert colours not in on_a_terminal(installation, "list", "show", number, NO_COLOR="1")
    assert colours not in on_a_terminal(installation, "list", "show", number, "--no-color")
    assert ESCAPE not in installation.run("list", "show", number).output


def test_a_scan_shows_its_progress_on_a_terminal_only(installation: Installation) -> None:
    """A terminal sees how many records were examined as the scan goes; --quiet and a pipe see the result alone."""
    assert "records examined" in on_a_terminal(installation, "scan")
    for words in (("scan", "--quiet"), ("scan", "--json")):
        assert f"{ESCAPE}[?25l" not in on_a_terminal(installation, *words)
    assert installation.run("scan").stderr == ""


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_a_table_fits_the_terminal_and_cuts_nothing(installation: Installation, width: int) -> None:
    """On a terminal long cells fold within its width; no character of them is lost."""
    found = installation.scanned().json("due")["findings"]
    shown = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(installation, "due", "--no-color", COLUMNS=str(width)))
    table = [line for line in shown.splitlines() if "matters/" in line or "case closed" in line]
    assert table
    assert max(len(line) for line in table) <= width
    wanted = Counter("".join(f"{one['record']}{one['reason']}" for one in found).replace(" ", ""))
    assert wanted <= Counter(shown)
    assert "…" not in shown
