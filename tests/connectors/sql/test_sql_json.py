"""Values inside JSON: what a scan pushes down, what is judged, what cannot be told; over every kind of column."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retentiond.connectors.interface import Role, ScanRequest, Wanted
from retentiond.connectors.sql import SqlConnector
from retentiond.connectors.sql.catalogue import reflected
from retentiond.connectors.sql.checking import unreadable
from retentiond.connectors.sql.mapping import mapped
from retentiond.domain.definitions import (
    Blocker,
    ClassCondition,
    Definition,
    KindOfRecord,
    ObjectPart,
    Reach,
    Status,
    Trigger,
)
from retentiond.domain.orders import DisposalOrder, Outcome
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action
from tests.servers.mariadb import MariaDBServer

_LATEST = date(2015, 6, 30)
_KIND = KindOfRecord(
    name="case",
    table="eh_case",
    key=("id",),
    reference='data."case ref"',
    classify=(ClassCondition("A", where={"data.status": "closed"}), ClassCondition("B")),
    triggers=(
        Trigger("closed", "data.child.closed"),
        Trigger("served", "data.services[*].ended_on", "latest", Reach("eh_case")),
    ),
)


@dataclass(frozen=True)
class JsonStore:
    """A table with a column of JSON, its owner's way in and the connector's."""

    url: str
    owner: sa.Engine
    takes_any_text: bool

    def fill(self, documents: Sequence[str | None]) -> None:
        """Put one case in for each document, named by its number, and no other."""
        rows = [{"id": str(number), "data": one} for number, one in enumerate(documents)]
        with self.owner.begin() as connection:
            connection.execute(sa.text("DELETE FROM eh_case"))
            connection.execute(
                sa.text(
                    "INSERT INTO eh_case (id, data) VALUES (:id, CAST(:data AS json))"
                    if self.owner.dialect.name != "sqlite" and not self.takes_any_text
                    else "INSERT INTO eh_case (id, data) VALUES (:id, :data)"
                ),
                rows,
            )

    def open(self, kind: KindOfRecord = _KIND, role: Role = Role.SCAN) -> SqlConnector:
        """Open a connector on it."""
        return SqlConnector(Definition("cases", "sql", "GB", (kind,), "0" * 64), role=role, url=self.url)

    def records(self, number: int, kind: KindOfRecord = _KIND) -> list[Record]:
        """Return the first cases, in order."""
        refs = [RecordRef("cases", kind.name, str(one)) for one in range(number)]
        with self.open(kind) as connector:
            found = connector.fetch(refs)
        return [found[ref] for ref in refs]


@pytest.fixture(params=["sqlite text", "postgresql jsonb", "postgresql text", "mariadb text"])
def json_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JsonStore]:
    """The same table with JSON of each type of column."""
    database, kind = request.param.split(" ")
    if database == "sqlite":
        (tmp_path / "cases.db").touch()
        url = f"sqlite:///{tmp_path / 'cases.db'}"
    elif database == "mariadb":
        server: MariaDBServer = request.getfixturevalue("mariadb")
        url = server.new_database()
    else:
        factory: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
        url = factory()
    owner = sa.create_engine(url, poolclass=sa.NullPool)
    with owner.begin() as connection:
        kind = "longtext" if database == "mariadb" else kind
        connection.exec_driver_sql(f"CREATE TABLE eh_case (id VARCHAR(20) PRIMARY KEY, data {kind}, tags VARCHAR(50))")
        connection.exec_driver_sql("CREATE TABLE note (id INTEGER PRIMARY KEY, case_id VARCHAR(20), data TEXT)")
    yield JsonStore(url, owner, "text" in kind)
    owner.dispose()


_LEAVES: st.SearchStrategy[Any] = st.sampled_from(
    [None, "2001-02-03", "2015-06-30", "2015-07-01", "2020-02-29T10:00:00Z", "soon", "", 20010203, 1.5, True, [], {}]
)
_SERVICES = st.lists(_LEAVES | st.fixed_dictionaries({}, optional={"ended_on": _LEAVES}), max_size=3)
_CHILD = st.fixed_dictionaries({}, optional={"closed": _LEAVES})
_DOCUMENTS = _LEAVES | st.fixed_dictionaries({}, optional={"child": _CHILD | _LEAVES, "services": _SERVICES | _LEAVES})
_BROKEN = "{bad"


class _CannotBeTold(Exception):
    pass


def _values(node: Any, path: tuple[str, ...]) -> list[Any]:
    """Walk a document as the page on definitions says, without a database."""
    if not path:
        if isinstance(node, dict | list):
            raise _CannotBeTold
        return [node]
    step, *rest = path
    if step == "[*]":
        if node is not None and not isinstance(node, list):
            raise _CannotBeTold
        return [value for one in node or [] for value in _values(one, tuple(rest))]
    if node is not None and not isinstance(node, dict):
        raise _CannotBeTold
    return _values((node or {}).get(step), tuple(rest))


def _day(values: list[Any]) -> date | None:
    """Return the latest of some dates, or None where one or all are missing."""
    days = []
    for value in values:
        try:
            days.append(None if value is None else date.fromisoformat(value.partition("T")[0]))
        except (ValueError, AttributeError):
            raise _CannotBeTold from None
    known = [one for one in days if one is not None]
    return max(known) if known and len(known) == len(days) else None


def _judged(text: str | None) -> tuple[dict[str, date | None], bool]:
    """Return the dates of a document, and whether something in it cannot be told."""
    days: dict[str, date | None] = {}
    unclear = False
    for name, path in (("closed", ("child", "closed")), ("served", ("services", "[*]", "ended_on"))):
        days[name] = None
        try:
            days[name] = _day(_values(_read(text), path))
        except _CannotBeTold:
            unclear = True
    return days, unclear


def _read(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        raise _CannotBeTold from None


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(_DOCUMENTS.map(json.dumps) | st.none() | st.just(_BROKEN), min_size=1, max_size=15))
def test_what_a_scan_finds_in_json_is_what_a_reader_finds(json_store: JsonStore, documents: list[str | None]) -> None:
    """Dates, what cannot be told, the due and the undated are those of a plain walk through the same documents."""
    if not json_store.takes_any_text:
        documents = [one for one in documents if one != _BROKEN] or [None]
    json_store.fill(documents)
    records = json_store.records(len(documents))
    judged = [_judged(one) for one in documents]
    assert [dict(one.dates) for one in records] == [days for days, _ in judged]
    assert [bool(one.problems) for one in records] == [unclear for _, unclear in judged]
    asked = {code: [{"closed": _LATEST, "served": _LATEST}] for code in ("A", "B")}
    with json_store.open() as connector:
        found = {
            wanted: {one.ref.key for page in connector.scan(ScanRequest("case", asked, wanted)) for one in page.records}
            for wanted in Wanted
        }
    keyed = {str(number): one for number, one in enumerate(judged)}
    due = {key for key, (days, unclear) in keyed.items() if not unclear and all(_past(one) for one in days.values())}
    assert found[Wanted.UNDATED] == {key for key, (days, _) in keyed.items() if None in days.values()}
    assert due <= found[Wanted.DUE] <= due | {key for key, (_, unclear) in keyed.items() if unclear}


def _past(day: date | None) -> bool:
    return day is not None and day <= _LATEST


def _written(**values: Any) -> str:
    return json.dumps(values)


_SAME = [
    ("closed", "closed", True),
    ("Closed", "closed", False),
    (True, "true", True),
    (False, "true", False),
    (7, "7", True),
    (7, "07", False),
    (1.5, "1.5", True),
    ("true", "true", True),
    (None, "null", False),
    (None, None, True),
    ("", None, False),
    ('it\'s "q" ü', 'it\'s "q" ü', True),
]


def test_a_value_in_json_equals_what_is_written_as_text(json_store: JsonStore) -> None:
    """Text, numbers and truth values are compared by their text, null with null, wherever in JSON they stand."""
    json_store.fill(
        [
            _written(deep={"er": value}, list=[{"er": "other"}, {"er": value}], bare=["other", value])
            for value, _, _ in _SAME
        ]
    )
    for number, (_, written, same) in enumerate(_SAME):
        one, listed, bare = {"data.deep.er": written}, {"data.list[*].er": written}, {"data.bare[*]": written}
        ever = tuple(Status(name, where=where) for name, where in (("one", one), ("listed", listed), ("bare", bare)))
        record = json_store.records(len(_SAME), _kind(statuses=ever))[number]
        assert (record.statuses, record.problems) == ({"one": same, "listed": same, "bare": same}, ())


def _kind(**changes: Any) -> KindOfRecord:
    given: dict[str, Any] = {"classify": (ClassCondition("B"),), "triggers": (), "reference": ""}
    return KindOfRecord(name="case", table="eh_case", key=("id",), **(given | changes))


def test_a_name_that_is_missing_is_null_and_an_empty_list_has_no_element(json_store: JsonStore) -> None:
    """Nothing, JSON's null and a missing name are the same; of an empty or missing list no element is null."""
    ever = (Status("null", where={"data.a.b": None}), Status("element", where={"data.list[*]": None}))
    json_store.fill(
        [None, "null", "{}", _written(a=None), _written(a={}, list=[]), _written(a={"b": None}, list=[None])]
    )
    found = [one.statuses for one in json_store.records(6, _kind(statuses=ever))]
    assert [one["null"] for one in found] == [True] * 6
    assert [one["element"] for one in found] == [False] * 5 + [True]


