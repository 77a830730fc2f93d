from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from retentiond.domain.errors import DecisionRefused, DisposalStopped, StoreUnavailable
from retentiond.domain.findings import Finding
from retentiond.domain.lists import ListState, Standing
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.hold import place_hold
from retentiond.lifecycle.review import approve
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.totals import totals
from tests.lifecycle.workplace import CASES, DOCUMENTS, GRACE, SAM, Workplace, definition


def switch(workplace: Workplace) -> Path:
    """Return the path of the kill switch."""
    return Path(str(workplace.tools.settings.belts.kill_switch))


@pytest.mark.parametrize("point", [None, "claimed", "intent-written", "receipts-written", "document-intent-written"])
def test_the_kill_switch_stops_at_once(workplace: Workplace, point: str | None) -> None:
    """Once the kill switch is set, at any point, no store is told to do anything more; removed, the list goes on."""
    workplace.file("1", "a"), workplace.file("2", "b", kind="contact")
    number = workplace.approved()
    done: list[int] = []

    def press() -> None:
        if not switch(workplace).exists():
            switch(workplace).touch()
            done.append(len(workplace.deeds))

    if point:
        workplace.at[point] = press
    else:
        press()
    with pytest.raises(DisposalStopped, match="kill switch"):
        dispose(workplace.tools, number)
    assert len(workplace.deeds) == done[0]
    switch(workplace).unlink()
    workplace.at.clear()
    assert totals(carry_through(workplace.tools, number))["destroyed"] == 2


def test_a_dangling_kill_switch_counts(workplace: Workplace) -> None:
    """A kill switch that is a link to nowhere is set."""
    workplace.file("1")
    number = workplace.approved()
    switch(workplace).symlink_to(workplace.folder / "nowhere")
    with pytest.raises(DisposalStopped, match="kill switch"):
        dispose(workplace.tools, number)


@pytest.mark.parametrize("step", ["scan", "gather", "approve", "hold", "dispose"])
def test_a_clock_that_went_back_stops_every_step(workplace: Workplace, step: str) -> None:
    """With a clock before a moment the ledger has seen, nothing is decided, and nothing is destroyed."""
    workplace.file("1")
    listed = workplace.gathered() if step != "gather" else None
    if step == "gather":
        scan(workplace.tools)
    if step == "dispose":
        assert listed
        workplace.approve(listed)
        workplace.later(hours=25)
        scan(workplace.tools)
    workplace.later(minutes=-6)
    number = listed.number if listed else ""
    steps: dict[str, Callable[[], object]] = {
        "scan": lambda: scan(workplace.tools),
        "gather": lambda: gather(workplace.tools, GRACE),
        "approve": lambda: approve(workplace.tools, number, SAM, listed.digest if listed else ""),
        "hold": workplace.hold,
        "dispose": lambda: dispose(workplace.tools, number),
    }
    with pytest.raises(DisposalStopped, match="the ledger has already seen"):
        steps[step]()
    assert workplace.deeds == []


def test_a_clock_that_goes_back_midway(workplace: Workplace) -> None:
    """A clock set back between two chunks stops the disposal before the second."""
    workplace.file("1"), workplace.file("2", kind="contact")
    number = workplace.approved()
    workplace.at["receipts-written"] = lambda: workplace.later(hours=-2)
    with pytest.raises(DisposalStopped, match="the ledger has already seen"):
        dispose(workplace.tools, number)
    assert len(workplace.deeds) == 1


@pytest.mark.parametrize(("percent", "due", "kept", "allowed"), [(5, 5, 95, True), (5, 6, 94, False), (5, 1, 9, False)])
def test_the_percent_belt(workplace: Workplace, percent: float, due: int, kept: int, *, allowed: bool) -> None:
    """A list holds at most the set share of a store's records, and not one more."""
    workplace.belts(percent_of_store=percent)
    for number in range(due):
        workplace.file(f"due-{number}")
    for number in range(kept):
        workplace.file(f"kept-{number}", closed=workplace.now.date())
    if allowed:
        assert workplace.gathered().counts == {Standing.LISTED: due}
    else:
        with pytest.raises(DecisionRefused, match="per cent"):
            workplace.gathered()
        with workplace.ledger.transaction() as tx:
            assert tx.lists.all() == []


def test_the_number_belt_at_gathering(workplace: Workplace) -> None:
    """A list holds at most the set number of records."""
    workplace.belts(records_per_run=2)
    for key in "123":
        workplace.file(key)
    with pytest.raises(DecisionRefused, match="records-per-run"):
        workplace.gathered()
    assert gather(workplace.tools, GRACE, limit=2).listed.counts == {Standing.LISTED: 2}


def test_a_belt_tightened_after_approval(workplace: Workplace) -> None:
    """A belt set tighter after a list was approved stops that list."""
    for key in "123":
        workplace.file(key)
    number = workplace.approved()
    workplace.belts(records_per_run=2)
    with pytest.raises(DisposalStopped, match="records-per-run"):
        dispose(workplace.tools, number)
    assert workplace.deeds == []


