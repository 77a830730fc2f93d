from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from retentiond.connectors.sql.fields import field_plans
from retentiond.domain.clauses import For
from retentiond.domain.definitions import ColumnPlan
from retentiond.domain.eligibility import assess
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, RecordClass
from retentiond.domain.verdicts import Blocked, Due

Store = Any  # the case store of conftest, which cannot be imported

KEPT = ("data.status", "data.child.sex", "data.services[*].kind")
GONE = ("data.child", "data.services[*].name", "data.notes")
WORDS = "its column data of eh_episode holds a field the plan does not name"
WHOLE = {
    "status": "closed",
    "child": {"name": "Ann", "sex": "F", "seen": ["Ann", {"by": "Bob"}]},
    "services": [{"kind": "respite", "name": "Bob"}, {"name": "Cid"}],
    "notes": "Ann said",
    "score": None,
}
LEFT = {"status": "closed", "child": {"sex": "F"}, "services": [{"kind": "respite"}, {}]}


@pytest.fixture
def documented(case_store: Store) -> Store:
    """Case files of which an episode has a document, in a column of JSON."""
    return with_documents(case_store, "JSON")


def with_documents(case_store: Store, kind: str) -> Store:
    """Return case files of which an episode has a document, in a column of a type."""
    case_store.run(f"ALTER TABLE eh_episode ADD COLUMN data {kind}")
    write(case_store, 10, WHOLE)
    plans = dict(case_store.definition.records[0].anonymise)
    plans["eh_episode"] = ColumnPlan(
        keep=("episode_id", "family_id", "started_on", "ended_on", *KEPT),
        blank=("worker_id", *GONE),
        replace={"case_ref": "removed"},
    )
    return case_store.having(anonymise=plans)


def write(store: Store, episode: int, document: Any) -> None:
    """Put a document, or a text that is none, into an episode's column."""
    text = document if isinstance(document, str) else json.dumps(document)
    with store.owner.begin() as connection:
        connection.execute(
            sa.text("UPDATE eh_episode SET data = :data WHERE episode_id = :id"), {"data": text, "id": episode}
        )


def document(store: Store, episode: int) -> Any:
    """Return what an episode's column holds."""
    found = next(row[-1] for row in store.rows()["eh_episode"] if row[0] == episode)
    return json.loads(found) if isinstance(found, str) else found


def test_fields_that_are_kept_stay_and_all_others_go(documented: Store) -> None:
    """Of a document stays what the plan keeps, in lists in its place, and a document that is not there stays away."""
    orders = [documented.order(key, action=Action.ANONYMISE) for key in ("10", "20")]
    assert {one.outcome for one in documented.disposed(*orders)} == {Outcome.ANONYMISED}
    assert document(documented, 10) == LEFT
    assert document(documented, 20) is None
    assert {one.sight for one in documented.sighted(*orders)} == {Sight.ANONYMISED}


def test_a_field_that_no_plan_names_keeps_its_record_from_being_anonymised(documented: Store) -> None:
    """At the deed its record is left as it was and says why, without the field's name; the others of the batch go."""
    for more in (
        {"surname": "Example"},
        {"services": [{"kind": "respite"}, {"kind": {"name": "Ann"}}]},
        {"status": ["Ann"]},
        {"Ann": {"name": 1}},
    ):
        write(documented, 10, WHOLE)
        write(documented, 20, WHOLE | more)
        before = document(documented, 20)
        orders = [documented.order(key, action=Action.ANONYMISE) for key in ("10", "20")]
        receipts = documented.disposed(*orders)
        assert [one.outcome for one in receipts] == [Outcome.ANONYMISED, Outcome.FAILED]
        assert receipts[1].reason == WORDS
        assert (document(documented, 10), document(documented, 20)) == (LEFT, before)


def test_reviewers_see_it_before_it_comes_to_that(documented: Store) -> None:
    """A record read for review says what no plan names; to be anonymised it is blocked, to be destroyed it is due."""
    assert documented.record("10").unplanned == ()
    write(documented, 10, WHOLE | {"surname": "Example"})
    record = documented.record("10")
    assert record.unplanned == (WORDS,)
    rule = For(Period.of_years(6), "case-closed")
    for then, verdict in ((Action.ANONYMISE, Blocked), (Action.DESTROY, Due)):
        judged = assess(record, RecordClass("EH-01", "Case", ("Act",), rule, then), (), date(2026, 11, 26))
        assert isinstance(judged, verdict)
        assert (WORDS in judged.reason) == (then is Action.ANONYMISE)


