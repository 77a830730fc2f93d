from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from retentiond.domain.definitions import (
    ClassCondition,
    ColumnPlan,
    KindOfRecord,
    ObjectPart,
    Reach,
    SharedTable,
    TablePart,
    Trigger,
)
from retentiond.domain.orders import DisposalOrder, Outcome
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import KIND, Crm, only, sqlite_url
from tests.connectors.sql.whole import gone, whole

_DAY = date(2001, 1, 1)
_PLAN = "id INTEGER PRIMARY KEY, case_id INTEGER REFERENCES cases (id), other INTEGER"
_BLANKED = {"cases": KIND.anonymise["cases"], "plan": ColumnPlan(keep=("id", "case_id", "other"))}
_CASE = {"id": 1, "case_no": "C", "closed_on": _DAY}


def _complaint(**ways: tuple[TablePart, ...] | tuple[SharedTable, ...]) -> KindOfRecord:
    return KindOfRecord(
        name="complaint",
        table="complaint",
        key=("id",),
        reference="id",
        classify=(ClassCondition("K"),),
        triggers=(Trigger("closed", "closed_on"),),
        **ways,  # type: ignore[arg-type]
    )


def _made(at: Path, case: KindOfRecord, *more: KindOfRecord, **tables: str) -> Crm:
    store = Crm.made(
        sqlite_url(at), plan=_PLAN, complaint="id INTEGER PRIMARY KEY, closed_on DATE, who INTEGER", **tables
    )
    return replace(store, definition=replace(store.definition, references=(), records=(case, *more)))


def _case(parts: Sequence[TablePart] = (), shared: Sequence[SharedTable] = ()) -> KindOfRecord:
    return replace(KIND, parts=tuple(parts), shared=tuple(shared), anonymise={})


def _order(store: Crm, kind: str, key: int, action: Action = Action.DESTROY) -> DisposalOrder:
    ref = RecordRef("crm", kind, str(key))
    with store.open() as connector:
        return DisposalOrder(f"{kind}{key}".ljust(32, "0"), ref, action, connector.fetch([ref])[ref].state, 1)


def _of_both(
    folder: Path, *more: KindOfRecord, parts: Sequence[TablePart] = (TablePart(Reach("plan", "case_id")),)
) -> Crm:
    """Return a store in which one plan is that of case 1, and of another record by its other column."""
    store = _made(folder, replace(_case(parts), anonymise=_BLANKED), *more)
    store.fill(
        only([_CASE])
        | {"plan": [{"id": 1, "case_id": 1, "other": 7}], "complaint": [{"id": 7, "closed_on": _DAY, "who": 1}]}
    )
    assert store.faults() == []
    return store


@pytest.mark.parametrize("action", [Action.DESTROY, Action.ANONYMISE])
@pytest.mark.parametrize(
    "other",
    [
        _complaint(parts=(TablePart(Reach("plan", {"other": "id"})),)),
        _complaint(shared=(SharedTable(Reach("plan", {"id": "who"})),)),
    ],
    ids=["its-part", "shared-by-it"],
)
def test_a_part_that_another_kind_of_record_has_too_keeps_the_record(
    tmp_path: Path, other: KindOfRecord, action: Action
) -> None:
    """A plan that is a complaint's as well stays as it is, and the case with it, until the complaint is gone."""
    store = _of_both(tmp_path, other)
    before = whole(store.owner)
    (receipt,) = store.disposed([_order(store, "case", 1, action)]).values()
    assert (receipt.outcome, receipt.reason) == (Outcome.CHANGED, "blocked: a row of plan is another record's as well")
    assert whole(store.owner) == before
    store.run("DELETE FROM complaint")
    (receipt,) = store.disposed([_order(store, "case", 1, action)]).values()
    assert receipt.outcome in (Outcome.DESTROYED, Outcome.ANONYMISED)


