from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from retentiond.domain.errors import DecisionRefused, LedgerRefused, NotFound
from retentiond.domain.holds import Hold, HoldScope
from retentiond.ledger import Certificate, Leaf, Ledger

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SCOPE = HoldScope(frozenset({"cases"}), frozenset({"EH-01"}), frozenset({"FAM-1", "a/b/c"}), frozenset({"person-7"}))
HOLD = Hold("H-2026-0001", "Inquiry", "Inquiries Act 2005 s.35", SCOPE, date(2027, 1, 1), "ada", AT)


def test_a_hold_is_placed_and_lifted_once(ledger: Ledger) -> None:
    """A hold survives whole, is in force until lifted, and is lifted by one person once."""
    with ledger.transaction() as transaction:
        assert transaction.holds.next_number(2026) == "H-2026-0001"
        transaction.holds.place(HOLD)
        assert transaction.holds.next_number(2026) == "H-2026-0002"
        assert transaction.holds.active() == [HOLD] == transaction.holds.all()
        transaction.holds.lift(HOLD.number, "bob", AT, "letter of 1 November")
        lifted = replace(HOLD, lifted_by="bob", lifted_at=AT, lifted_on_authority="letter of 1 November")
        assert transaction.holds.get(HOLD.number) == lifted
        assert transaction.holds.active() == []
        with pytest.raises(DecisionRefused, match="already"):
            transaction.holds.lift(HOLD.number, "eve", AT, "another")
        assert transaction.holds.get(HOLD.number) == lifted
        with pytest.raises(NotFound):
            transaction.holds.lift("H-2026-0009", "eve", AT, "another")


def test_the_digest_of_the_register_follows_the_holds_in_force(ledger: Ledger) -> None:
    """The digest changes with every hold placed, comes back when it is lifted, and does not depend on set order."""
    other = replace(HOLD, number="H-2026-0002", scope=HoldScope())
    with ledger.transaction() as transaction:
        empty = transaction.holds.register_digest()
        assert empty == sha256(b"[]").hexdigest()
        transaction.holds.place(HOLD)
        one = transaction.holds.register_digest()
        transaction.holds.place(other)
        two = transaction.holds.register_digest()
        transaction.holds.lift(other.number, "bob", AT, "letter")
        assert len({empty, one, two}) == 3
        assert transaction.holds.register_digest() == one


def test_the_log_grows_leaf_by_leaf(ledger: Ledger) -> None:
    """Indexes run from 0; the newest frontier and checkpoint are given back; an event has one leaf at most."""
    with ledger.transaction() as transaction:
        log = transaction.log
        assert (log.size(), log.frontier(), log.checkpoint(), log.leaf_hashes()) == (0, (0, ()), None, [])
        for index in range(3):
            seq = transaction.events.append("x", AT)
            transaction.events.append("without a leaf", AT)
            body = bytes([index])
            assert log.append(seq, body, sha256(body).digest(), [body, b"f"], f"checkpoint {index + 1}") == index
        hashes = [sha256(bytes([index])).digest() for index in range(3)]
        assert (log.size(), log.leaf_hashes()) == (3, hashes)
        assert log.frontier() == (3, (b"\x02", b"f"))
        assert log.checkpoint() == "checkpoint 3"
        assert log.leaves(1, limit=1) == [Leaf(1, 3, b"\x01", hashes[1])] == [log.leaf(1)]
        assert (log.index_of_event(5), log.index_of_event(2)) == (2, None)
        with pytest.raises(NotFound):
            log.leaf(3)
    with pytest.raises(LedgerRefused), ledger.transaction() as transaction:
        transaction.log.append(1, b"again", b"hash", [], "checkpoint")


def test_a_list_has_one_certificate_and_numbers_have_no_gap(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """The next certificate is the next in sequence, and a list's second is refused."""
    with ledger.transaction() as transaction:
        first, second = make_list(transaction, "a"), make_list(transaction, "b")
        transaction.log.append(1, b"leaf", b"hash", [], "checkpoint")
        certificates = transaction.certificates
        assert (certificates.next_sequence(), certificates.latest(), certificates.of_list(first)) == (1, None, None)
        one = Certificate("C-1", 1, first, AT, b"payload", b"envelope", 1, 0)
        certificates.add(one)
        assert certificates.get("C-1") == certificates.of_list(first) == certificates.latest() == one
        for wrong in (
            replace(one, number="C-2", sequence=2),
            replace(one, number="C-2", list_number=second, sequence=3),
        ):
            with pytest.raises(LedgerRefused):
                certificates.add(wrong)
        two = replace(one, number="C-2", sequence=2, list_number=second)
        certificates.add(two)
        assert certificates.all() == [one, two]
        assert certificates.latest() == two
        with pytest.raises(NotFound):
            certificates.get("C-3")


def test_the_mark_of_time_never_goes_back(ledger: Ledger) -> None:
    """The latest moment seen stays the latest, whatever the clock says afterwards."""
    with ledger.transaction() as transaction:
        assert transaction.marks.last_seen() is None
        transaction.marks.saw(AT)
        transaction.marks.saw(AT - timedelta(days=40))
        assert transaction.marks.last_seen() == AT
        transaction.marks.saw(AT + timedelta(seconds=1))
        assert transaction.marks.last_seen() == AT + timedelta(seconds=1)
