from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from retentiond.domain.lists import (
    FATES,
    LIST_MOVES,
    OFF_THE_LIST,
    OPEN_STATES,
    DisposalList,
    ListState,
    Standing,
    may_move,
)
from retentiond.domain.orders import Outcome
from retentiond.domain.people import Approval

FINAL = frozenset({ListState.CERTIFIED, ListState.RETURNED, ListState.WITHDRAWN})


def reachable(start: ListState) -> set[ListState]:
    """Return every state that some moves lead to."""
    seen, waiting = {start}, [start]
    while waiting:
        for after in LIST_MOVES[waiting.pop()] - seen:
            seen.add(after)
            waiting.append(after)
    return seen


def test_the_table_names_every_state() -> None:
    """No state is without a line in the table of moves."""
    assert set(LIST_MOVES) == set(ListState)


def test_a_final_state_has_no_way_out() -> None:
    """Certified, returned and withdrawn lists stay so; every other state has a way on."""
    assert {state for state in ListState if not LIST_MOVES[state]} == FINAL
    assert set(ListState) - FINAL == OPEN_STATES


def test_every_state_is_reachable_from_review() -> None:
    """A list begins in review, and every state can be come to from there."""
    assert reachable(ListState.IN_REVIEW) == set(ListState)


@pytest.mark.parametrize("state", ListState)
def test_every_open_list_can_end(state: ListState) -> None:
    """No list can be caught for ever: from every state a final one is reachable."""
    assert reachable(state) & FINAL


def test_nothing_is_disposed_of_without_approval() -> None:
    """The only way into disposing is from approved, and the only way into approved is from review."""
    assert {state for state in ListState if may_move(state, ListState.DISPOSING)} == {ListState.APPROVED}
    assert {state for state in ListState if may_move(state, ListState.APPROVED)} == {ListState.IN_REVIEW}


def test_once_disposal_began_it_cannot_be_undone_or_left_uncertified() -> None:
    """From disposing a list ends certified and nowhere else."""
    assert reachable(ListState.DISPOSING) & FINAL == {ListState.CERTIFIED}


def test_moves_are_exactly_the_table() -> None:
    """may_move says yes to the pairs of the table and to no other, and never to standing still."""
    yes = {pair for pair in product(ListState, repeat=2) if may_move(*pair)}
    assert yes == {(before, after) for before, afters in LIST_MOVES.items() for after in afters}
    assert not any(before is after for before, after in yes)


def test_every_standing_is_open_off_the_list_or_a_fate() -> None:
    """An entry is listed, intended or unknown, or it was taken off, or it has exactly one fate."""
    assert not OFF_THE_LIST & FATES
    assert set(Standing) - OFF_THE_LIST - FATES == {Standing.LISTED, Standing.INTENDED, Standing.UNKNOWN}


def test_each_outcome_of_an_order_has_a_fate() -> None:
    """Whatever a connector answers, an entry's fate can say it."""
    as_fate = {Outcome.CHANGED: "skipped-changed", Outcome.HELD: "skipped-held"}
    assert {Standing(as_fate.get(one, one.value)) for one in Outcome} <= FATES


def test_stages_are_wanted_in_order() -> None:
    """The next stage is the first without an approval, and none once every stage has one."""
    at = datetime(2026, 4, 1, tzinfo=UTC)
    stages = ("service-manager", "records-manager")
    given = tuple(Approval(stage, f"p{n}", "2026-04-01T09:00:00Z", "d") for n, stage in enumerate(stages))
    wanted = [
        DisposalList("L-1", ListState.IN_REVIEW, "a.khan", at, stages, "d", approvals=given[:n]).next_stage
        for n in range(3)
    ]
    assert wanted == ["service-manager", "records-manager", None]
