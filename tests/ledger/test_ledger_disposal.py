from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier

import pytest

from retentiond.domain.errors import DecisionRefused, LedgerRefused
from retentiond.domain.lists import FATES, ListState, Standing
from retentiond.domain.orders import Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger, Settled, StoredReceipt, Transaction

AT = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
A, B, C = (RecordRef("cases", "episode", key) for key in "abc")
FILE_A = RecordRef("documents", "file", "scan-a.pdf")

Claimed = Callable[[Transaction], tuple[str, int]]


@pytest.fixture
def claimed(make_list: Callable[..., str], approve_list: Callable[..., None]) -> Claimed:
    """Return a maker of approved and claimed lists of the records a, b and c."""

    def make(transaction: Transaction) -> tuple[str, int]:
        number = make_list(transaction, "a", "b", "c")
        approve_list(transaction, number)
        return number, transaction.lists.claim(number)

    return make


def test_only_an_approved_list_is_claimed(
    ledger: Ledger, make_list: Callable[..., str], approve_list: Callable[..., None]
) -> None:
    """A list in review or one already disposed of is never taken for disposal."""
    with ledger.transaction() as transaction:
        number = make_list(transaction, "a")
        with pytest.raises(DecisionRefused, match="in-review"):
            transaction.lists.claim(number)
        approve_list(transaction, number)
        assert [transaction.lists.claim(number), transaction.lists.claim(number)] == [1, 2]
        transaction.lists.move(number, ListState.DISPOSING, ListState.DISPOSED)
        with pytest.raises(DecisionRefused, match="disposed"):
            transaction.lists.claim(number)


def test_of_two_processes_the_older_is_refused(
    ledger: Ledger, ledger_url: str, claimed: Claimed, make_receipt: Callable[..., Receipt]
) -> None:
    """Two that claim at once get different epochs, and all that the older one writes afterwards is refused."""
    with ledger.transaction() as transaction:
        number, _ = claimed(transaction)
    together = Barrier(2)

    def claim(_: int) -> int:
        mine = Ledger.open(ledger_url)
        together.wait()
        with mine.transaction() as own:
            epoch = own.lists.claim(number)
        mine.close()
        return epoch

    with ThreadPoolExecutor(2) as threads:
        older, newer = sorted(threads.map(claim, range(2)))
    assert (older, newer) == (2, 3)
    fate = [Settled(A, Standing.DESTROYED, make_receipt(number, A))]
    file_fate = [Settled(FILE_A, Standing.DESTROYED, make_receipt(number, FILE_A))]
    with ledger.transaction() as transaction:
        lists = transaction.lists
        late: list[Callable[[], None]] = [
            lambda: lists.intend(number, older, [A], at=AT),
            lambda: lists.intend_documents(number, older, [FILE_A]),
            lambda: lists.settle(number, older, fate),
            lambda: lists.settle_documents(number, older, file_fate),
        ]
        for write in late:
            with pytest.raises(LedgerRefused, match="another process took over this list"):
                write()
        assert lists.entry(number, A).standing is Standing.LISTED
        assert lists.receipts(number) == []
        lists.settle(number, newer, fate)
        assert lists.entry(number, A).standing is Standing.DESTROYED


def test_every_attempt_is_counted_before_the_act(ledger: Ledger, claimed: Claimed) -> None:
    """An intent counts one attempt for each entry and makes its documents intended without counting theirs."""
    with ledger.transaction() as transaction:
        number, epoch = claimed(transaction)
        transaction.lists.intend(number, epoch, [A, B], at=AT)
        transaction.lists.intend(number, epoch, [A], at=AT)
        found = {one.ref: (one.standing, one.attempts) for one in transaction.lists.entries(number)}
        assert found == {A: (Standing.INTENDED, 2), B: (Standing.INTENDED, 1), C: (Standing.LISTED, 0)}
        files = {one.parent: (one.standing, one.attempts) for one in transaction.lists.documents(number)}
        assert files == {A: (Standing.INTENDED, 0), B: (Standing.INTENDED, 0), C: (Standing.LISTED, 0)}
        transaction.lists.intend_documents(number, epoch, [FILE_A])
        [file] = transaction.lists.documents(number, parents=[A])
        assert (file.standing, file.attempts) == (Standing.INTENDED, 1)


def test_an_attempt_that_was_none_is_taken_back_once(ledger: Ledger, claimed: Claimed) -> None:
    """Only what is intended and was attempted counts one less; what was never sent, or has a fate, stays as it is."""
    with ledger.transaction() as transaction:
        number, epoch = claimed(transaction)
        lists = transaction.lists
        lists.intend(number, epoch, [A, B], at=AT)
        lists.intend(number, epoch, [A], at=AT)
        lists.intend_documents(number, epoch, [FILE_A])
        lists.settle(number, epoch, [Settled(B, Standing.SKIPPED_HELD)])
        lists.not_attempted(number, [A, B, C])
        lists.documents_not_attempted(number, [FILE_A])
        assert [(one.ref, one.attempts) for one in lists.entries(number)] == [(A, 1), (B, 1), (C, 0)]
        assert lists.documents(number, parents=[A])[0].attempts == 0
        lists.documents_not_attempted(number, [FILE_A])
        assert lists.documents(number, parents=[A])[0].attempts == 0


