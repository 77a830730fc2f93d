"""The ledger's tables: events and what hangs on them (append-only), and the standing tables.

Events refer to nothing: they are the truth the standing tables can be rebuilt from. No foreign key cascades.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from retentiond.domain.findings import Finding
from retentiond.domain.lists import ListState, Standing
from retentiond.domain.occurrences import Change
from retentiond.domain.orders import Grade, Outcome, Sight
from retentiond.domain.schedule import Action
from retentiond.ledger.columns import DAY, EXACT, JSON, MOMENT, NAMES, REFS, choice, column, one_of
from retentiond.ledger.columns import METADATA as METADATA  # noqa: PLC0414 - whoever wants it wants every table in it
from retentiond.ledger.key_tables import APPEND_ONLY as KEYS_APPEND_ONLY


def _of_list(*, unique: bool = False) -> Column[object]:
    return Column("list_number", EXACT, ForeignKey("lists.number"), nullable=False, unique=unique)


EVENTS = Table(
    "events",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    column("at", MOMENT),
    column("kind"),
    column("actor"),
    column("list_number", nullable=True),
    column("body", JSON),
    column("envelope", LargeBinary, nullable=True),
    CheckConstraint("seq > 0", name="seq"),
    Index("ix_events_list_number", "list_number", "seq"),
)

LEAVES = Table(
    "log_leaves",
    METADATA,
    Column("leaf_index", BigInteger, primary_key=True, autoincrement=False),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False, unique=True),
    column("body", LargeBinary),
    column("leaf_hash", LargeBinary),
    CheckConstraint("leaf_index >= 0", name="leaf_index"),
)

CHECKPOINTS = Table(
    "log_checkpoints",
    METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    column("frontier", JSON),
    column("checkpoint"),
    CheckConstraint("size > 0", name="size"),
)

SCHEDULES = Table(
    "schedules",
    METADATA,
    Column("digest", EXACT, primary_key=True),
    column("name"),
    column("version"),
    column("source", LargeBinary),
    column("effective_from", DAY),
    column("classes", NAMES),
    column("retired", NAMES),
)

ADOPTIONS = Table(
    "adoptions",
    METADATA,
    Column("event_seq", BigInteger, ForeignKey("events.seq"), primary_key=True, autoincrement=False),
    Column("digest", EXACT, ForeignKey("schedules.digest"), nullable=False),
    column("at", MOMENT),
    column("adopted_by", NAMES),
    column("reason"),
    Column("replaces", EXACT, ForeignKey("schedules.digest"), nullable=True),
    Column("log_index", BigInteger, ForeignKey("log_leaves.leaf_index"), nullable=False),
    CheckConstraint("adopted_by <> '[]'", name="adopted_by"),
)

RUNS = Table(
    "scan_runs",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    column("store"),
    column("kind"),
    column("started_at", MOMENT),
    column("ended_at", MOMENT, nullable=True),
    column("schedule_digest"),
    column("definition_digest"),
    column("examined", BigInteger),
    column("counts", JSON),
    column("failure"),
    UniqueConstraint("store", "kind", "id"),
)

FINDINGS = Table(
    "findings",
    METADATA,
    column("store"),
    column("kind"),
    column("key"),
    Column("run", BigInteger, nullable=False),
    column("reference"),
    column("record_class", nullable=True),
    column("finding", choice(Finding)),
    column("action"),
    column("due_on", DAY, nullable=True),
    column("reason"),
    PrimaryKeyConstraint("store", "kind", "key", "run"),
    ForeignKeyConstraint(["store", "kind", "run"], ["scan_runs.store", "scan_runs.kind", "scan_runs.id"]),
    one_of("finding", Finding),
)

LISTS = Table(
    "lists",
    METADATA,
    Column("number", EXACT, primary_key=True),
    column("state", choice(ListState)),
    column("gathered_by"),
    column("gathered_at", MOMENT),
    column("stages", NAMES),
    column("digest"),
    column("revision", Integer),
    column("dispose_after", MOMENT, nullable=True),
    column("epoch", Integer),
    column("ended_because"),
    one_of("state", ListState),
    CheckConstraint("stages <> '[]'", name="stages"),
)

PROPOSALS = Table(
    "proposals",
    METADATA,
    Column("list_number", EXACT, ForeignKey("lists.number"), primary_key=True),
    column("payload", LargeBinary),
    column("manifest", LargeBinary),
    column("wrapped_key", LargeBinary),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False),
    column("outcome_manifest", LargeBinary, nullable=True),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    _of_list(),
    column("stage"),
    column("person"),
    column("at"),
    column("digest"),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False),
    PrimaryKeyConstraint("list_number", "stage"),
    UniqueConstraint("list_number", "person"),
)

ENTRIES = Table(
    "entries",
    METADATA,
    _of_list(),
    column("store"),
    column("kind"),
    column("key"),
    column("reference"),
    column("record_class"),
    column("action", choice(Action)),
    column("state"),
    column("due_on", DAY),
    column("reason"),
    column("documents", REFS),
    column("excluded_reviewers", NAMES),
    column("recipients", NAMES),
    column("standing", choice(Standing)),
    column("note"),
    Column("order_id", EXACT, unique=True),
    column("attempts", Integer),
    column("intended_at", MOMENT, nullable=True),
    column("size", BigInteger, nullable=True),
    PrimaryKeyConstraint("list_number", "store", "kind", "key"),
    one_of("standing", Standing),
    one_of("action", Action),
    Index("ix_entries_store_kind_key", "store", "kind", "key"),
    Index("ix_entries_list_number_standing", "list_number", "standing"),
)

DOCUMENTS = Table(
    "documents",
    METADATA,
    column("list_number"),
    column("parent_store"),
    column("parent_kind"),
    column("parent_key"),
    column("store"),
    column("kind"),
    column("key"),
    column("state"),
    Column("order_id", EXACT, unique=True),
    column("standing", choice(Standing)),
    column("note"),
    column("attempts", Integer),
    PrimaryKeyConstraint("list_number", "store", "kind", "key"),
    ForeignKeyConstraint(
        ["list_number", "parent_store", "parent_kind", "parent_key"],
        ["entries.list_number", "entries.store", "entries.kind", "entries.key"],
    ),
    one_of("standing", Standing),
    Index("ix_documents_parent", "list_number", "parent_store", "parent_kind", "parent_key"),
)

RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("order_id", EXACT, primary_key=True),
    _of_list(),
    column("outcome", choice(Outcome)),
    column("grade", choice(Grade), nullable=True),
    column("evidence", JSON),
    column("reason"),
    column("at", MOMENT),
    one_of("outcome", Outcome),
    one_of("grade", Grade),
    Index("ix_receipts_list_number_order_id", "list_number", "order_id"),
)

SIGHTINGS = Table(
    "sightings",
    METADATA,
    Column("order_id", EXACT, primary_key=True),
    _of_list(),
    column("sight", choice(Sight)),
    column("receipt_in_store", Boolean),
    column("checked", JSON),
    column("at", MOMENT),
    one_of("sight", Sight),
    Index("ix_sightings_list_number_order_id", "list_number", "order_id"),
)

KEEPS = Table(
    "keeps",
    METADATA,
    column("store"),
    column("kind"),
    column("key"),
    _of_list(),
    column("until", DAY),
    column("reason"),
    column("decided_by"),
    column("at", MOMENT),
    PrimaryKeyConstraint("store", "kind", "key", "list_number"),
)

HOLDS = Table(
    "holds",
    METADATA,
    Column("number", EXACT, primary_key=True),
    column("title"),
    column("authority"),
    column("scope", JSON),
    column("review_on", DAY),
    column("placed_by"),
    column("placed_at", MOMENT),
    column("lifted_by", nullable=True),
    column("lifted_at", MOMENT, nullable=True),
    column("lifted_on_authority", nullable=True),
    CheckConstraint(
        "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_on_authority IS NULL)",
        name="lifted",
    ),
)

OCCURRENCES = Table(
    "occurrences",
    METADATA,
    Column("number", EXACT, primary_key=True),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False, unique=True),
    column("event"),
    column("on_day", DAY, nullable=True),
)

OCCURRENCE_RECORDS = Table(
    "occurrence_records",
    METADATA,
    column("store"),
    column("kind"),
    column("key"),
    Column("event_seq", BigInteger, ForeignKey("occurrences.event_seq"), nullable=False),
    PrimaryKeyConstraint("store", "kind", "key", "event_seq"),
    Index("ix_occurrence_records_event_seq", "event_seq"),
)

OCCURRENCE_CHANGES = Table(
    "occurrence_changes",
    METADATA,
    Column("event_seq", BigInteger, ForeignKey("events.seq"), primary_key=True, autoincrement=False),
    Column("number", EXACT, ForeignKey("occurrences.number"), nullable=False, index=True),
    column("change", choice(Change)),
    column("on_day", DAY, nullable=True),
    column("reason"),
    column("decided_by"),
    column("at", MOMENT),
    one_of("change", Change),
)

CERTIFICATES = Table(
    "certificates",
    METADATA,
    Column("number", EXACT, primary_key=True),
    Column("sequence", BigInteger, nullable=False, unique=True),
    _of_list(unique=True),
    column("at", MOMENT),
    column("payload", LargeBinary),
    column("envelope", LargeBinary),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False),
    Column("log_index", BigInteger, ForeignKey("log_leaves.leaf_index"), nullable=False),
)

OUTLINES = Table(
    "outlines",
    METADATA,
    column("store"),
    column("kind"),
    column("outline", JSON),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False, unique=True),
    PrimaryKeyConstraint("store", "kind"),
)

MARKS = Table(
    "marks",
    METADATA,
    Column("name", EXACT, primary_key=True),
    column("at", MOMENT),
)

APPEND_ONLY = {
    "events": ("seq",),
    "log_leaves": ("leaf_index", "event_seq"),
    "log_checkpoints": ("size",),
    "receipts": ("order_id",),
    "certificates": ("number", "sequence", "list_number"),
    "schedules": ("digest",),
    "adoptions": ("event_seq",),
    "occurrence_changes": ("event_seq",),
    **KEYS_APPEND_ONLY,
}
"""Tables whose rows are never changed or removed, each with the columns that are unique in it."""