def test_a_longer_cooling_off_counts_at_once(workplace: Workplace) -> None:
    """A cooling-off period made longer holds for lists that were approved before."""
    workplace.file("1")
    number = workplace.approved()
    workplace.belts(cooling_off=timedelta(days=7))
    with pytest.raises(DisposalStopped, match="cooling-off"):
        dispose(workplace.tools, number)
    workplace.later(days=7)
    dispose(workplace.tools, number)


@pytest.mark.parametrize("store", [CASES, DOCUMENTS])
def test_another_definition_than_was_reviewed(workplace: Workplace, store: str) -> None:
    """A list is not disposed of through a definition other than the one it was gathered with, of any store on it."""
    workplace.file("1", "letter")
    number = workplace.approved()
    changed = definition(store, episode=("EH-01",), file=(), contact=())
    workplace.changed(definitions=tuple(changed if one.name == store else one for one in workplace.tools.definitions))
    with pytest.raises(DisposalStopped, match=f"the definition of {store} is no longer"):
        dispose(workplace.tools, number)
    assert workplace.deeds == []


def test_a_scan_that_fails_leaves_nothing_to_gather(workplace: Workplace) -> None:
    """A store whose scan fails has nothing due from then on, however much an earlier scan had found."""
    workplace.file("1")
    scan(workplace.tools)

    def refuse(name: str, _role: object) -> None:
        raise StoreUnavailable.about(name, "it does not answer")

    workplace.opening = refuse
    scanned = scan(workplace.tools)
    assert scanned.faults
    assert all(one.failure for one in scanned.kinds)
    workplace.opening = lambda _name, _role: None
    with pytest.raises(DecisionRefused, match="nothing is due"):
        gather(workplace.tools, GRACE)


def test_what_was_found_in_a_store_no_longer_connected_is_passed_over(workplace: Workplace) -> None:
    """Findings of a store, or of a kind, that is in no definition any more keep nothing else from being listed."""
    case, contact = workplace.file("1"), workplace.file("2", kind="contact")
    scan(workplace.tools)
    workplace.changed(definitions=(definition(CASES, episode=("EH-01",)), definition(DOCUMENTS, file=())))
    gathered = gather(workplace.tools, GRACE)
    assert list(workplace.entries(gathered.listed.number)) == [case.key]
    kind = f"the definition of '{CASES}' has no kind 'contact' any more"
    assert [(one.ref, one.reason) for one in gathered.left] == [(contact, kind)]
    workplace.changed(definitions=(definition(DOCUMENTS, file=()),))
    with pytest.raises(DecisionRefused, match=f"its store '{CASES}' is no longer connected"):
        gather(workplace.tools, GRACE)


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"dates": {"case-closed": None}}, Finding.UNTRIGGERED),
        ({"problems": ("a date cannot be read",)}, Finding.UNTRIGGERED),
        ({"record_class": None}, None),
        ({"blockers": ("open-episode",)}, Finding.BLOCKED),
        ({"native_holds": ("legal hold",)}, Finding.ON_HOLD),
    ],
)
def test_what_cannot_be_judged_is_not_due_and_named(
    workplace: Workplace, fields: dict[str, object], finding: Finding | None
) -> None:
    """A record with a missing or unreadable date, a blocker or a hold is never due, and the scan names it."""
    ref = workplace.file("1")
    workplace.alter(ref, **fields)
    scanned = scan(workplace.tools)
    assert scanned.total(Finding.DUE) == 0
    if finding:
        with workplace.ledger.transaction() as tx:
            assert [one.ref for one in tx.findings.current(finding)] == [ref]


def test_nothing_runs_by_itself(workplace: Workplace) -> None:
    """A scan of a store full of due records makes no list and touches nothing."""
    for key in "123":
        workplace.file(key, f"paper-{key}")
    assert scan(workplace.tools).total(Finding.DUE) == 3
    with workplace.ledger.transaction() as tx:
        assert tx.lists.all() == []
    assert workplace.deeds == []


def test_a_hold_needs_its_particulars(workplace: Workplace) -> None:
    """A hold without title, authority and a review date to come is refused with all faults at once."""
    from retentiond.domain.holds import HoldScope
    from tests.lifecycle.workplace import RITA

    with pytest.raises(DecisionRefused) as refused:
        place_hold(
            workplace.tools, RITA, title=" ", authority="", scope=HoldScope(), review_on=workplace.now.date()
        )  # fmt: skip
    assert len(refused.value.faults) == 3


def test_a_refused_start_leaves_the_list_as_it_was(workplace: Workplace) -> None:
    """A disposal refused at its gate leaves the list approved, with its epoch, and logs no start."""
    workplace.file("1")
    number = workplace.approve(workplace.gathered()).number
    with pytest.raises(DisposalStopped):
        dispose(workplace.tools, number)
    assert workplace.listed(number).state is ListState.APPROVED
    assert workplace.listed(number).epoch == 0
    assert "run-started" not in workplace.kinds_of_events()
