from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from retentiond.connectors.interface import StillClear
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.lists import FATES, ListState, Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.totals import predicate, totals
from tests.lifecycle.workplace import CASES, Died, Odd, Workplace
from tests.points import POINTS


def made(workplace: Workplace) -> str:
    """Approve a list of every sort of record; return its number."""
    workplace.file("1", "a", "b"), workplace.file("2", "c", code="EH-02")
    workplace.file("3"), workplace.file("4", kind="contact")
    return workplace.approved()


def crash(workplace: Workplace, number: str, point: str, nth: int = 1) -> bool:
    """Carry the list through until it dies the nth time at a point; return whether it died."""
    left = [nth]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Died

    workplace.at[point] = count
    try:
        carry_through(workplace.tools, number)
    except Died:
        return True
    finally:
        del workplace.at[point]
    return False


def test_the_points_are_all_passed(workplace: Workplace) -> None:
    """The points this file dies at are exactly those a whole path passes, in a run that is not interrupted."""
    carry_through(workplace.tools, made(workplace))
    assert set(workplace.passed) == set(POINTS)


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_every_fate_is_known_after_a_crash(workplace: Workplace, point: str, nth: int) -> None:
    """Interrupted at any point and run again, each record is destroyed once, on one certificate that says so."""
    number = made(workplace)
    assert crash(workplace, number, point, nth) or nth > 1
    certificate = carry_through(workplace.tools, number)
    assert carry_through(workplace.tools, number) == certificate
    assert totals(certificate) == totals(certificate) | {"destroyed": 3, "anonymised": 1, "failed": 0}
    assert predicate(certificate)["documents_destroyed"] == 3
    assert predicate(certificate)["status"] == "complete"
    deeds = [one.ref for one in workplace.deeds]
    assert len(deeds) == len(set(deeds)) == 7
    assert set(workplace.listed(number).counts) <= FATES
    assert audit(workplace.tools).ok


@pytest.mark.parametrize(
    ("point", "second"),
    [(point, POINTS[(at + step) % len(POINTS)]) for step in (0, 1, 4) for at, point in enumerate(POINTS)],
)
def test_a_crash_while_recovering(workplace: Workplace, point: str, second: str) -> None:
    """A crash at any point of the recovery from a crash at any point is recovered from as well."""
    number = made(workplace)
    crash(workplace, number, point)
    crash(workplace, number, second)
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate)["destroyed"] == 3
    assert totals(certificate)["anonymised"] == 1
    assert len({one.ref for one in workplace.deeds}) == len(workplace.deeds) == 7


@pytest.mark.parametrize("point", ["fates-learnt"])
def test_a_crash_after_the_truth_was_asked(workplace: Workplace, point: str) -> None:
    """Dying between learning earlier fates and acting changes nothing about what ends up on the certificate."""
    number = made(workplace)
    assert crash(workplace, number, "store-acted", 2)
    assert crash(workplace, number, point)
    assert totals(carry_through(workplace.tools, number))["destroyed"] == 3


MEANWHILE: dict[str, tuple[Callable[[Workplace], object], Standing]] = {
    "hold": (lambda workplace: workplace.hold(records=[f"{CASES}/episode/3"]), Standing.SKIPPED_HELD),
    "change": (lambda workplace: workplace.stores[CASES].alter("episode", "3", names=("x",)), Standing.SKIPPED_CHANGED),
    "blocker": (
        lambda workplace: workplace.stores[CASES].alter("episode", "3", blockers=("open",)),
        Standing.SKIPPED_CHANGED,
    ),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("point", POINTS)
def test_what_happens_before_the_restart_is_honoured(workplace: Workplace, point: str, meanwhile: str) -> None:
    """A hold or a change between a crash and the restart keeps the record if it is still there, and only then."""
    number = made(workplace)
    ref = workplace.file("3")
    crash(workplace, number, point)
    alive = workplace.kept(ref) is not None
    deed, spared = MEANWHILE[meanwhile]
    if alive:
        deed(workplace)
    certificate = carry_through(workplace.tools, number)
    assert (workplace.kept(ref) is not None) == alive
    assert workplace.standing(number, ref) is (spared if alive else Standing.DESTROYED)
    assert sum(totals(certificate).values()) == 4


@pytest.mark.parametrize("role", ["scan", "dispose", "verify"])
def test_a_store_out_of_reach_is_waited_for(workplace: Workplace, role: str) -> None:
    """A store that cannot be reached in any role leaves the list where it is; the next turn goes on from there."""
    number = made(workplace)

    def refuse(name: str, opened: object) -> None:
        if opened == role:
            raise StoreUnavailable.about(name, "it does not answer")

    workplace.opening = refuse
    with pytest.raises(StoreUnavailable):
        carry_through(workplace.tools, number)
    assert workplace.listed(number).state in (ListState.APPROVED, ListState.DISPOSING, ListState.DISPOSED)
    workplace.opening = lambda _name, _role: None
    assert totals(carry_through(workplace.tools, number))["destroyed"] == 3


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_lost_answer_is_found_out(workplace: Workplace, lost: str) -> None:
    """Where the store's answer is lost, the next turn learns whether it acted, and its receipt keeps grade A."""
    number = made(workplace)

    def fail(orders: Sequence[DisposalOrder], clear: StillClear, store: Odd) -> Sequence[Receipt]:
        if lost == "after":
            store.honest(orders, clear)
        raise StoreUnavailable.about(store.name, "the connection was lost")

    workplace.disposing = fail
    with pytest.raises(StoreUnavailable):
        dispose(workplace.tools, number)
    workplace.disposing = None
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate)["destroyed"] == 3
    assert predicate(certificate)["evidence_grades"] == {"A": 4, "B": 0}


def test_gone_without_a_receipt_in_the_store_is_grade_b(workplace: Workplace) -> None:
    """What is gone after a journalled attempt, without a receipt in the store, is destroyed with grade B."""
    workplace.file("1")
    number = workplace.approved()
    assert crash(workplace, number, "store-acted")
    workplace.stores[CASES].receipts.clear()
    certificate = carry_through(workplace.tools, number)
    assert predicate(certificate)["evidence_grades"] == {"A": 0, "B": 1}


def test_a_document_is_given_up_after_five_attempts(workplace: Workplace) -> None:
    """A document the store fails to destroy five times counts as failed, and the certificate is a partial one."""
    workplace.file("1", "letter")
    number = workplace.approved()
    workplace.disposing = lambda orders, clear, store: (
        [Receipt(one, Outcome.FAILED, reason="it is locked") for one in orders]
        if store.name != CASES
        else store.honest(orders, clear)
    )
    for _ in range(4):
        with pytest.raises(StoreUnavailable, match="it is locked"):
            dispose(workplace.tools, number)
    certificate = carry_through(workplace.tools, number)
    assert workplace.documents(number)["letter"].standing is Standing.FAILED
    assert workplace.documents(number)["letter"].attempts == 5
    assert predicate(certificate)["status"] == "partial"


def test_a_list_of_which_nothing_went(workplace: Workplace) -> None:
    """A list whose every record was left alone gets a certificate that says so and counts nothing as disposed of."""
    workplace.file("1", "letter"), workplace.file("2")
    number = workplace.approved()
    workplace.hold()
    certificate = carry_through(workplace.tools, number)
    assert totals(certificate) == totals(certificate) | {"skipped_held": 2, "destroyed": 0, "anonymised": 0}
    assert predicate(certificate)["status"] == "complete_with_exceptions"
    assert workplace.deeds == []
