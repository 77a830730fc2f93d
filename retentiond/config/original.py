"""What a shape is read from: a YAML file (:class:`~retentiond.config.document.Document`) or a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from retentiond.config.complaint import Complaint, quoted
from retentiond.config.document import Loc


class Original(Protocol):
    """A file that was read, and that can say where each of its values stands."""

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        """What is wrong with the file although it could be read: to be told with what is wrong in it."""

    @property
    def data(self) -> Any:  # noqa: ANN401 - this is what a shape is read from: nested dict, list, str, None
        """What it holds, as nested dicts, lists, text and None."""

    def complain(self, loc: Loc, message: str, remedy: str = "", *, at_key: bool = False) -> Complaint:
        """Return a complaint about the value the way leads to, or about the key it stands under."""

    def lack(self, loc: Loc, key: str, example: str) -> Complaint:
        """Return a complaint about a key that is missing from the mapping the way leads to."""


def twice(original: Original, listed: str, name: str, what: str) -> Iterator[Complaint]:
    """Yield a complaint for each entry of a list whose name an earlier entry has, whatever else is wrong."""
    entries = original.data.get(listed) if isinstance(original.data, dict) else None
    seen: set[str] = set()
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        text = entry.get(name) if isinstance(entry, dict) else None
        if not isinstance(text, str):
            continue
        if text.casefold() in seen:
            yield original.complain((listed, index, name), f"{what} {quoted(text)} is given twice", "give each its own")
        seen.add(text.casefold())
