"""A case database as vendors build them: few foreign keys, polymorphic notes, soft-deleted links, circles, triggers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from retentiond.connectors.interface import Role
from retentiond.connectors.pseudonym_keys import NO_KEYS, PseudonymKeys
from retentiond.connectors.sql import SqlConnector
from retentiond.domain.definitions import (
    ClassCondition,
    ColumnPlan,
    Definition,
    HistoryTable,
    Hop,
    KindOfRecord,
    ObjectPart,
    Reach,
    Reference,
    SharedTable,
    TablePart,
    Trigger,
)
from retentiond.domain.orders import DisposalOrder, Receipt, Sighting
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action

TABLES = {
    "cases": (
        "id INTEGER PRIMARY KEY, case_no VARCHAR(64), closed_on DATE, plan_id INTEGER,"
        " duplicate_of INTEGER REFERENCES cases (id), parent_case INTEGER"
    ),
    "plan": "id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases (id)",
    "note": "id INTEGER PRIMARY KEY, parent_type VARCHAR(10), parent_id VARCHAR(36), body VARCHAR(80)",
    "account": "id INTEGER PRIMARY KEY, name VARCHAR(20), main_contact INTEGER",
    "contact": (
        "id INTEGER PRIMARY KEY, name VARCHAR(20), account_id INTEGER REFERENCES account (id), first_case INTEGER"
    ),
    "case_contact": "id INTEGER PRIMARY KEY, case_id VARCHAR(36), contact_id INTEGER, deleted INTEGER",
    "folder": "id INTEGER PRIMARY KEY, case_id VARCHAR(36), parent_id INTEGER REFERENCES folder (id)",
    "file": "id INTEGER PRIMARY KEY, folder_id INTEGER NOT NULL REFERENCES folder (id), object_key VARCHAR(20)",
    "audit": "id INTEGER PRIMARY KEY, case_id INTEGER",
}
REFERENCES = (
    Reference("cases", "plan_id", "plan", "id"),
    Reference("cases", "parent_case", "cases", "id"),
    Reference("note", "parent_id", "cases", "id", {"parent_type": "Case"}),
    Reference("note", "parent_id", "contact", "id", {"parent_type": "Contact"}),
    Reference("contact", "first_case", "cases", "id"),
    Reference("account", "main_contact", "contact", "id"),
    Reference("case_contact", "case_id", "cases", "id"),
    Reference("case_contact", "contact_id", "contact", "id"),
    Reference("folder", "case_id", "cases", "id"),
    Reference("audit", "case_id", "cases", "id", leave=True),
)
_LINKS = (Hop("case_contact"),)
KIND = KindOfRecord(
    name="case",
    table="cases",
    key=("id",),
    reference="case_no",
    classify=(ClassCondition("C"),),
    triggers=(Trigger("case-closed", "closed_on"),),
    parts=(
        TablePart(Reach("plan", "case_id")),
        TablePart(Reach("note")),
        TablePart(Reach("case_contact")),
        TablePart(
            Reach("folder"),
            recursive="parent_id",
            parts=(TablePart(Reach("file")), ObjectPart("documents", "object_key", Reach("file"))),
        ),
    ),
    shared=(
        SharedTable(Reach("contact", None, _LINKS), (TablePart(Reach("note")),)),
        SharedTable(Reach("account", "account_id", (*_LINKS, Hop("contact")))),
    ),
    anonymise={
        "cases": ColumnPlan(
            keep=("id", "closed_on", "plan_id", "duplicate_of", "parent_case"), replace={"case_no": None}
        ),
        "plan": ColumnPlan(keep=("id", "case_id")),
        "note": ColumnPlan(delete_rows=True),
        "case_contact": ColumnPlan(keep=("id", "case_id", "contact_id", "deleted")),
        "contact": ColumnPlan(keep=("id", "account_id", "first_case"), blank=("name",)),
        "folder": ColumnPlan(keep=("id", "case_id", "parent_id")),
        "file": ColumnPlan(delete_rows=True),
        "account": ColumnPlan(keep=("id", "main_contact"), blank=("name",)),
    },
)
DEFINITION = Definition(
    name="crm", kind="sql", location="GB", digest="0" * 64, references=REFERENCES, records=(KIND,), receipts=False
)

_UNCHECKED = {
    "sqlite": "PRAGMA foreign_keys=OFF",
    "postgresql": "SET session_replication_role = replica",
    "mariadb": "SET SESSION foreign_key_checks = 0",
    "mysql": "SET SESSION foreign_key_checks = 0",
}
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def _all_clear(orders: Sequence[DisposalOrder]) -> Collection[str]:
    return {one.id for one in orders}


@dataclass(frozen=True)
class Crm:
    """The database, its owner's way in and the connector's."""

    url: str
    owner: sa.Engine
    definition: Definition = DEFINITION
    kept: Mapping[Role, SqlConnector] = field(default_factory=dict)
    keys: PseudonymKeys = NO_KEYS

    @classmethod
    def made(cls, url: str, **tables: str) -> Crm:
        """Make the tables, some of them otherwise than usual, and those not usual too."""
        store = cls(url, sa.create_engine(url, poolclass=sa.NullPool))
        store.run(*(f"CREATE TABLE {name} ({columns})" for name, columns in (TABLES | tables).items()))
        return store

    def run(self, *statements: str) -> None:
        """Change the store as its owner, whatever foreign keys say."""
        with self.owner.begin() as connection:
            connection.exec_driver_sql(_UNCHECKED[connection.dialect.name])
            for statement in statements:
                connection.execution_options(no_parameters=True).exec_driver_sql(statement)

    def fill(self, rows: Rows) -> None:
        """Have it hold these rows and no others."""
        with self.owner.begin() as connection:
            connection.exec_driver_sql(_UNCHECKED[connection.dialect.name])
            metadata = sa.MetaData()
            metadata.reflect(connection)
            for name, table in metadata.tables.items():
                if name != "retentiond_receipt":
                    connection.execute(sa.delete(table))
                    if rows.get(name):
                        connection.execute(sa.insert(table), [dict(row) for row in rows[name]])

    def having(self, references: Iterable[Reference] | None = None, **changes: Any) -> Crm:
        """Return the same store under a definition that is another in some respect."""
        kind = replace(self.definition.records[0], **changes)
        given = self.definition.references if references is None else tuple(references)
        return replace(self, definition=replace(self.definition, records=(kind,), references=given))

    def open(self, role: Role = Role.SCAN) -> AbstractContextManager[SqlConnector]:
        """Open a connector on it: a new one, or the one that is kept open."""
        if role in self.kept:
            return nullcontext(self.kept[role])
        return SqlConnector(self.definition, role=role, url=self.url, keys=self.keys)

    @contextmanager
    def staying_open(self) -> Iterator[Crm]:
        """Yield the same store with one connector a role for all that is asked of it."""
        with ExitStack() as stack:
            yield replace(self, kept={role: stack.enter_context(self.open(role)) for role in Role})

    def faults(self) -> list[str]:
        """Return what check finds."""
        with self.open(Role.DISPOSE) as connector:
            return [f"{one.place}: {one.message}" for one in connector.check()]

    def records(self, *keys: object) -> dict[str, Record]:
        """Return records as they are now, read together."""
        with self.open() as connector:
            found = connector.fetch([RecordRef("crm", "case", str(key)) for key in keys])
        return {ref.key: record for ref, record in found.items()}

    def orders(self, *keys: object, action: Action = Action.DESTROY) -> list[DisposalOrder]:
        """Return orders on records as they are now."""
        return [
            DisposalOrder(uuid4().hex, record.ref, action, record.state, 1) for record in self.records(*keys).values()
        ]

    def disposed(
        self,
        orders: Sequence[DisposalOrder],
        still_clear: Callable[[Sequence[DisposalOrder]], Collection[str]] = _all_clear,
    ) -> dict[str, Receipt]:
        """Return the receipts of one batch by key."""
        with self.open(Role.DISPOSE) as connector:
            return {one.order.ref.key: one for one in connector.dispose(orders, still_clear)}

    def sighted(self, orders: Sequence[DisposalOrder]) -> dict[str, Sighting]:
        """Return what an independent connector sees, by key."""
        with self.open(Role.VERIFY) as connector:
            return {one.order.ref.key: one for one in connector.inspect(orders)}


def sqlite_url(folder: Path) -> str:
    """Return the URL of a new file."""
    file = folder / f"{uuid4().hex}.db"
    file.touch()
    return f"sqlite:///{file}"


def three_cases(**changes: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return three cases: 1 and 2 share a contact by links of which some were deleted softly."""
    cases = [
        {"id": number, "case_no": f"C-{number}", "closed_on": date(2000 + number, 1, 2), "plan_id": number}
        for number in (1, 2, 3)
    ]
    empty = {"duplicate_of": None, "parent_case": None}
    rows: dict[str, list[dict[str, Any]]] = {
        "cases": [empty | one for one in cases],
        "plan": [{"id": number, "case_id": number} for number in (1, 2, 3)],
        "note": [
            {"id": 1, "parent_type": "Case", "parent_id": "1", "body": "one"},
            {"id": 2, "parent_type": "Contact", "parent_id": "1", "body": "a contact of the same number"},
            {"id": 3, "parent_type": "Case", "parent_id": "2", "body": "two"},
            {"id": 4, "parent_type": "Case", "parent_id": "not a number", "body": "lost"},
            {"id": 5, "parent_type": "Contact", "parent_id": "11", "body": "of contact 11"},
        ],
        "account": [{"id": 5, "name": "Five", "main_contact": 11}, {"id": 6, "name": "Six", "main_contact": None}],
        "contact": [
            {"id": 1, "name": "One", "account_id": 6, "first_case": None},
            {"id": 11, "name": "Eleven", "account_id": 5, "first_case": None},
            {"id": 12, "name": "Twelve", "account_id": 5, "first_case": None},
        ],
        "case_contact": [
            {"id": 1, "case_id": "1", "contact_id": 11, "deleted": 0},
            {"id": 2, "case_id": "1", "contact_id": 12, "deleted": 1},
            {"id": 3, "case_id": "2", "contact_id": 12, "deleted": 1},
            {"id": 4, "case_id": "3", "contact_id": 1, "deleted": 0},
        ],
        "folder": [
            {"id": 1, "case_id": "1", "parent_id": None},
            {"id": 2, "case_id": None, "parent_id": 1},
            {"id": 3, "case_id": None, "parent_id": 2},
            {"id": 4, "case_id": "2", "parent_id": None},
            {"id": 5, "case_id": None, "parent_id": 4},
            {"id": 9, "case_id": None, "parent_id": None},
        ],
        "file": [
            {"id": 1, "folder_id": 3, "object_key": "deep"},
            {"id": 2, "folder_id": 1, "object_key": "both"},
            {"id": 3, "folder_id": 5, "object_key": "both"},
            {"id": 4, "folder_id": 9, "object_key": "nobody's"},
        ],
        "audit": [{"id": 1, "case_id": 1}],
    }
    return rows | changes