def test_what_cannot_be_told_is_a_problem_and_blocks(json_store: JsonStore) -> None:
    """A hold in JSON of another form than the definition takes it for keeps the record, at the deed itself too."""
    kind = _kind(blockers=(Blocker("hold", Reach("eh_case", where={"data.holds[*].open": "true"})),))
    documents = [_written(holds=[{"open": False}]), _written(holds=[{"open": True}]), _written(holds={"open": True})]
    json_store.fill(documents)
    clear, held, unclear = json_store.records(3, kind)
    assert [one.blockers for one in (clear, held, unclear)] == [(), ("hold",), ()]
    problem = "the JSON in eh_case.data is not such that data.holds[*].open can be told"
    assert [one.problems for one in (clear, held, unclear)] == [(), (), (problem,)]
    orders = [DisposalOrder(uuid4().hex, one.ref, Action.DESTROY, one.state, 1) for one in (clear, held, unclear)]
    with json_store.open(kind, Role.DISPOSE) as connector:
        receipts = connector.dispose(orders, lambda given: {one.id for one in given})
    assert [one.outcome for one in receipts] == [Outcome.DESTROYED, Outcome.CHANGED, Outcome.CHANGED]
    assert receipts[2].reason == f"blocked: {problem}"


def test_rows_elsewhere_whose_json_cannot_be_told_are_a_problem(json_store: JsonStore) -> None:
    """A row that may be the one that blocks, since its JSON is broken, is named; one of another case is not."""
    kind = _kind(blockers=(Blocker("open", Reach("note", {"case_id": "id"}, where={"data.open": "true"})),))
    json_store.fill(["{}", "{}", "{}"])
    with json_store.owner.begin() as connection:
        rows = [(1, "0", '{"open": true}'), (2, "1", "{broken"), (3, "2", '{"open": "no"}')]
        connection.execute(
            sa.text("INSERT INTO note VALUES (:a, :b, :c)"), [dict(zip("abc", one, strict=True)) for one in rows]
        )
    found = json_store.records(3, kind)
    assert [one.blockers for one in found] == [("open",), (), ()]
    problem = "the JSON in note.data is not such that data.open can be told"
    assert [one.problems for one in found] == [(), (problem,), ()]


