"""The tables of pseudonym keys, as the first version of the ledger makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retentiond.ledger.migrations.columns import TEXT


def make_pseudonym_keys() -> None:
    """Make the tables of pseudonym keys, of decisions to destroy one, and of certificates that one was destroyed."""
    op.create_table(
        "pseudonym_keys",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_pseudonym_keys_event_seq")),
        sa.ForeignKeyConstraint(["log_index"], ["log_leaves.leaf_index"], name=op.f("fk_pseudonym_keys_log_index")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pseudonym_keys")),
    )
    op.create_table(
        "key_destructions",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("decided_by", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("copies_gone_by", TEXT, nullable=True),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("decided_by <> '[]'", name=op.f("ck_key_destructions_decided_by")),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_key_destructions_event_seq")),
        sa.ForeignKeyConstraint(["name"], ["pseudonym_keys.name"], name=op.f("fk_key_destructions_name")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_destructions")),
    )
    op.create_table(
        "key_certificates",
        sa.Column("number", TEXT, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_key_certificates_event_seq")),
        sa.ForeignKeyConstraint(["log_index"], ["log_leaves.leaf_index"], name=op.f("fk_key_certificates_log_index")),
        sa.ForeignKeyConstraint(["name"], ["key_destructions.name"], name=op.f("fk_key_certificates_name")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_key_certificates")),
        sa.UniqueConstraint("name", name=op.f("uq_key_certificates_name")),
        sa.UniqueConstraint("sequence", name=op.f("uq_key_certificates_sequence")),
    )