@pytest.mark.parametrize("fate", sorted(FATES))
def test_what_has_a_fate_is_neither_intended_nor_settled_again(
    fate: Standing, sqlite_ledger: Ledger, claimed: Claimed
) -> None:
    """From a fate there is no way back, for entries and for documents, and a refusal changes nothing else."""
    with sqlite_ledger.transaction() as transaction:
        number, epoch = claimed(transaction)
        lists = transaction.lists
        lists.settle(number, epoch, [Settled(A, fate)])
        lists.settle_documents(number, epoch, [Settled(FILE_A, fate)])
        again: list[Callable[[], None]] = [
            lambda: lists.intend(number, epoch, [B, A], at=AT),
            lambda: lists.settle(number, epoch, [Settled(B, Standing.FAILED), Settled(A, Standing.FAILED)]),
            lambda: lists.intend_documents(number, epoch, [FILE_A]),
            lambda: lists.settle_documents(number, epoch, [Settled(FILE_A, Standing.FAILED)]),
        ]
        for write in again:
            with pytest.raises(LedgerRefused):
                write()
        assert lists.entry(number, A).standing is fate
        assert lists.entry(number, B).standing is Standing.LISTED
        assert lists.documents(number, parents=[A])[0].standing is fate


def test_a_receipt_is_kept_with_the_fate(
    ledger: Ledger, claimed: Claimed, make_receipt: Callable[..., Receipt]
) -> None:
    """Settling keeps each receipt under its order's id, with its note, and pages them by that id."""
    with ledger.transaction() as transaction:
        number, epoch = claimed(transaction)
        given = {ref: make_receipt(number, ref) for ref in (A, B)}
        fates = [Settled(ref, Standing.DESTROYED, receipt, "note") for ref, receipt in given.items()]
        transaction.lists.settle(number, epoch, [*fates, Settled(C, Standing.UNKNOWN)], at=AT)
        stored = transaction.lists.receipts(number)
        orders = sorted(receipt.order.id for receipt in given.values())
        assert [one.order for one in stored] == orders
        assert stored[0] == StoredReceipt(orders[0], Outcome.DESTROYED, Grade.A, {"table case_note": 3}, "", AT)
        assert transaction.lists.receipts(number, after=orders[0]) == stored[1:]
        assert transaction.lists.entry(number, A).note == "note"
        assert transaction.lists.get(number).counts == {Standing.DESTROYED: 2, Standing.UNKNOWN: 1}


def test_a_receipt_for_another_order_is_refused(
    ledger: Ledger, claimed: Claimed, make_receipt: Callable[..., Receipt]
) -> None:
    """A record is settled by the receipt of its own order only, and only as a fate or as unknown without a receipt."""
    with ledger.transaction() as transaction:
        number, epoch = claimed(transaction)
        for wrong in (
            Settled(A, Standing.DESTROYED, make_receipt(number, B)),
            Settled(A, Standing.LISTED),
            Settled(A, Standing.UNKNOWN, make_receipt(number, A)),
        ):
            with pytest.raises(LedgerRefused):
                transaction.lists.settle(number, epoch, [wrong])
        assert transaction.lists.get(number).counts == {Standing.LISTED: 3}
        assert transaction.lists.receipts(number) == []


def test_an_order_has_one_receipt_for_ever(
    ledger: Ledger, claimed: Claimed, make_receipt: Callable[..., Receipt]
) -> None:
    """The same receipt again is harmless; one that says otherwise is refused, and the fate stays."""
    with ledger.transaction() as transaction:
        number, epoch = claimed(transaction)
        first = Settled(A, Standing.DESTROYED, make_receipt(number, A))
        transaction.lists.settle(number, epoch, [first], at=AT)
        transaction.lists.mark(number, Standing.INTENDED, [A], expected={Standing.DESTROYED})
        otherwise = Settled(A, Standing.FAILED, make_receipt(number, A, Outcome.FAILED))
        with pytest.raises(LedgerRefused, match="says otherwise"):
            transaction.lists.settle(number, epoch, [otherwise])
        assert transaction.lists.entry(number, A).standing is Standing.INTENDED
        transaction.lists.settle(number, epoch, [first])
        assert len(transaction.lists.receipts(number)) == 1


def test_the_latest_sighting_of_an_order_counts(
    ledger: Ledger, claimed: Claimed, make_receipt: Callable[..., Receipt]
) -> None:
    """An independent read may be repeated; what it saw last is what stands."""
    with ledger.transaction() as transaction:
        number, _ = claimed(transaction)
        seen = [Sighting(make_receipt(number, ref).order, Sight.PRESENT, checked={"rows": 2}) for ref in (A, B)]
        transaction.lists.saw(number, seen, AT)
        transaction.lists.saw(number, [replace(seen[0], sight=Sight.GONE, checked={"rows": 0})], AT)
        assert {order: (sight, checked) for order, sight, checked in transaction.lists.sightings(number)} == {
            seen[0].order.id: (Sight.GONE, {"rows": 0}),
            seen[1].order.id: (Sight.PRESENT, {"rows": 2}),
        }


def test_thousands_are_intended_and_settled_as_sets(
    ledger: Ledger,
    make_list: Callable[..., str],
    approve_list: Callable[..., None],
    make_receipt: Callable[..., Receipt],
) -> None:
    """More records than one statement holds pass through intent and fate whole."""
    keys = [str(number) for number in range(2500)]
    refs = [RecordRef("cases", "episode", key) for key in keys]
    with ledger.transaction() as transaction:
        number = make_list(transaction, *keys)
        approve_list(transaction, number)
        epoch = transaction.lists.claim(number)
        transaction.lists.intend(number, epoch, refs, at=AT)
        fates = [Settled(ref, Standing.DESTROYED, make_receipt(number, ref)) for ref in refs]
        transaction.lists.settle(number, epoch, fates)
        assert transaction.lists.get(number).counts == {Standing.DESTROYED: 2500}
        assert len(transaction.lists.receipts(number, limit=5000)) == 2500