def test_people_and_documents_may_stand_in_json(json_store: JsonStore) -> None:
    """References, people and object keys are read from JSON as from columns, each element of a list for itself."""
    kind = _kind(
        reference='data."case ref"',
        subjects=(Trigger("a", "data.people[*].ref"),),
        conflict_of_interest=(Trigger("b", "data.worker"), Trigger("c", "data.team[*]")),
        parts=(ObjectPart("documents", "data.files[*]", Reach("eh_case")),),
    )
    people = [{"ref": "p1"}, {"ref": None}, {"ref": "p2"}, {"ref": "p1"}]
    json_store.fill(
        [
            _written(**{"case ref": "EH/1"}, people=people, worker="w.1", team=["w.2", "w.1"], files=["a", "b", "a"]),
            _written(files=["b"]),
        ]
    )
    first, second = json_store.records(2, kind)
    assert (first.reference, second.reference) == ("EH/1", "1")
    assert (first.subjects, first.excluded_reviewers) == (("p1", "p2"), ("w.1", "w.2"))
    assert [one.key for one in first.documents] == ["a"]
    assert [one.key for one in (*first.shared_documents, *second.shared_documents)] == ["b", "b"]
    assert (second.subjects, second.excluded_reviewers, second.documents) == ((), (), ())
    needed = {first.documents[0]: first.ref}
    with json_store.open(kind) as connector:
        assert list(connector.needs(needed)) == []
    json_store.fill([_written(files=["a"]), _written(files="which?")])
    with json_store.open(kind) as connector:
        assert list(connector.needs(needed)) == [*needed]


