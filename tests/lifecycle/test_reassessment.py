from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from retentiond.domain.errors import DecisionRefused
from retentiond.domain.lists import ListState, Standing
from retentiond.domain.schedule import Action
from retentiond.lifecycle.adopt import adopt
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.review import approve, withdraw
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.totals import predicate
from tests.lifecycle.workplace import GRACE, RITA, SAM, STAGES, Workplace, record_class, schedule_of

LONGER = record_class("EH-01", Action.DESTROY, years=75)
A_LITTLE_LONGER = record_class("EH-01", Action.DESTROY, years=7)


@pytest.mark.parametrize("state", [ListState.IN_REVIEW, ListState.APPROVED])
def test_a_lengthened_period_withdraws_records(workplace: Workplace, state: ListState) -> None:
    """Records no longer due come off open lists, approvals fall, and the list is frozen anew under the new version."""
    off, stays = workplace.file("1", "letter"), workplace.file("2", code="EH-02")
    listed = workplace.gathered()
    if state is ListState.APPROVED:
        listed = workplace.approve(listed)
    else:
        listed = approve(workplace.tools, listed.number, SAM, listed.digest).listed
    new = workplace.version("2026.2", LONGER)
    (done,) = workplace.adopt(new).lists
    now = workplace.listed(listed.number)
    assert done.listed == now
    assert done.taken_off == {"it is no longer due under version 2026.2 of 'Early Help'": 1}
    assert (now.state, now.revision, now.approvals, now.dispose_after) == (ListState.IN_REVIEW, 2, (), None)
    assert workplace.standing(now.number, off) is Standing.LEFT
    assert workplace.entries(now.number)["1"].note in done.taken_off
    number = workplace.approve(now).number
    workplace.later(hours=25)
    said = predicate(carry_through(workplace.tools, number))
    assert [(one["item"], one["digest"]) for one in said["authority"]] == [("EH-02", new.digest)]
    assert workplace.kept(off) is not None
    assert workplace.paper("letter") is not None
    kept = workplace.kept(stays)
    assert kept
    assert kept.anonymised


def test_a_list_with_no_record_left_is_withdrawn(workplace: Workplace) -> None:
    """Where the new version leaves nothing on a list, it is withdrawn and its titles are erased."""
    workplace.file("1")
    listed = workplace.approve(workplace.gathered())
    (done,) = workplace.adopt(workplace.version("2026.2", LONGER)).lists
    assert done.listed.state is ListState.WITHDRAWN
    assert workplace.entries(listed.number)["1"].reference == ""
    workplace.later(hours=25)
    with pytest.raises(DecisionRefused):
        dispose(workplace.tools, listed.number)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (
            record_class("EH-01", Action.ANONYMISE),
            "it is no longer to be destroyed under version 2026.2 of 'Early Help'",
        ),
        (
            record_class("EH-01", Action.DESTROY, review=("head-of-service", "records-manager")),
            "it needs another review under version 2026.2 of 'Early Help': head of service, then records manager",
        ),
        (
            record_class("EH-01", Action.DESTROY, review=STAGES[::-1]),
            "it needs another review under version 2026.2 of 'Early Help': records manager, then service manager",
        ),
        (record_class("EH-01", Action.DESTROY, review=STAGES[:1]), ""),
        (record_class("EH-01", Action.DESTROY, years=5), "dated"),
    ],
    ids=["action", "stage", "order of stages", "fewer stages", "period"],
)
def test_what_the_new_version_changes_for_a_listed_record(workplace: Workplace, changed: Any, why: str) -> None:
    """Another action or review takes a record off; another due day is shown; fewer stages than it has do no harm."""
    ref = workplace.file("1")
    workplace.file("2", code="EH-02")
    listed = workplace.gathered()
    lists = workplace.adopt(workplace.version("2026.2", changed)).lists
    entry = workplace.entries(listed.number)["1"]
    if not why:
        assert lists == ()
        assert workplace.listed(listed.number) == listed
    elif why == "dated":
        assert [(one.dated, one.taken_off) for one in lists] == [(1, {})]
        assert entry.due_on == date(2015, 5, 5)
        assert "+ 5 years" in entry.reason
        assert workplace.listed(listed.number).digest != listed.digest
    else:
        assert workplace.standing(listed.number, ref) is Standing.LEFT
        assert [one.taken_off for one in lists] == [{why: 1}]


