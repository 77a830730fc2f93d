from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.domain.definitions import ColumnPlan, HistoryTable, Reach, Reference, TablePart
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import KIND, REFERENCES, Crm, write_history
from tests.connectors.sql.whole import dangling, declared, gone, touched, whole


def _rows(**changes: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
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


@pytest.fixture
def crm(empty_url: str) -> Iterator[Crm]:
    """Three cases: 1 and 2 share a contact by links one of which was deleted softly; accounts and contacts go round."""
    store = Crm.made(empty_url)
    store.fill(_rows())
    yield store
    store.owner.dispose()


def _cases(*links: tuple[int, int | None, int | None]) -> list[dict[str, Any]]:
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


def _only(cases: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {name: [] for name in _rows()} | {"cases": cases}


def _faults(store: Crm) -> list[str]:
    with store.open(Role.DISPOSE) as connector:
        return [f"{one.place}: {one.message}" for one in connector.check()]


def test_what_only_the_definition_knows_goes_with_the_record(crm: Crm) -> None:
    """Rows joined by references no database declares go with their case, those of a like number elsewhere stay."""
    assert _faults(crm) == []
    before = whole(crm.owner)
    (receipt,) = crm.disposed(crm.orders(1)).values()
    after = whole(crm.owner)
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
    assert dangling(after, [*REFERENCES, *declared(crm.owner)]) == ["note.parent_id=not a number"]


def test_shared_rows_that_refer_to_each_other_go_once_with_the_last(crm: Crm) -> None:
    """Contacts and an account name one another: they go with the last case; a link deleted softly is a link."""
    before = whole(crm.owner)
    crm.disposed(crm.orders(1, 2))
    after = whole(crm.owner)
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
    assert dangling(after, [*REFERENCES, *declared(crm.owner)]) == ["note.parent_id=not a number"]


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


def test_a_shared_row_loses_its_name_with_the_last_record_that_needs_it(crm: Crm) -> None:
    """A record anonymised before bears the mark of its plan and keeps no name; without a mark none is inferred."""
    marked = ColumnPlan(
        keep=("id", "closed_on", "plan_id", "duplicate_of", "parent_case"), replace={"case_no": "anonymised"}
    )
    for store, left in ((crm, {"One", "Twelve", None}), (_marked(crm, marked), {"One", None})):
        store.fill(_rows(account=[{"id": 5, "name": "Five"}, {"id": 6, "name": "Six"}]))
        first = store.orders(1, action=Action.ANONYMISE)
        store.disposed(first)
        second = store.orders(2, action=Action.ANONYMISE)
        store.disposed(second)
        assert {row["name"] for row in whole(store.owner)["contact"].values()} == left
        seen = [*store.sighted(first).values(), *store.sighted(second).values()]
        assert {one.sight for one in seen} == {Sight.ANONYMISED}


def _marked(store: Crm, plan: ColumnPlan) -> Crm:
    return store.having(anonymise={**KIND.anonymise, "cases": plan})


def test_an_undeclared_reference_to_a_record_is_a_fault_unless_it_may_be_left(crm: Crm) -> None:
    """A table whose rows would be left dangling is named, and the word that allows it."""
    known = [one for one in REFERENCES if not one.leave]
    store = crm.having(references=[*known, Reference("audit", "case_id", "cases", "id")])
    (fault,) = _faults(store)
    assert fault == "crm: table cases: audit (case_id) refers to it and is no part of the record"
    assert _faults(crm.having(references=known)) == []


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
    assert fault in _faults(crm.having(references=[*REFERENCES, reference]))


def test_a_record_that_one_outside_the_batch_refers_to_is_left_alone(crm: Crm) -> None:
    """It says why, and so is what it refers to itself in its turn: nothing is left dangling at the end of a chain."""
    crm.fill(_only(_cases((1, None, None), (2, 1, None), (3, None, 2), (4, 4, None))))
    before = whole(crm.owner)
    receipts = crm.disposed(crm.orders(1, 2, 4))
    assert {key: (one.outcome, one.reason) for key, one in receipts.items()} == {
        "1": (Outcome.CHANGED, "blocked: another record refers to it (duplicate_of)"),
        "2": (Outcome.CHANGED, "blocked: another record refers to it (parent_case)"),
        "4": (Outcome.DESTROYED, ""),
    }
    assert gone(before, whole(crm.owner)) == {"cases": {4}}


def test_records_of_one_batch_that_refer_to_one_another_go_together(crm: Crm) -> None:
    """In a circle or a chain, whatever the order they were given in."""
    crm.fill(_only(_cases((1, 3, None), (2, 1, 3), (3, 2, 1), (5, None, 4), (4, None, None))))
    receipts = crm.disposed(list(reversed(crm.orders(1, 2, 3, 4, 5))))
    assert {one.outcome for one in receipts.values()} == {Outcome.DESTROYED}
    assert whole(crm.owner)["cases"] == {}


def test_what_a_held_record_refers_to_stays_with_it(crm: Crm) -> None:
    """A hold found at the last moment keeps the record, and with it the one it refers to."""
    crm.fill(_only(_cases((1, None, None), (2, 1, None))))
    orders = crm.orders(1, 2)
    receipts = crm.disposed(orders, lambda asked: {one.id for one in asked if one.ref.key == "1"})
    assert {key: one.outcome for key, one in receipts.items()} == {"1": Outcome.CHANGED, "2": Outcome.HELD}
    assert len(whole(crm.owner)["cases"]) == 2


def test_being_referred_to_is_told_at_scan_and_review_and_bars_no_anonymising(crm: Crm) -> None:
    """Scan and review say that another record refers to one, unless both are asked for; anonymising tears nothing."""
    cases = _cases((1, None, None), (2, 1, None), (3, None, 4), (4, None, None))
    cases[1]["closed_on"] = date(2030, 1, 1)
    crm.fill(_only(cases))
    request = ScanRequest("case", {"C": [{"case-closed": date(2020, 1, 1)}]})
    with crm.open() as connector:
        found = {one.ref.key: one.referred_to for page in connector.scan(request) for one in page.records}
    assert found == {"1": ("another record refers to it (duplicate_of)",), "3": (), "4": ()}
    assert crm.records(1)["1"].referred_to == ("another record refers to it (duplicate_of)",)
    assert crm.records(4)["4"].referred_to == ("another record refers to it (parent_case)",)
    assert not any(one.referred_to for one in crm.records(1, 2, 3, 4).values())
    (receipt,) = crm.disposed(crm.orders(1, action=Action.ANONYMISE)).values()
    assert receipt.outcome is Outcome.ANONYMISED


def test_a_row_of_another_records_part_keeps_what_it_refers_to(empty_url: str) -> None:
    """A note of one case that answers a note of another keeps the other case, until both go."""
    store = Crm.made(empty_url, note=f"{_NOTE}, answers INTEGER").having(
        references=[*REFERENCES, Reference("note", "answers", "note", "id")], anonymise={}
    )
    notes = [{"id": number, "parent_type": "Case", "parent_id": str(number), "body": ""} for number in (1, 2)]
    rows = _only(_cases((1, None, None), (2, None, None)))
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
    assert _faults(store) == []
    circle = [(1, 1, None), (2, 3, None), (3, 4, None), (4, 2, None)]
    chain = [(1, 1, None), (2, 1, None), (3, 2, None), (4, 2, None)]
    store.fill(_only(_cases(*(circle if nullable else chain))))
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
    assert [one for one in _faults(store) if "refer to each other, so neither can go first" not in one] == []
    assert bool(_faults(store)) == stuck
    if not stuck:
        store.fill(_rows())
        assert [one.outcome for one in store.disposed(store.orders(1)).values()] == [Outcome.DESTROYED]
        assert set(whole(store.owner)["plan"]) == {(2,), (3,)}
    store.owner.dispose()


def test_history_that_triggers_write_goes_last(crm: Crm) -> None:
    """What the database wrote about a case, because of our own deletion too, is gone at the commit, and no more."""
    store = write_history(crm)
    store.run("INSERT INTO cases_history VALUES (101, 1, 'UPDATE', 'C-1'), (102, 2, 'UPDATE', 'C-2')")
    assert _faults(store) == []
    orders = store.orders(1)
    (receipt,) = store.disposed(orders).values()
    assert receipt.outcome is Outcome.DESTROYED
    assert int(receipt.evidence["table cases_history"]) >= 2
    assert set(whole(store.owner)["cases_history"]) == {(102,)}
    assert store.sighted(orders)["1"].sight is Sight.GONE
    store.run("INSERT INTO cases_history VALUES (103, 1, 'DELETE', 'C-1')")
    assert store.sighted(orders)["1"].sight is Sight.PRESENT


def test_history_of_an_anonymised_record_tells_nothing(crm: Crm) -> None:
    """The update that anonymises writes the name into the history; it goes from there as well."""
    store = write_history(crm)
    orders = store.orders(1, action=Action.ANONYMISE)
    (receipt,) = store.disposed(orders).values()
    assert receipt.outcome is Outcome.ANONYMISED
    assert whole(store.owner)["cases_history"] == {}
    assert store.sighted(orders)["1"].sight is Sight.ANONYMISED
    store.run("INSERT INTO cases_history VALUES (103, 1, 'UPDATE', 'C-1')")
    assert store.sighted(orders)["1"].sight is Sight.PRESENT


def test_only_the_triggers_named_are_allowed(crm: Crm) -> None:
    """A trigger that 'written-by' does not name stops every disposal, and so does a name that no trigger has."""
    store = write_history(crm)
    (history,) = store.definition.records[0].history
    other = store.having(history=(HistoryTable(history.reach, ("misspelt",)),))
    faults = _faults(other)
    assert any("no table of the record has a trigger 'misspelt', which is to write it" in one for one in faults)
    assert any("the trigger or rule 'cases_written' on it would act beyond" in one for one in faults)


def test_a_history_that_grows_while_it_goes_takes_everything_back(crm: Crm) -> None:
    """A trigger on the history itself that writes the key anew is met with a failure and an untouched store."""
    store = write_history(crm)
    if store.owner.dialect.name != "postgresql":
        again = (
            "CREATE TRIGGER again AFTER DELETE ON cases_history FOR EACH ROW BEGIN"
            " INSERT INTO cases_history (id, what) VALUES (OLD.id, 'AGAIN'); END"
        )
        store.run(again)
    else:
        store.run(
            "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
            " INSERT INTO cases_history (id, what) VALUES (OLD.id, ''AGAIN''); RETURN NULL; END'",
            "CREATE TRIGGER again AFTER DELETE ON cases_history FOR EACH ROW EXECUTE FUNCTION again()",
        )
    (history,) = store.definition.records[0].history
    store = store.having(history=(HistoryTable(history.reach, (*history.written_by, "again")),))
    before = whole(store.owner)
    (receipt,) = store.disposed(store.orders(1)).values()
    assert receipt.outcome is Outcome.FAILED
    refused_itself = store.owner.dialect.name in ("mariadb", "mysql")  # no trigger may write to its own table there
    assert refused_itself or "goes on writing about the record" in receipt.reason
    assert whole(store.owner) == before


def test_a_plan_that_deletes_may_not_tear_what_stays(crm: Crm) -> None:
    """A table whose rows an anonymise plan deletes may not be named by a column that the plan keeps."""
    plans = {**KIND.anonymise, "plan": ColumnPlan(delete_rows=True)}
    assert any(
        "its column 'plan_id' names rows of plan, which the plan deletes" in one
        for one in _faults(crm.having(anonymise=plans))
    )
    cases = KIND.anonymise["cases"]
    let_go = ColumnPlan(keep=tuple(one for one in cases.keep if one != "plan_id"), blank=("plan_id", "case_no"))
    store = crm.having(anonymise=plans | {"cases": let_go})
    assert _faults(store) == []
    assert [one.outcome for one in store.disposed(store.orders(1, action=Action.ANONYMISE)).values()] == ["anonymised"]
    assert set(whole(store.owner)["plan"]) == {(2,), (3,)}


def test_a_part_of_a_part_is_reached_from_it(crm: Crm) -> None:
    """Parts may have parts of their own, to any depth."""
    crm.run("CREATE TABLE step (id INTEGER PRIMARY KEY, plan_id INTEGER NOT NULL REFERENCES plan (id))")
    crm.run("INSERT INTO step VALUES (1, 1), (2, 1), (3, 2)")
    parts = (TablePart(Reach("plan", "case_id"), parts=(TablePart(Reach("step")),)), *KIND.parts[1:])
    store = crm.having(parts=parts, anonymise={})
    assert _faults(store) == []
    store.disposed(store.orders(1))
    assert set(whole(store.owner)["step"]) == {(3,)}


def test_documents_of_rows_below_go_with_the_record(crm: Crm) -> None:
    """The object keys of files in the deepest folder are the record's; one that another record holds too is shared."""
    record = crm.records(1)["1"]
    assert [one.key for one in record.documents] == ["deep"]
    assert [one.key for one in record.shared_documents] == ["both"]


def test_a_change_far_below_changes_the_state(crm: Crm) -> None:
    """A file put into a folder of a folder of a folder makes the record another than was reviewed."""
    orders = crm.orders(1)
    crm.run("INSERT INTO folder VALUES (6, NULL, 3)", "INSERT INTO file VALUES (6, 6, 'new')")
    assert [one.outcome for one in crm.disposed(orders).values()] == [Outcome.CHANGED]


def test_folders_in_a_circle_end_the_walk(crm: Crm) -> None:
    """Rows that hang below themselves are walked once, and go."""
    crm.run("UPDATE folder SET parent_id = 3 WHERE id = 1")
    assert [one.outcome for one in crm.disposed(crm.orders(1)).values()] == [Outcome.DESTROYED]
    assert set(whole(crm.owner)["folder"]) == {(4,), (5,), (9,)}


@pytest.mark.parametrize("key", [1, 2])
def test_rows_below_that_are_another_records_as_well_keep_both(crm: Crm, key: int) -> None:
    """A folder of one case inside a folder of another holds both back, and both may go together."""
    crm.run("UPDATE folder SET parent_id = 3 WHERE id = 4")
    (receipt,) = crm.disposed(crm.orders(key)).values()
    assert receipt.reason == "blocked: rows of folder are another record's as well (parent_id)"
    assert {one.outcome for one in crm.disposed(crm.orders(1, 2)).values()} == {Outcome.DESTROYED}


def test_a_folder_everybody_uses_stands_above_and_stays(crm: Crm) -> None:
    """Rows may hang below one that is no record's: it is not torn away with them."""
    crm.run("UPDATE folder SET parent_id = 9 WHERE id = 1")
    assert [one.outcome for one in crm.disposed(crm.orders(1)).values()] == [Outcome.DESTROYED]
    assert set(whole(crm.owner)["folder"]) == {(4,), (5,), (9,)}


def test_a_shared_row_that_refers_back_bars_the_record_only_while_it_stays(crm: Crm) -> None:
    """A contact that names a case goes with it, and keeps it while another case needs the contact."""
    crm.run("UPDATE contact SET first_case = 1 WHERE id = 12")
    (receipt,) = crm.disposed(crm.orders(1)).values()
    assert receipt.reason == "blocked: a row of contact that stays refers to it (first_case)"
    assert crm.records(1)["1"].referred_to
    assert not any(one.referred_to for one in crm.records(1, 2).values())
    assert {one.outcome for one in crm.disposed(crm.orders(1, 2)).values()} == {Outcome.DESTROYED}
    assert set(whole(crm.owner)["contact"]) == {(1,)}
