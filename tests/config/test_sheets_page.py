from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from retentiond.config.sheets.columns import CLASS, EVENT, HEAD, Column

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "spreadsheets.md"
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize(("section", "columns"), [("Schedule", HEAD), ("Classes", CLASS), ("Events", EVENT)])
def test_the_page_lists_every_column_with_what_it_holds(section: str, columns: Sequence[Column]) -> None:
    """The tables of the reference page are the columns of the code: names, kinds, hints, in their order."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n### {section}\n")[1].split("\n#")[0]
    listed = [row for row in ROW.findall(text) if set(row[0]) != {"-"}]
    assert listed == [(one.heading, one.kind.name.lower().replace("_", " "), one.hint) for one in columns]
