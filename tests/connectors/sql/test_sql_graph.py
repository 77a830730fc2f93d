from __future__ import annotations

from datetime import date

import pytest

from retentiond.connectors.interface import ScanRequest
from retentiond.domain.definitions import ColumnPlan, Reference
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import KIND, REFERENCES, Crm, linked_cases, only, three_cases
from tests.connectors.sql.whole import dangling, declared, gone, touched, whole


def test_what_only_the_definition_knows_goes_with_the_record(live: Crm) -> None:
    """Rows joined by references no database declares go with their case, those of a like number elsewhere stay."""
    assert live.faults() == []
    before = whole(live.owner)
    (receipt,) = live.disposed(live.orders(1)).values()
    after = whole(live.owner)
    assert receipt.outcome is Outcome.DESTROYED
    assert gone(before, after) == {
        "cases": {1},
        "plan": {1},
        "note": {1},
        "case_contact": {1, 2},
        "folder": {1, 2, 3},
        "file": {1, 2},
    }
    assert touched(before, after) == {}
    assert dangling(after, [*REFERENCES, *declared(live.owner)]) == ["note.parent_id=not a number"]


def test_shared_rows_that_refer_to_each_other_go_once_with_the_last(live: Crm) -> None:
    """Contacts and an account name one another: they go with the last case; a link deleted softly is a link."""
    before = whole(live.owner)
    live.disposed(live.orders(1, 2))
    after = whole(live.owner)
    assert gone(before, after) == {
        "cases": {1, 2},
        "plan": {1, 2},
        "note": {1, 3, 5},
        "case_contact": {1, 2, 3},
        "contact": {11, 12},
        "account": {5},
        "folder": {1, 2, 3, 4, 5},
        "file": {1, 2, 3},
    }
    assert touched(before, after) == {}
    assert dangling(after, [*REFERENCES, *declared(live.owner)]) == ["note.parent_id=not a number"]


def test_a_shared_row_stays_named_while_another_record_needs_it(crm: Crm) -> None:
    """Anonymising one of two cases leaves the contact both share as it is, and with the second its name goes."""
    (order,) = crm.orders(1, action=Action.ANONYMISE)
    before = whole(crm.owner)
    assert [one.outcome for one in crm.disposed([order]).values()] == [Outcome.ANONYMISED]
    after = whole(crm.owner)
    assert (gone(before, after), touched(before, after)) == ({"note": {1}, "file": {1, 2}}, {"cases": {1}})
    assert crm.sighted([order])["1"].sight is Sight.ANONYMISED
    names = {row["name"] for row in after["contact"].values()}
    assert names == {"One", "Eleven", "Twelve"}, "the account that stays names the one, the other case the other"


def test_a_shared_row_loses_its_name_with_the_last_record_that_needs_it(live: Crm) -> None:
    """A record anonymised before bears the mark of its plan and keeps no name; without a mark none is inferred."""
    marked = ColumnPlan(
        keep=("id", "closed_on", "plan_id", "duplicate_of", "parent_case"), replace={"case_no": "anonymised"}
    )
    for definition, left in ((live, {"One", "Twelve", None}), (_marked(live, marked), {"One", None})):
        with definition.staying_open() as store:
            store.fill(three_cases(account=[{"id": 5, "name": "Five"}, {"id": 6, "name": "Six"}]))
            orders = []
            for key in (1, 2):
                orders.extend(store.orders(key, action=Action.ANONYMISE))
                store.disposed(orders[-1:])
            assert {row["name"] for row in whole(store.owner)["contact"].values()} == left
            seen = store.sighted(orders[:1]) | store.sighted(orders[1:])
            assert {one.sight for one in seen.values()} == {Sight.ANONYMISED}
            together = {one.sight for one in store.sighted(orders).values()}
            assert together == {Sight.PRESENT if "Twelve" in left else Sight.ANONYMISED}, "a name that nobody needs"


def _marked(store: Crm, plan: ColumnPlan) -> Crm:
    return store.having(anonymise={**KIND.anonymise, "cases": plan})


def test_an_undeclared_reference_to_a_record_is_a_fault_unless_it_may_be_left(crm: Crm) -> None:
    """A table whose rows would be left dangling is named, and the word that allows it."""
    known = [one for one in REFERENCES if not one.leave]
    store = crm.having(references=[*known, Reference("audit", "case_id", "cases", "id")])
    (fault,) = store.faults()
    assert fault == "crm: table cases: audit (case_id) refers to it and is no part of the record"
    assert crm.having(references=known).faults() == []


