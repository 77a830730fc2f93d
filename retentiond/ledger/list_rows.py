"""Entries and documents as rows, and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from retentiond.domain.lists import Document, Entry
from retentiond.domain.records import RecordRef
from retentiond.ledger.statements import ref_of


def entry_row(number: str, entry: Entry) -> dict[str, Any]:
    """Return the row of an entry."""
    return {
        "list_number": number,
        "store": entry.ref.store,
        "kind": entry.ref.kind,
        "key": entry.ref.key,
        "reference": entry.reference,
        "record_class": entry.record_class,
        "action": entry.action,
        "state": entry.state,
        "due_on": entry.due_on,
        "reason": entry.reason,
        "documents": entry.documents,
        "excluded_reviewers": entry.excluded_reviewers,
        "recipients": entry.recipients,
        "standing": entry.standing,
        "note": entry.note,
        "order_id": entry.order or None,
        "attempts": entry.attempts,
        "size": entry.size,
    }


def entry_of(row: Row[Any]) -> Entry:
    """Return the entry of a row."""
    return Entry(
        ref=ref_of(row),
        reference=row.reference,
        record_class=row.record_class,
        action=row.action,
        state=row.state,
        due_on=row.due_on,
        reason=row.reason,
        documents=row.documents,
        excluded_reviewers=row.excluded_reviewers,
        recipients=row.recipients,
        standing=row.standing,
        note=row.note,
        order=row.order_id or "",
        attempts=row.attempts,
        size=row.size,
    )


def document_row(number: str, document: Document) -> dict[str, Any]:
    """Return the row of a document."""
    return {
        "list_number": number,
        "parent_store": document.parent.store,
        "parent_kind": document.parent.kind,
        "parent_key": document.parent.key,
        "store": document.ref.store,
        "kind": document.ref.kind,
        "key": document.ref.key,
        "state": document.state,
        "order_id": document.order or None,
        "standing": document.standing,
        "note": document.note,
        "attempts": document.attempts,
    }


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