def linked_cases(*links: tuple[int, int | None, int | None]) -> list[dict[str, Any]]:
    """Return cases by id, what each is a duplicate of, and its parent."""
    return [
        {
            "id": key,
            "case_no": "x",
            "closed_on": date(2001, 1, 1),
            "plan_id": None,
            "duplicate_of": same,
            "parent_case": of,
        }
        for key, same, of in links
    ]


def only(cases: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return cases and nothing else."""
    return {name: [] for name in three_cases()} | {"cases": cases}


_TRIGGER = (
    "CREATE TRIGGER {name} AFTER {what} ON cases FOR EACH ROW BEGIN"
    " INSERT INTO cases_history (id, what, case_no) VALUES (OLD.id, '{what}', OLD.case_no); END"
)
_NUMBERED = {
    "sqlite": "INTEGER PRIMARY KEY",
    "mariadb": "INTEGER AUTO_INCREMENT PRIMARY KEY",
    "mysql": "INTEGER AUTO_INCREMENT PRIMARY KEY",
}
HISTORY = HistoryTable(Reach("cases_history", "id"), ("cases_written",))
HISTORY_PLAN = {"cases_history": ColumnPlan(delete_rows=True)}


def write_history(store: Crm) -> Crm:
    """Have the database write down every change of a case, and return the store under a definition that knows."""
    columns = "seq {} , id INTEGER, what VARCHAR(10), case_no VARCHAR(64)"
    if store.owner.dialect.name != "postgresql":
        triggers: tuple[str, ...] = ("cases_written", "cases_written_too")
        store.run(
            f"CREATE TABLE cases_history ({columns.format(_NUMBERED[store.owner.dialect.name])})",
            *(_TRIGGER.format(name=name, what=what) for name, what in zip(triggers, ("UPDATE", "DELETE"), strict=True)),
        )
    else:
        store.run(
            f"CREATE TABLE cases_history ({columns.format('SERIAL PRIMARY KEY')})",
            "CREATE FUNCTION written() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
            " INSERT INTO cases_history (id, what, case_no) VALUES (OLD.id, TG_OP, OLD.case_no); RETURN NULL; END'",
            "CREATE CONSTRAINT TRIGGER cases_written AFTER UPDATE OR DELETE ON cases"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION written()",
        )
        triggers = ("cases_written",)
    history = replace(HISTORY, written_by=triggers)
    return store.having(history=(history,), anonymise={**KIND.anonymise, **HISTORY_PLAN})