@pytest.mark.parametrize(
    ("reference", "fault"),
    [
        (Reference("nowhere", "x", "cases", "id"), "crm: table nowhere: the table does not exist"),
        (Reference("note", "x", "cases", "id"), "crm: table note: it has no column 'x'"),
        (Reference("note", "id", "cases", "y"), "crm: table cases: it has no column 'y'"),
        (Reference("note", "id", "cases", "id", {"z": "1"}), "crm: table note: it has no column 'z'"),
    ],
)
def test_a_reference_that_does_not_fit_is_named(crm: Crm, reference: Reference, fault: str) -> None:
    """References are looked up in the live catalogue as everything else is."""
    assert fault in crm.having(references=[*REFERENCES, reference]).faults()


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_a_condition_on_a_reference_fits_its_column(live: Crm) -> None:
    """A value that its column can never hold is found by check, before a statement fails on it."""
    odd = Reference("note", "parent_id", "cases", "id", {"id": "seven"})
    (fault,) = live.having(references=[*REFERENCES[:2], *REFERENCES[3:], odd], anonymise={}).faults()
    assert fault == "crm: table note: a value in 'where' does not fit its column 'id'"


def test_a_record_that_one_outside_the_batch_refers_to_is_left_alone(live: Crm) -> None:
    """It says why, and so is what it refers to itself in its turn: nothing is left dangling at the end of a chain."""
    live.fill(only(linked_cases((1, None, None), (2, 1, None), (3, None, 2), (4, 4, None))))
    before = whole(live.owner)
    receipts = live.disposed(live.orders(1, 2, 4))
    assert {key: (one.outcome, one.reason) for key, one in receipts.items()} == {
        "1": (Outcome.CHANGED, "blocked: another record refers to it (duplicate_of)"),
        "2": (Outcome.CHANGED, "blocked: another record refers to it (parent_case)"),
        "4": (Outcome.DESTROYED, ""),
    }
    assert gone(before, whole(live.owner)) == {"cases": {4}}


def test_records_of_one_batch_that_refer_to_one_another_go_together(live: Crm) -> None:
    """In a circle or a chain, whatever the order they were given in."""
    live.fill(only(linked_cases((1, 3, None), (2, 1, 3), (3, 2, 1), (5, None, 4), (4, None, None))))
    receipts = live.disposed(list(reversed(live.orders(1, 2, 3, 4, 5))))
    assert {one.outcome for one in receipts.values()} == {Outcome.DESTROYED}
    assert whole(live.owner)["cases"] == {}


def test_what_a_held_record_refers_to_stays_with_it(crm: Crm) -> None:
    """A hold found at the last moment keeps the record, and with it the one it refers to."""
    crm.fill(only(linked_cases((1, None, None), (2, 1, None))))
    orders = crm.orders(1, 2)
    receipts = crm.disposed(orders, lambda asked: {one.id for one in asked if one.ref.key == "1"})
    assert {key: one.outcome for key, one in receipts.items()} == {"1": Outcome.CHANGED, "2": Outcome.HELD}
    assert len(whole(crm.owner)["cases"]) == 2


def test_being_referred_to_is_told_at_scan_and_review_and_bars_no_anonymising(live: Crm) -> None:
    """Scan and review say that another record refers to one, unless both are asked for; anonymising tears nothing."""
    cases = linked_cases((1, None, None), (2, 1, None), (3, None, 4), (4, None, None))
    cases[1]["closed_on"] = date(2030, 1, 1)
    live.fill(only(cases))
    request = ScanRequest("case", {"C": [{"case-closed": date(2020, 1, 1)}]})
    with live.open() as connector:
        found = {one.ref.key: one.referred_to for page in connector.scan(request) for one in page.records}
    assert found == {"1": ("another record refers to it (duplicate_of)",), "3": (), "4": ()}
    assert live.records(1)["1"].referred_to == ("another record refers to it (duplicate_of)",)
    assert live.records(4)["4"].referred_to == ("another record refers to it (parent_case)",)
    assert not any(one.referred_to for one in live.records(1, 2, 3, 4).values())
    (receipt,) = live.disposed(live.orders(1, action=Action.ANONYMISE)).values()
    assert receipt.outcome is Outcome.ANONYMISED


def test_a_row_of_another_records_part_keeps_what_it_refers_to(empty_url: str) -> None:
    """A note of one case that answers a note of another keeps the other case, until both go."""
    store = Crm.made(empty_url, note=f"{_NOTE}, answers INTEGER").having(
        references=[*REFERENCES, Reference("note", "answers", "note", "id")], anonymise={}
    )
    notes = [{"id": number, "parent_type": "Case", "parent_id": str(number), "body": ""} for number in (1, 2)]
    rows = only(linked_cases((1, None, None), (2, None, None)))
    store.fill(rows | {"note": [notes[0] | {"answers": None}, notes[1] | {"answers": 1}]})
    (receipt,) = store.disposed(store.orders(1)).values()
    assert receipt.reason == "blocked: a row of note that stays refers to it (answers)"
    assert {one.outcome for one in store.disposed(store.orders(1, 2)).values()} == {Outcome.DESTROYED}
    store.owner.dispose()


_NOTE = "id INTEGER PRIMARY KEY, parent_type VARCHAR(10), parent_id VARCHAR(36), body VARCHAR(80)"


