from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.receipts import ensure_receipt_table
from retentiond.connectors.sql.shifting import Moves, moved
from retentiond.connectors.sql.standing import Standing
from retentiond.domain.anonymity import READ_BACK
from retentiond.domain.definitions import ColumnPlan, Reach, TablePart
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.schedule import Action

Store = Any  # the case store of conftest, which cannot be imported

MOST = 30
EPISODE = ColumnPlan(
    keep=("episode_id", "family_id"),
    blank=("worker_id",),
    replace={"case_ref": "removed"},
    shift={"started_on": 10 * MOST, "ended_on": 10 * MOST},
)


@pytest.fixture
def shifting(case_store: Store) -> Store:
    """The two families' case files, with dates that are shifted: of episodes and of when a status was recorded."""
    case_store.run("ALTER TABLE status_period ADD COLUMN seen_at TIMESTAMP")
    case_store.run("UPDATE status_period SET seen_at = '2002-01-01 10:11:12'")
    case_store.run(
        "CREATE TABLE visit (code VARCHAR(20) PRIMARY KEY, episode_id INTEGER NOT NULL, seen_on DATE,"
        " FOREIGN KEY (episode_id) REFERENCES eh_episode (episode_id))",
        "INSERT INTO visit VALUES ('é/1', 10, '2001-02-28'), ('b''2', 10, NULL), ('3', 20, '2000-02-28')",
    )
    kind = case_store.definition.records[0]
    plans = dict(kind.anonymise)
    plans["visit"] = ColumnPlan(keep=("code", "episode_id"), shift={"seen_on": MOST})
    plans["eh_episode"] = EPISODE
    plans["status_period"] = ColumnPlan(keep=("status_id", "person_id", "kind"), shift={"seen_at": MOST})
    return case_store.having(anonymise=plans, parts=(*kind.parts, TablePart(Reach("visit", "episode_id"))))


def dates(store: Store) -> dict[int, tuple[date, date]]:
    """Return both dates of each episode."""
    return {
        row[0]: (date.fromisoformat(str(row[3])), date.fromisoformat(str(row[4]))) for row in store.rows()["eh_episode"]
    }


def test_all_dates_of_a_record_move_alike_and_those_of_others_on_their_own(shifting: Store) -> None:
    """The time between two dates of a record stays, in its parts too; whether a time of day is there or not."""
    before = dates(shifting)
    orders = [shifting.order(key, action=Action.ANONYMISE) for key in ("10", "20")]
    receipts = shifting.disposed(*orders)
    assert {one.outcome for one in receipts} == {Outcome.ANONYMISED}
    columns = "eh_episode.started_on, eh_episode.ended_on, status_period.seen_at, visit.seen_on"
    assert {one.evidence[READ_BACK] for one in receipts} == {columns}
    after = dates(shifting)
    by = {key: {now - was for was, now in zip(before[key], after[key], strict=True)} for key in before}
    assert all(len(one) == 1 for one in by.values())
    days = {key: next(iter(one)).days for key, one in by.items()}
    assert all(1 <= abs(one) <= MOST for one in days.values())
    seen = {row[0]: str(row[3]) for row in shifting.rows()["status_period"]}
    start = date(2002, 1, 1)
    assert seen == {
        1: f"{start + timedelta(days[10])} 10:11:12",
        2: f"{start + timedelta(days[20])} 10:11:12",
    }
    visits = {row[0]: row[2] and str(row[2]) for row in shifting.rows()["visit"]}
    assert visits == {
        "é/1": str(date(2001, 2, 28) + timedelta(days[10])),
        "b'2": None,
        "3": str(date(2000, 2, 28) + timedelta(days[20])),
    }
    assert {one.sight for one in shifting.sighted(*orders)} == {Sight.ANONYMISED}
    assert shifting.rows()["eh_episode"][0][2] == "removed"


def test_without_our_receipt_nobody_says_that_dates_were_moved(shifting: Store) -> None:
    """A record that looks anonymised, without a receipt in the store, may have its true dates: it does not count."""
    order = shifting.order("10", action=Action.ANONYMISE)
    shifting.disposed(order)
    shifting.run("DELETE FROM retentiond_receipt")
    (sighting,) = shifting.sighted(order)
    assert (sighting.sight, any(sighting.checked.values())) == (Sight.PRESENT, False)