def test_a_list_the_new_version_does_not_touch_stays_as_it_was(workplace: Workplace) -> None:
    """Where every record is due since the same day by the same rule, approvals stand and the list goes its way."""
    workplace.file("1")
    listed = workplace.approve(workplace.gathered())
    other = record_class("EH-02", Action.ANONYMISE, years=75)
    assert workplace.adopt(workplace.version("2026.2", other)).lists == ()
    assert workplace.listed(listed.number) == listed


def test_where_a_store_does_not_answer_the_adoption_stands(workplace: Workplace) -> None:
    """A list that cannot be judged again is named; its approval and its disposal judge each record in any case."""
    ref = workplace.file("1")
    listed = workplace.gathered()
    approve(workplace.tools, listed.number, SAM, listed.digest)
    adopted = workplace.adopt(workplace.version("2026.2", LONGER), unreachable=True)
    assert len(adopted.adoptions) == 1
    (left,) = adopted.lists
    assert (left.listed.number, left.taken_off) == (listed.number, {})
    assert "does not answer" in left.failure
    with pytest.raises(DecisionRefused, match="were taken off"):
        approve(workplace.tools, listed.number, RITA, listed.digest)
    assert workplace.standing(listed.number, ref) is Standing.LEFT


def test_a_list_that_moved_on_meanwhile_is_left_to_the_gate(workplace: Workplace) -> None:
    """A list that somebody else changes while it is judged again is named, and left as they made it."""
    workplace.file("1")
    listed = workplace.gathered()

    def meanwhile(_name: str, _role: object) -> None:
        workplace.opening = lambda _name, _role: None
        withdraw(workplace.tools, listed.number, SAM, reason="Start again")

    workplace.opening = meanwhile
    (left,) = workplace.adopt(workplace.version("2026.2", LONGER)).lists
    assert left.failure == "it was changed while it was judged"
    assert workplace.listed(listed.number).ended_because == "Start again"


def test_another_due_day_is_not_disposed_of_unseen(workplace: Workplace) -> None:
    """A record still due, but since another day than was approved, is shown again at approval and left by the gate."""
    ref = workplace.file("1")
    listed = workplace.gathered()
    workplace.adopt(workplace.version("2026.2", A_LITTLE_LONGER), unreachable=True)
    with pytest.raises(DecisionRefused, match="1 of its records are due since another day than it said"):
        approve(workplace.tools, listed.number, SAM, listed.digest)
    now = workplace.listed(listed.number)
    assert (now.revision, workplace.entries(now.number)["1"].due_on) == (2, date(2017, 5, 5))
    workplace.approve(now)
    workplace.later(hours=25)
    workplace.adopt(workplace.version("2026.3", record_class("EH-01", Action.DESTROY)), unreachable=True)
    dispose(workplace.tools, listed.number)
    assert workplace.standing(listed.number, ref) is Standing.SKIPPED_CHANGED
    assert workplace.deeds == []


def test_lists_wait_until_every_schedule_is_adopted(workplace: Workplace) -> None:
    """With another schedule still not adopted nothing is judged again; adopting that one makes up for it."""
    workplace.file("1")
    listed = workplace.gathered()
    other = schedule_of(workplace.folder / "new.yaml", record_class("FO-01", Action.DESTROY), name="Fostering")
    workplace.changed(schedules=(workplace.version("2026.2", LONGER), other))
    (left,) = adopt(workplace.tools, GRACE, names=["Early Help"]).lists
    assert "'Fostering' is not adopted" in left.failure
    (done,) = adopt(workplace.tools, GRACE, names=["Fostering"]).lists
    assert done.listed.state is ListState.WITHDRAWN
    assert done.listed.number == listed.number
