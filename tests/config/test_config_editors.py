from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from retentiond.config.definitions import read_definition
from retentiond.config.document import read_document
from retentiond.config.editors import DRAFT, SCHEMAS, schema, schema_text
from retentiond.config.meanings import meaning, sections
from retentiond.config.schedules import read_schedule
from retentiond.config.settings import read_settings
from retentiond.config.shape import Shape
from retentiond.config.starting import starting_files
from retentiond.demo.lay_out import Places, write_files
from tests.config.as_editors_read import as_an_editor

TOP = Path(__file__).parents[2]
READERS: dict[str, Callable[[Path], object]] = {
    "schedule": read_schedule,
    "connector": read_definition,
    "settings": read_settings,
}
CHECKS = {kind: Draft7Validator(schema(kind)) for kind in SCHEMAS}
SHIPPED = sorted(
    path
    for folder in ("schedules", "connectors", "retentiond/config/starting", "retentiond/demo/files")
    for path in (TOP / folder).rglob("*.yaml")
)
AS_THEY_ARE = [path for path in SHIPPED if "demo" not in path.parts]
"""The demonstration's files have places that are filled in before anybody reads them."""


def kind_of(path: Path) -> str:
    """Return what kind of file stands there."""
    return {"schedules": "schedule", "connectors": "connector"}.get(path.parent.name, "settings")


def underlined(kind: str, data: object) -> list[str]:
    """Return what an editor would underline."""
    return [f"{one.json_path}: {one.message}" for one in CHECKS[kind].iter_errors(data)]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping inside a schema."""
    if isinstance(node, dict):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(one)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_each_schema_is_json_schema_of_draft_7(kind: str) -> None:
    """Editors know draft 7 and little that is later; no host is named that could be asked, and no reference is dead."""
    whole = schema(kind)
    Draft7Validator.check_schema(whole)
    assert (whole["$schema"], whole["$id"]) == (DRAFT, f"urn:retentiond:schema:{kind}")
    later = {"$defs", "prefixItems", "unevaluatedProperties", "dependentRequired", "dependentSchemas", "$anchor"}
    assert not [one for one in nodes(whole) if later & set(one)]
    assert {one["$ref"].removeprefix("#/definitions/") for one in nodes(whole) if "$ref" in one} <= set(
        whole["definitions"]
    )


@pytest.mark.parametrize("kind", ["schedule", "connector"])
def test_the_schemas_in_the_repository_are_what_the_code_makes(kind: str) -> None:
    """Who opens a file of the repository in an editor is told what this version reads."""
    stale = f"write it anew: retentiond schema {kind} --to {SCHEMAS[kind]}"
    assert (TOP / SCHEMAS[kind]).read_text(encoding="utf-8") == schema_text(kind), stale


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(TOP)))
def test_every_shipped_file_names_its_schema_in_its_first_line(path: Path) -> None:
    """An editor finds the schema beside the file without anybody setting it up."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert first == f"# yaml-language-server: $schema={Path(SCHEMAS[kind_of(path)]).name}"


