from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from retentiond.domain.definitions import ColumnPlan
from retentiond.domain.orders import Grade, Outcome, Sight
from retentiond.domain.schedule import Action

Store = Any  # the case store of conftest, which cannot be imported


def _people(store: Store) -> dict[int, tuple[Any, ...]]:
    return {row[0]: (row[1], str(row[2]), row[3]) for row in store.rows()["person"]}


def test_the_anonymised_name_no_one_and_keep_their_dates(case_store: Store) -> None:
    """The plan is carried out on the record, its parts and the people only it knows; dates stay for statistics."""
    order = case_store.order("10", action=Action.ANONYMISE)
    (receipt,) = case_store.disposed(order)
    assert (receipt.outcome, receipt.grade) == (Outcome.ANONYMISED, Grade.A)
    rows = case_store.rows()
    assert [(row[0], row[2], str(row[4]), row[5]) for row in rows["eh_episode"]] == [
        (10, "removed", "2002-02-03", None),
        (20, "EH-20", "2003-03-04", "w.2"),
    ]
    assert [row[0] for row in rows["case_note"]] == [3]
    assert [row[0] for row in rows["attachment"]] == [3, 4]
    assert [row[0] for row in rows["disclosure"]] == [2]
    assert rows["family"] == [(1, None), (2, "F-2")]
    assert case_store.record("10").dates["case-closed"] == date(2002, 2, 3)
    assert receipt.evidence["table case_note"] == 2
    assert [one.sight for one in case_store.sighted(order)] == [Sight.ANONYMISED]


def test_a_person_another_record_needs_keeps_their_name(case_store: Store) -> None:
    """A parent of two families stays as they are until both files are anonymised; their child's name goes at once."""
    case_store.disposed(case_store.order("10", action=Action.ANONYMISE))
    people = _people(case_store)
    assert people[100] == ("Shared", "1985-05-06", "SW1A 1AA")
    assert people[101] == (None, "1990-01-01", "M1")


def test_a_batch_of_both_leaves_no_name(case_store: Store) -> None:
    """Two records anonymised together need nothing of one another, and a person of both is anonymised."""
    orders = [case_store.order(key, action=Action.ANONYMISE) for key in ("10", "20")]
    case_store.disposed(*orders)
    people = _people(case_store)
    assert people == {
        100: (None, "1985-01-01", "SW1A"),
        101: (None, "1990-01-01", "M1"),
        200: (None, "1991-01-01", None),
    }
    assert {one.sight for one in case_store.sighted(*orders)} == {Sight.ANONYMISED}


def test_a_name_that_came_back_is_seen(case_store: Store) -> None:
    """An inspection looks at every column of every plan: one that tells more again is found and counted."""
    order = case_store.order("10", action=Action.ANONYMISE)
    case_store.disposed(order)
    for change, table in (
        ("UPDATE person SET forename = 'Ann' WHERE person_id = 101", "person"),
        ("UPDATE person SET forename = NULL, dob = '1990-04-05' WHERE person_id = 101", "person"),
        ("UPDATE person SET dob = '1990-01-01', postcode = 'M1 1AE' WHERE person_id = 101", "person"),
        ("UPDATE eh_episode SET case_ref = 'EH-10' WHERE episode_id = 10", "eh_episode"),
        ("INSERT INTO case_note VALUES (9, 10, 'Ann')", "case_note"),
    ):
        case_store.run(change)
        (sighting,) = case_store.sighted(order)
        assert (sighting.sight, sighting.checked[f"table {table}"]) == (Sight.PRESENT, 1)


def test_a_lost_reply_without_receipts_is_weaker_evidence(case_store: Store) -> None:
    """Found in its anonymised form at a later attempt, without a receipt table, a record was ours with grade B."""
    store = case_store.without_receipts()
    order = store.order("10", action=Action.ANONYMISE)
    store.disposed(order)
    (again,) = store.disposed(replace(order, attempt=2))
    assert (again.outcome, again.grade) == (Outcome.ANONYMISED, Grade.B)


GAPS = [
    (ColumnPlan(keep=("person_id", "dob", "postcode")), "'forename' is not named"),
    (
        ColumnPlan(keep=("person_id", "dob", "postcode", "forename"), blank=("dob",)),
        "'dob' is named more than once",
    ),
    (ColumnPlan(keep=("dob", "postcode", "forename"), blank=("person_id",)), "'person_id' may not be empty"),
    (ColumnPlan(keep=("person_id", "dob", "postcode", "forename", "shoe_size")), "no column 'shoe_size'"),
    (ColumnPlan(keep=("dob", "postcode", "forename"), generalise={"person_id": "year"}), "holds no dates"),
    (ColumnPlan(keep=("person_id", "postcode", "forename"), generalise={"dob": "outward-code"}), "holds no text"),
    (ColumnPlan(keep=("dob", "postcode", "forename"), replace={"person_id": "1"}), "one value for all"),
]


def test_a_plan_with_a_gap_is_refused(case_store: Store) -> None:
    """A column nobody planned, planned twice, or that cannot be so changed is a fault that names table and column."""
    kind = case_store.definition.records[0]
    for plan, fault in GAPS:
        with case_store.having(anonymise={**kind.anonymise, "person": plan}).open() as connector:
            (found,) = [one for one in connector.check() if fault in one.message]
        assert (found.place, bool(found.remedy)) == ("cases: table person", True)


def test_a_mapped_table_without_a_plan_is_refused(case_store: Store) -> None:
    """Anonymising must say what becomes of every table of the record."""
    plans = dict(case_store.definition.records[0].anonymise)
    del plans["status_period"]
    with case_store.having(anonymise=plans).open() as connector:
        assert [one.place for one in connector.check()] == ["cases: table status_period"]


def test_a_computed_column_follows_what_it_is_made_of(case_store: Store) -> None:
    """A column that the database computes can only be kept: check says so, and emptying its source empties it."""
    kind = "VARCHAR(40) GENERATED ALWAYS AS (UPPER(forename)) "
    stored = {"sqlite": "VIRTUAL", "postgresql": "STORED", "mariadb": "PERSISTENT"}[case_store.owner.dialect.name]
    case_store.run(f"ALTER TABLE person ADD COLUMN shouted {kind}{stored}")
    plans = case_store.definition.records[0].anonymise
    for keep, blank in ((("shouted",), ()), ((), ("shouted",))):
        plan = replace(plans["person"], keep=("person_id", *keep), blank=("forename", *blank))
        store = case_store.having(anonymise={**plans, "person": plan})
        with store.open() as connector:
            found = [one.message for one in connector.check()]
        wanted = "its column 'shouted' is computed by the database from others, and cannot be changed itself"
        assert found == ([wanted] if blank else [])
        if keep:
            order = store.order("10", action=Action.ANONYMISE)
            assert [one.outcome for one in store.disposed(order)] == [Outcome.ANONYMISED]
            with store.owner.connect() as owner:
                shown = sa.text("SELECT shouted FROM person WHERE person_id = 101")
                assert owner.execute(shown).scalar_one() is None
