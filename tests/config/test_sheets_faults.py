from __future__ import annotations

from pathlib import Path

import pytest

from retentiond.config.sheets.reading import read_content, read_sheet
from retentiond.domain.errors import ConfigurationRefused
from tests.config.bad_sheets import CSV, WORKBOOKS
from tests.config.made_sheets import class_rows, csv_bytes, csv_rows, good_workbook

SAID = (Path(__file__).parent / "bad_sheets.txt").read_text(encoding="utf-8")
CASES = {f"workbook: {name}": (content, ".xlsx") for name, content in WORKBOOKS.items()}
CASES |= {f"csv: {name}": (content, ".csv") for name, content in CSV.items()}


def refusal(content: bytes, ending: str) -> list[str]:
    """Return the faults of a file called ``a``, each as people read it."""
    with pytest.raises(ConfigurationRefused) as refused:
        read_content(content, f"a{ending}", ending)
    return [str(one).removeprefix(f"a{ending}: ") for one in refused.value.faults]


def expected() -> dict[str, list[str]]:
    """Return what is said of each, by its name."""
    blocks = (block.splitlines() for block in SAID.split("\n\n"))
    return {lines[0]: [line.strip() for line in lines[1:]] for lines in blocks}


@pytest.mark.parametrize("name", CASES)
def test_each_bad_spreadsheet_is_refused_with_exactly_its_complaints(name: str) -> None:
    """Each way of being wrong has its sentence and its place as the program shows it, and all of them come at once."""
    assert refusal(*CASES[name]) == expected()[name]


def test_what_is_said_is_said_of_a_case() -> None:
    """No expectation is left of a case that is no longer there, and there are enough of them to trust."""
    assert list(expected()) == list(CASES)
    assert len(CASES) > 50


def test_faults_of_a_file_name_the_file(tmp_path: Path) -> None:
    """A place starts with the path as it was given, and a file that cannot be read says why."""
    path = tmp_path / "a.csv"
    with pytest.raises(ConfigurationRefused, match="this file cannot be read: no such file or directory; check the"):
        read_sheet(path)
    path.write_bytes(csv_bytes(csv_rows({"Then": None})))
    with pytest.raises(ConfigurationRefused) as refused:
        read_sheet(path)
    assert refused.value.faults[0].place == f"{path}: row 2, column Then"
    other = tmp_path / "a.pdf"
    other.touch()
    with pytest.raises(ConfigurationRefused, match="this is not a spreadsheet that can be read; save it as one that"):
        read_sheet(other)


def test_a_thousand_faults_come_in_the_order_of_the_rows() -> None:
    """A fault in each of a thousand rows is a thousand complaints, row 10 after row 9."""
    rows = class_rows(*({"Code": f"A{number}", "Keep for": "long"} for number in range(1000)))
    faults = refusal(good_workbook(Classes=rows), ".xlsx")
    assert [one.split(",")[1] for one in faults] == [f" row {number}" for number in range(2, 1002)]