def test_what_a_first_line_names_is_there_wherever_files_are_written(tmp_path: Path) -> None:
    """Beside every file that init and the demonstration write stands the schema that its first line names."""
    for name, text in starting_files().items():
        (tmp_path / "new" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "new" / name).write_text(text, encoding="utf-8")
    write_files(tmp_path / "demo", Places("http://127.0.0.1:9000", "sqlite:///store.db"))
    files = [*tmp_path.rglob("*.yaml")]
    assert len(files) == 7
    for path in files:
        named = path.read_text(encoding="utf-8").partition("\n")[0].partition("$schema=")[2]
        assert json.loads((path.parent / named).read_text(encoding="utf-8"))["$id"] == schema(kind_of(path))["$id"]
        assert underlined(kind_of(path), as_an_editor(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", AS_THEY_ARE, ids=lambda path: str(path.relative_to(TOP)))
def test_nothing_is_underlined_in_a_shipped_file(path: Path) -> None:
    """Neither where an editor guesses numbers and truth values, nor where all is text."""
    assert underlined(kind_of(path), as_an_editor(path.read_text(encoding="utf-8"))) == []
    assert underlined(kind_of(path), read_document(path).data) == []


def test_an_editor_that_guesses_types_is_not_misled() -> None:
    """To an editor 25, true and 2026.1 are no text; they pass where we read them, and so do they in quotes."""
    texts = {"version": 2026.1, "schedule": 25, "owner": True, "adopted": "2026-04-01"}
    for key, value in texts.items():
        assert Draft7Validator(schema("schedule")["properties"][key]).is_valid(value)
    definitions = schema("schedule")["definitions"]
    flag = definitions["class"]["properties"]["special-category"]
    age = definitions["until-age"]["properties"]["until-age"]
    for rule, good, bad in ((flag, (True, "true"), ("yes", 1)), (age, (25, "25", "21 years 4 months"), (0, 1000, "x"))):
        assert all(Draft7Validator(rule).is_valid(one) for one in good)
        assert not any(Draft7Validator(rule).is_valid(one) for one in bad)


@pytest.mark.parametrize(
    "bad", ["6 yeers", "6", "six years", "P6Y", "1 year 2 years", "0 years", "-1 year", "6 years "]
)
def test_a_period_that_cannot_be_one_is_underlined(bad: str) -> None:
    """The commonest slip is seen while one types, with words on how to write it."""
    period = schema("schedule")["definitions"]["for"]["properties"]["for"]
    assert not Draft7Validator(period).is_valid(bad)
    assert period["errorMessage"] == "this is not a period: write '7 years' or '18 months'"


def test_a_definition_is_told_apart_by_its_kind() -> None:
    """A key of another kind of store is unknown, and what is missing is what this kind needs."""
    share = {"connector": "c", "kind": "filesystem", "location": "GB", "root": "/srv", "records": [{"name": "n"}]}
    assert underlined("connector", share) == []
    assert underlined("connector", {**share, "kind": "s3"}) != []
    assert "'root' was unexpected" in " ".join(underlined("connector", {**share, "kind": "memory"}))
    assert underlined("connector", {key: share[key] for key in share if key != "kind"}) != []


def test_every_key_is_explained() -> None:
    """Whoever hovers over a key reads what it means."""
    for kind in SCHEMAS:
        whole = schema(kind)
        shapes = [whole, *whole["definitions"].values()]
        silent = [
            (one["title"], key) for one in shapes for key, it in one["properties"].items() if not it.get("description")
        ]
        assert silent == []
        assert all(one.get("description") for one in shapes)
        assert all(one.get("additionalProperties") is False for one in whole["definitions"].values())


@pytest.mark.parametrize("page", ["schedules/README.md", "connectors/README.md"])
def test_an_editor_says_of_a_key_what_its_page_says(page: str) -> None:
    """One truth: each row of a reference page is in retentiond/config/meanings.md, word for word."""
    text = (TOP / page).read_text(encoding="utf-8")
    for title, body in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL):
        rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*?) \| [^|]*\|$", body, re.MULTILINE))
        assert rows == sections().get(title, {})


def test_no_section_explains_what_no_shape_has() -> None:
    """A key that is gone from the shapes is gone from what is said about them."""
    explained = {(key, said.casefold()) for shape in below(Shape) for key, said in said_of(shape)}
    rows = {(key, f"{said.casefold()}.") for section in sections().values() for key, said in section.items()}
    assert rows - explained == set()


def below(shape: type[Shape]) -> Iterator[type[Shape]]:
    """Yield every shape made from one."""
    for one in shape.__subclasses__():
        yield one
        yield from below(one)


def said_of(shape: type[Shape]) -> Iterator[tuple[str, str]]:
    """Yield what is said about each key of a shape."""
    for name, field in shape.model_fields.items():
        key = field.alias or name
        if said := meaning(shape, key):
            yield key, said
