from __future__ import annotations

import re
from pathlib import Path

import pytest
from click import Command, Context, Group

from retentiond.cli.root import retentiond

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *(ROOT / "docs").glob("*/*.md"))
    if not path.relative_to(ROOT).parts[0].startswith(".")
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
COMMAND = re.compile(r"(?:^\$ |`)retentiond ((?:[a-z]+(?:-[a-z]+)* ?)+)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link to a file of the repository names a file that is there."""
    broken = [to for to in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / to).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_named_exists(page: Path) -> None:
    """A command that a page tells the reader to type is one that retentiond has."""
    unknown = []
    for words in COMMAND.findall(page.read_text(encoding="utf-8")):
        here: Command = retentiond
        for word in words.split():
            if not isinstance(here, Group):
                break
            found = here.get_command(Context(here), word)
            if found is None:
                unknown.append(words.strip())
                break
            here = found
    assert unknown == []


def test_the_tree_in_the_readme_is_the_package() -> None:
    """The rooms that the README lists are the folders of the package, no more and no fewer."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^  ([a-z]+)/ ", readme, re.MULTILINE))
    rooms = {path.parent.name for path in (ROOT / "retentiond").glob("*/__init__.py")}
    assert listed == rooms


def test_every_decision_is_in_the_index() -> None:
    """The index of decisions names every page, and each page it names is there."""
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\((\d{4}-[^)]+\.md)\)", index)) == {path.name for path in folder.glob("[0-9]*.md")}


def test_every_page_is_in_the_index_of_its_folder() -> None:
    """docs/README.md leads to every page below docs but the decisions, which have an index of their own."""
    docs = ROOT / "docs"
    linked = {(docs / to).resolve() for to in LINK.findall((docs / "README.md").read_text(encoding="utf-8"))}
    pages = {page for page in docs.rglob("*.md") if page.parent.name != "decisions"} - {docs / "README.md"}
    assert {str(page.relative_to(docs)) for page in pages - linked} == set()


def test_the_first_commands_are_targets_of_the_makefile() -> None:
    """Every ``make`` target that the README or the contributors' page names is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"make ([a-z]+)", (ROOT / page).read_text(encoding="utf-8")):
            if target in ("an", "every", "is"):
                continue
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), (page, target)
