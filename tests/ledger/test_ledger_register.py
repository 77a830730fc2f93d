from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retentiond.domain.errors import DecisionRefused, LedgerRefused, NotFound
from retentiond.domain.lists import DisposalList, Document, Entry, ListState, Standing, may_move
from retentiond.domain.people import Approval
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def test_a_list_comes_back_as_it_was_made(ledger: Ledger, make_entry: Callable[..., Entry]) -> None:
    """Every field of a list, its entries and its documents survives."""
    ref = RecordRef("cases", "episode", "é/1")
    file = RecordRef("documents", "file", "a/b.pdf")
    entry = make_entry(
        "x", ref=ref, documents=(file,), excluded_reviewers=("bob",), recipients=("NHS",), size=2**40, order="0" * 32
    )
    other = make_entry("y")
    document = Document(ref, file, "state", "1" * 32, note="n")
    listed = DisposalList("DL-2026-0001", ListState.IN_REVIEW, "ada", AT, ("one", "two"), "digest")
    with ledger.transaction() as transaction:
        transaction.lists.create(listed, iter([other, entry]), iter([document]))
    with ledger.transaction() as transaction:
        assert transaction.lists.get("DL-2026-0001") == replace(listed, counts={Standing.LISTED: 2})
        assert transaction.lists.entries("DL-2026-0001") == [other, entry]
        assert transaction.lists.documents("DL-2026-0001") == [document]
        assert transaction.lists.entry("DL-2026-0001", ref) == entry
        with pytest.raises(NotFound):
            transaction.lists.entry("DL-2026-0001", file)
        with pytest.raises(NotFound):
            transaction.lists.get("DL-2026-0002")


@pytest.mark.parametrize("values", [{"state": ListState.APPROVED}, {"stages": ()}])
def test_a_list_that_nobody_would_review_is_refused(ledger: Ledger, values: dict[str, object]) -> None:
    """A new list is in review and has at least one stage."""
    listed = DisposalList("DL-2026-0001", ListState.IN_REVIEW, "ada", AT, ("one",), "digest")
    with ledger.transaction() as transaction, pytest.raises(LedgerRefused):
        transaction.lists.create(replace(listed, **values), [], [])  # type: ignore[arg-type]  # either field


def test_numbers_run_without_a_gap_in_each_year(
    ledger: Ledger, make_list: Callable[..., str], undone: Callable[..., None]
) -> None:
    """A number is used when its list is kept, each year begins anew, and the ten-thousandth follows the one before."""
    with ledger.transaction() as transaction:
        assert [make_list(transaction, key) for key in "ab"] == ["DL-2026-0001", "DL-2026-0002"]
    undone(ledger, lambda transaction: make_list(transaction, "c"))
    with ledger.transaction() as transaction:
        assert transaction.lists.next_number(2026) == "DL-2026-0003"
        assert transaction.lists.next_number(2027) == "DL-2027-0001"
        for number in ("DL-2026-9999", "DL-2026-10000", "DL-2027-0001"):
            transaction.lists.create(DisposalList(number, ListState.IN_REVIEW, "ada", AT, ("one",), "d"), [], [])
        assert transaction.lists.next_number(2026) == "DL-2026-10001"
        in_order = [one.number for one in transaction.lists.all()]
        assert in_order[-3:] == ["DL-2026-9999", "DL-2026-10000", "DL-2027-0001"]


def test_a_record_is_on_one_open_list_at_most(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """Two open lists never share a record; a closed one does not stand in the way."""
    refs = [RecordRef("cases", "episode", key) for key in "abc"]
    with ledger.transaction() as transaction:
        first = make_list(transaction, "a", "b")
        assert transaction.lists.on_open_lists(refs) == set(refs[:2])
        with pytest.raises(DecisionRefused, match="1 of its records"):
            make_list(transaction, "b", "c")
        assert [one.number for one in transaction.lists.all()] == [first]
        transaction.lists.move(first, ListState.IN_REVIEW, ListState.WITHDRAWN)
        assert transaction.lists.on_open_lists(refs) == set()
        make_list(transaction, "b", "c")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wishes=st.lists(st.tuples(st.sampled_from(ListState), st.sampled_from(ListState)), max_size=8),
    approved=st.booleans(),
)
def test_only_the_domains_moves_succeed(
    sqlite_ledger: Ledger,
    make_list: Callable[..., str],
    wishes: list[tuple[ListState, ListState]],
    approved: bool,  # noqa: FBT001 - hypothesis passes it by name
) -> None:
    """Whatever is asked in whatever order, a list moves from where it is, as the domain allows, or stays."""
    with sqlite_ledger.transaction() as transaction:
        number = make_list(transaction)
        if approved:
            seq = transaction.events.append("approved", AT)
            transaction.lists.approve(number, Approval("service-manager", "bob", "2026", "digest-1"), seq)
        state = ListState.IN_REVIEW
        for before, after in wishes:
            allowed = before is state and may_move(before, after) and (approved or after is not ListState.APPROVED)
            if allowed:
                transaction.lists.move(number, before, after)
                state = after
            else:
                with pytest.raises(DecisionRefused):
                    transaction.lists.move(number, before, after)
            assert transaction.lists.get(number).state is state


def test_lists_with_work_to_do_are_found(
    ledger: Ledger, make_list: Callable[..., str], approve_list: Callable[..., None]
) -> None:
    """A list is due for disposal from the end of its cooling-off period until it is certified."""
    with ledger.transaction() as transaction:
        number = make_list(transaction, "a")
        make_list(transaction, "b")
        assert transaction.lists.dispose_after_passed(AT) == []
        approve_list(transaction, number)
        assert transaction.lists.get(number).dispose_after == AT
        assert transaction.lists.dispose_after_passed(AT - timedelta(microseconds=1)) == []
        assert transaction.lists.dispose_after_passed(AT) == [number]
        transaction.lists.claim(number)
        assert transaction.lists.dispose_after_passed(AT - timedelta(days=9)) == [number]
        transaction.lists.move(number, ListState.DISPOSING, ListState.DISPOSED)
        transaction.lists.close_as_certified(number, b"outcomes")
        assert transaction.lists.dispose_after_passed(AT) == []
        assert transaction.lists.get(number).state is ListState.CERTIFIED
        assert transaction.lists.proposal(number).outcome_manifest == b"outcomes"
        assert [one.number for one in transaction.lists.all({ListState.CERTIFIED})] == [number]


def test_the_latest_date_a_record_is_kept_counts(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """Of several decisions to keep a record the one that keeps it longest holds; the same list's newest replaces."""
    ref, other = RecordRef("cases", "episode", "a"), RecordRef("cases", "episode", "z")
    with ledger.transaction() as transaction:
        first = make_list(transaction, "a")
        transaction.lists.move(first, ListState.IN_REVIEW, ListState.RETURNED)
        second = make_list(transaction, "a")
        transaction.lists.keep(ref, date(2040, 1, 1), "mistyped", "bob", AT, first)
        transaction.lists.keep(ref, date(2030, 1, 1), "claim", "bob", AT, first)
        transaction.lists.keep(ref, date(2028, 1, 1), "claim", "bob", AT, second)
        assert transaction.lists.kept_until([ref, other]) == {ref: date(2030, 1, 1)}
