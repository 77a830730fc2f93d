"""Disposal against an independent model: plain sets over the rows of a whole database, no SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retentiond.domain.definitions import Reference
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import REFERENCES, Crm
from tests.connectors.sql.whole import Whole, dangling, declared, gone, touched, whole

Row = tuple[str, int]
Tables = dict[str, list[dict[str, Any]]]


@st.composite
def databases(draw: st.DrawFn) -> Tables:
    """Draw a small database in which every reference leads somewhere."""

    def some(most: int) -> list[int]:
        return list(range(1, draw(st.integers(0, most)) + 1))

    def of(ids: Collection[int]) -> int | None:
        return draw(st.none() | st.sampled_from(sorted(ids))) if ids else None

    def one(ids: Collection[int]) -> int:
        return draw(st.sampled_from(sorted(ids)))

    cases = some(3) or [1]
    contacts, accounts, folders = some(3), some(2), some(4)
    plans = some(3)
    owners = [("Case", key) for key in cases] + [("Contact", key) for key in contacts]
    notes = [(key, *draw(st.sampled_from(owners))) for key in some(3)]
    return {
        "cases": [
            {
                "id": key,
                "case_no": "x",
                "closed_on": date(2001, 1, 1),
                "plan_id": of(plans) if draw(st.booleans()) else None,
                "duplicate_of": of(cases) if draw(st.booleans()) else None,
                "parent_case": of(cases) if draw(st.booleans()) else None,
            }
            for key in cases
        ],
        "plan": [{"id": key, "case_id": one(cases)} for key in plans],
        "note": [{"id": key, "parent_type": kind, "parent_id": str(to), "body": ""} for key, kind, to in notes],
        "account": [{"id": key, "name": "a", "main_contact": of(contacts)} for key in accounts],
        "contact": [
            {
                "id": key,
                "name": "c",
                "account_id": of(accounts),
                "first_case": of(cases) if draw(st.integers(0, 3)) == 0 else None,
            }
            for key in contacts
        ],
        "case_contact": [
            {"id": key, "case_id": str(one(cases)), "contact_id": one(contacts), "deleted": draw(st.integers(0, 1))}
            for key in (some(4) if contacts else ())
        ],
        "folder": [
            {
                "id": key,
                "case_id": str(one(cases)) if key == 1 or draw(st.integers(0, 3)) == 0 else None,
                "parent_id": of(folders) if draw(st.integers(0, 3)) == 0 else (key - 1 or None),
            }
            for key in folders
        ],
        "file": [{"id": key, "folder_id": one(folders), "object_key": ""} for key in (some(2) if folders else ())],
        "audit": [{"id": key, "case_id": one(cases)} for key in some(1)],
    }


def expected(
    now: Whole, references: Collection[Reference], asked: set[int], *, torn: bool = True
) -> tuple[set[int], set[Row], set[Row]]:
    """Return which of the cases asked for may be disposed of, what is theirs alone, and what of the shared goes along.

    Args:
        now: the database.
        references: what refers to what.
        asked: the cases.
        torn: rows go, so that what refers to them would be torn.
    """
    links = list(_links(now, references))
    everyone = {key: _own(now, key) for (key,) in now["cases"]}
    going = set(asked)
    while True:
        rows = set().union(*(everyone[key] for key in going))
        shared = _shared(links, rows)
        lost = rows | shared
        stuck = {key for key in going if torn and any(to in everyone[key] and by not in lost for by, to in links)}
        stuck |= {key for key in going if any(everyone[other] & everyone[key] for other in set(everyone) - going)}
        if not stuck:
            return going, rows, shared
        going -= stuck


def _shared(links: Collection[tuple[Row, Row]], rows: set[Row]) -> set[Row]:
    contacts = {to for by, to in links if by in rows and by[0] == "case_contact" and to[0] == "contact"}
    shared = contacts | {to for by, to in links if by in contacts and to[0] == "account"}
    while True:
        notes = {by for by, to in links if by[0] == "note" and to in shared}
        needed = {to for by, to in links if to in shared and by not in rows | shared | notes}
        if not needed:
            return shared | notes
        shared -= needed


def _own(now: Whole, key: int) -> set[Row]:
    own: set[Row] = {("cases", key)}
    own |= {("plan", row["id"]) for row in now["plan"].values() if row["case_id"] == key}
    own |= {
        ("note", row["id"])
        for row in now["note"].values()
        if (row["parent_type"], row["parent_id"]) == ("Case", str(key))
    }
    own |= {("case_contact", row["id"]) for row in now["case_contact"].values() if row["case_id"] == str(key)}
    folders = {row["id"] for row in now["folder"].values() if row["case_id"] == str(key)}
    while more := {row["id"] for row in now["folder"].values() if row["parent_id"] in folders} - folders:
        folders |= more
    own |= {("folder", one) for one in folders}
    return own | {("file", row["id"]) for row in now["file"].values() if row["folder_id"] in folders}


def _links(now: Whole, references: Collection[Reference]) -> Iterator[tuple[Row, Row]]:
    for one in references:
        for row in now[one.table].values():
            if not one.leave and row[one.column] is not None and all(row[name] == to for name, to in one.where.items()):
                yield (one.table, row["id"]), (one.to_table, int(row[one.column]))


@pytest.mark.parametrize("empty_url", ["sqlite", "postgresql", "mariadb"], indirect=True)
def test_disposal_takes_exactly_what_the_model_says(empty_url: str) -> None:
    """Those cases go that nothing outside refers to, with what is theirs or shared with nobody else, and no other row.

    Whatever the database and the batch; and nothing is left dangling.
    """
    made = Crm.made(empty_url)
    references = [*REFERENCES, *declared(made.owner)]

    @settings(
        max_examples=30 if "sqlite" in empty_url else 4,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(databases(), st.data())
    def holds(rows: Tables, data: st.DataObject) -> None:
        store.fill(rows)
        before = whole(store.owner)
        asked = data.draw(st.sets(st.sampled_from([one["id"] for one in rows["cases"]]), min_size=1))
        going, own, shared = expected(before, references, asked)
        lost = own | shared
        receipts = store.disposed(store.orders(*asked))
        after = whole(store.owner)
        assert {int(key) for key, one in receipts.items() if one.outcome is Outcome.DESTROYED} == going
        assert {(name, key) for name, keys in gone(before, after).items() for key in keys} == lost
        assert touched(before, after) == {}
        assert dangling(after, references) == []
        counted = sum(int(number) for one in receipts.values() for number in one.evidence.values())
        assert counted == len(lost)

    with made.staying_open() as store:
        holds()
    made.owner.dispose()


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_anonymising_changes_exactly_what_the_model_says(empty_url: str) -> None:
    """The cases, and what they share with nobody else, take their anonymised form; no other row changes or goes."""
    made = Crm.made(empty_url)
    references = [*REFERENCES, *declared(made.owner)]

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(databases(), st.data())
    def holds(rows: Tables, data: st.DataObject) -> None:
        store.fill(rows)
        before = whole(store.owner)
        asked = data.draw(st.sets(st.sampled_from([one["id"] for one in rows["cases"]]), min_size=1))
        going, own, shared = expected(before, references, asked, torn=False)
        orders = store.orders(*asked, action=Action.ANONYMISE)
        receipts = store.disposed(orders)
        after = whole(store.owner)
        deleted = {row for row in own | shared if row[0] in ("note", "file")}
        changed = {row for row in own | shared if row[0] in ("cases", "contact", "account")}
        assert {int(key) for key, one in receipts.items() if one.outcome is Outcome.ANONYMISED} == going
        assert {(name, key) for name, keys in gone(before, after).items() for key in keys} == deleted
        assert {(name, key) for name, keys in touched(before, after).items() for key in keys} == changed
        assert dangling(after, references) == []
        done = [one for one in orders if int(one.ref.key) in going]
        assert {one.sight for one in store.sighted(done).values()} <= {Sight.ANONYMISED}

    with made.staying_open() as store:
        holds()
    made.owner.dispose()
