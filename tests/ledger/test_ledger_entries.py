from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from retentiond.domain.errors import LedgerRefused
from retentiond.domain.lists import DisposalList, Entry, ListState, Standing
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger


def _ref(key: str) -> RecordRef:
    return RecordRef("cases", "episode", key)


def test_pages_hold_every_entry_once_in_order(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """Page after page gives each entry once, in the order Python gives references."""
    keys = ["b", "a", "Z", "é", "10", "9", "_", "a b", "aa"]
    with ledger.transaction() as transaction:
        number = make_list(transaction, *keys)
        for read in (transaction.lists.entries, transaction.lists.documents):
            seen: list[RecordRef] = []
            while page := read(number, after=seen[-1] if seen else None, limit=2):
                seen.extend(one.ref for one in page)
            assert seen == sorted(seen)
            assert len(seen) == len(keys)


def test_entries_are_chosen_by_standing_store_and_kind(ledger: Ledger, make_entry: Callable[..., Entry]) -> None:
    """Each condition narrows what is read, and no standings at all are none."""
    files = [make_entry("", ref=RecordRef("files", kind, "1")) for kind in ("letter", "scan")]
    with ledger.transaction() as transaction:
        number = transaction.lists.next_number(2026)
        listed = DisposalList(number, ListState.IN_REVIEW, "ada", datetime(2026, 11, 2, tzinfo=UTC), ("one",), "d")
        transaction.lists.create(listed, [make_entry("a"), make_entry("b"), *files], [])
        transaction.lists.mark(number, Standing.HELD, [_ref("a")], expected={Standing.LISTED})

        def keys(**by: object) -> list[str]:
            return [str(one.ref) for one in transaction.lists.entries(number, **by)]  # type: ignore[arg-type]

        assert keys(standings={Standing.HELD}) == ["cases/episode/a"]
        assert keys(standings=[]) == []
        assert keys(store="files") == ["files/letter/1", "files/scan/1"]
        assert keys(store="files", kind="scan") == ["files/scan/1"]


def test_documents_of_many_parents_come_in_one_order(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """More parents than fit a statement still give one ordered page, never longer than asked for."""
    keys = [f"{number:05}" for number in range(1300)]
    with ledger.transaction() as transaction:
        number = make_list(transaction, *keys)
        parents = [_ref(key) for key in reversed(keys)]
        found = transaction.lists.documents(number, parents=parents, limit=1250)
        assert [one.ref.key for one in found] == [f"scan-{key}.pdf" for key in keys[:1250]]
        rest = transaction.lists.documents(number, parents=parents, after=found[-1].ref)
        assert len(rest) == 50
        assert transaction.lists.documents(number, parents=[]) == []


def test_an_entry_is_found_by_name(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """People find an entry by its reference or by store/kind/key, written in full."""
    with ledger.transaction() as transaction:
        number = make_list(transaction, "1", "12")
        assert [one.ref for one in transaction.lists.find(number, "FAM-1")] == [_ref("1")]
        assert [one.ref for one in transaction.lists.find(number, "cases/episode/12")] == [_ref("12")]
        assert transaction.lists.find(number, "FAM") == []


def test_a_mark_takes_all_or_none(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """One entry that stands otherwise, or is not there, and no entry is marked, in the first batch or the last."""
    keys = [f"{number:05}" for number in range(1500)]
    with ledger.transaction() as transaction:
        number = make_list(transaction, *keys)
        transaction.lists.mark(number, Standing.HELD, [_ref("01499")], expected={Standing.LISTED}, note="H-2026-0001")
        everyone = [_ref(key) for key in keys]
        for refs in (everyone, [*everyone[:-1], _ref("nobody")]):
            with pytest.raises(LedgerRefused):
                transaction.lists.mark(number, Standing.LEFT, refs, expected={Standing.LISTED})
        assert transaction.lists.get(number).counts == {Standing.LISTED: 1499, Standing.HELD: 1}
        both = {Standing.LISTED, Standing.HELD}
        transaction.lists.mark(number, Standing.LEFT, everyone, expected=both, note="gone")
        assert transaction.lists.get(number).counts == {Standing.LEFT: 1500}
        assert transaction.lists.entry(number, _ref("00007")).note == "gone"


def test_rewritten_records_are_remembered(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """A record anonymised or pseudonymised on any list, open or not, is known to be, and as which."""
    with ledger.transaction() as transaction:
        number = make_list(transaction, "a", "b")
        transaction.lists.mark(number, Standing.ANONYMISED, [_ref("a")], expected={Standing.LISTED})
        transaction.lists.mark(number, Standing.PSEUDONYMISED, [_ref("b")], expected={Standing.LISTED})
        transaction.lists.move(number, ListState.IN_REVIEW, ListState.RETURNED)
        assert transaction.lists.rewritten([_ref("a"), _ref("b"), _ref("c")]) == ({_ref("a")}, {_ref("b")})