def test_a_part_of_two_records_goes_with_both(tmp_path: Path) -> None:
    """A plan may name two cases by two columns: neither can go alone, and both can together."""
    store = _of_both(tmp_path, parts=(TablePart(Reach("plan", "case_id")), TablePart(Reach("plan", {"other": "id"}))))
    store.run("INSERT INTO cases (id, closed_on) VALUES (7, '2001-01-01')")
    for key in (1, 7):
        (receipt,) = store.disposed([_order(store, "case", key)]).values()
        assert receipt.reason == "blocked: a row of plan is another record's as well"
    receipts = store.disposed([_order(store, "case", key) for key in (1, 7)])
    assert [one.outcome for one in receipts.values()] == [Outcome.DESTROYED] * 2


def test_a_part_of_a_shared_row_that_is_another_records_as_well_keeps_it(tmp_path: Path) -> None:
    """A plan of a contact that is a complaint's as well stays, and so does the contact it hangs on."""
    shared = SharedTable(Reach("contact", {"id": "plan_id"}), (TablePart(Reach("plan", {"case_id": "id"})),))
    store = _made(tmp_path, _case(shared=[shared]), _complaint(parts=(TablePart(Reach("plan", {"other": "id"})),)))
    store.run("DROP TABLE plan", "CREATE TABLE plan (id INTEGER PRIMARY KEY, case_id INTEGER, other INTEGER)")
    store.run("DROP TABLE case_contact", "DROP TABLE account", "DROP TABLE audit")
    store.run("DROP TABLE contact", "CREATE TABLE contact (id INTEGER PRIMARY KEY, name VARCHAR(20))")
    store.fill(
        {
            "cases": [_CASE | {"plan_id": 5}],
            "contact": [{"id": 5, "name": "Five"}],
            "plan": [{"id": 1, "case_id": 5, "other": 7}],
            "complaint": [{"id": 7, "closed_on": _DAY, "who": None}],
        }
    )
    assert store.faults() == []
    before = whole(store.owner)
    store.disposed([_order(store, "case", 1)])
    assert gone(before, whole(store.owner)) == {"cases": {1}}


@pytest.mark.parametrize(
    ("other", "goes"),
    [
        (_complaint(shared=(SharedTable(Reach("file", {"id": "who"})),)), {"complaint": {7}}),
        (_complaint(parts=(TablePart(Reach("file", {"claim": "id"})),)), {}),
    ],
    ids=["shared", "part"],
)
def test_what_lies_deep_in_a_records_folders_is_not_torn_out_of_them(
    tmp_path: Path, other: KindOfRecord, goes: dict[str, set[int]]
) -> None:
    """A file in a folder of a folder of a case stays for as long as the case, though a complaint leads to it too."""
    file = TablePart(Reach("file"))
    case = _case([TablePart(Reach("folder", "case_id"), recursive="parent_id", parts=(file,))])
    columns = "id INTEGER PRIMARY KEY, folder_id INTEGER REFERENCES folder (id), claim INTEGER"
    folder = "id INTEGER PRIMARY KEY, case_id INTEGER REFERENCES cases (id), parent_id INTEGER REFERENCES folder (id)"
    store = _made(tmp_path, case, other, file=columns, folder=folder)
    store.run("DROP TABLE plan")
    store.fill(
        {
            "cases": [_CASE],
            "complaint": [{"id": 7, "closed_on": _DAY, "who": 3}],
            "folder": [{"id": 1, "case_id": 1, "parent_id": None}, {"id": 2, "case_id": None, "parent_id": 1}],
            "file": [{"id": 3, "folder_id": 2, "claim": 7}],
        }
    )
    assert store.faults() == []
    before = whole(store.owner)
    store.disposed([_order(store, "complaint", 7)])
    assert gone(before, whole(store.owner)) == goes
    store.run("DELETE FROM complaint")
    store.disposed([_order(store, "case", 1)])
    assert whole(store.owner)["file"] == {}


