from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from retentiond.domain.errors import DecisionRefused, LedgerRefused, NotFound
from retentiond.domain.lists import DisposalList, ListState, Standing
from retentiond.domain.people import Approval
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger, Proposal, Transaction

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
STAGES = ("service-manager", "records-manager")


def _approve(transaction: Transaction, number: str, stage: str, person: str, digest: str = "digest-1") -> int:
    seq = transaction.events.append("approved", AT, actor=person, list_number=number)
    transaction.lists.approve(number, Approval(stage, person, "2026-11-02T09:30:00Z", digest), seq)
    return seq


def _manifest(transaction: Transaction, orders: dict[RecordRef, str], revision: int = 2) -> dict[str, Any]:
    return {
        "revision": revision,
        "digest": f"digest-{revision}",
        "orders": orders,
        "document_orders": {},
        "wrapped_key": b"wrapped",
        "proposal": b"payload",
        "manifest": b"\xff manifest",
        "event_seq": transaction.events.append("proposed", AT),
    }


def test_each_stage_and_each_person_approves_once(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """One approval a stage and one a person, of the digest shown, of a stage the list has."""
    with ledger.transaction() as transaction:
        number = make_list(transaction, "a", stages=STAGES)
        first = _approve(transaction, number, STAGES[0], "bob")
        for stage, person, digest in (
            (STAGES[0], "eve", "digest-1"),
            (STAGES[1], "bob", "digest-1"),
            (STAGES[1], "eve", "digest-0"),
            ("stranger", "eve", "digest-1"),
        ):
            with pytest.raises(DecisionRefused):
                _approve(transaction, number, stage, person, digest)
        with pytest.raises(NotFound):
            _approve(transaction, "DL-2026-0009", STAGES[1], "eve")
        with pytest.raises(DecisionRefused, match="not every stage"):
            transaction.lists.move(number, ListState.IN_REVIEW, ListState.APPROVED)
        second = _approve(transaction, number, STAGES[1], "eve")
        found = transaction.lists.get(number)
        assert [(one.stage, one.person) for one in found.approvals] == [(STAGES[0], "bob"), (STAGES[1], "eve")]
        assert found.next_stage is None
        assert transaction.lists.approval_events(number) == [first, second]
        transaction.lists.move(number, ListState.IN_REVIEW, ListState.APPROVED, dispose_after=AT)
        with pytest.raises(DecisionRefused, match="no longer in review"):
            _approve(transaction, number, STAGES[1], "mia")


def test_a_new_manifest_takes_all_approvals_away(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """An approval is of one manifest: with the next, none remains, and orders are those of the new one."""
    ref, gone = RecordRef("cases", "episode", "a"), RecordRef("cases", "episode", "b")
    with ledger.transaction() as transaction:
        number = make_list(transaction, "a", "b")
        _approve(transaction, number, "service-manager", "bob")
        transaction.lists.mark(number, Standing.RETAINED, [gone], expected={Standing.LISTED})
        values = _manifest(transaction, {ref: "f" * 32})
        transaction.lists.freeze(number, **values)
        found = transaction.lists.get(number)
        assert (found.approvals, found.digest, found.revision, found.dispose_after) == ((), "digest-2", 2, None)
        assert [one.order for one in transaction.lists.entries(number)] == ["f" * 32, ""]
        assert [one.order for one in transaction.lists.documents(number)] == ["", ""]
        assert transaction.lists.proposal(number) == Proposal(
            b"payload", b"\xff manifest", b"wrapped", values["event_seq"]
        )


def test_only_a_list_in_review_gets_a_manifest(
    ledger: Ledger, make_list: Callable[..., str], approve_list: Callable[..., None]
) -> None:
    """Once approved, what was approved stays, and so do the approvals."""
    with ledger.transaction() as transaction:
        number = make_list(transaction, "a")
        approve_list(transaction, number)
        with pytest.raises(LedgerRefused, match="not in review"):
            transaction.lists.freeze(number, **_manifest(transaction, {}))
        assert len(transaction.lists.get(number).approvals) == 1
        assert transaction.lists.entries(number)[0].order


def test_a_manifest_names_only_what_is_on_the_list(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """An order for a record that is not on the list refuses the whole manifest; the one before stays."""
    with ledger.transaction() as transaction:
        number = make_list(transaction, "a")
        before = transaction.lists.entries(number)
        stranger = RecordRef("cases", "episode", "stranger")
        with pytest.raises(LedgerRefused, match="not on the list"):
            transaction.lists.freeze(number, **_manifest(transaction, {before[0].ref: "e" * 32, stranger: "f" * 32}))
        assert transaction.lists.entries(number) == before
        assert transaction.lists.get(number).digest == "digest-1"


def test_an_order_id_is_unique_for_ever(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """No two entries share an order id, on one list or on two."""
    with ledger.transaction() as transaction:
        first, second = make_list(transaction, "a"), make_list(transaction, "b")
        taken = transaction.lists.entries(first)[0].order
        values = _manifest(transaction, {RecordRef("cases", "episode", "b"): taken})
    with pytest.raises(LedgerRefused, match="breaks a rule"), ledger.transaction() as transaction:
        transaction.lists.freeze(second, **values)


def test_orders_may_change_places_between_manifests(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """A new manifest may use the ids of the one before in any order."""
    with ledger.transaction() as transaction:
        number = make_list(transaction, "a", "b")
        one, two = transaction.lists.entries(number)
        transaction.lists.freeze(number, **_manifest(transaction, {one.ref: two.order, two.ref: one.order}))
        assert [entry.order for entry in transaction.lists.entries(number)] == [two.order, one.order]


def test_a_list_without_a_manifest_says_so(ledger: Ledger) -> None:
    """There is no proposal before the first manifest."""
    with ledger.transaction() as transaction:
        transaction.lists.create(DisposalList("DL-2026-0001", ListState.IN_REVIEW, "ada", AT, STAGES, ""), [], [])
        with pytest.raises(NotFound, match="no manifest"):
            transaction.lists.proposal("DL-2026-0001")
