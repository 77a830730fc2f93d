"""Nested dicts and lists to the text of a schedule's file, laid out as people write it.

What is short stands on one line in braces or brackets, what is long below its key.
"""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from retentiond.config.written.clauses import Said
from retentiond.config.written.saying import schedule_said
from retentiond.domain.schedule import Schedule

SCHEMA = "# yaml-language-server: $schema=schedule.schema.json"
WIDTH = 110
"""Characters to a line, more or less."""
_ENDLESS = 2**31


class _Braces(dict[str, Said]):
    """A mapping on one line."""


class _Brackets(list[Said]):
    """A list on one line."""


class _Writer(yaml.SafeDumper):
    """Writes the keys in the order given, lists indented below their key, nothing as a reference to something above."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, False)


def _braces(writer: yaml.SafeDumper, data: _Braces) -> yaml.MappingNode:
    return writer.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)


def _brackets(writer: yaml.SafeDumper, data: _Brackets) -> yaml.SequenceNode:
    return writer.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)


def _text(writer: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    # the other styles would break the line at what YAML takes for a line's end
    quoted = any(one in "\n\x85\u2028\u2029" for one in data)
    return writer.represent_scalar("tag:yaml.org,2002:str", data, style='"' if quoted else None)


_Writer.add_representer(str, _text)
_Writer.add_representer(_Braces, _braces)
_Writer.add_representer(_Brackets, _brackets)


def schedule_text(schedule: Schedule) -> str:
    """Return a schedule as the text of its file."""
    said = schedule_said(schedule)
    classes = said.pop("classes")
    laid_out: dict[str, Said] = {key: _laid_out(value, len(key) + 2) for key, value in said.items()}
    laid_out["classes"] = (
        [_one_class(one) for one in classes if isinstance(one, dict)] if isinstance(classes, list) else []
    )
    text = _written(laid_out, WIDTH)
    # only a class starts so: what is folded stands further in
    apart = text.replace("\n  - code: ", "\n\n  - code: ").replace("\nclasses:\n\n", "\n\nclasses:\n", 1)
    return f"{SCHEMA}\n\n{apart}"


def flow(said: Said) -> str:
    """Return a value on one line, as a cell of a spreadsheet holds it."""
    if isinstance(said, str):
        return said
    return _written(_one_line(said), _ENDLESS).rstrip("\n")


def _one_class(said: Mapping[str, Said]) -> Said:
    return {key: _laid_out(value, len(key) + 8) for key, value in said.items()}


def _laid_out(said: Said, column: int) -> Said:
    """Return a value with everything that is to stand on one line marked so.

    Args:
        said: the value.
        column: where its first character would stand.
    """
    if not isinstance(said, (dict, list)) or (_is_simple(said) and column + len(flow(said)) <= WIDTH):
        return _one_line(said)
    if isinstance(said, list):
        return [_laid_out(one, column + 2) for one in said]
    return {key: _laid_out(value, column + len(key) + 2) for key, value in said.items()}


def _is_simple(said: dict[str, Said] | list[Said]) -> bool:
    """Whether a value is easy to read on one line: no list of mappings in it that a reader would count."""
    inside = list(said.values()) if isinstance(said, dict) else [said]
    return not any(isinstance(one, list) and any(isinstance(each, dict) for each in one) for one in inside)


def _one_line(said: Said) -> Said:
    match said:
        case dict():
            return _Braces({key: _one_line(value) for key, value in said.items()})
        case list():
            return _Brackets([_one_line(one) for one in said])
        case _:
            return said


def _written(said: object, width: int) -> str:
    text: str = yaml.dump(
        said, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=width, default_flow_style=False
    )
    return text
