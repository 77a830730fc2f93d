"""What became of a record that its store no longer has, or of a document of one: as the ledger remembers it."""

from __future__ import annotations

from retentiond.domain.errors import Fault
from retentiond.domain.lists import Document, Standing
from retentiond.domain.records import RecordRef
from retentiond.ledger.transaction import Transaction

_GONE = {
    Standing.DESTROYED: "it was destroyed",
    Standing.ALREADY_ABSENT: "it was already gone when its disposal began",
}


def became(tx: Transaction, ref: RecordRef) -> Fault | None:
    """Return what to tell of a record that is not in its store: which list it went with, and on which certificate.

    Args:
        tx: the ledger.
        ref: the record, or a document that went with one, whatever its kind is called.
    """
    for number, entry in reversed(tx.lists.fates(ref)):
        if entry.standing in _GONE:
            return Fault(
                str(ref), f"{_GONE[entry.standing]}: disposal list {number}{_on(tx, number)}", _look(tx, number)
            )
    documents = tx.lists.document_fates(ref.store, ref.key)
    return _document(tx, str(ref), *documents[-1]) if documents else None


def _document(tx: Transaction, text: str, number: str, document: Document) -> Fault:
    of_record = f"it is no record of its own but a document of {document.parent}"
    fate = _GONE.get(document.standing, "")
    said = f"{fate} with it" if fate else document.note or document.standing.value
    return Fault(text, f"{of_record}: {said} (disposal list {number}{_on(tx, number)})", _look(tx, number))


def _on(tx: Transaction, number: str) -> str:
    certificate = tx.certificates.of_list(number)
    return f", certificate {certificate.number}" if certificate else ", not certified yet"


def _look(tx: Transaction, number: str) -> str:
    certificate = tx.certificates.of_list(number)
    shown = f"certificate show {certificate.number}" if certificate else f"list show {number}"
    return f"look at it with 'retentiond {shown}'"