@pytest.mark.parametrize("link", ["duplicate_of INTEGER REFERENCES cases (id) ON DELETE RESTRICT", "may not be empty"])
def test_rows_go_level_by_level_where_every_row_is_checked(empty_url: str, link: str) -> None:
    """Where the database refuses at the very row, a reference is emptied first, or the rows go from the last up."""
    nullable = "REFERENCES" in link
    column = link if nullable else "duplicate_of INTEGER NOT NULL REFERENCES cases (id) ON DELETE RESTRICT"
    columns = "id INTEGER PRIMARY KEY, case_no VARCHAR(20), closed_on DATE, plan_id INTEGER, parent_case INTEGER"
    store = Crm.made(empty_url, cases=f"{columns}, {column}").having(anonymise={})
    assert store.faults() == []
    circle = [(1, 1, None), (2, 3, None), (3, 4, None), (4, 2, None)]
    chain = [(1, 1, None), (2, 1, None), (3, 2, None), (4, 2, None)]
    store.fill(only(linked_cases(*(circle if nullable else chain))))
    receipts = store.disposed(store.orders(2, 3, 4))
    assert {one.outcome for one in receipts.values()} == {Outcome.DESTROYED}
    assert set(whole(store.owner)["cases"]) == {(1,)}
    store.owner.dispose()


_CIRCLES = (
    ("sqlite", "plan_id INTEGER REFERENCES plan (id)", False),
    ("sqlite", "plan_id INTEGER NOT NULL REFERENCES plan (id)", False),
    ("sqlite", "plan_id INTEGER NOT NULL REFERENCES plan (id) ON DELETE RESTRICT", False),
    ("postgresql", "plan_id INTEGER REFERENCES plan (id)", False),
    ("postgresql", "plan_id INTEGER NOT NULL REFERENCES plan (id) DEFERRABLE", False),
    ("postgresql", "plan_id INTEGER NOT NULL REFERENCES plan (id)", True),
    ("mariadb", "plan_id INTEGER REFERENCES plan (id)", False),
    ("mariadb", "plan_id INTEGER NOT NULL REFERENCES plan (id)", True),
)


@pytest.mark.parametrize(("empty_url", "plan", "stuck"), _CIRCLES, indirect=["empty_url"])
def test_tables_that_refer_to_each_other_go_where_the_circle_can_be_broken(
    empty_url: str,
    plan: str,
    stuck: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """By emptying a column of rows that go anyway, or by a check at the end; what allows neither is a fault."""
    columns = "id INTEGER PRIMARY KEY, case_no VARCHAR(20), closed_on DATE, duplicate_of INTEGER, parent_case INTEGER"
    store = Crm.made(empty_url, cases=columns, plan="id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL")
    store.run(f"ALTER TABLE cases ADD COLUMN {plan}" if "sqlite" not in empty_url else "DROP TABLE cases")
    if "sqlite" in empty_url:
        store.run(f"CREATE TABLE cases ({columns}, {plan})", "DROP TABLE plan")
        store.run("CREATE TABLE plan (id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases (id))")
    else:
        store.run("ALTER TABLE plan ADD FOREIGN KEY (case_id) REFERENCES cases (id)")
    store = store.having(anonymise={})
    assert [one for one in store.faults() if "refer to each other, so neither can go first" not in one] == []
    assert bool(store.faults()) == stuck
    if not stuck:
        store.fill(three_cases())
        assert [one.outcome for one in store.disposed(store.orders(1)).values()] == [Outcome.DESTROYED]
        assert set(whole(store.owner)["plan"]) == {(2,), (3,)}
    store.owner.dispose()


def test_a_plan_that_deletes_may_not_tear_what_stays(crm: Crm) -> None:
    """A table whose rows an anonymise plan deletes may not be named by a column that the plan keeps."""
    plans = {**KIND.anonymise, "plan": ColumnPlan(delete_rows=True)}
    assert any(
        "its column 'plan_id' names rows of plan, which the plan deletes" in one
        for one in crm.having(anonymise=plans).faults()
    )
    cases = KIND.anonymise["cases"]
    let_go = ColumnPlan(keep=tuple(one for one in cases.keep if one != "plan_id"), blank=("plan_id", "case_no"))
    store = crm.having(anonymise=plans | {"cases": let_go})
    assert store.faults() == []
    assert [one.outcome for one in store.disposed(store.orders(1, action=Action.ANONYMISE)).values()] == ["anonymised"]
    assert set(whole(store.owner)["plan"]) == {(2,), (3,)}


def test_a_shared_row_that_refers_back_bars_the_record_only_while_it_stays(live: Crm) -> None:
    """A contact that names a case goes with it, and keeps it while another case needs the contact."""
    live.run("UPDATE contact SET first_case = 1 WHERE id = 12")
    (receipt,) = live.disposed(live.orders(1)).values()
    assert receipt.reason == "blocked: a row of contact that stays refers to it (first_case)"
    assert live.records(1)["1"].referred_to
    assert not any(one.referred_to for one in live.records(1, 2).values())
    assert {one.outcome for one in live.disposed(live.orders(1, 2)).values()} == {Outcome.DESTROYED}
    assert set(whole(live.owner)["contact"]) == {(1,)}
