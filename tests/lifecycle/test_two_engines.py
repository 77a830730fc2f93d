from __future__ import annotations

from collections.abc import Sequence

import pytest

from retentiond.connectors.interface import StillClear
from retentiond.domain.errors import DecisionRefused, DisposalStopped, LedgerRefused, StoreUnavailable
from retentiond.domain.lists import Standing
from retentiond.domain.orders import DisposalOrder, Receipt
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.hold import lift_hold
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.totals import predicate, totals
from tests.lifecycle.workplace import CASES, RITA, Odd, Workplace

POINTS = ("claimed", "intent-written", "store-acted")
DOCUMENT_POINTS = ("receipts-written", "document-intent-written", "document-store-acted")


def overtaken_at(workplace: Workplace, number: str, point: str) -> None:
    """Let another engine carry the whole list through while the first one stands at a point."""

    def overtake() -> None:
        del workplace.at[point]
        carry_through(workplace.tools, number)

    workplace.at[point] = overtake


@pytest.mark.parametrize("point", [*POINTS, *DOCUMENT_POINTS])
def test_an_overtaken_engine_changes_nothing(workplace: Workplace, point: str) -> None:
    """An engine that was overtaken is refused; each record went once, and the one certificate stands."""
    workplace.file("1", "a"), workplace.file("2", code="EH-02"), workplace.file("3", kind="contact")
    number = workplace.approved()
    overtaken_at(workplace, number, point)
    with pytest.raises(
        (LedgerRefused, DisposalStopped, DecisionRefused), match=r"another process|only an approved|no longer"
    ):
        dispose(workplace.tools, number)
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate) == totals(certificate) | {"destroyed": 2, "anonymised": 1, "already_absent": 0}
    assert predicate(certificate)["documents_destroyed"] == 1
    assert len(workplace.deeds) == len({one.ref for one in workplace.deeds}) == 4
    with workplace.ledger.transaction() as tx:
        assert len(tx.certificates.all()) == 1


def test_a_zombie_destroys_nothing_its_successor_spared(workplace: Workplace) -> None:
    """A record held while one engine slept, skipped by the next, stays when the hold is lifted and the first wakes."""
    ref = workplace.file("1")
    number = workplace.approved()

    def successor() -> None:
        del workplace.at["intent-written"]
        hold = workplace.hold(records=[str(ref)])
        carry_through(workplace.tools, number)
        lift_hold(workplace.tools, RITA, hold.number, authority="Claim settled")

    workplace.at["intent-written"] = successor
    with pytest.raises(DisposalStopped, match="another process took over"):
        dispose(workplace.tools, number)
    assert workplace.kept(ref) is not None
    assert workplace.deeds == []


def test_a_zombie_destroys_no_document_its_successor_spared(workplace: Workplace) -> None:
    """A document held while one engine slept stays when the hold is lifted and that engine wakes."""
    workplace.file("1", "letter")
    number = workplace.approved()

    def successor() -> None:
        del workplace.at["document-intent-written"]
        hold = workplace.hold()
        with pytest.raises(StoreUnavailable, match="a hold covers it"):
            carry_through(workplace.tools, number)
        lift_hold(workplace.tools, RITA, hold.number, authority="Claim settled")

    workplace.at["document-intent-written"] = successor
    with pytest.raises(DisposalStopped, match="another process took over"):
        dispose(workplace.tools, number)
    assert workplace.paper("letter") is not None


@pytest.mark.parametrize("code", ["EH-01", "EH-02"])
def test_a_deed_of_the_overtaken_engine_is_certified_as_ours(workplace: Workplace, code: str) -> None:
    """What the overtaken engine's last call does after its successor asked is certified as done, not as absent."""
    ref = workplace.file("1", code=code)
    number = workplace.approved()
    state = {"learning": 0}

    def wake_late(orders: Sequence[DisposalOrder], clear: StillClear, store: Odd) -> Sequence[Receipt]:
        if not clear(orders):
            answer = store.honest(orders, clear)
            state["learning"] += 1
            if state["learning"] == 1:
                live = workplace.kept(ref)
                assert live
                sent = [DisposalOrder(one.id, one.ref, one.action, live.state, 1) for one in orders]
                store.honest(sent, lambda asked: {one.id for one in asked})
            return answer
        raise KeyboardInterrupt

    workplace.disposing = wake_late
    with pytest.raises(KeyboardInterrupt):
        dispose(workplace.tools, number)
    certificate = carry_through(workplace.tools, number)
    done = "destroyed" if code == "EH-01" else "anonymised"
    assert totals(certificate)[done] == 1
    assert [one.ref for one in workplace.deeds] == [ref]


def test_receipts_of_an_older_turn_are_refused(workplace: Workplace) -> None:
    """The ledger takes no receipt under an epoch that is not the newest."""
    from retentiond.domain.orders import Grade, Outcome
    from retentiond.ledger.values import Settled

    ref = workplace.file("1")
    number = workplace.approved()
    with workplace.ledger.transaction() as tx:
        older = tx.lists.claim(number)
        newer = tx.lists.claim(number)
    entry = workplace.entries(number)["1"]
    order = DisposalOrder(entry.order, ref, entry.action, workplace.stores[CASES].kinds["episode"]["1"].state, 1)
    fate = Settled(ref, Standing.DESTROYED, Receipt(order, Outcome.DESTROYED, Grade.A), "")
    with pytest.raises(LedgerRefused, match="another process took over"), workplace.ledger.transaction() as tx:
        tx.lists.settle(number, older, [fate])
    with workplace.ledger.transaction() as tx:
        tx.lists.settle(number, newer, [fate])
    assert workplace.standing(number, ref) is Standing.DESTROYED
