"""From a shape to JSON Schema of draft 7, in the form editors make the most of.

Editors offer what a schema names. So it names no value that merely passes: ``true`` is a fine name for a column, and
nobody wants it offered wherever a column may stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from retentiond.config.between import rules_of
from retentiond.config.meanings import meaning
from retentiond.config.shape import Shape, hyphenated

_FIRST = ("$schema", "$id", "$ref", "title", "description", "type", "const", "enum", "pattern", "errorMessage")
_LAST = ("default", "examples", "definitions")
_NAMED = ("properties", "patternProperties", "definitions")
"""Words of JSON Schema behind which the keys are ours."""
_AS_THEY_ARE = ("const", "enum", "default", "required")
_KINDS = ("array", "object", "null", "boolean", "number", "string")


class _Draft7(GenerateJsonSchema):
    """Pydantic's generator, without what our reader does not mean by it."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's signature
        """A key has no title: an editor would show ``Cut-Off`` above what it means."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A key may be left out, but with nothing written behind it it is refused."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A default is named where it could be written as well: yes, no, a number or a word."""
        inner, default = self.generate_inner(schema["schema"]), schema.get("default")
        if isinstance(default, str):
            return {**inner, "default": str(default)} if default in inner.get("enum", ()) else inner
        return {**inner, "default": default} if isinstance(default, (bool, int)) else inner

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Half a clause may fit two shapes, which is no fault yet."""
        return {"anyOf": super().tagged_union_schema(schema)["oneOf"]}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """A name that is not of its form is refused as an unknown key is."""
        return {**super().dict_schema(schema), "additionalProperties": False}


def definitions_of(shapes: Iterable[type[Shape]]) -> dict[str, Any]:
    """Return the definition of every shape that these are made of, their own among them, by :func:`called`."""
    for one in _below(Shape):
        one.model_rebuild()  # each by itself, inner ones first: a reader builds only what it reads
    wanted = [(one, "validation") for one in shapes]
    _, made = models_json_schema(wanted, schema_generator=_Draft7)  # type: ignore[arg-type] # a mode is text
    known = {one.__name__: one for one in _below(Shape)}
    # pydantic leaves definitions of our own values behind, to which nothing refers
    found = {name: one for name, one in made["$defs"].items() if name in known}
    return {called(known[name]): _explained(known[name], found[name]) for name in sorted(found)}


def _below(shape: type[Shape]) -> Iterator[type[Shape]]:
    for one in shape.__subclasses__():
        yield one
        yield from _below(one)


def called(shape: type[Shape]) -> str:
    """Return what a shape is called in a schema: ``UntilAgeShape`` is ``until-age``."""
    return _called(shape.__name__)


def _called(name: str) -> str:
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name.removesuffix("Shape"))
    return hyphenated(words.strip("_"))


def _explained(shape: type[Shape], made: Mapping[str, Any]) -> dict[str, Any]:
    """Return a shape's definition with what each key means, and what holds between them."""
    properties = {
        key: {**one, "description": said} if (said := meaning(shape, key)) else one
        for key, one in made["properties"].items()
    }
    description = made["description"].replace("``", "`")
    whole = {**made, "title": called(shape), "description": description, "properties": properties}
    return {**whole, "allOf": rules} if (rules := rules_of(shape)) else whole


def settled(node: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Return the same schema in the form described above, its words in an order that no version of pydantic changes."""
    if isinstance(node, list):
        return [settled(one) for one in node]
    if not isinstance(node, dict):
        return node
    node = _text_that_passes(node)
    if "$ref" in node:
        node = {**node, "$ref": f"#/definitions/{_called(node['$ref'].rpartition('/')[2])}"}
    if examples := [value for one in node.pop("examples", ()) for value in _example(one)]:
        node["examples"] = examples
    middle = sorted(set(node) - {*_FIRST, *_LAST})
    return {word: _behind(word, node[word]) for word in (*_FIRST, *middle, *_LAST) if word in node}


def _behind(word: str, node: Any) -> Any:  # noqa: ANN401 - any part of a schema
    if word in _NAMED:
        return {key: settled(one) for key, one in node.items()}
    return node if word in (*_AS_THEY_ARE, "examples") else settled(node)


def _text_that_passes(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema of text in which what an editor takes for a number or a truth value passes unnamed."""
    kinds = node.get("type")
    if not isinstance(kinds, list) or kinds[0] != "string" or "boolean" not in kinds:
        return dict(node)
    text = {"type": "string"} | {word: node[word] for word in ("pattern", "errorMessage") if word in node}
    rest = {word: node[word] for word in node if word not in ("type", *text)}
    return {**rest, "anyOf": [text, {"not": {"type": [one for one in _KINDS if one not in kinds[1:]]}}]}


def _example(text: str) -> list[Any]:
    """Return the value in ``key: value`` as an editor takes it, or nothing where it is only hinted at."""
    value = yaml.safe_load(text.partition(": ")[2])
    if "..." in text or isinstance(value, dict):  # a mapping would be offered as [object Object]
        return []
    return [value if isinstance(value, (bool, int, str, list)) else str(value)]
