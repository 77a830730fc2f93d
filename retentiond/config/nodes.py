"""YAML text to a tree whose every value knows its line and column, with nothing guessed.

YAML 1.1 reads ``no`` as false, ``010`` as eight, ``1:30`` as ninety and the second of two equal keys as the only one;
for a retention period each of these is a destroyed record. Here every scalar stays text until the shape it stands in
says what it is, and what would need guessing is refused: duplicate keys, anchors and aliases, tags, merge keys,
directives, a second document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from retentiond.config.complaint import Complaint, quoted
from retentiond.config.syntax import in_plain_words

DEEPEST = 20
"""Most levels of nesting: YAML of more is an attack or an accident."""
MOST = 150_000
"""Most values, keys among them: a file of many tiny ones takes longer to complain about than a large one to read."""
NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
"""What stands for nothing where it is not quoted."""
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and halves of surrogate pairs: neither can be printed back."""


@dataclass(slots=True)
class Scalar:
    """A leaf: text, or None where nothing is written (``key:``, ``~`` or an unquoted ``null``)."""

    text: str | None
    line: int
    column: int


@dataclass(slots=True)
class Entries:
    """A mapping, in the order written; of a key given twice the first."""

    line: int
    column: int
    keys: dict[str, Scalar] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)


@dataclass(slots=True)
class Items:
    """A list."""

    line: int
    column: int
    values: list[Node] = field(default_factory=list)


Node = Scalar | Entries | Items


def plain(node: Node) -> Any:  # noqa: ANN401 - this is what a shape is read from: nested dict, list, str, None
    """Return the tree as nested dicts, lists, text and None."""
    match node:
        case Scalar(text=text):
            return text
        case Entries(values=values):
            return {key: plain(value) for key, value in values.items()}
        case Items(values=items):
            return [plain(one) for one in items]


def compose(text: str, path: str) -> tuple[Node | None, list[Complaint]]:
    """Return the tree of the file's one document, if it can be built, and everything that is wrong with its YAML.

    Args:
        text: the whole file.
        path: how to name the file in complaints.

    Returns:
        The root, or None when there is none that could be read any further, and the complaints.
    """
    composer = _Composer(path)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if not composer.take(event):
                break
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        composer.complaints.append(in_plain_words(error, text, path))
        return None, composer.complaints
    return None if composer.broken else composer.root, composer.complaints


class _Composer:
    """Builds the tree from parser events: no recursion, so that nesting cannot exhaust the stack."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.root: Node | None = None
        self.complaints: list[Complaint] = []
        self.broken = False
        """Something is missing from the tree, so that complaints about its shape would mislead."""
        self._open: list[Entries | Items] = []
        self._key: list[Scalar | None] = []
        self._documents = 0
        self._taken = 0

    def take(self, event: yaml.Event) -> bool:
        """Add one event to the tree; return whether to go on."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._complain(event, "a second document starts here", "write one document to a file")
                return False
            if event.version or event.tags:
                self._complain(event, "directives (lines that start with '%') are not used here", "take them out")
            return True
        if isinstance(event, yaml.NodeEvent):
            return self._take_node(event)
        if isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._key.pop()
        return True

    def _take_node(self, event: yaml.NodeEvent) -> bool:
        line, column = _place_of(event)
        self._taken += 1
        if self._taken > MOST:
            self._complain(event, f"this file holds more than {MOST:,} values", "split it")
            self.broken = True
            return False
        if event.anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            self._complain(event, f"'{sign}{event.anchor}': anchors and aliases are not used here", "write it out")
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
            self._complain(event, "tags (words that start with '!') are not used here", "take it out")
        match event:
            case yaml.ScalarEvent():
                nothing = event.style is None and event.value in NOTHING
                self._check_characters(event)
                self._place(Scalar(None if nothing else event.value, line, column), event)
            case yaml.MappingStartEvent():
                return self._descend(Entries(line, column), event)
            case yaml.SequenceStartEvent():
                return self._descend(Items(line, column), event)
            case _:
                self.broken = True
                self._place(Scalar(None, line, column), event)
        return True

    def _descend(self, branch: Entries | Items, event: yaml.NodeEvent) -> bool:
        self._place(branch, event)
        self._open.append(branch)
        self._key.append(None)
        if len(self._open) > DEEPEST:
            self._complain(event, f"this is nested more than {DEEPEST} levels deep", "flatten it")
            self.broken = True
            return False
        return True

    def _place(self, node: Node, event: yaml.NodeEvent) -> None:
        if not self._open:
            self.root = node
            return
        branch = self._open[-1]
        if isinstance(branch, Items):
            branch.values.append(node)
            return
        key = self._key[-1]
        if key is None:
            self._key[-1] = self._as_key(node, event)
            return
        self._key[-1] = None
        if key.text is None:
            return
        if key.text in branch.keys:
            self.complaints.append(
                Complaint(self.path, key.line, key.column, f"{quoted(key.text)} is given twice", "take one out")
            )
            return
        branch.keys[key.text] = key
        branch.values[key.text] = node

    def _as_key(self, node: Node, event: yaml.NodeEvent) -> Scalar:
        """Return the key; None as its text keeps an unusable one out of the tree."""
        key = self._usable_key(node, event)
        self.broken = self.broken or key is None
        return key or Scalar(None, node.line, node.column)

    def _usable_key(self, node: Node, event: yaml.NodeEvent) -> Scalar | None:
        if not isinstance(node, Scalar):
            self._complain(event, "a list or a mapping stands where a key is expected", "write one word before the ':'")
            return None
        if not isinstance(event, yaml.ScalarEvent):
            return None
        if event.value == "<<" and event.style is None:
            self._complain(event, "'<<': merge keys are not used here", "write it out")
            return None
        if not event.value:
            self._complain(event, "a key is empty", "write one word before the ':'")
            return None
        return Scalar(event.value, node.line, node.column)

    def _check_characters(self, event: yaml.ScalarEvent) -> None:
        if CONTROL.search(event.value):
            self._complain(event, "an unprintable character stands in this text", "take it out")

    def _complain(self, event: yaml.Event, message: str, remedy: str) -> None:
        self.complaints.append(Complaint(self.path, *_place_of(event), message, remedy))


def _place_of(event: yaml.Event) -> tuple[int, int]:
    """Return line and column, from 1."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)