def test_a_date_that_is_not_where_it_was_moved_takes_everything_back(shifting: Store) -> None:
    """Something in the database that changes what is written is seen before the commit, and nothing is done then."""
    before = shifting.rows()
    order = shifting.order("10", action=Action.ANONYMISE)
    if shifting.url.startswith("sqlite"):
        shifting.run(
            "CREATE TRIGGER meddle AFTER UPDATE ON eh_episode BEGIN"
            " UPDATE eh_episode SET started_on = '2001-01-15' WHERE episode_id = NEW.episode_id; END"
        )
    elif shifting.url.startswith("mariadb"):
        shifting.run("CREATE TRIGGER meddle BEFORE UPDATE ON eh_episode FOR EACH ROW SET NEW.started_on = '2001-01-15'")
    else:
        shifting.run(
            "CREATE FUNCTION meddle() RETURNS trigger AS $$ BEGIN NEW.started_on := '2001-01-15'; RETURN NEW; END $$"
            " LANGUAGE plpgsql",
            "CREATE TRIGGER meddle BEFORE UPDATE ON eh_episode FOR EACH ROW EXECUTE FUNCTION meddle()",
        )
    with shifting.open(Role.DISPOSE) as connector:
        # its check would refuse the trigger before anything is tried
        connector._standing = Standing(connector._store(), Role.DISPOSE, connector._stamp)
        ensure_receipt_table(connector._opening)
        (receipt,) = connector.dispose([order], lambda orders: [one.id for one in orders])
    assert receipt.outcome is Outcome.FAILED
    assert "read back" in receipt.reason
    assert shifting.rows() == before


def test_what_is_no_date_does_not_stay(shifting: Store) -> None:
    """SQLite keeps anything in a column of dates: it becomes empty, and if it comes back it is seen."""
    for value in ("Ann", "2001-02-30", "2001-2-3", 20010203) if shifting.url.startswith("sqlite") else ():
        change = f"UPDATE eh_episode SET started_on = {value!r} WHERE episode_id = 10"  # noqa: S608 - our own values
        shifting.run(change)
        order = shifting.order("10", action=Action.ANONYMISE)
        assert shifting.disposed(order)[0].outcome is Outcome.ANONYMISED
        assert shifting.rows()["eh_episode"][0][3] is None
        shifting.run(change)
        assert shifting.sighted(order)[0].checked["table eh_episode"] == 1


@given(st.integers(1, 400))
def test_a_move_is_never_none_and_never_further_than_allowed(most: int) -> None:
    """One day to so many, either way, the same when asked again; each way of moving by one day occurs."""
    moves = Moves(most)
    days = [moves.of((str(n),)) for n in range(30)]
    assert all(1 <= abs(one) <= most for one in days)
    assert days == [moves.of((str(n),)) for n in range(30)]


def test_every_move_is_as_likely_as_any_other() -> None:
    """Of a move by up to two days all four are drawn, none twice as often as another in ten thousand draws."""
    moves = Moves(2)
    drawn = Counter(moves.of((n,)) for n in range(10_000))
    assert drawn.keys() == {-2, -1, 1, 2}
    assert max(drawn.values()) < 2 * min(drawn.values())


@given(st.dates(date(1, 6, 1), date(9999, 6, 1)), st.integers(-150, 150), st.sampled_from(["", " 10:11:12", "T00:00Z"]))
def test_reading_back_computes_as_the_calendar_does(day: date, days: int, rest: str) -> None:
    """A text moves by days of the calendar and keeps what stands behind the day."""
    assert moved(f"{day.isoformat()}{rest}", days) == f"{(day + timedelta(days)).isoformat()}{rest}"


def test_what_cannot_be_shifted_is_refused(case_store: Store) -> None:
    """Text and keys are told by check."""
    text = replace(EPISODE, shift={"started_on": 9, "case_ref": 9}, replace={})
    key = replace(EPISODE, keep=("family_id",), shift={**EPISODE.shift, "episode_id": 9})
    for plan, fault in (
        (text, "'case_ref' holds no dates, and is to be shifted"),
        (key, "'episode_id' is the record's key"),
    ):
        plans = {**case_store.definition.records[0].anonymise, "eh_episode": plan}
        with case_store.having(anonymise=plans).open() as connector:
            assert [one for one in connector.check() if fault in one.message]


def test_shifting_needs_receipts(shifting: Store) -> None:
    """Where the owner allows no receipts, nothing could ever tell whether dates were moved: disposal is refused."""
    with shifting.without_receipts().open() as connector:
        found = {one.place: one.message for one in connector.check()}
    words = "its dates are to be shifted, and without receipts nobody could tell whether they were"
    assert found == {f"cases: table {table}": words for table in ("eh_episode", "status_period", "visit")}
