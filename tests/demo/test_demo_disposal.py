from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.engine import Connection

from retentiond.config.definitions import read_definitions
from retentiond.config.schedules import read_schedules
from retentiond.connectors.interface import Role
from retentiond.connectors.registry import open_connector
from retentiond.demo import tables
from retentiond.demo.case_store import build_case_store
from retentiond.demo.edge_cases import CASES
from retentiond.demo.facts import CaseStoreFacts, DemoCase
from retentiond.demo.lay_out import CASE_STORE, Places, write_files
from retentiond.domain.findings import Finding
from retentiond.domain.orders import DisposalOrder, Outcome, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action

TODAY = date(2026, 11, 23)
Rows = set[tuple[object, ...]]


def of_family(connection: Connection, case: DemoCase) -> dict[str, Rows]:
    """Return the rows of a case's family, its members and their addresses."""
    family = select(tables.EH_EPISODE.c.family_id).where(tables.EH_EPISODE.c.episode_id == int(case.ref.key))
    people = select(tables.FAMILY_MEMBER.c.person_id).where(tables.FAMILY_MEMBER.c.family_id.in_(family))
    wanted = {
        "family": select(tables.FAMILY).where(tables.FAMILY.c.family_id.in_(family)),
        "family_member": select(tables.FAMILY_MEMBER).where(tables.FAMILY_MEMBER.c.family_id.in_(family)),
        "disclosure": select(tables.DISCLOSURE).where(tables.DISCLOSURE.c.family_id.in_(family)),
        "person": select(tables.PERSON).where(tables.PERSON.c.person_id.in_(people)),
        "address": select(tables.ADDRESS).where(tables.ADDRESS.c.person_id.in_(people)),
    }
    return {name: {tuple(row) for row in connection.execute(one)} for name, one in wanted.items()}


@pytest.fixture
def council(tmp_path: Path) -> tuple[Path, CaseStoreFacts]:
    """Folder of the made-up council and what is in its case store."""
    write_files(tmp_path, Places("http://127.0.0.1:9000", f"sqlite:///{tmp_path / CASE_STORE}"))
    return tmp_path, build_case_store(f"sqlite:///{tmp_path / CASE_STORE}", TODAY)


def test_every_due_case_goes_and_nobody_elses_rows_do(council: tuple[Path, CaseStoreFacts]) -> None:
    """Each due case is destroyed or anonymised and seen to be, and what other cases need stays as it was."""
    folder, facts = council
    cases = dict(facts.cases())
    due = [one for one in cases.values() if one.ref.store == CASES and one.finding is Finding.DUE]
    (schedule,) = read_schedules([folder / "schedules"])
    then = {code: one.then for code, one in schedule.by_code().items()}
    (store,) = (one for one in read_definitions([folder / "connectors"]) if one.name == CASES)
    engine = create_engine(f"sqlite:///{folder / CASE_STORE}")
    grandparent = select(tables.PERSON).where(tables.PERSON.c.person_id == facts.grandparent)
    with engine.connect() as connection:
        before = of_family(connection, facts.later_episode), connection.execute(grandparent).one()
    outcomes: dict[RecordRef, Outcome] = {}
    sights: dict[RecordRef, Sight] = {}
    for kind in sorted({one.ref.kind for one in due}):
        refs = [one.ref for one in due if one.ref.kind == kind]
        with open_connector(store, role=Role.DISPOSE, resolve=lambda text: text) as connector:
            live = connector.fetch(refs)
            orders = [
                DisposalOrder(uuid4().hex, ref, then[live[ref].record_class or ""], live[ref].state, 1) for ref in refs
            ]
            for receipt in connector.dispose(orders, lambda asked: [one.id for one in asked]):
                outcomes[receipt.order.ref] = receipt.outcome
        with open_connector(store, role=Role.VERIFY, resolve=lambda text: text) as connector:
            sights |= {one.order.ref: one.sight for one in connector.inspect(orders)}
    as_done = {
        Action.DESTROY: (Outcome.DESTROYED, Sight.GONE),
        Action.ANONYMISE: (Outcome.ANONYMISED, Sight.ANONYMISED),
    }
    assert {ref: (outcomes[ref], sights[ref]) for ref in outcomes} == {
        one.ref: as_done[then[one.record_class]] for one in due
    }
    with engine.connect() as connection:
        after = of_family(connection, facts.later_episode), connection.execute(grandparent).one()
        anonymised = of_family(connection, facts.to_anonymise)
        destroyed = of_family(connection, facts.to_destroy)
    engine.dispose()
    assert after == before
    assert not any(destroyed.values())
    forename = tables.PERSON.c.keys().index("forename")
    names = {row[forename] for row in anonymised["person"]}
    assert names == {None}