def test_a_live_record_with_the_plans_value_still_needs_its_names(tmp_path: Path) -> None:
    """A case that always had the value a plan puts in, and still has its plans, is not taken for an anonymised one."""
    plans = {
        "cases": ColumnPlan(
            keep=("id", "closed_on", "plan_id", "duplicate_of", "parent_case"), replace={"case_no": "shut"}
        ),
        "plan": ColumnPlan(delete_rows=True),
        "complaint": ColumnPlan(keep=("id", "closed_on"), blank=("who",)),
    }
    shared = SharedTable(Reach("complaint", {"id": "plan_id"}))
    case = replace(_case([TablePart(Reach("plan", "case_id"))], [shared]), anonymise=plans)
    store = _made(tmp_path, case)
    cases = [{"id": key, "case_no": "shut", "closed_on": _DAY, "plan_id": 5} for key in (1, 2)]
    store.fill(
        {
            "cases": cases,
            "complaint": [{"id": 5, "closed_on": _DAY, "who": 99}],
            "plan": [{"id": 2, "case_id": 2, "other": None}],
        }
    )
    assert store.faults() == []
    store.disposed([_order(store, "case", 1, Action.ANONYMISE)])
    assert whole(store.owner)["complaint"][5,]["who"] == 99
    store.disposed([_order(store, "case", 2, Action.ANONYMISE)])
    assert whole(store.owner)["complaint"][5,]["who"] is None


def test_a_document_of_a_shared_row_stays_with_it(tmp_path: Path) -> None:
    """The picture of a contact whom a complaint still needs does not go with the case; with the last record it does."""
    to_contact = Reach("contact", {"id": "plan_id"})
    case = replace(_case(), parts=(ObjectPart("pictures", "name", to_contact),), shared=(SharedTable(to_contact),))
    store = _made(tmp_path, case, _complaint(shared=(SharedTable(Reach("contact", {"id": "who"})),)))
    store.run("DROP TABLE plan", "DROP TABLE account", "DROP TABLE contact")
    store.run("CREATE TABLE contact (id INTEGER PRIMARY KEY, name VARCHAR(20))")
    store.fill(
        {
            "cases": [_CASE | {"plan_id": 5}],
            "contact": [{"id": 5, "name": "five.jpg"}],
            "complaint": [{"id": 7, "closed_on": _DAY, "who": 5}],
        }
    )
    assert store.faults() == []
    picture = (RecordRef("pictures", "object", "five.jpg"),)
    record = store.records(1)["1"]
    assert (record.documents, record.shared_documents) == ((), picture)
    with store.open() as connector:
        assert list(connector.needs({picture[0]: record.ref})) == [*picture]
    store.run("DELETE FROM complaint")
    record = store.records(1)["1"]
    assert (record.documents, record.shared_documents) == (picture, ())


@pytest.mark.parametrize("held", ["5", "5.5", "'5'", "CAST(x'6100' AS TEXT)", "CAST(x'61FF' AS TEXT)"])
def test_a_document_is_shared_however_its_key_is_written(tmp_path: Path, held: str) -> None:
    """Neither a number in a column of no type nor text that is no Unicode hides that another record names it too."""
    to_part = Reach("part", {"case_id": "id"})
    case = replace(_case(), parts=(TablePart(to_part), ObjectPart("pictures", "picture", to_part)))
    store = _made(tmp_path, case, part="id INTEGER PRIMARY KEY, case_id INTEGER, picture")
    store.fill({"cases": [_CASE, _CASE | {"id": 2}]})
    store.run(f"INSERT INTO part VALUES (1, 1, {held}), (2, 2, {held})")  # noqa: S608 - the cases above
    record = store.records(1)["1"]
    assert (record.documents, len(record.shared_documents)) == ((), 1)
    with store.open() as connector:
        for with_it in (record.ref, None):
            assert list(connector.needs(dict.fromkeys(record.shared_documents, with_it))) == [*record.shared_documents]
