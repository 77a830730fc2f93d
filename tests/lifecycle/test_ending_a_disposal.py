"""Ending a disposal half-way: nothing more is done, and nothing that may have been done is called left alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from retentiond.connectors.interface import Role, StillClear
from retentiond.connectors.memory import Kept, MemoryStore
from retentiond.domain.errors import (
    DecisionRefused,
    DisposalStopped,
    LedgerRefused,
    RetentiondError,
    StoreUnavailable,
)
from retentiond.domain.lists import ListState, Standing
from retentiond.domain.orders import DisposalOrder, Receipt
from retentiond.domain.people import Person
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.end_disposal import NEVER_SENT, NEVER_TOLD, end_disposal
from retentiond.lifecycle.unseen import certify_without_sight
from retentiond.lifecycle.verify import verify
from tests.lifecycle.totals import totals
from tests.lifecycle.workplace import CASES, DOCUMENTS, GRACE, LONG_AGO, RITA, SAM, Died, Odd, Workplace, definition

WHY = "The server was sold."


def away(name: str, _role: Role) -> None:
    """Refuse to open any store."""
    raise StoreUnavailable.about(name, "it does not answer")


def lost(orders: Sequence[DisposalOrder], still_clear: StillClear, store: Odd) -> Sequence[Receipt]:
    """Do all that was ordered, and lose the answer."""
    store.honest(orders, still_clear)
    raise StoreUnavailable.about("cases", "the connection was lost")


def cut_off(orders: Sequence[DisposalOrder], still_clear: StillClear, _store: Odd) -> Sequence[Receipt]:
    """Ask the last question, and be cut off before anything is done."""
    still_clear(orders)
    raise StoreUnavailable.about("cases", "the connection was lost")


def silent_cases(orders: Sequence[DisposalOrder], still_clear: StillClear, store: Odd) -> Sequence[Receipt]:
    """Do what was ordered in every store but one, which gives no receipt."""
    if store.name != CASES:
        return store.honest(orders, still_clear)
    still_clear(orders)
    return ()


def interrupted(workplace: Workplace) -> str:
    """Return a list of which one kind was destroyed without an answer, and of the other nothing was sent."""
    workplace.file("1", kind="contact"), workplace.file("2", kind="episode")
    number = workplace.approved()
    workplace.disposing = lost
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    workplace.disposing = None
    return number


def test_what_no_store_tells_counts_as_failed(workplace: Workplace) -> None:
    """With the store gone, what was sent and what was not are both failed, each for its own reason; then it ends."""
    number = interrupted(workplace)
    workplace.opening = away
    ended = end_disposal(workplace.tools, number, RITA, reason=WHY)
    assert ended.state is ListState.DISPOSED
    entries = workplace.entries(number)
    assert {one.standing for one in entries.values()} == {Standing.FAILED}
    assert {key: one.note for key, one in entries.items()} == {"1": NEVER_TOLD, "2": NEVER_SENT}
    certificate = certify_without_sight(workplace.tools, number, RITA, reason=WHY)
    assert totals(certificate) | {"destroyed": 0, "failed": 2} == totals(certificate)
    assert "disposal-ended" in workplace.kinds_of_events()
    assert audit(workplace.tools).ok


def test_a_store_that_answers_is_asked_and_not_told(workplace: Workplace) -> None:
    """What was destroyed before its answer was lost is learnt, seen and certified; nothing further is disposed of."""
    number = interrupted(workplace)
    done = list(workplace.deeds)
    end_disposal(workplace.tools, number, RITA, reason=WHY)
    assert workplace.deeds == done
    entries = workplace.entries(number)
    assert {key: one.standing for key, one in entries.items()} == {"1": Standing.DESTROYED, "2": Standing.FAILED}
    verify(workplace.tools, number)
    certificate = certify(workplace.tools, number)
    assert totals(certificate) | {"destroyed": 1, "failed": 1} == totals(certificate)
    assert audit(workplace.tools).ok
    # what was left is due as before, and another list may have it
    assert list(workplace.entries(workplace.gathered().number)) == ["2"]


@pytest.mark.parametrize("point", ["claimed", "intent-written", "asked-again"])
def test_an_engine_at_work_is_overtaken(workplace: Workplace, point: str) -> None:
    """Whoever is in the middle of disposing when a person ends it destroys nothing and settles nothing any more."""
    ref = workplace.file("1")
    number = workplace.approved()

    def end_once() -> None:
        del workplace.at[point]
        end_disposal(workplace.tools, number, RITA, reason=WHY)

    workplace.at[point] = end_once
    with suppress(RetentiondError):
        dispose(workplace.tools, number)
    if point != "asked-again":
        # the last question was asked and answered before: then the deed may follow, and is never called left alone
        assert not workplace.deeds
        assert workplace.kept(ref) is not None
    assert workplace.standing(number, ref) is Standing.FAILED
    with pytest.raises((DecisionRefused, DisposalStopped, LedgerRefused)):
        dispose(workplace.tools, number)
    assert audit(workplace.tools).ok


@pytest.mark.parametrize("broken_off", ["broken off", ""])
def test_no_later_turn_goes_on(workplace: Workplace, broken_off: str) -> None:
    """Neither while the stores are asked what they did, nor after that was broken off: nothing more is destroyed."""
    number = interrupted(workplace)
    done = list(workplace.deeds)

    def next_turn(_name: str, _role: Role) -> None:
        workplace.opening = lambda *_: None
        with pytest.raises(DecisionRefused, match="ended its disposal"):
            dispose(workplace.tools, number)
        if broken_off:
            raise Died

    workplace.opening = next_turn
    with suppress(Died):
        end_disposal(workplace.tools, number, RITA, reason=WHY)
    if broken_off:
        with pytest.raises(DecisionRefused, match="ended its disposal"):
            dispose(workplace.tools, number)
        end_disposal(workplace.tools, number, RITA, reason=WHY)
    assert workplace.listed(number).state is ListState.DISPOSED
    assert workplace.deeds == done


def test_another_store_under_the_same_name_is_not_asked(workplace: Workplace) -> None:
    """What was never destroyed is not called so because the definition leads to a database by now that lacks it."""
    ref = workplace.file("1")
    number = workplace.approved()
    workplace.disposing = cut_off
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    workplace.disposing = None
    assert workplace.kept(ref) is not None
    one, *rest = workplace.tools.definitions
    workplace.changed(definitions=(replace(one, digest="0" * 64), *rest))
    workplace.stores = {**workplace.stores, CASES: MemoryStore(kinds={"episode": {}, "contact": {}})}
    end_disposal(workplace.tools, number, RITA, reason=WHY)
    assert workplace.standing(number, ref) is Standing.FAILED


def test_documents_of_what_is_gone_are_named(workplace: Workplace) -> None:
    """A document whose record was destroyed before the end stays, counts as failed, and is told as left behind."""
    workplace.file("1", "letter")
    number = workplace.approved()

    def refuse(name: str, role: Role) -> None:
        if name == DOCUMENTS and role is Role.DISPOSE:
            away(name, role)

    workplace.opening = refuse
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    end_disposal(workplace.tools, number, RITA, reason=WHY)
    left = workplace.documents(number)["letter"]
    assert (left.standing, workplace.paper("letter") is not None) == (Standing.FAILED, True)
    with workplace.ledger.transaction() as tx:
        assert [one.document.ref.key for one in tx.lists.left_behind()] == ["letter"]


def test_a_store_that_is_gone_hides_no_other(workplace: Workplace) -> None:
    """What was destroyed in a store that answers is seen and certified, though one that comes before it is gone."""
    workplace.file("1")
    workplace.changed(definitions=(*workplace.tools.definitions, definition("visits", visit=("EH-01",))))
    visits = MemoryStore()
    visits.put("visit", "2", Kept("V-2", "EH-01", {"case-closed": LONG_AGO}))
    workplace.stores = {**workplace.stores, "visits": visits}
    number = workplace.approved()
    workplace.disposing = silent_cases
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    workplace.opening = lambda name, role: away(name, role) if name == CASES else None
    end_disposal(workplace.tools, number, RITA, reason=WHY)
    with pytest.raises(StoreUnavailable, match="does not answer"):
        verify(workplace.tools, number)
    certificate = certify(workplace.tools, number)
    assert totals(certificate) | {"destroyed": 1, "failed": 1} == totals(certificate)


@pytest.mark.parametrize(
    ("person", "reason", "why"), [(SAM, WHY, "not a records manager"), (RITA, "  ", "needs a reason")]
)
def test_a_records_manager_ends_it_with_a_reason(workplace: Workplace, person: Person, reason: str, why: str) -> None:
    """Nobody else may, and nobody without saying why; the list stays as it is."""
    number = interrupted(workplace)
    with pytest.raises(DecisionRefused, match=why):
        end_disposal(workplace.tools, number, person, reason=reason)
    assert workplace.listed(number).state is ListState.DISPOSING


def test_only_a_disposal_that_was_begun_is_ended(workplace: Workplace) -> None:
    """A list in review or approved is withdrawn instead, and the refusal says so."""
    workplace.file("1")
    listed = workplace.gathered()
    with pytest.raises(DecisionRefused, match="list withdraw"):
        end_disposal(workplace.tools, listed.number, RITA, reason=WHY)
    workplace.approve(listed)
    with pytest.raises(DecisionRefused, match="list withdraw"):
        end_disposal(workplace.tools, listed.number, GRACE, reason=WHY)
