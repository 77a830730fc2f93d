from __future__ import annotations

import pytest

from retentiond.domain.definitions import Reach, TablePart
from retentiond.domain.orders import Outcome
from tests.connectors.sql.crm import KIND, Crm
from tests.connectors.sql.whole import whole


def test_a_part_of_a_part_is_reached_from_it(crm: Crm) -> None:
    """Parts may have parts of their own, to any depth."""
    crm.run("CREATE TABLE step (id INTEGER PRIMARY KEY, plan_id INTEGER NOT NULL REFERENCES plan (id))")
    crm.run("INSERT INTO step VALUES (1, 1), (2, 1), (3, 2)")
    parts = (TablePart(Reach("plan", "case_id"), parts=(TablePart(Reach("step")),)), *KIND.parts[1:])
    store = crm.having(parts=parts, anonymise={})
    assert store.faults() == []
    store.disposed(store.orders(1))
    assert set(whole(store.owner)["step"]) == {(3,)}


def test_documents_of_rows_below_go_with_the_record(crm: Crm) -> None:
    """The object keys of files in the deepest folder are the record's; one that another record holds too is shared."""
    record = crm.records(1)["1"]
    assert [one.key for one in record.documents] == ["deep"]
    assert [one.key for one in record.shared_documents] == ["both"]


def test_a_document_is_needed_by_what_is_not_below_the_record_itself(crm: Crm) -> None:
    """A record that was anonymised is no reason for its own document to stay; whatever else names one is.

    Of a record that is gone everything is a reason, and so is a row that hangs below two records.
    """
    record = crm.records(1)["1"]
    (deep,), (both,) = record.documents, record.shared_documents
    with crm.open() as connector:
        assert set(connector.needs({deep: record.ref, both: record.ref})) == {both}
        assert set(connector.needs({deep: None, both: None})) == {deep, both}
        crm.run("INSERT INTO folder VALUES (7, NULL, 3), (8, '2', 7)", "INSERT INTO file VALUES (7, 8, 'deep')")
        assert set(connector.needs({deep: record.ref})) == {deep}
        crm.run("DELETE FROM file")
        assert set(connector.needs({deep: record.ref, both: None})) == set()


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
