"""What a trigger or rule does, in all its words: its own text, and that of every routine it calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_WORD = re.compile(r"\w+")


def called(text: str, routines: Iterable[str]) -> set[str]:
    """Return the routines that a text may call: those whose names stand in it, in whatever letters.

    Whoever reads a text cannot tell a call from a column of the same name, and need not: one routine too many only
    means that a change of it is noticed as well. A name that a text puts together from parts is not found.
    """
    lower = text.lower()
    words = set(_WORD.findall(lower))
    return {name for name in routines if (name.lower() in words if _WORD.fullmatch(name) else name.lower() in lower)}


def all_called(text: str, routines: Mapping[str, str]) -> set[str]:
    """Return the routines that a text may call, those they call among them.

    Args:
        text: of a trigger, rule or routine.
        routines: name to text.
    """
    found: set[str] = set()
    waiting = [text]
    while waiting:
        more = called(waiting.pop(), routines) - found
        found |= more
        waiting.extend(routines[name] for name in more)
    return found


def in_full(acting: Iterable[tuple[str, str, str]], routines: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield tables and names once each, with the texts given for them and those of all routines they may call."""
    texts: dict[tuple[str, str], list[str]] = {}
    for table, name, text in acting:
        texts.setdefault((table, name), []).append(text)
    for (table, name), own in texts.items():
        whole = "\n".join(sorted(own))
        yield table, name, "\n".join((whole, *(routines[one] for one in sorted(all_called(whole, routines)))))


def with_followers(acting: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield what acts on tables, each text with those of all that acts on the other tables it may write to.

    What the row's own table has is looked at for itself.
    """
    known = sorted(acting)
    on_tables: dict[str, str] = {}
    for table, name, text in known:
        on_tables[table] = f"{on_tables.get(table, '')}\n{name}\n{text}"
    for table, name, text in known:
        others = sorted(all_called(text, {one: on_tables[one] for one in on_tables if one != table}))
        yield table, name, "\n".join((text, *(on_tables[one] for one in others)))
