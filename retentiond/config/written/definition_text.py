"""The draft of a definition to the text of its file: what is certain as YAML, what is likely as comments beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from retentiond.config.written.clauses import Said
from retentiond.config.written.yaml_text import WIDTH, flow
from retentiond.domain import drafts
from retentiond.domain.drafts import CONFIRM, Draft, DraftKind, Line

_HEAD = f"""\
# yaml-language-server: $schema=connector.schema.json
# A first draft, from the catalogue of the database and from counts over it. Nothing here is decided. Read every line
# with somebody who knows the system, strike out or take up what stands behind '#', and replace each {CONFIRM}.
# What each key means: connectors/README.md. 'retentiond connector check' holds the file against the database.
"""


def definition_text(draft: Draft, *, location: str = "") -> str:
    """Return a draft as the text of a definition's file.

    Args:
        draft: the draft.
        location: the country the data lies in; empty: somebody has to say.
    """
    lines = [_HEAD.rstrip("\n"), *_comments(draft.about), "", f"connector: {draft.name}", "kind: sql"]
    lines.append(f"url: ${{credential:{draft.name}}}  # the whole URL, login included; never in this file")
    lines.append("# dispose-url: a login of its own that may delete; the one above need only read")
    lines.append(f"location: {location or CONFIRM}  # the country the data lies in: ISO 3166-1 (GB, not UK)")
    lines.extend(_one("recipients-from", draft.recipients))
    lines.extend(_list("references", draft.references))
    lines.extend(["", "records:"])
    for kind in draft.kinds:
        lines.extend(_indented(_kind(kind)))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _kind(kind: DraftKind) -> Iterator[str]:
    yield from _comments(kind.about)
    yield f"- name: {_flow(kind.name)}"
    inner = [f"table: {_flow(kind.table)}"]
    if kind.key:
        inner.append(f"key: {_flow(kind.key[0] if len(kind.key) == 1 else [*kind.key])}")
    else:
        inner.append(
            f"key: {CONFIRM}                    # nothing in the table is unique: name what tells its rows apart"
        )
    inner.extend(_one("reference", kind.reference))
    inner.extend(_one("conflict-of-interest", kind.conflict_of_interest))
    inner.extend(_list("subjects", kind.subjects))
    inner.append("classify:")
    inner.append(f"  - {{class: {CONFIRM}}}  # the code of a class of your schedule; lines with 'if' before it")
    inner.extend(_mapping("triggers", kind.triggers, needed=True))
    inner.extend(_mapping("blockers", kind.blockers))
    inner.extend(_list("parts", kind.parts))
    inner.extend(_list("shared", kind.shared))
    inner.extend(_list("history", kind.history))
    if kind.anonymise:
        inner.append(
            "# A first plan. Confirm of every column under 'keep' that it names nobody. Without 'anonymise' a kind can"
        )
        inner.append("# only be destroyed.")
    inner.extend(_mapping("anonymise", kind.anonymise))
    yield from _indented(inner)


def _one(key: str, lines: Sequence[Line]) -> Iterator[str]:
    """Yield a key that takes a single value: the certain one, and the others as comments."""
    for line in lines:
        yield _marked(f"{key}: {_flow(line.said)}", line)


def _list(key: str, lines: Sequence[Line]) -> Iterator[str]:
    yield from _block(key, lines, [f"- {_flow(line.said)}" for line in lines], empty="")


def _mapping(key: str, lines: Sequence[Line], *, needed: bool = False) -> Iterator[str]:
    said = [item for line in lines if isinstance(line.said, dict) for item in line.said.items()]
    texts = [f"{_flow(name)}: {_flow(value)}" for name, value in said]
    yield from _block(key, lines, texts, empty=" {}  # without the {} once a line below is taken up" if needed else "")


def _block(key: str, lines: Sequence[Line], texts: Sequence[str], *, empty: str) -> Iterator[str]:
    """Yield a key with a line each; where all of them are candidates, the key is one as well."""
    certain = any(not line.is_candidate for line in lines)
    if certain:
        yield f"{key}:"
    elif empty:
        yield f"{key}:{empty}"
    elif lines:
        yield f"# {key}:"
    for line, text in zip(lines, texts, strict=True):
        yield _marked(f"  {text}", line)


def _marked(text: str, line: Line) -> str:
    """Return a line with its remark behind it, or above it where both would be too long; as a comment if it is one."""
    indent = re.match(" *", text)
    before = indent[0] if indent else ""
    shown = f"{before}# {text.strip()}" if line.is_candidate else text
    if not line.remark:
        return shown
    if len(shown) + len(line.remark) + 4 <= WIDTH:
        return f"{shown}  # {line.remark}"
    above = "\n".join(f"{before}# {part}" for part in wrap(line.remark, WIDTH - len(before) - 2))
    return f"{above}\n{shown}"


def _comments(about: Iterable[str]) -> Iterator[str]:
    for one in about:
        yield from (f"# {part}" for part in wrap(one, WIDTH - 6, subsequent_indent="  "))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return ("\n".join(f"  {part}" for part in one.split("\n")) for one in lines)


def _flow(said: drafts.Said) -> str:
    """Return a value on one line, quoted where YAML would take it for something else."""
    plain = _plain(said)
    text = flow(plain) if isinstance(plain, dict | list) else flow([plain])[1:-1]
    return text.replace("'on': ", "on: ")  # to other readers of YAML 1.1 it is a truth value; here all is text


def _plain(said: drafts.Said) -> Said:
    """Return a value without the types by which a catalogue marks its names."""
    match said:
        case dict():
            return {str(key): _plain(value) for key, value in said.items()}
        case list():
            return [_plain(one) for one in said]
        case str():
            return str(said)
        case _:
            return said
