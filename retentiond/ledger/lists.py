"""Disposal lists: one object for all that is asked of them, a file for each idea behind it."""

from __future__ import annotations

from retentiond.ledger.list_approvals import ListApprovals
from retentiond.ledger.list_disposal import ListDisposal
from retentiond.ledger.list_documents import ListDocuments
from retentiond.ledger.list_entries import ListEntries
from retentiond.ledger.list_keeps import ListKeeps
from retentiond.ledger.list_register import ListRegister


class Lists(ListRegister, ListEntries, ListApprovals, ListDisposal, ListDocuments, ListKeeps):
    """Everything the ledger holds of disposal lists."""
