"""The first version of the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retentiond.ledger.migrations.columns import TEXT, one_of
from retentiond.ledger.migrations.occurrences import make_occurrences
from retentiond.ledger.migrations.pseudonym_keys import make_pseudonym_keys
from retentiond.ledger.triggers import postgresql_function, postgresql_triggers, sqlite_triggers

revision = "0001"
down_revision = None

APPEND_ONLY = {
    "events": ("seq",),
    "log_leaves": ("leaf_index", "event_seq"),
    "log_checkpoints": ("size",),
    "receipts": ("order_id",),
    "certificates": ("number", "sequence", "list_number"),
    "schedules": ("digest",),
    "adoptions": ("event_seq",),
    "occurrence_changes": ("event_seq",),
    "pseudonym_keys": ("name",),
    "key_destructions": ("name",),
    "key_certificates": ("number", "sequence", "name"),
}


STANDING = one_of(
    "standing",
    "listed",
    "retained",
    "held",
    "reclassified",
    "left",
    "intended",
    "destroyed",
    "anonymised",
    "pseudonymised",
    "already-absent",
    "skipped-held",
    "skipped-changed",
    "skipped-not-due",
    "failed",
    "unknown",
)


def upgrade() -> None:
    """Make the tables and the guards of the append-only ones."""
    make_tables()
    if op.get_bind().dialect.name == "sqlite":
        statements = sqlite_triggers(APPEND_ONLY)
    else:
        op.execute(postgresql_function())
        statements = postgresql_triggers(APPEND_ONLY)
    for statement in statements.values():
        op.execute(statement)


def make_tables() -> None:
    """Make every table, those referred to before those that refer to them."""
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("list_number", TEXT, nullable=True),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("seq > 0", name=op.f("ck_events_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
    )
    op.create_index("ix_events_list_number", "events", ["list_number", "seq"], unique=False)
    op.create_table(
        "holds",
        sa.Column("number", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("authority", TEXT, nullable=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("review_on", TEXT, nullable=False),
        sa.Column("placed_by", TEXT, nullable=False),
        sa.Column("placed_at", TEXT, nullable=False),
        sa.Column("lifted_by", TEXT, nullable=True),
        sa.Column("lifted_at", TEXT, nullable=True),
        sa.Column("lifted_on_authority", TEXT, nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_on_authority IS NULL)",
            name=op.f("ck_holds_lifted"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_holds")),
    )
    op.create_table(
        "lists",
        sa.Column("number", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("gathered_by", TEXT, nullable=False),
        sa.Column("gathered_at", TEXT, nullable=False),
        sa.Column("stages", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("dispose_after", TEXT, nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("ended_because", TEXT, nullable=False),
        sa.CheckConstraint("stages <> '[]'", name=op.f("ck_lists_stages")),
        sa.CheckConstraint(
            one_of("state", "in-review", "approved", "disposing", "disposed", "certified", "returned", "withdrawn"),
            name=op.f("ck_lists_state"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lists")),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("frontier", TEXT, nullable=False),
        sa.Column("checkpoint", TEXT, nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_log_checkpoints_size")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoints")),
    )
    op.create_table(
        "marks",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    op.create_table(
        "scan_runs",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("store", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("started_at", TEXT, nullable=False),
        sa.Column("ended_at", TEXT, nullable=True),
        sa.Column("schedule_digest", TEXT, nullable=False),
        sa.Column("definition_digest", TEXT, nullable=False),
        sa.Column("examined", sa.BigInteger(), nullable=False),
        sa.Column("counts", TEXT, nullable=False),
        sa.Column("failure", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_runs")),
        sa.UniqueConstraint("store", "kind", "id", name=op.f("uq_scan_runs_store_kind_id")),
    )
    op.create_table(
        "approvals",
        sa.Column("list_number", TEXT, nullable=False),
        sa.Column("stage", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_approvals_event_seq")),
        sa.ForeignKeyConstraint(["list_number"], ["lists.number"], name=op.f("fk_approvals_list_number")),
        sa.PrimaryKeyConstraint("list_number", "stage", name=op.f("pk_approvals")),
        sa.UniqueConstraint("list_number", "person", name=op.f("uq_approvals_list_number_person")),
    )
    op.create_table(
        "entries",
        sa.Column("list_number", TEXT, nullable=False),
        sa.Column("store", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("record_class", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("due_on", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("documents", TEXT, nullable=False),
        sa.Column("excluded_reviewers", TEXT, nullable=False),
        sa.Column("recipients", TEXT, nullable=False),
        sa.Column("standing", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("order_id", TEXT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("intended_at", TEXT, nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            one_of(
                "action",
                "destroy",
                "anonymise",
                "pseudonymise",
                "transfer",
                "review",
                "retain-permanently",
                "minimise",
                "redact",
            ),
            name=op.f("ck_entries_action"),
        ),
        sa.CheckConstraint(
            STANDING,
            name=op.f("ck_entries_standing"),
        ),
        sa.ForeignKeyConstraint(["list_number"], ["lists.number"], name=op.f("fk_entries_list_number")),
        sa.PrimaryKeyConstraint("list_number", "store", "kind", "key", name=op.f("pk_entries")),
        sa.UniqueConstraint("order_id", name=op.f("uq_entries_order_id")),
    )
    op.create_index("ix_entries_list_number_standing", "entries", ["list_number", "standing"], unique=False)
    op.create_index("ix_entries_store_kind_key", "entries", ["store", "kind", "key"], unique=False)
    op.create_table(
        "findings",
        sa.Column("store", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("record_class", TEXT, nullable=True),
        sa.Column("finding", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("due_on", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.CheckConstraint(
            one_of("finding", "due", "on-hold", "blocked", "untriggered", "not-yet", "permanent"),
            name=op.f("ck_findings_finding"),
        ),
        sa.ForeignKeyConstraint(
            ["store", "kind", "run"],
            ["scan_runs.store", "scan_runs.kind", "scan_runs.id"],
            name=op.f("fk_findings_store_kind_run"),
        ),
        sa.PrimaryKeyConstraint("store", "kind", "key", "run", name=op.f("pk_findings")),
    )
    op.create_table(
        "keeps",
        sa.Column("store", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("list_number", TEXT, nullable=False),
        sa.Column("until", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("decided_by", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["list_number"], ["lists.number"], name=op.f("fk_keeps_list_number")),
        sa.PrimaryKeyConstraint("store", "kind", "key", "list_number", name=op.f("pk_keeps")),
    )
    op.create_table(
        "log_leaves",
        sa.Column("leaf_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("leaf_index >= 0", name=op.f("ck_log_leaves_leaf_index")),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_log_leaves_event_seq")),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_log_leaves")),
        sa.UniqueConstraint("event_seq", name=op.f("uq_log_leaves_event_seq")),
    )
    op.create_table(
        "proposals",
        sa.Column("list_number", TEXT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("outcome_manifest", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_proposals_event_seq")),
        sa.ForeignKeyConstraint(["list_number"], ["lists.number"], name=op.f("fk_proposals_list_number")),
        sa.PrimaryKeyConstraint("list_number", name=op.f("pk_proposals")),
    )
    op.create_table(
        "receipts",
        sa.Column("order_id", TEXT, nullable=False),
        sa.Column("list_number", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("grade", TEXT, nullable=True),
        sa.Column("evidence", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.CheckConstraint(one_of("grade", "A", "B"), name=op.f("ck_receipts_grade")),
        sa.CheckConstraint(
            one_of(
                "outcome", "destroyed", "anonymised", "pseudonymised", "already-absent", "changed", "held", "failed"
            ),
            name=op.f("ck_receipts_outcome"),
        ),
        sa.ForeignKeyConstraint(["list_number"], ["lists.number"], name=op.f("fk_receipts_list_number")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_receipts")),
    )
    op.create_index("ix_receipts_list_number_order_id", "receipts", ["list_number", "order_id"], unique=False)
    op.create_table(
        "sightings",
        sa.Column("order_id", TEXT, nullable=False),
        sa.Column("list_number", TEXT, nullable=False),
        sa.Column("sight", TEXT, nullable=False),
        sa.Column("receipt_in_store", sa.Boolean(), nullable=False),
        sa.Column("checked", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.CheckConstraint(
            one_of("sight", "gone", "anonymised", "pseudonymised", "present", "inconclusive"),
            name=op.f("ck_sightings_sight"),
        ),
        sa.ForeignKeyConstraint(["list_number"], ["lists.number"], name=op.f("fk_sightings_list_number")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_sightings")),
    )
    op.create_index("ix_sightings_list_number_order_id", "sightings", ["list_number", "order_id"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("number", TEXT, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("list_number", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_certificates_event_seq")),
        sa.ForeignKeyConstraint(["list_number"], ["lists.number"], name=op.f("fk_certificates_list_number")),
        sa.ForeignKeyConstraint(["log_index"], ["log_leaves.leaf_index"], name=op.f("fk_certificates_log_index")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_certificates")),
        sa.UniqueConstraint("list_number", name=op.f("uq_certificates_list_number")),
        sa.UniqueConstraint("sequence", name=op.f("uq_certificates_sequence")),
    )
    op.create_table(
        "documents",
        sa.Column("list_number", TEXT, nullable=False),
        sa.Column("parent_store", TEXT, nullable=False),
        sa.Column("parent_kind", TEXT, nullable=False),
        sa.Column("parent_key", TEXT, nullable=False),
        sa.Column("store", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("order_id", TEXT, nullable=True),
        sa.Column("standing", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            STANDING,
            name=op.f("ck_documents_standing"),
        ),
        sa.ForeignKeyConstraint(
            ["list_number", "parent_store", "parent_kind", "parent_key"],
            ["entries.list_number", "entries.store", "entries.kind", "entries.key"],
            name=op.f("fk_documents_list_number_parent_store_parent_kind_parent_key"),
        ),
        sa.PrimaryKeyConstraint("list_number", "store", "kind", "key", name=op.f("pk_documents")),
        sa.UniqueConstraint("order_id", name=op.f("uq_documents_order_id")),
    )
    op.create_index(
        "ix_documents_parent", "documents", ["list_number", "parent_store", "parent_kind", "parent_key"], unique=False
    )
    make_schedules()
    make_occurrences()
    make_outlines()
    make_pseudonym_keys()


def make_schedules() -> None:
    """Make the tables of schedule versions and of their adoptions."""
    op.create_table(
        "schedules",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("effective_from", TEXT, nullable=False),
        sa.Column("classes", TEXT, nullable=False),
        sa.Column("retired", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_schedules")),
    )
    op.create_table(
        "adoptions",
        sa.Column("event_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("adopted_by", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("replaces", TEXT, nullable=True),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("adopted_by <> '[]'", name=op.f("ck_adoptions_adopted_by")),
        sa.ForeignKeyConstraint(["digest"], ["schedules.digest"], name=op.f("fk_adoptions_digest")),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_adoptions_event_seq")),
        sa.ForeignKeyConstraint(["log_index"], ["log_leaves.leaf_index"], name=op.f("fk_adoptions_log_index")),
        sa.ForeignKeyConstraint(["replaces"], ["schedules.digest"], name=op.f("fk_adoptions_replaces")),
        sa.PrimaryKeyConstraint("event_seq", name=op.f("pk_adoptions")),
    )


def make_outlines() -> None:
    """Make the table of how the tables of stores were when people accepted them last."""
    op.create_table(
        "outlines",
        sa.Column("store", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("outline", TEXT, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["events.seq"], name=op.f("fk_outlines_event_seq")),
        sa.PrimaryKeyConstraint("store", "kind", name=op.f("pk_outlines")),
        sa.UniqueConstraint("event_seq", name=op.f("uq_outlines_event_seq")),
    )
