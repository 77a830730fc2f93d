"""Entries and documents as rows, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from retentiond.domain.lists import Document, Entry
from retentiond.domain.records import RecordRef
from retentiond.ledger.bulk import Row as RawRow
from retentiond.ledger.columns import names_text, refs_text
from retentiond.ledger.statements import ref_of


def entry_row(number: str, entry: Entry) -> RawRow:
    """Return the row of an entry as it lies in the table's columns."""
    ref = entry.ref
    return (
        number,
        ref.store,
        ref.kind,
        ref.key,
        entry.reference,
        entry.record_class,
        entry.action.value,
        entry.state,
        entry.due_on.isoformat(),
        entry.reason,
        refs_text(entry.documents),
        names_text(entry.excluded_reviewers),
        names_text(entry.recipients),
        entry.standing.value,
        entry.note,
        entry.order or None,
        entry.attempts,
        None,
        entry.size,
    )


def entry_of(row: Sequence[Any]) -> Entry:
    """Return the entry of a row of all columns."""
    _, store, kind, key, reference, code, action, state, due_on, reason, *rest = row
    documents, excluded, recipients, standing, note, order, attempts, _intended_at, size = rest
    return Entry(
        RecordRef(store, kind, key),
        reference,
        code,
        action,
        state,
        due_on,
        reason,
        documents,
        excluded,
        recipients,
        standing,
        note,
        order or "",
        attempts,
        size,
    )


def document_row(number: str, document: Document) -> RawRow:
    """Return the row of a document as it lies in the table's columns."""
    parent, ref = document.parent, document.ref
    return (
        number,
        parent.store,
        parent.kind,
        parent.key,
        ref.store,
        ref.kind,
        ref.key,
        document.state,
        document.order or None,
        document.standing.value,
        document.note,
        document.attempts,
    )


def document_of(row: Row[Any]) -> Document:
    """Return the document of a row."""
    return Document(
        parent=RecordRef(row.parent_store, row.parent_kind, row.parent_key),
        ref=ref_of(row),
        state=row.state,
        order=row.order_id or "",
        standing=row.standing,
        note=row.note,
        attempts=row.attempts,
    )
