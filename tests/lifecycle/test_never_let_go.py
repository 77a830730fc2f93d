"""Orders a store was never told to carry out: whoever takes the record away then, no certificate calls it destroyed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from retentiond.connectors.interface import StillClear
from retentiond.domain.errors import DisposalStopped, StoreUnavailable
from retentiond.domain.lists import Standing
from retentiond.domain.orders import DisposalOrder, Receipt
from retentiond.domain.records import RecordRef
from retentiond.lifecycle.dispose import dispose
from tests.lifecycle.workplace import CASES, DOCUMENTS, Died, Odd, Workplace

LETTER = RecordRef(DOCUMENTS, "file", "letter")


def _stopped(workplace: Workplace, _number: str) -> None:
    (workplace.folder / "stop").touch()


def _overtaken(workplace: Workplace, number: str) -> None:
    with workplace.ledger.transaction() as tx:
        tx.lists.claim(number)


def _out_of_reach(_workplace: Workplace, _number: str) -> None:
    raise StoreUnavailable.about(CASES, "it does not answer")


WAYS: dict[str, tuple[Callable[[Workplace, str], None], type[Exception]]] = {
    "kill switch": (_stopped, DisposalStopped),
    "another process": (_overtaken, DisposalStopped),
    "trouble of the store before the question": (_out_of_reach, StoreUnavailable),
}


def _on_the_way(workplace: Workplace, store: str, happens: Callable[[], object]) -> None:
    """Let something happen when orders have reached a store, before it asks the last question."""

    def disposing(orders: Sequence[DisposalOrder], still_clear: StillClear, odd: Odd) -> Sequence[Receipt]:
        if odd.name == store:
            happens()
        return odd.honest(orders, still_clear)

    workplace.disposing = disposing


def _fate(workplace: Workplace, number: str, ref: RecordRef) -> tuple[Standing, int]:
    if ref.store == DOCUMENTS:
        document = workplace.documents(number)[ref.key]
        return document.standing, document.attempts
    entry = workplace.entries(number)[ref.key]
    return entry.standing, entry.attempts


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("store", [CASES, DOCUMENTS])
def test_what_was_never_let_go_is_not_ours(workplace: Workplace, store: str, way: str) -> None:
    """A last question that stops everything let nothing go: gone by the next turn, it was somebody else's deed."""
    case = workplace.file("1", "letter")
    ref = case if store == CASES else LETTER
    number = workplace.approved()
    happens, stopped = WAYS[way]
    _on_the_way(workplace, store, lambda: happens(workplace, number))
    with pytest.raises(stopped):
        dispose(workplace.tools, number)
    assert _fate(workplace, number, ref) == (Standing.INTENDED, 0)
    workplace.disposing = None
    (workplace.folder / "stop").unlink(missing_ok=True)
    workplace.stores[store].remove(ref.kind, ref.key)
    dispose(workplace.tools, number)
    assert _fate(workplace, number, ref) == (Standing.ALREADY_ABSENT, 0)


@pytest.mark.parametrize("store", [CASES, DOCUMENTS])
def test_what_was_let_go_stays_in_doubt(workplace: Workplace, store: str) -> None:
    """Only what the question held back is taken back: an order let go before the store failed may have been done."""
    case = workplace.file("1", "letter")
    ref = case if store == CASES else LETTER
    number = workplace.approved()

    def losing(orders: Sequence[DisposalOrder], still_clear: StillClear, odd: Odd) -> Sequence[Receipt]:
        if odd.name != store:
            return odd.honest(orders, still_clear)
        assert still_clear(orders)
        raise StoreUnavailable.about(odd.name, "the reply was lost")

    workplace.disposing = losing
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    workplace.disposing = None
    workplace.stores[store].remove(ref.kind, ref.key)
    dispose(workplace.tools, number)
    assert _fate(workplace, number, ref) == (Standing.DESTROYED, 1)


@pytest.mark.parametrize("point", ["intent-written", "asked-again"])
def test_what_a_killed_process_sent_stays_in_doubt(workplace: Workplace, point: str) -> None:
    """A process that is killed says nothing any more: its intent counts as an attempt, and what is gone has grade B."""
    ref = workplace.file("1")
    number = workplace.approved()

    def die() -> None:
        raise Died

    workplace.at[point] = die
    with pytest.raises(Died):
        dispose(workplace.tools, number)
    workplace.at.clear()
    workplace.stores[CASES].remove(ref.kind, ref.key)
    dispose(workplace.tools, number)
    assert _fate(workplace, number, ref) == (Standing.DESTROYED, 1)


def test_an_earlier_attempt_is_not_taken_back(workplace: Workplace) -> None:
    """A turn that is stopped takes back its own attempt; one of an earlier turn, which was let go, stays a question."""
    ref = workplace.file("1")
    number = workplace.approved()
    workplace.at["store-acted"] = lambda: _out_of_reach(workplace, number)
    kept = workplace.kept(ref)
    assert kept is not None
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    workplace.at.clear()
    workplace.stores[CASES].receipts.clear()
    workplace.stores[CASES].put(ref.kind, ref.key, kept)
    workplace.at["intent-written"] = lambda: _stopped(workplace, number)
    with pytest.raises(DisposalStopped):
        dispose(workplace.tools, number)
    assert _fate(workplace, number, ref) == (Standing.INTENDED, 1)


def test_orders_a_store_never_came_to_are_not_ours(workplace: Workplace) -> None:
    """A store that stops half-way gives no receipt for what it did not ask about, and that was not attempted."""
    done, left = workplace.file("1"), workplace.file("2")
    number = workplace.approved()
    workplace.disposing = lambda orders, still_clear, odd: odd.honest(orders[:1], still_clear)
    with pytest.raises(StoreUnavailable, match="of 1 orders"):
        dispose(workplace.tools, number)
    workplace.disposing = None
    workplace.stores[CASES].remove(left.kind, left.key)
    dispose(workplace.tools, number)
    assert _fate(workplace, number, done) == (Standing.DESTROYED, 1)
    assert _fate(workplace, number, left) == (Standing.ALREADY_ABSENT, 0)


def test_what_somebody_else_rewrote_is_not_ours(workplace: Workplace) -> None:
    """A record that names no one any more, and was never let go for rewriting, has changed: we did not anonymise it."""
    ref = workplace.file("1", code="EH-02")
    number = workplace.approved()
    _on_the_way(workplace, CASES, lambda: _stopped(workplace, number))
    with pytest.raises(DisposalStopped):
        dispose(workplace.tools, number)
    workplace.disposing = None
    (workplace.folder / "stop").unlink()
    workplace.alter(ref, reference="", names=(), subjects=(), anonymised=True)
    dispose(workplace.tools, number)
    assert _fate(workplace, number, ref) == (Standing.SKIPPED_CHANGED, 0)
