"""Disposal against an independent model: plain sets over the rows of a whole database, no SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retentiond.domain.definitions import Reference
from retentiond.domain.orders import Outcome
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
        "contact": [{"id": key, "name": "c", "account_id": of(accounts)} for key in contacts],
        "case_contact": [
            {"id": key, "case_id": str(one(cases)), "contact_id": one(contacts), "deleted": draw(st.integers(0, 1))}
            for key in (some(4) if contacts else ())
        ],
        "folder": [
            {"id": key, "case_id": str(one(cases)) if draw(st.booleans()) else None, "parent_id": of(folders)}
            for key in folders
        ],
        "file": [{"id": key, "folder_id": one(folders), "object_key": ""} for key in (some(2) if folders else ())],
        "audit": [{"id": key, "case_id": one(cases)} for key in some(1)],
    }


def expected(now: Whole, references: Collection[Reference], asked: set[int]) -> tuple[set[int], set[Row]]:
    """Return which of the cases asked for may go, and every row that goes with them."""
    links = list(_links(now, references))
    owned = {key: _own(now, key) for key in asked}
    everyone = {key: _own(now, key) for (key,) in now["cases"]}
    going = set(asked)
    while True:
        rows = set().union(*(owned[key] for key in going))
        stuck = {key for key in going if any(to in owned[key] and by not in rows for by, to in links)}
        stuck |= {key for key in going if any(everyone[other] & owned[key] for other in everyone if other not in going)}
        if not stuck:
            break
        going -= stuck
    contacts = {to for by, to in links if by in rows and by[0] == "case_contact" and to[0] == "contact"}
    shared = contacts | {to for by, to in links if by in contacts and to[0] == "account"}
    while True:
        parts = {by: to for by, to in links if by[0] == "note" and to in shared}
        lost = rows | shared | set(parts)
        needed = {to for by, to in links if to in shared and by not in lost}
        if not needed:
            return going, lost
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


@pytest.mark.parametrize("empty_url", ["sqlite", "postgresql"], indirect=True)
def test_disposal_takes_exactly_what_the_model_says(empty_url: str) -> None:
    """Those cases go that nothing outside refers to, with what is theirs or shared with nobody else, and no other row.

    Whatever the database and the batch; and nothing is left dangling.
    """
    store = Crm.made(empty_url)
    references = [*REFERENCES, *declared(store.owner)]

    @settings(
        max_examples=30 if "sqlite" in empty_url else 6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(databases(), st.data())
    def holds(rows: Tables, data: st.DataObject) -> None:
        store.fill(rows)
        before = whole(store.owner)
        asked = data.draw(st.sets(st.sampled_from([one["id"] for one in rows["cases"]]), min_size=1))
        going, lost = expected(before, references, asked)
        receipts = store.disposed(store.orders(*asked))
        after = whole(store.owner)
        assert {int(key) for key, one in receipts.items() if one.outcome is Outcome.DESTROYED} == going
        assert {(name, key) for name, keys in gone(before, after).items() for key in keys} == lost
        assert touched(before, after) == {}
        assert dangling(after, references) == []
        counted = sum(int(number) for one in receipts.values() for number in one.evidence.values())
        assert counted == len(lost)

    holds()
    store.owner.dispose()