def test_a_changed_field_changes_the_state(json_store: JsonStore) -> None:
    """A record whose JSON differs in one field is another than was reviewed."""
    states = []
    for status in ("open", "closed"):
        json_store.fill([_written(status=status, child={"closed": "2001-02-03"})])
        states.append(json_store.records(1)[0].state)
    assert len(set(states)) == 2


_UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"reference": "data.refs[*]"}, "'data.refs[*]' may be several values, and a reference is one"),
    ({"reference": "nothing.here"}, "it has no column 'nothing'"),
    ({"triggers": (Trigger("closed", "data.closed[*]"),)}, "the trigger 'closed' may find several of its rows"),
    ({"blockers": (Blocker("b", Reach("note", {"data.ids[*]": "id"})),)}, "'data.ids[*]' may be several values"),
    (
        {"statuses": (Status("s", Reach("note", {"id.x": "id"})),)},
        "its column 'id' holds no JSON, and 'id.x' leads",
    ),
]


def test_an_address_that_does_not_fit_is_named(json_store: JsonStore) -> None:
    """A name that leads nowhere, or to several values where one belongs, is a fault of the definition."""
    for changes, message in _UNFIT:
        with json_store.open(_kind(**changes)) as connector:
            faults = [one for one in connector.check() if message in one.message]
        assert [bool(one.remedy) for one in faults] == [True], message


def test_a_scan_does_not_read_documents_whole(json_store: JsonStore) -> None:
    """Whatever a document holds beside the fields asked for stays in the database; the whole counts for its state."""
    json_store.fill([_written(status="closed", child={"closed": "2001-02-03"}, services=[{"ended_on": "2001-01-01"}])])
    asked: list[str] = []

    def listen(*given: Any) -> None:
        # What a subquery hands on is read by nobody outside of the database.
        asked.append(re.sub(r"FROM \(SELECT .*? OFFSET 0\)", "FROM ()", given[2], flags=re.DOTALL))

    request = ScanRequest("case", {"A": [{"closed": _LATEST, "served": _LATEST}]})
    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        with json_store.open() as connector:
            found = [one.ref.key for page in connector.scan(request) for one in page.records]
            scanned = len(asked)
            connector.fetch([RecordRef("cases", "case", "0")])
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    whole = re.compile(r"(SELECT|,) (CAST\()?eh_case_\d+\.data( AS|,|\s)(?! *->)")
    assert found == ["0"]
    digested = re.compile(r"\b(row|sha2)\([^)]*eh_case_\d+\.data\b")
    assert not [one for one in asked[:scanned] if whole.search(one) or digested.search(one)]
    assert [one for one in asked[scanned:] if whole.search(one) or digested.search(one)]


def test_bytes_are_no_json(tmp_path: Path) -> None:
    """Bytes in a column of text on SQLite cannot be told, even where they would be JSON as text."""
    file = tmp_path / "bytes.db"
    owner = sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE eh_case (id VARCHAR(20) PRIMARY KEY, data TEXT)")
        connection.exec_driver_sql("INSERT INTO eh_case VALUES ('0', CAST('{\"status\": \"closed\"}' AS BLOB))")
    owner.dispose()
    (record,) = JsonStore(f"sqlite:///{file}", owner, takes_any_text=True).records(1, _kind(classify=_KIND.classify))
    assert record.record_class == "B"
    assert record.problems == ("the JSON in eh_case.data is not such that data.status can be told",)


def test_an_older_server_looks_into_no_text(json_store: JsonStore) -> None:
    """PostgreSQL before 16 breaks off at text that is no JSON: check names the column, and a jsonb one is fine."""
    definition = Definition("cases", "sql", "GB", (_KIND,), "0" * 64)
    with json_store.owner.connect() as connection:
        store = mapped(definition, reflected(connection))
        assert list(unreadable(connection, store)) == []
        connection.dialect.server_version_info = (15, 4)
        found = {one.message for one in unreadable(connection, store)}
    needs = json_store.takes_any_text and connection.dialect.name == "postgresql"
    message = "its column 'data' is no jsonb, and this version cannot tell whether it holds JSON"
    assert found == ({message} if needs else set())
