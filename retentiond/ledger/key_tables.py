"""The ledger's tables of pseudonym keys: each made once, each destroyed once, and nothing of it ever changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, LargeBinary, Table

from retentiond.ledger.columns import DAY, EXACT, METADATA, MOMENT, NAMES, column

PSEUDONYM_KEYS = Table(
    "pseudonym_keys",
    METADATA,
    Column("name", EXACT, primary_key=True),
    column("fingerprint"),
    column("at", MOMENT),
    column("made_by"),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False),
    Column("log_index", BigInteger, ForeignKey("log_leaves.leaf_index"), nullable=False),
)

KEY_DESTRUCTIONS = Table(
    "key_destructions",
    METADATA,
    Column("name", EXACT, ForeignKey("pseudonym_keys.name"), primary_key=True),
    column("at", MOMENT),
    column("decided_by", NAMES),
    column("reason"),
    column("copies_gone_by", DAY, nullable=True),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False),
    CheckConstraint("decided_by <> '[]'", name="decided_by"),
)

KEY_CERTIFICATES = Table(
    "key_certificates",
    METADATA,
    Column("number", EXACT, primary_key=True),
    Column("sequence", BigInteger, nullable=False, unique=True),
    Column("name", EXACT, ForeignKey("key_destructions.name"), nullable=False, unique=True),
    column("at", MOMENT),
    column("payload", LargeBinary),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False),
    Column("log_index", BigInteger, ForeignKey("log_leaves.leaf_index"), nullable=False),
)

APPEND_ONLY = {
    "pseudonym_keys": ("name",),
    "key_destructions": ("name",),
    "key_certificates": ("number", "sequence", "name"),
}
"""Those of them whose rows are never changed or removed, each with the columns that are unique in it."""