def test_a_field_that_came_back_is_seen(documented: Store) -> None:
    """The independent read looks through the document: a field that was blanked, or that nobody knew, is found."""
    order = documented.order("10", action=Action.ANONYMISE)
    documented.disposed(order)
    for back in (
        LEFT | {"notes": "Ann said"},
        LEFT | {"surname": "Example"},
        LEFT | {"child": {"sex": "F", "name": "Ann"}},
        LEFT | {"services": [{"kind": "respite", "name": "Bob"}]},
        ["Ann"],
    ):
        write(documented, 10, back)
        (sighting,) = documented.sighted(order)
        assert (sighting.sight, sighting.checked["table eh_episode"]) == (Sight.PRESENT, 1)


def test_json_may_be_kept_as_text_and_text_that_is_none_is_no_document(case_store: Store) -> None:
    """In a column of text a document is planned alike; text that is no JSON may hold anything, and its record stays."""
    store = with_documents(case_store, "TEXT")
    write(store, 20, "Ann said {")
    receipts = store.disposed(*(store.order(key, action=Action.ANONYMISE) for key in ("10", "20")))
    assert [(one.outcome, one.reason) for one in receipts] == [(Outcome.ANONYMISED, ""), (Outcome.FAILED, WORDS)]
    assert document(store, 10) == LEFT


TABLE = sa.Table("t", sa.MetaData(), sa.Column("data", sa.JSON))
(PLANNED,) = field_plans(TABLE, ColumnPlan(keep=KEPT, blank=GONE), "t")
NAMES = st.sampled_from(["status", "child", "sex", "services", "kind", "name", "notes", "other"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def values(found: Any, way: str = "data") -> dict[str, list[Any]]:
    """Return the values of a document by the way to them, as a definition writes it; null is none."""
    told: dict[str, list[Any]] = {}
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for name, one in inner:
        step = f"{way}.{name}" if isinstance(found, dict) else f"{way}[*]"
        for path, several in values(one, step).items():
            told.setdefault(path, []).extend(several)
    return told if isinstance(found, dict | list) else {} if found is None else {way: [found]}


@given(DOCUMENTS)
def test_what_is_left_of_any_document_is_what_is_kept_of_it(found: Any) -> None:
    """Whatever JSON holds: all values the plan keeps are left, none other; it is covered when all others are named."""
    text = json.dumps(found)
    before = values(found)
    assert values(json.loads(PLANNED.pruned(text))) == {way: before[way] for way in KEPT if way in before}
    assert PLANNED.is_pruned(PLANNED.pruned(text))
    assert PLANNED.is_pruned(text) == (before.keys() <= set(KEPT))
    named = {
        way
        for way in before
        if way in KEPT or any(way == one or way.startswith((f"{one}.", f"{one}[")) for one in GONE)
    }
    assert PLANNED.is_covered(text) == (named == before.keys())


@pytest.mark.parametrize(
    "text", ["", "Ann", "{", "NaN", '{"status": 1e400}', '{"status": 0.12345678901234567890123}', None, b"{}"]
)
def test_what_would_not_come_out_as_it_went_in_is_not_covered(text: Any) -> None:
    """Text that is no JSON, and numbers that a float does not hold exactly, keep a record from being anonymised."""
    assert not PLANNED.is_covered(text)
    assert not PLANNED.is_pruned(text)


def test_fields_of_what_is_no_json_are_refused(case_store: Store) -> None:
    """Fields of a date, of a column that is not there, or of one planned as a whole are told by check."""
    rest = ("person_id", "postcode")
    for plan, fault in (
        (ColumnPlan(keep=(*rest, "dob.day"), blank=("forename",)), "'dob' holds no JSON"),
        (ColumnPlan(keep=(*rest, "dob", "data.a"), blank=("forename",)), "no column 'data'"),
        (ColumnPlan(keep=(*rest, "dob", "forename.a"), blank=("forename",)), "'forename' is named more than once"),
    ):
        plans = {**case_store.definition.records[0].anonymise, "person": plan}
        with case_store.having(anonymise=plans).open() as connector:
            assert [one for one in connector.check() if fault in one.message]
