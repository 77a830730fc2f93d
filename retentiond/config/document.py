"""A configuration file: read whole, digested, and able to say where each of its values stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from retentiond.config.complaint import Complaint, refusal
from retentiond.config.nodes import Entries, Items, Node, Scalar, compose, plain
from retentiond.config.quick import quickly

LARGEST = 4 * 1024 * 1024
"""Bytes. A schedule of two thousand classes, each with its reasons and sources, takes half of it."""

Loc = tuple[str | int, ...]
"""The way to a value: keys and indices from the root."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file's tree and the digest of the very bytes it was read from."""

    path: str
    digest: str
    """Lower-case hex SHA-256 of the file's bytes."""
    root: Node
    data: Any
    """The same tree as nested dicts, lists, text and None."""
    complaints: tuple[Complaint, ...] = ()
    """What is wrong with its YAML although the tree is whole: to be told together with what is wrong in it."""

    def find(self, loc: Loc) -> tuple[Node, Scalar | None]:
        """Return the node that the way leads to, or the last one on it that exists, and the key it stands under.

        Parts of the way that name no key (a union's tag) are stepped over.
        """
        node, key = self.root, None
        for part in loc:
            match node:
                case Entries(keys=keys, values=values) if isinstance(part, str) and part in keys:
                    node, key = values[part], keys[part]
                case Items(values=items) if isinstance(part, int) and 0 <= part < len(items):
                    node, key = items[part], None
                case _:
                    continue
        return node, key

    def complain(self, loc: Loc, message: str, remedy: str = "", *, at_key: bool = False) -> Complaint:
        """Return a complaint about the value the way leads to, or about the key it stands under."""
        node, key = self.find(loc)
        # a value that is not written has no place of its own: its key has
        at = key if key is not None and (at_key or (isinstance(node, Scalar) and node.text is None)) else node
        return Complaint(self.path, at.line, at.column, message, remedy)

    def lack(self, loc: Loc, key: str, example: str) -> Complaint:
        """Return a complaint about a key that the mapping the way leads to does not have.

        Args:
            loc: the way to the mapping.
            key: what is missing.
            example: how it may look, ``key: value``; empty where there is none to give.
        """
        return self.complain(loc, f"'{key}' is missing", f"write for example '{example}'" if example else "")

    def place(self, loc: Loc) -> str:
        """Return ``file:line:column`` of a value."""
        node, _ = self.find(loc)
        return f"{self.path}:{node.line}:{node.column}"


def read_document(path: Path) -> Document:
    """Read one YAML file; what is wrong with it but does not stop the reading stands in ``complaints``.

    Raises:
        ConfigurationRefused: it cannot be read, is not UTF-8, is empty or too large, or is not the plain YAML that
            :mod:`retentiond.config.nodes` describes.
    """
    shown = str(path)
    try:
        content = _content(path)
    except OSError as error:
        raise _unreadable(shown, (error.strerror or "it cannot be opened").lower()) from None
    except ValueError:
        raise _unreadable(shown, "its name is not one a file can have") from None
    if len(content) > LARGEST:
        raise refusal([Complaint(shown, 0, 0, f"this file is larger than {LARGEST >> 20} MiB", "split it")])
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise refusal([Complaint(shown, line, column, "this is not UTF-8", "save the file as UTF-8")]) from None
    root, complaints = _tree(text, shown)
    if root is None and not complaints:
        complaints = [Complaint(shown, 0, 0, "this file is empty", "'retentiond init' writes one to start from")]
    if isinstance(root, (Scalar, Items)):
        complaints.append(Complaint(shown, root.line, root.column, "no 'key: value' stands here", "start with a key"))
    if not isinstance(root, Entries):
        raise refusal(complaints)
    return Document(shown, sha256(content).hexdigest(), root, plain(root), tuple(complaints))


def _tree(text: str, shown: str) -> tuple[Node | None, list[Complaint]]:
    root = quickly(text)
    return compose(text, shown) if root is None else (root, [])


def _content(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise OSError(0, "it is a folder" if path.is_dir() else "it is not a file")
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _unreadable(shown: str, why: str) -> Exception:
    return refusal([Complaint(shown, 0, 0, f"this file cannot be read: {why}", "check the path and its permissions")])


def files_in(paths: Sequence[Path]) -> tuple[list[Path], list[Complaint]]:
    """Return the YAML files that the paths (files or folders) name, each once, and what is wrong with the paths.

    A folder stands for its ``*.yaml`` files in the order of their names. One that ends in ``.yml`` is complained of:
    a schedule that is silently left out is a record that is silently kept.
    """
    found: dict[str, Path] = {}
    complaints: list[Complaint] = []
    for path in paths:
        try:
            names = sorted(one for one in path.iterdir() if not one.name.startswith(".")) if path.is_dir() else [path]
        except (OSError, ValueError):
            complaints.append(Complaint(str(path), 0, 0, "this folder cannot be read", "check its permissions"))
            continue
        if names != [path]:
            complaints.extend(
                Complaint(str(one), 0, 0, "this file would be left out", "rename it to end in .yaml")
                for one in names
                if one.suffix == ".yml"
            )
            names = [one for one in names if one.suffix == ".yaml"]
            if not names:
                complaints.append(Complaint(str(path), 0, 0, "no *.yaml file is in this folder", "put one there"))
        for one in names:
            found.setdefault(str(one.absolute()), one)
    return list(found.values()), complaints
