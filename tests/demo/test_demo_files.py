from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from retentiond.config.crosscheck import cross_check
from retentiond.config.definitions import read_definitions
from retentiond.config.schedules import read_schedules
from retentiond.config.settings import read_settings
from retentiond.connectors.interface import Connector, Role
from retentiond.connectors.registry import open_connector
from retentiond.demo.case_store import build_case_store
from retentiond.demo.edge_cases import CASES, CONFLICTED
from retentiond.demo.facts import CaseStoreFacts
from retentiond.demo.lay_out import CASE_STORE, CREDENTIALS, Places, write_files
from retentiond.domain.definitions import Definition
from retentiond.domain.eligibility import assess
from retentiond.domain.findings import Finding
from retentiond.domain.records import Record
from retentiond.domain.schedule import RecordClass
from retentiond.domain.verdicts import Blocked, Due, NotYet, Untriggered

TODAY = date(2026, 11, 23)
VERDICTS = {
    Finding.DUE: Due,
    Finding.ON_HOLD: Due,  # held by its document, which another store keeps
    Finding.NOT_YET: NotYet,
    Finding.BLOCKED: Blocked,
    Finding.UNTRIGGERED: Untriggered,
}


@pytest.fixture
def council(tmp_path: Path) -> Path:
    """Folder of the made-up council, its files written and its case store built."""
    write_files(tmp_path, Places("http://127.0.0.1:9000", f"sqlite:///{tmp_path / CASE_STORE}"))
    return tmp_path


@pytest.fixture
def facts(council: Path) -> CaseStoreFacts:
    """What is in the council's case store."""
    return build_case_store(f"sqlite:///{council / CASE_STORE}", TODAY)


@pytest.fixture
def case_store(council: Path, facts: CaseStoreFacts) -> Iterator[Connector]:
    """The council's case store through its shipped definition."""
    assert facts.document_keys
    with open_connector(definition(council), role=Role.SCAN, resolve=lambda text: text) as connector:
        yield connector


def definition(council: Path) -> Definition:
    """Return the shipped definition of the case store."""
    return next(one for one in read_definitions([council / "connectors"]) if one.name == CASES)


def classes(council: Path) -> dict[str, RecordClass]:
    """Return the classes of the shipped schedule by code."""
    (schedule,) = read_schedules([council / "schedules"])
    return dict(schedule.by_code())


def records(connector: Connector, facts: CaseStoreFacts) -> dict[str, Record]:
    """Return the named cases of the case store as it describes them."""
    named = {name: case for name, case in facts.cases() if case.ref.store == CASES}
    found = connector.fetch([case.ref for case in named.values()])
    return {name: found[case.ref] for name, case in named.items()}


def test_the_demonstrations_files_are_read_without_fault(council: Path) -> None:
    """Settings, schedule and definitions are each right, and right together."""
    settings = read_settings(council / "retentiond.yaml")
    schedules = read_schedules([council / "schedules"])
    definitions = read_definitions([council / "connectors"])
    assert list(cross_check(settings, schedules, definitions)) == []
    assert {person.id for person in settings.people} >= {"a.khan", "p.shah", "s.lee", CONFLICTED}
    assert {one.then.value for one in classes(council).values()} >= {"destroy", "anonymise"}


def test_no_place_is_left_unfilled_and_no_secret_is_written(council: Path) -> None:
    """What stands in ${...} once the files are written are the credentials the demonstration provides."""
    written = "".join(path.read_text(encoding="utf-8") for path in sorted(council.rglob("*.yaml")))
    assert set(re.findall(r"\$\{([^}]*)\}", written)) == {f"credential:{name}" for name in CREDENTIALS}
    shipped = {path.name for path in (files("retentiond.demo") / "files").iterdir()}
    assert {path.name for path in council.iterdir()} == shipped | {"retentiond.schema.json"}


def test_the_case_store_is_as_its_definition_says(case_store: Connector) -> None:
    """The connector finds every table and column named, every column planned for, and nothing to complain of."""
    assert [str(fault) for fault in case_store.check()] == []


def test_every_named_case_is_what_its_name_says(council: Path, facts: CaseStoreFacts, case_store: Connector) -> None:
    """Read through the shipped definition and judged by the shipped schedule, each case gets its class and verdict."""
    schedule, found = classes(council), records(case_store, facts)
    seen, wanted = {}, {}
    for name, record in found.items():
        case = dict(facts.cases())[name]
        wanted[name] = (case.record_class, case.reference, VERDICTS[case.finding].__name__)
        verdict = assess(record, schedule.get(record.record_class or ""), (), TODAY)
        seen[name] = (record.record_class, record.reference, type(verdict).__name__)
    assert seen == wanted


def test_named_cases_carry_what_makes_them_special(facts: CaseStoreFacts, case_store: Connector) -> None:
    """Blockers, conflicts of interest, documents and recipients are read as they were made up."""
    found = records(case_store, facts)
    assert found["reopened"].blockers == ("open-episode",)
    assert found["open_request"].blockers == ("open-request",)
    assert found["conflict_of_interest"].excluded_reviewers == (CONFLICTED,)
    assert [ref.key for ref in found["to_destroy"].documents] == [facts.key_with_versions]
    assert [ref.key for ref in found["document_on_legal_hold"].documents] == [facts.key_on_legal_hold]
    assert len(found["siblings_share_a_document"].documents) == 1
    assert found["document_of_two_cases"].documents == ()
    assert found["other_case_of_the_document"].documents == ()
    assert found["to_anonymise"].recipients
