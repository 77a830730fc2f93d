"""The same tree as :mod:`retentiond.config.nodes` composes, ten times as fast, of a file that nothing is wrong with.

PyYAML's parser in C takes a tenth of the time of the one in Python, but it says other things about the same mistakes
and lets some pass. So it is asked first, and its answer counts only for a file in which both are known to see the same.
Everything else is left to ``compose``, which then complains as it always did.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

import yaml

from retentiond.config.nodes import CONTROL, DEEPEST, MOST, NOTHING, Entries, Items, Node, Scalar

_APART = re.compile(r"\?(?<![^\s:,{\[?-]\?)(?:\s|\Z)|[|>][-+0-9]*#")
"""Where the two parsers part: a key that starts with ``? ``, and a comment right behind ``|`` or ``>``."""


class _Unsure(Exception):
    """Something is wrong, or the two parsers may not see the same."""


def quickly(text: str) -> Node | None:
    """Return the tree of a file's one mapping or list, or None where ``compose`` must look, be it sound or not.

    Args:
        text: the whole file.
    """
    loader = getattr(yaml, "CSafeLoader", None)  # PyYAML may have been built without it
    text = text.removeprefix("\ufeff")
    # the parser in Python takes a tab for no space, and a byte order mark inside the text for a character
    if loader is None or "\t" in text or "\ufeff" in text or _APART.search(text):
        return None
    parser = loader(text)
    composer = _Quick()
    take = composer.takes
    left = MOST
    try:
        while (event := parser.get_event()) is not None and left:
            take[type(event)](event)
            left -= 1
    except (_Unsure, yaml.YAMLError, ValueError, OverflowError):
        return None
    finally:
        parser.dispose()
    return composer.root if left else None


class _Quick:
    """Builds the tree from parser events, and gives up at the first that is not plain."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.takes: dict[type, Any] = {
            yaml.StreamStartEvent: _pass_by,
            yaml.DocumentStartEvent: self._begin,
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open,
            yaml.SequenceStartEvent: self._open,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: _give_up,
            yaml.DocumentEndEvent: _pass_by,
            yaml.StreamEndEvent: _pass_by,
        }
        self._branch: Entries | Items | None = None
        self._flow = False
        self._key: Scalar | None = None
        self._name = ""
        self._above: list[tuple[Entries | Items | None, bool]] = []

    def _begin(self, event: yaml.DocumentStartEvent) -> None:
        if self.root is not None or event.version or event.tags:
            raise _Unsure

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text, style = event.value, event.style
        plain = not style
        if event.tag is not None or event.anchor is not None:
            raise _Unsure
        if style == '"' and CONTROL.search(text):  # elsewhere the parser itself refuses them
            raise _Unsure
        if self._flow and plain and (not text or "?" in text):
            # in flow the parsers part at a '?' inside a word, and at where a value that is not written stands
            raise _Unsure
        mark: Any = event.start_mark  # this parser always says
        if type(self._branch) is Entries and self._key is None:
            if not text or text == "<<" or text in self._branch.keys:
                raise _Unsure
            self._key, self._name = Scalar(text, mark.line + 1, mark.column + 1), text
            return
        self._place(Scalar(None if plain and text in NOTHING else text, mark.line + 1, mark.column + 1))

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag is not None or event.anchor is not None or len(self._above) == DEEPEST:
            raise _Unsure
        mark: Any = event.start_mark  # this parser always says
        kind = Entries if type(event) is yaml.MappingStartEvent else Items
        branch = kind(mark.line + 1, mark.column + 1)
        self._place(branch)
        self._above.append((self._branch, self._flow))
        self._branch, self._flow = branch, bool(event.flow_style)

    def _close(self, event: yaml.CollectionEndEvent) -> None:  # noqa: ARG002 - every event is taken alike
        self._branch, self._flow = self._above.pop()

    def _place(self, node: Node) -> None:
        branch, key = self._branch, self._key
        if type(branch) is Items:
            branch.values.append(node)
        elif type(branch) is Entries:
            if key is None:  # a list or a mapping stands where a key is expected
                raise _Unsure
            branch.keys[self._name] = key
            branch.values[self._name] = node
            self._key = None
        elif type(node) is Scalar:  # no file of ours is a single word
            raise _Unsure
        else:
            self.root = node


def _pass_by(event: yaml.Event) -> None:
    """Nothing to build: an end, or the start of everything."""


def _give_up(event: yaml.Event) -> NoReturn:  # noqa: ARG001 - every event is taken alike
    raise _Unsure
