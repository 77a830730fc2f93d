from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Installation

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "json.md"
OPAQUE = frozenset({"statement"})
"""Signed statements have a schema of their own."""
ELSEWHERE = frozenset({"run", "demo"})
"""Commands whose objects other tests look at: they take a signal, or a server."""
ROW = re.compile(r"^\| `([a-z_.\[\]]+)` \| (.+?) \|")


def sections() -> dict[str, dict[str, str]]:
    """Return key to type by section of the page."""
    found: dict[str, dict[str, str]] = {"": {}}
    here = found[""]
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            here = found.setdefault(line[3:], {})
        elif row := ROW.match(line):
            here[row[1]] = row[2]
    return found


def documented(section: str) -> set[str]:
    """Return every key of a section, those of the objects it refers to included."""
    found = sections()
    keys: set[str] = set()
    for key, kind in found[section].items():
        keys.add(key)
        if link := re.fullmatch(r"\[([a-z]+)\]\(#([a-z]+)\)", kind):
            many = "[]" if link[1] != link[2] else ""
            keys |= {f"{key}{many}.{inner}" for inner in found[link[2]]}
    return keys


def keys_of(value: object, prefix: str = "") -> Iterator[str]:
    """Yield the path of every key of a JSON value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            path = f"{prefix}.{key}" if prefix else key
            yield path
            if path not in OPAQUE:
                yield from keys_of(inner, path)
    elif isinstance(value, list):
        for one in value:
            yield from keys_of(one, f"{prefix}[]")


def walk(installation: Installation) -> Iterator[dict[str, Any]]:
    """Run every command so that every key has a value somewhere; yield what each prints."""
    run = installation.json
    yield run("check")
    yield run("scan")
    yield run("due", "--all")
    yield run("explain", "matters/matter/1")
    with sqlite3.connect(installation.folder / "store.db") as store:
        store.execute("UPDATE matter SET ended_on = NULL WHERE matter_id = 4")
    store.close()
    created = run("--as", "ann", "list", "create")
    yield created
    number = created["list"]["number"]
    yield run("list", "show")
    yield run("list", "show", number)
    yield run("dispose", number, "--plan")
    until = ("--until", "2999-01-01", "--reason", "a claim")
    yield run("--as", "sam", "review", "retain", number, "matters/matter/1", *until)
    held = ("--title", "Inquiry", "--authority", "a notice", "--review-on", "2999-01-01")
    yield run("--as", "ann", "review", "hold", number, "matters/matter/2", *held)
    yield run("--as", "ann", "review", "reclassify", number, "matters/matter/3", "--class", "M-02")
    yield run("--as", "ann", "hold", "place", "--subject", "P1", *held)
    yield run("--as", "ann", "hold", "lift", "H-2026-0001", "--authority", "the notice was withdrawn", code=None)
    yield run("hold", "show")
    for end in ("return", "withdraw"):
        again = installation.listed()
        yield run("--as", "ann", "list", end, again, "--reason", "made to be ended")
    last = installation.listed()
    digest = run("list", "show", last)["list"]["digest"]
    yield run("--as", "sam", "list", "approve", last, "--digest", digest)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory, make: Any) -> dict[str, list[dict[str, Any]]]:
    """Return what every command printed on one walk along the path, by command."""
    found: dict[str, list[dict[str, Any]]] = {}
    folder = tmp_path_factory.mktemp("walk")
    return found


def test_every_command_has_its_section() -> None:
    """x"""
