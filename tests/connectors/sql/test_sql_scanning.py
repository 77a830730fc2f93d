from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retentiond.connectors.interface import CHUNK, Cursor, ScanRequest, Wanted
from retentiond.domain.clauses import For, LongestOf, ShortestOf, UntilAge
from retentiond.domain.conditions import DiedBeforeAge, Unless
from retentiond.domain.definitions import ClassCondition, Reach, Trigger
from retentiond.domain.eligibility import assess
from retentiond.domain.errors import StoreRefused
from retentiond.domain.periods import Period
from retentiond.domain.records import Record, StateToken
from retentiond.domain.schedule import Action, RecordClass
from retentiond.domain.verdicts import Due, Untriggered
from retentiond.domain.windows import windows

Store = Any  # the case store of conftest, which cannot be imported

TODAY = date(2026, 6, 15)
_SIX, _TWENTY_FIVE = Period(72), Period(300)
_CLASSES = {
    "EH-01": RecordClass(
        "EH-01",
        "Early help",
        ("Children Act 1989",),
        LongestOf((For(_SIX, "case-closed"), UntilAge(_TWENTY_FIVE, "youngest-birth"))),
        Action.DESTROY,
        unless=(Unless(DiedBeforeAge(Period(216), "youngest-birth", "case-closed"), For(_SIX, "case-closed")),),
    ),
    "LAC-01": RecordClass(
        "LAC-01",
        "Looked after",
        ("Care Planning Regulations 2010 reg 50",),
        ShortestOf((For(_SIX, "case-closed"), UntilAge(_TWENTY_FIVE, "youngest-birth"))),
        Action.DESTROY,
    ),
}
_DATES = (
    st.none()
    | st.dates(date(1890, 1, 1), date(2026, 12, 31))
    | st.sampled_from([date(2020, 6, 14), date(2020, 6, 15), date(2001, 6, 14), date(2001, 6, 15), date(2004, 2, 29)])
)
_FAMILIES = st.lists(st.tuples(_DATES, st.lists(st.tuples(_DATES, st.booleans()), max_size=3)), min_size=1, max_size=12)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(families=_FAMILIES)
def test_a_scan_misses_nothing_that_is_due(case_store: Store, families: list[Any]) -> None:
    """What is pushed down to the database returns every record the pure judgement calls due, and every undated one."""
    _fill(case_store, families)
    refs = [case_store.ref(str(number)) for number in range(len(families))]
    asked = {code: windows(one, TODAY) for code, one in _CLASSES.items()}
    with case_store.open() as connector:
        whole = connector.fetch(refs)
        found = {
            wanted: {
                one.ref: one for page in connector.scan(ScanRequest("episode", asked, wanted)) for one in page.records
            }
            for wanted in Wanted
        }
    assert len(whole) == len(families)
    verdicts = {ref: assess(one, _CLASSES[one.record_class or ""], (), TODAY) for ref, one in whole.items()}
    due = {ref for ref, verdict in verdicts.items() if isinstance(verdict, Due)}
    undated = {ref for ref, verdict in verdicts.items() if isinstance(verdict, Untriggered)}
    assert due <= set(found[Wanted.DUE])
    assert undated <= set(found[Wanted.UNDATED])
    assert all(one == _as_scanned(whole[ref]) for records in found.values() for ref, one in records.items())
    for ref, one in found[Wanted.DUE].items():
        given_windows = asked[one.record_class or ""]
        inside = (all((one.dates[name] or date.max) <= day for name, day in each.items()) for each in given_windows)
        assert one.problems or any(inside), ref


def _as_scanned(record: Record) -> Record:
    return replace(record, state=StateToken(""), documents=(), shared_documents=(), recipients=())


