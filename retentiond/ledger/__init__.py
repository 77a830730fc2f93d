"""Our only state: append-only events, and the standing tables kept in the same transaction."""

from retentiond.ledger.columns import JsonValue
from retentiond.ledger.ledger import Ledger
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Adoption, Certificate, Event, Leaf, Proposal, Settled, StoredReceipt

__all__ = [
    "Adoption",
    "Certificate",
    "Event",
    "JsonValue",
    "Leaf",
    "Ledger",
    "Proposal",
    "Settled",
    "StoredReceipt",
    "Transaction",
]
