from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from retentiond.cli.endings import INTERRUPTED, UNEXPECTED, USAGE
from retentiond.cli.reference import reference
from retentiond.domain.errors import RetentiondError

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    """docs/reference/cli.md is what ``python -m retentiond.cli.reference`` prints."""
    assert (REFERENCE / "cli.md").read_text(encoding="utf-8") == reference()


def all_errors(of: type[RetentiondError] = RetentiondError) -> Iterator[type[RetentiondError]]:
    """Yield the class and every class below it."""
    yield of
    for one in of.__subclasses__():
        yield from all_errors(one)


def test_the_page_of_exit_codes_names_every_class_with_its_code() -> None:
    """docs/reference/exit-codes.md names each refusal with the code it ends with, and no code that does not exist."""
    page = (REFERENCE / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `?([A-Za-z]*)`? \|", page, flags=re.MULTILINE)
    stated = {(int(code), name) for code, name in rows}
    raised = {(one.exit_code, one.__name__) for one in all_errors() if one.__module__.startswith("retentiond.domain")}
    others = {(0, "done"), (USAGE, "usage"), (UNEXPECTED, "unexpected"), (INTERRUPTED, "interrupted")}
    assert stated == raised | others