def test_a_scan_reads_no_contents(case_store: Store) -> None:
    """A scan leaves the tables of parts, documents and recipients alone; people and blockers it does tell."""
    case_store.run("INSERT INTO eh_episode VALUES (11, 1, 'EH-11', '2020-01-01', NULL, NULL)")
    asked: list[str] = []

    def listen(*given: Any) -> None:
        asked.append(given[2])

    request = ScanRequest("episode", {code: [{"case-closed": TODAY}] for code in _CLASSES})
    with case_store.open() as connector:
        whole = connector.fetch([case_store.ref("10"), case_store.ref("20")])
        sa.event.listen(sa.Engine, "before_cursor_execute", listen)
        try:
            found = [one for page in connector.scan(request) for one in page.records]
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    assert found == [_as_scanned(one) for _, one in sorted(whole.items())]
    assert (found[0].subjects, found[0].blockers) == (("100", "101"), ("open-episode",))
    assert any("eh_episode" in one for one in asked)
    assert not [one for one in asked for table in ("case_note", "attachment", "disclosure") if table in one]


def test_a_date_the_store_does_not_map_is_lacking_everywhere(case_store: Store) -> None:
    """A class that needs a date the definition does not name has all its records undated, and no other class has."""
    needs: dict[str, list[dict[str, date]]] = {
        "EH-01": [{"case-closed": date.max, "death": date.max}],
        "LAC-01": [{"case-closed": date.max}],
    }
    with case_store.open() as connector:
        pages = list(connector.scan(ScanRequest("episode", needs, Wanted.UNDATED)))
    assert [one.ref.key for page in pages for one in page.records] == ["10"]


@pytest.mark.parametrize("windows", [{}, {"B": [{"case-closed": date(1990, 1, 1)}]}])
def test_what_no_line_classifies_is_found_among_the_undated(case_store: Store, windows: Any) -> None:
    """Dated or not, a record of no class is yielded once where the request says so, with the undated.

    A last line without a condition leaves none.
    """
    case_store.run("INSERT INTO eh_episode VALUES (11, 1, NULL, NULL, NULL, NULL)")
    lines = (
        ClassCondition("B", where={"worker_id": "w.2"}),
        ClassCondition("B", Reach("family", where={"family_ref": "F-9"})),
    )
    for more, stray in (((), ["10", "11"]), ((ClassCondition("C"),), [])):
        with case_store.having(classify=lines + more).open() as connector:
            found = {
                also: [
                    one
                    for page in connector.scan(ScanRequest("episode", windows, Wanted.UNDATED, unclassified=also))
                    for one in page.records
                ]
                for also in (True, False)
            }
        assert [(one.ref.key, one.record_class) for one in found[True]] == [(key, None) for key in stray]
        assert found[False] == []


def _fill(store: Store, families: list[Any]) -> None:
    tables = (
        "attachment",
        "case_note",
        "disclosure",
        "status_period",
        "family_member",
        "eh_episode",
        "family",
        "person",
    )
    with store.owner.begin() as connection:
        for table in tables:
            connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - names of our own
        people = [(number, *one) for number, (_, members) in enumerate(families) for one in members]
        for statement, rows in (
            ("family VALUES (:n, 'F')", [{"n": number} for number in range(len(families))]),
            (
                "eh_episode VALUES (:n, :n, 'R', NULL, :c, 'w')",
                [{"n": number, "c": _stored(store, closed)} for number, (closed, _) in enumerate(families)],
            ),
            (
                "person VALUES (:p, 'N', :b, NULL)",
                [{"p": p, "b": _stored(store, dob)} for p, (_, dob, _) in enumerate(people)],
            ),
            ("family_member VALUES (:n, :p, 'x')", [{"n": n, "p": p} for p, (n, _, _) in enumerate(people)]),
            ("status_period VALUES (:p, :p, 'CLA')", [{"p": p} for p, (_, _, ever) in enumerate(people) if ever]),
        ):
            if rows:
                connection.execute(sa.text(f"INSERT INTO {statement}"), rows)


def _stored(store: Store, day: date | None) -> Any:
    return day.isoformat() if day and store.url.startswith("sqlite") else day


