from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from retentiond.connectors.interface import Role
from retentiond.connectors.pseudonym_keys import NO_KEYS, PseudonymKeys
from retentiond.connectors.sql import SqlConnector
from retentiond.domain.definitions import (
    Blocker,
    ClassCondition,
    ColumnPlan,
    Definition,
    Hop,
    KindOfRecord,
    ObjectPart,
    Reach,
    SharedTable,
    TablePart,
    Trigger,
)
from retentiond.domain.orders import DisposalOrder, Receipt, Sighting
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import Crm, sqlite_url, three_cases
from tests.servers.mariadb import MariaDBServer

SCHEMA = """
CREATE TABLE family (family_id INTEGER PRIMARY KEY, family_ref VARCHAR(20));
CREATE TABLE person (person_id INTEGER PRIMARY KEY, forename VARCHAR(40), dob DATE, postcode VARCHAR(8));
CREATE TABLE family_member (
    family_id INTEGER NOT NULL REFERENCES family (family_id),
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    relationship VARCHAR(20), PRIMARY KEY (family_id, person_id));
CREATE TABLE eh_episode (
    episode_id INTEGER PRIMARY KEY, family_id INTEGER NOT NULL REFERENCES family (family_id),
    case_ref VARCHAR(20), started_on DATE, ended_on DATE, worker_id VARCHAR(20));
CREATE TABLE case_note (
    note_id INTEGER PRIMARY KEY, episode_id INTEGER NOT NULL REFERENCES eh_episode (episode_id), body TEXT);
CREATE TABLE attachment (
    attachment_id INTEGER PRIMARY KEY, note_id INTEGER NOT NULL REFERENCES case_note (note_id),
    object_key VARCHAR(200));
CREATE TABLE status_period (
    status_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (person_id), kind VARCHAR(10));
CREATE TABLE disclosure (
    disclosure_id INTEGER PRIMARY KEY, family_id INTEGER NOT NULL REFERENCES family (family_id),
    recipient_name VARCHAR(80));
CREATE TABLE unrelated (unrelated_id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person (person_id));
INSERT INTO family VALUES (1, 'F-1'), (2, 'F-2');
INSERT INTO person VALUES (100, 'Shared', '1985-05-06', 'SW1A 1AA'), (101, 'Ann', '1990-04-05', 'm1 1ae'),
    (200, 'Bob', '1991-03-04', NULL);
INSERT INTO family_member VALUES (1, 100, 'parent'), (1, 101, 'child'), (2, 100, 'parent'), (2, 200, 'child');
INSERT INTO eh_episode VALUES (10, 1, 'EH-10', '2001-01-15', '2002-02-03', 'w.1'),
    (20, 2, 'EH-20', '2001-01-16', '2003-03-04', 'w.2');
INSERT INTO case_note VALUES (1, 10, 'Ann said'), (2, 10, 'Ann did'), (3, 20, 'Bob said');
INSERT INTO attachment VALUES (1, 1, 'doc/a b%2F''"é'), (2, 2, 'doc/both'), (3, 3, 'doc/both'), (4, 3, NULL);
INSERT INTO status_period VALUES (1, 101, 'CIN'), (2, 200, 'CLA');
INSERT INTO disclosure VALUES (1, 1, 'Police'), (2, 2, 'School');
"""

_NOTES = (Hop("case_note"),)
_MEMBERS = (Hop("family_member", "family_id"),)

DEFINITION = Definition(
    name="cases",
    kind="sql",
    location="GB",
    digest="0" * 64,
    recipients_from=(Reach("disclosure", "family_id"), "recipient_name"),
    records=(
        KindOfRecord(
            name="episode",
            table="eh_episode",
            key=("episode_id",),
            reference="case_ref",
            conflict_of_interest=(Trigger("worker_id", "worker_id"),),
            classify=(
                ClassCondition("LAC-01", Reach("status_period", "person_id", _MEMBERS, {"kind": "CLA"})),
                ClassCondition("EH-01"),
            ),
            triggers=(
                Trigger("case-closed", "ended_on"),
                Trigger("youngest-birth", "dob", "latest", Reach("person", None, _MEMBERS)),
            ),
            subjects=(Trigger("subject", "person_id", reach=Reach("family_member", "family_id")),),
            blockers=(Blocker("open-episode", Reach("eh_episode", "family_id", where={"ended_on": None})),),
            parts=(
                ObjectPart("documents", "object_key", Reach("attachment", None, _NOTES)),
                TablePart(Reach("attachment", None, _NOTES)),
                TablePart(Reach("case_note", "episode_id")),
            ),
            shared=(
                SharedTable(
                    Reach("family", "family_id"),
                    (TablePart(Reach("family_member", "family_id")), TablePart(Reach("disclosure", "family_id"))),
                ),
                SharedTable(Reach("person", None, _MEMBERS), (TablePart(Reach("status_period", "person_id")),)),
            ),
            anonymise={
                "eh_episode": ColumnPlan(
                    keep=("episode_id", "family_id", "started_on", "ended_on"),
                    blank=("worker_id",),
                    replace={"case_ref": "removed"},
                ),
                "case_note": ColumnPlan(delete_rows=True),
                "attachment": ColumnPlan(delete_rows=True),
                "disclosure": ColumnPlan(delete_rows=True),
                "family": ColumnPlan(keep=("family_id",), replace={"family_ref": None}),
                "family_member": ColumnPlan(keep=("family_id", "person_id", "relationship")),
                "status_period": ColumnPlan(keep=("status_id", "person_id", "kind")),
                "person": ColumnPlan(
                    keep=("person_id",), blank=("forename",), generalise={"dob": "year", "postcode": "outward-code"}
                ),
            },
        ),
    ),
)


