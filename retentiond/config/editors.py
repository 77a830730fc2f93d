"""JSON Schema (draft 7) of schedules, definitions and settings, so that an editor completes, explains and underlines.

It is made from the very shapes that read the files: what it refuses, the reader refuses. What it accepts may still be
refused, since it does not see one place in the light of another, and sees numbers as an editor takes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from retentiond.config.definitions import SHAPES, OtherShape, StoreShape
from retentiond.config.draft7 import called, definitions_of, settled
from retentiond.config.schedules import ScheduleShape
from retentiond.config.settings import SettingsShape
from retentiond.config.shape import keys_of

DRAFT = "http://json-schema.org/draft-07/schema#"
SCHEMAS: Mapping[str, str] = {
    "schedule": "schedules/schedule.schema.json",
    "connector": "connectors/connector.schema.json",
    "settings": "retentiond.schema.json",
}
"""Kind of file to where its schema stands in an installation: beside the files it describes."""

_TITLES = {"schedule": "Retention schedule", "connector": "Connected store", "settings": "Settings of retentiond"}


def schema_files() -> dict[str, str]:
    """Return every schema's path, relative to an installation's folder, and its text."""
    return {path: schema_text(kind) for kind, path in SCHEMAS.items()}


def schema_text(kind: str) -> str:
    """Return the schema of a kind of file as JSON: two spaces to a level, a newline at the end.

    Args:
        kind: a key of ``SCHEMAS``.
    """
    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


@cache
def schema(kind: str) -> Mapping[str, Any]:
    """Return the schema of a kind of file: a key of ``SCHEMAS``."""
    match kind:
        case "schedule":
            definitions = definitions_of([ScheduleShape])
            root = definitions.pop(called(ScheduleShape))
        case "settings":
            definitions = definitions_of([SettingsShape])
            root = definitions.pop(called(SettingsShape))
        case _:
            definitions = definitions_of([*SHAPES.values(), OtherShape])
            root = _by_kind(definitions)
    head = {"$schema": DRAFT, "$id": f"urn:retentiond:schema:{kind}", "title": _TITLES[kind]}
    whole: Mapping[str, Any] = settled({**root, **head, "definitions": definitions})
    return whole


def _by_kind(definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the root of a definition: it looks at ``kind`` first, so that an editor speaks of the right shape only.

    Args:
        definitions: of every shape; of those we ship, ``kind`` is fixed.
    """
    other = definitions[called(OtherShape)]["properties"]
    shared = {key: one for key, one in other.items() if key in keys_of(StoreShape)}
    meant = shared["kind"]["description"]
    any_kind = {word: one for word, one in shared["kind"].items() if word != "description"}
    shared["kind"] = {"description": meant, "anyOf": [{"enum": [*SHAPES, "memory"]}, any_kind]}
    branches = []
    for kind, shape in SHAPES.items():
        definitions[called(shape)]["properties"]["kind"] = {"const": kind, "description": meant}
        branches.append(_when({"const": kind}, called(shape)))
    branches.append(_when({"not": {"enum": list(SHAPES)}}, called(OtherShape)))
    return {
        "type": "object",
        "description": "What is in a store, by which columns or tags, and what goes with what.",
        "properties": shared,
        "required": ["connector", "kind", "location", "records"],
        "allOf": branches,
    }


def _when(kind: dict[str, Any], shape: str) -> dict[str, Any]:
    return {
        "if": {"properties": {"kind": kind}, "required": ["kind"]},
        "then": {"$ref": f"#/definitions/{shape}"},
    }