def test_pages_follow_one_another(case_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are whole, in key order, resumable after each cursor; the size of the kind is told once, on the first.

    How many of them are read together, and for how long a statement stays open, makes no difference; nor does a
    server that ends transactions whose client is silent for a moment.
    """
    total = 2 * CHUNK + 5
    with case_store.owner.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO eh_episode VALUES (:n, 2, 'R', NULL, :c, NULL)"),
            [{"n": 1000 + n, "c": date(2000, 1, 1).isoformat()} for n in range(total)],
        )
    request = ScanRequest("episode", {"LAC-01": [{"case-closed": date(2000, 12, 31)}]})
    if case_store.owner.dialect.name == "postgresql":
        name = case_store.owner.url.database
        case_store.run(f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '100ms'")
    with case_store.open() as connector:
        pages = list(connector.scan(request))
        rest = list(connector.scan(request, after=pages[0].cursor))
        monkeypatch.setattr("retentiond.connectors.sql.reading.AT_ONCE", CHUNK)
        slowly = []
        for page in connector.scan(request):
            slowly.append(page)
            time.sleep(0.15)
        assert slowly == pages
        monkeypatch.setattr("retentiond.connectors.sql.reading.OPEN_SECONDS", 0)
        assert list(connector.scan(request)) == pages
    assert [len(page.records) for page in pages] == [CHUNK, CHUNK, 5]
    assert [page.examined for page in pages] == [total + 2, 0, 0]
    assert [page.records for page in rest] == [page.records for page in pages[1:]]
    assert sum(page.examined for page in rest) == 0
    keys = [int(one.ref.key) for page in pages for one in page.records]
    assert keys == list(range(1000, 1000 + total))


@pytest.mark.parametrize("declared", ["DATE", "TEXT", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "VARCHAR(40)"])
def test_the_last_day_of_a_window_is_inside(case_store: Store, declared: str) -> None:
    """Whatever the column's type, a record of the window's last day is wanted, the next day's is not."""
    last = date(2020, 7, 14)
    late = f"{last} 22:59:59+00:00" if "ZONE" in declared else f"{last}" if declared == "DATE" else f"{last} 23:59:59"
    next_day = late.replace("22:59:59", "23:00:00") if "ZONE" in declared else f"{last + timedelta(days=1)} 00:00:00"
    if declared == "DATE":
        next_day = next_day[:10]
    if case_store.owner.dialect.name == "mariadb":
        # Its TIMESTAMP is a moment, told in the session's zone, and its DATETIME has none.
        late, next_day = (one.removesuffix("+00:00") for one in (late, next_day))
        declared = {"TIMESTAMP": "DATETIME", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP NULL"}.get(declared, declared)
    case_store.run(f"ALTER TABLE eh_episode ADD COLUMN closed {declared}")
    for key, closed in ((10, late), (20, next_day)):
        case_store.run(f"UPDATE eh_episode SET closed = '{closed}' WHERE episode_id = {key}")  # noqa: S608 - our own
    kind = case_store.definition.records[0]
    store = case_store.having(triggers=(Trigger("closed", "closed"),), classify=kind.classify[1:], anonymise={})
    with store.open() as connector:
        request = ScanRequest("episode", {"EH-01": [{"closed": last}]})
        found = {one.ref.key: one.dates["closed"] for page in connector.scan(request) for one in page.records}
    assert found == {"10": last}


def test_a_cursor_of_another_make_is_refused(case_store: Store) -> None:
    """A place to go on from that is none of ours is refused rather than guessed."""
    request = ScanRequest("episode", {"EH-01": [{"case-closed": TODAY}]})
    for cursor in ("", "{}", "1", "[[1]]", "[1, 2]", "page 2"):
        with case_store.open() as connector, pytest.raises(StoreRefused):
            list(connector.scan(request, after=Cursor(cursor)))
