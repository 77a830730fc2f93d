"""What the rows of a key table say of documents: facts that stand in a database, found by a document's key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from retentiond.connectors.document_kinds import DocumentKind


@dataclass(frozen=True, slots=True)
class KeyedRow:
    """What stands under one key."""

    dates: Mapping[str, date | None] = field(default_factory=dict)
    """Column to its date; None where there is none, or none that can be used."""
    unusable: frozenset[str] = frozenset()
    """Columns that hold something that is no usable date."""
    holding: frozenset[tuple[str, str | None]] = frozenset()
    """Of the columns and values asked about, those that are so; in any of the rows, where there are several."""
    rows: int = 1
    """How many rows stand under the key. More than one cannot date a document."""


KeyedRows = Callable[[Collection[str], DocumentKind], Mapping[str, KeyedRow]]
"""Finds the rows of some keys, as many as a page has, for a kind of document, in one question.

A key that has no row is left out. Raises ``StoreUnavailable`` where the table was not reached, and ``StoreRefused``
where it is not as the definition says; asked about no key at all it still says so.
"""


def doubts_about(row: KeyedRow | None, kind: DocumentKind) -> Iterator[str]:
    """Yield why class and dates of a document cannot be relied on, where its kind asks a key table for any of them.

    One that the table does not know may still be what a condition asks about: no class may follow from its silence.
    """
    if row is None and (kind.columns or kind.values):
        yield "its key stands in no row of the key table"
    if row is not None and row.rows > 1:
        yield "its key stands in more than one row of the key table"
