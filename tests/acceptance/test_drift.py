from __future__ import annotations

import pytest

from retentiond.demo.lay_out import CASE_STORE
from retentiond.demo.run import GATHERER
from retentiond.domain.errors import DecisionRefused, StoreRefused
from retentiond.domain.findings import Finding
from retentiond.lifecycle.drift import accept
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from tests.council import AFTER_COOLING_OFF, Council

KIND = "early-help-episode"
STORE = CASE_STORE.partition(".")[0]
MEMO = (
    "CREATE TABLE voice_memo (memo_id INTEGER PRIMARY KEY, "
    "episode_id INTEGER NOT NULL REFERENCES eh_episode (episode_id), place VARCHAR(200))"
)


def _alter(council: Council, statement: str) -> None:
    with council.case_store.begin() as connection:
        connection.exec_driver_sql(statement)


def _scanned(council: Council) -> tuple[int, str]:
    """Scan the case store; return how many episodes are due, and what is said against their kind."""
    with council.tools() as tools:
        (found,) = [one for one in scan(tools, stores=[STORE]).kinds if one.kind == KIND]
    return found.counts.get(Finding.DUE, 0), " | ".join(f"{one.place}: {one.message}" for one in found.doubts)


def _accept(council: Council) -> None:
    with council.tools() as tools:
        accept(tools, tools.person(GATHERER), STORE, reason="looked at with the system's owner")


def _class(council: Council, *pairs: tuple[str, str]) -> None:
    path = council.folder / "connectors" / f"{STORE}.yaml"
    text = path.read_text(encoding="utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")


def _mind_left_alone(council: Council, number: str) -> None:
    """Carry an approved list out, and see that nothing was done."""
    before = council.rows()
    with council.tools(later=AFTER_COOLING_OFF) as tools, pytest.raises(StoreRefused):
        carry_through(tools, number)
    assert council.rows() == before
    assert council.episode(council.facts.to_destroy) is not None


def test_a_new_column_stops_its_kind_until_a_person_accepts_it(council: Council) -> None:
    """With a column more nothing is due and what was approved is left alone; classed and accepted, all is due again."""
    number = council.approved(council.facts.to_destroy).number
    due, said = _scanned(council)
    assert (due > 0, said) == (True, "")
    _alter(council, "ALTER TABLE person ADD COLUMN photo VARCHAR(200)")
    now, said = _scanned(council)
    assert now == 0
    assert "table person: it has a new column 'photo' that nobody has classed" in said
    _mind_left_alone(council, number)
    with council.tools() as tools, pytest.raises(DecisionRefused, match="nothing is due"):
        gather(tools, tools.person(GATHERER), store=STORE)
    _class(council, ("forename, surname, nationality]", "forename, surname, nationality, photo]"))
    assert _scanned(council)[0] == 0
    _accept(council)
    assert _scanned(council) == (due, "")


@pytest.mark.parametrize("council", ["sqlite"], indirect=True)  # the other databases: test_sql_outlining.py
def test_a_new_table_that_refers_to_a_mapped_one_stops_its_kind(council: Council) -> None:
    """With a table more that refers to a record nothing is due until it is classed and accepted; a view matters not."""
    number = council.approved(council.facts.to_destroy).number
    due, _ = _scanned(council)
    _alter(council, "CREATE VIEW open_episode AS SELECT * FROM eh_episode WHERE ended_on IS NULL")
    assert _scanned(council) == (due, "")
    _alter(council, "DROP VIEW open_episode")
    _alter(council, MEMO)
    now, said = _scanned(council)
    assert now == 0
    assert "table eh_episode: it is referred to by voice_memo (episode_id), which nobody has classed" in said
    _mind_left_alone(council, number)
    _accept(council)
    now, said = _scanned(council)
    assert now == 0
    assert "refers to it and is no part of the record" in said
    parts = ("    parts:\n", "    parts:\n      - {table: voice_memo, on: episode_id}\n")
    _class(council, parts, ("    anonymise:\n", "    anonymise:\n      voice_memo: delete\n"))
    assert _scanned(council) == (due, "")
