"""The tables of events entered by hand, as the first version of the ledger makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retentiond.ledger.migrations.columns import TEXT, one_of


def make_occurrences() -> None:
    """Make the tables of events that people enter for records."""
    op.create_table(
        "occurrences",
        sa.Column("number", TEXT, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("on_day", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_occurrences_event_seq")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_occurrences")),
        sa.UniqueConstraint("event_seq", name=op.f("uq_occurrences_event_seq")),
    )
    op.create_table(
        "occurrence_records",
        sa.Column("store", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["occurrences.event_seq"], name=op.f("fk_occurrence_records_event_seq")),
        sa.PrimaryKeyConstraint("store", "kind", "key", "event_seq", name=op.f("pk_occurrence_records")),
    )
    op.create_index("ix_occurrence_records_event_seq", "occurrence_records", ["event_seq"], unique=False)
    op.create_table(
        "occurrence_changes",
        sa.Column("event_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("change", TEXT, nullable=False),
        sa.Column("on_day", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("decided_by", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.CheckConstraint(
            one_of("change", "recorded", "corrected", "revoked"), name=op.f("ck_occurrence_changes_change")
        ),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_occurrence_changes_event_seq")),
        sa.ForeignKeyConstraint(["number"], ["occurrences.number"], name=op.f("fk_occurrence_changes_number")),
        sa.PrimaryKeyConstraint("event_seq", name=op.f("pk_occurrence_changes")),
    )
    op.create_index(op.f("ix_occurrence_changes_number"), "occurrence_changes", ["number"], unique=False)
