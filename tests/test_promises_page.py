from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "promises.md"
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
ROWS = {int(number): (said, kept, shown) for number, said, kept, shown in ROW.findall(PAGE.read_text(encoding="utf-8"))}


def test_the_page_has_every_promise_once() -> None:
    """The page has one row for each of the twelve promises, in their order."""
    numbers = [int(number) for number, *_ in ROW.findall(PAGE.read_text(encoding="utf-8"))]
    assert numbers == list(range(1, 13))


@pytest.mark.parametrize("number", range(1, 13))
def test_a_promise_names_what_keeps_and_what_shows_it(number: int) -> None:
    """Each promise says what it is, and names at least one file of the program and one file of tests that exist."""
    said, kept, shown = ROWS[number]
    assert re.match(r"\*\*[^*]+\*\*", said)
    for links, start in ((kept, "retentiond/"), (shown, "tests/")):
        files = [(text, (PAGE.parent / path).resolve()) for text, path in LINK.findall(links)]
        assert files
        for text, file in files:
            assert file.is_file(), file
            assert str(file.relative_to(ROOT)).startswith(start)
            assert text in (file.name, file.stem, file.parent.name)
            assert start == "retentiond/" or "\ndef test_" in file.read_text(encoding="utf-8")
