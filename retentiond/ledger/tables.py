"""The ledger's tables: events and what hangs on them (append-only), and the standing tables.

Events refer to nothing: they are the truth the standing tables can be rebuilt from. No foreign key cascades.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

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
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from retentiond.domain.findings import Finding
from retentiond.domain.lists import ListState, Standing
from retentiond.domain.occurrences import Change
from retentiond.domain.orders import Grade, Outcome, Sight
from retentiond.domain.schedule import Action
from retentiond.ledger.columns import DAY, EXACT, JSON, MOMENT, NAMES, REFS, choice

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _one_of(column: str, words: Iterable[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _column(name: str, type_: object = EXACT, *more: object, nullable: bool = False) -> Column[object]:
    return Column(name, type_, *more, nullable=nullable)  # type: ignore[arg-type]  # stub asks for its own unions


def _of_list(*, unique: bool = False) -> Column[object]:
    return Column("list_number", EXACT, ForeignKey("lists.number"), nullable=False, unique=unique)


EVENTS = Table(
    "events",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _column("at", MOMENT),
    _column("kind"),
    _column("actor"),
    _column("list_number", nullable=True),
    _column("body", JSON),
    _column("envelope", LargeBinary, nullable=True),
    CheckConstraint("seq > 0", name="seq"),
    Index("ix_events_list_number", "list_number", "seq"),
)

LEAVES = Table(
    "log_leaves",
    METADATA,
    Column("leaf_index", BigInteger, primary_key=True, autoincrement=False),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False, unique=True),
    _column("body", LargeBinary),
    _column("leaf_hash", LargeBinary),
    CheckConstraint("leaf_index >= 0", name="leaf_index"),
)

CHECKPOINTS = Table(
    "log_checkpoints",
    METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    _column("frontier", JSON),
    _column("checkpoint"),
    CheckConstraint("size > 0", name="size"),
)

SCHEDULES = Table(
    "schedules",
    METADATA,
    Column("digest", EXACT, primary_key=True),
    _column("name"),
    _column("version"),
    _column("source", LargeBinary),
    _column("effective_from", DAY),
    _column("classes", NAMES),
    _column("retired", NAMES),
)

ADOPTIONS = Table(
    "adoptions",
    METADATA,
    Column("event_seq", BigInteger, ForeignKey("events.seq"), primary_key=True, autoincrement=False),
    Column("digest", EXACT, ForeignKey("schedules.digest"), nullable=False),
    _column("at", MOMENT),
    _column("adopted_by", NAMES),
    _column("reason"),
    Column("replaces", EXACT, ForeignKey("schedules.digest"), nullable=True),
    Column("log_index", BigInteger, ForeignKey("log_leaves.leaf_index"), nullable=False),
    CheckConstraint("adopted_by <> '[]'", name="adopted_by"),
)

RUNS = Table(
    "scan_runs",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _column("store"),
    _column("kind"),
    _column("started_at", MOMENT),
    _column("ended_at", MOMENT, nullable=True),
    _column("schedule_digest"),
    _column("definition_digest"),
    _column("examined", BigInteger),
    _column("counts", JSON),
    _column("failure"),
    UniqueConstraint("store", "kind", "id"),
)

FINDINGS = Table(
    "findings",
    METADATA,
    _column("store"),
    _column("kind"),
    _column("key"),
    Column("run", BigInteger, nullable=False),
    _column("reference"),
    _column("record_class", nullable=True),
    _column("finding", choice(Finding)),
    _column("action"),
    _column("due_on", DAY, nullable=True),
    _column("reason"),
    PrimaryKeyConstraint("store", "kind", "key", "run"),
    ForeignKeyConstraint(["store", "kind", "run"], ["scan_runs.store", "scan_runs.kind", "scan_runs.id"]),
    _one_of("finding", Finding),
)

LISTS = Table(
    "lists",
    METADATA,
    Column("number", EXACT, primary_key=True),
    _column("state", choice(ListState)),
    _column("gathered_by"),
    _column("gathered_at", MOMENT),
    _column("stages", NAMES),
    _column("digest"),
    _column("revision", Integer),
    _column("dispose_after", MOMENT, nullable=True),
    _column("epoch", Integer),
    _column("ended_because"),
    _one_of("state", ListState),
    CheckConstraint("stages <> '[]'", name="stages"),
)

PROPOSALS = Table(
    "proposals",
    METADATA,
    Column("list_number", EXACT, ForeignKey("lists.number"), primary_key=True),
    _column("payload", LargeBinary),
    _column("manifest", LargeBinary),
    _column("wrapped_key", LargeBinary),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False),
    _column("outcome_manifest", LargeBinary, nullable=True),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    _of_list(),
    _column("stage"),
    _column("person"),
    _column("at"),
    _column("digest"),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False),
    PrimaryKeyConstraint("list_number", "stage"),
    UniqueConstraint("list_number", "person"),
)

ENTRIES = Table(
    "entries",
    METADATA,
    _of_list(),
    _column("store"),
    _column("kind"),
    _column("key"),
    _column("reference"),
    _column("record_class"),
    _column("action", choice(Action)),
    _column("state"),
    _column("due_on", DAY),
    _column("reason"),
    _column("documents", REFS),
    _column("excluded_reviewers", NAMES),
    _column("recipients", NAMES),
    _column("standing", choice(Standing)),
    _column("note"),
    Column("order_id", EXACT, unique=True),
    _column("attempts", Integer),
    _column("intended_at", MOMENT, nullable=True),
    _column("size", BigInteger, nullable=True),
    PrimaryKeyConstraint("list_number", "store", "kind", "key"),
    _one_of("standing", Standing),
    _one_of("action", Action),
    Index("ix_entries_store_kind_key", "store", "kind", "key"),
    Index("ix_entries_list_number_standing", "list_number", "standing"),
)

DOCUMENTS = Table(
    "documents",
    METADATA,
    _column("list_number"),
    _column("parent_store"),
    _column("parent_kind"),
    _column("parent_key"),
    _column("store"),
    _column("kind"),
    _column("key"),
    _column("state"),
    Column("order_id", EXACT, unique=True),
    _column("standing", choice(Standing)),
    _column("note"),
    _column("attempts", Integer),
    PrimaryKeyConstraint("list_number", "store", "kind", "key"),
    ForeignKeyConstraint(
        ["list_number", "parent_store", "parent_kind", "parent_key"],
        ["entries.list_number", "entries.store", "entries.kind", "entries.key"],
    ),
    _one_of("standing", Standing),
    Index("ix_documents_parent", "list_number", "parent_store", "parent_kind", "parent_key"),
)

RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("order_id", EXACT, primary_key=True),
    _of_list(),
    _column("outcome", choice(Outcome)),
    _column("grade", choice(Grade), nullable=True),
    _column("evidence", JSON),
    _column("reason"),
    _column("at", MOMENT),
    _one_of("outcome", Outcome),
    _one_of("grade", Grade),
    Index("ix_receipts_list_number_order_id", "list_number", "order_id"),
)

SIGHTINGS = Table(
    "sightings",
    METADATA,
    Column("order_id", EXACT, primary_key=True),
    _of_list(),
    _column("sight", choice(Sight)),
    _column("receipt_in_store", Boolean),
    _column("checked", JSON),
    _column("at", MOMENT),
    _one_of("sight", Sight),
    Index("ix_sightings_list_number_order_id", "list_number", "order_id"),
)

KEEPS = Table(
    "keeps",
    METADATA,
    _column("store"),
    _column("kind"),
    _column("key"),
    _of_list(),
    _column("until", DAY),
    _column("reason"),
    _column("decided_by"),
    _column("at", MOMENT),
    PrimaryKeyConstraint("store", "kind", "key", "list_number"),
)

HOLDS = Table(
    "holds",
    METADATA,
    Column("number", EXACT, primary_key=True),
    _column("title"),
    _column("authority"),
    _column("scope", JSON),
    _column("review_on", DAY),
    _column("placed_by"),
    _column("placed_at", MOMENT),
    _column("lifted_by", nullable=True),
    _column("lifted_at", MOMENT, nullable=True),
    _column("lifted_on_authority", nullable=True),
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
    _column("event"),
    _column("on_day", DAY, nullable=True),
)

OCCURRENCE_RECORDS = Table(
    "occurrence_records",
    METADATA,
    _column("store"),
    _column("kind"),
    _column("key"),
    Column("event_seq", BigInteger, ForeignKey("occurrences.event_seq"), nullable=False),
    PrimaryKeyConstraint("store", "kind", "key", "event_seq"),
    Index("ix_occurrence_records_event_seq", "event_seq"),
)

OCCURRENCE_CHANGES = Table(
    "occurrence_changes",
    METADATA,
    Column("event_seq", BigInteger, ForeignKey("events.seq"), primary_key=True, autoincrement=False),
    Column("number", EXACT, ForeignKey("occurrences.number"), nullable=False, index=True),
    _column("change", choice(Change)),
    _column("on_day", DAY, nullable=True),
    _column("reason"),
    _column("decided_by"),
    _column("at", MOMENT),
    _one_of("change", Change),
)

CERTIFICATES = Table(
    "certificates",
    METADATA,
    Column("number", EXACT, primary_key=True),
    Column("sequence", BigInteger, nullable=False, unique=True),
    _of_list(unique=True),
    _column("at", MOMENT),
    _column("payload", LargeBinary),
    _column("envelope", LargeBinary),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False),
    Column("log_index", BigInteger, ForeignKey("log_leaves.leaf_index"), nullable=False),
)

OUTLINES = Table(
    "outlines",
    METADATA,
    _column("store"),
    _column("kind"),
    _column("outline", JSON),
    Column("event_seq", BigInteger, ForeignKey("events.seq"), nullable=False, unique=True),
    PrimaryKeyConstraint("store", "kind"),
)

MARKS = Table(
    "marks",
    METADATA,
    Column("name", EXACT, primary_key=True),
    _column("at", MOMENT),
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
}
"""Tables whose rows are never changed or removed, each with the columns that are unique in it."""