def _all_clear(orders: Sequence[DisposalOrder]) -> Collection[str]:
    return {one.id for one in orders}


@dataclass(frozen=True)
class CaseStore:
    """A case store, its owner's own way in, and the connector's."""

    url: str
    owner: sa.Engine
    definition: Definition = DEFINITION
    keys: PseudonymKeys = NO_KEYS

    def run(self, *statements: str) -> None:
        """Change the store as its owner."""
        with self.owner.begin() as connection:
            for statement in statements:
                connection.execution_options(no_parameters=True).exec_driver_sql(statement)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything in the database, our receipts apart."""
        with self.owner.connect() as connection:
            names = sorted(set(sa.inspect(connection).get_table_names()) - {"retentiond_receipt"})
            found = {
                name: connection.execute(sa.select(sa.text("*")).select_from(sa.table(name))).all() for name in names
            }
        return {name: sorted((tuple(row) for row in rows), key=repr) for name, rows in found.items()}

    def cut_connections(self) -> None:
        """Have the server end every connection of ours to this database."""
        if self.owner.dialect.name == "postgresql":
            self.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'retentiond' AND datname = current_database()"
            )
            return
        with self.owner.connect() as connection:
            ours = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
            for number in connection.exec_driver_sql(ours).scalars().all():
                connection.exec_driver_sql(f"KILL CONNECTION {number}")

    def lock(self, connection: sa.Connection) -> None:
        """Take the lock of a row of record 10, or of the whole file."""
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SELECT 1 FROM case_note WHERE note_id = 1 FOR UPDATE")

    def having(self, **changes: Any) -> CaseStore:
        """Return the same store under a definition whose kind of record is another in some respect."""
        kind = replace(self.definition.records[0], **changes)
        return replace(self, definition=replace(self.definition, records=(kind,)))

    def without_receipts(self) -> CaseStore:
        """Return the same store, its owner not allowing a receipt table."""
        return replace(self, definition=replace(self.definition, receipts=False))

    def open(self, role: Role = Role.SCAN) -> SqlConnector:
        """Open a new connector on it."""
        return SqlConnector(self.definition, role=role, url=self.url, keys=self.keys)

    def record(self, key: str) -> Record:
        """Return a record as it is now."""
        ref = self.ref(key)
        with self.open() as connector:
            return connector.fetch([ref])[ref]

    def ref(self, key: str) -> RecordRef:
        """Return the name of a record."""
        return RecordRef("cases", "episode", key)

    def order(self, key: str, *, action: Action = Action.DESTROY, attempt: int = 1) -> DisposalOrder:
        """Return an order on a record as it is now."""
        return DisposalOrder(uuid4().hex, self.ref(key), action, self.record(key).state, attempt)

    def disposed(
        self,
        *orders: DisposalOrder,
        still_clear: Callable[[Sequence[DisposalOrder]], Collection[str]] = _all_clear,
    ) -> list[Receipt]:
        """Return the receipts for orders carried out by a new connector."""
        with self.open(Role.DISPOSE) as connector:
            return list(connector.dispose(orders, still_clear))

    def sighted(self, *orders: DisposalOrder) -> list[Sighting]:
        """Return what an independent connector sees."""
        with self.open(Role.VERIFY) as connector:
            return list(connector.inspect(orders))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        file = tmp_path / "cases.db"
        file.touch()
        return f"sqlite:///{file}"
    if request.param == "mariadb":
        server: MariaDBServer = request.getfixturevalue("mariadb")
        return server.new_database()
    factory: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    return factory()


@pytest.fixture
def case_store(empty_url: str) -> Iterator[CaseStore]:
    """Two families' case files; one parent and one document belong to both."""
    owner = sa.create_engine(empty_url, poolclass=sa.NullPool)
    store = CaseStore(empty_url, owner)
    store.run(*(one for one in SCHEMA.split(";\n") if one.strip()))
    yield store
    owner.dispose()


@pytest.fixture
def case_definition() -> Definition:
    """The definition of the case store."""
    return DEFINITION


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """A case database as vendors build them, with three cases in it."""
    yield from _crm(sqlite_url(tmp_path))


@pytest.fixture
def live(empty_url: str) -> Iterator[Crm]:
    """The same on each kind of database in turn."""
    yield from _crm(empty_url)


def _crm(url: str) -> Iterator[Crm]:
    store = Crm.made(url)
    store.fill(three_cases())
    yield store
    store.owner.dispose()
