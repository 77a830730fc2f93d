from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from retentiond.domain.errors import LedgerRefused, NotFound
from retentiond.ledger import Ledger
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import KeyCertificate, PseudonymKey

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
GONE_BY = date(2027, 1, 31)


def _logged(tx: Transaction, kind: str) -> tuple[int, int]:
    """Return an event and the leaf of the log it has, neither of which says anything."""
    seq = tx.events.append(kind, NOW)
    return seq, tx.log.append(seq, b"leaf", bytes(32), [bytes(32)], "checkpoint")


def _key(tx: Transaction, name: str) -> PseudonymKey:
    key = PseudonymKey(name, "ab" * 32, NOW, "ann", *_logged(tx, "pseudonym-key-created"))
    tx.pseudonym_keys.add(key)
    return key


def test_a_key_is_made_given_up_and_certified_once(ledger: Ledger) -> None:
    """Each of the three is remembered beside the ones before, in order, and a name is never given again."""
    with ledger.transaction() as tx:
        keys = tx.pseudonym_keys
        key, other = _key(tx, "research"), _key(tx, "audit")
        assert (keys.find("research"), keys.find("nobody"), keys.all()) == (key, None, [key, other])
        seq = tx.events.append("pseudonym-key-destruction-decided", NOW)
        keys.begin_destruction("research", NOW, ("ann", "sam"), "the end", GONE_BY, seq)
        begun = replace(
            key, begun_at=NOW, decision_seq=seq, decided_by=("ann", "sam"), reason="the end", copies_gone_by=GONE_BY
        )
        assert keys.all() == [begun, other]
        certificate = KeyCertificate("KD-2026-0001", 1, "research", NOW, b"said", *_logged(tx, "key-destruction"))
        with pytest.raises(LedgerRefused, match="not the next in sequence"):
            keys.certify(replace(certificate, sequence=2))
        keys.certify(certificate)
        assert (keys.certificates(), keys.certificate("KD-2026-0001")) == ([certificate], certificate)
        assert keys.find("research") == replace(begun, certificate="KD-2026-0001", destroyed_at=NOW)
        with pytest.raises(NotFound, match="there is no such certificate"):
            keys.certificate("KD-2026-0002")
        with pytest.raises(LedgerRefused, match="a key had this name before"):
            keys.add(key)


def test_open_lists_with_nothing_to_pseudonymise_need_no_key(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """Only records whose action is to pseudonymise make a list wait for a key."""
    with ledger.transaction() as tx:
        make_list(tx, "a")
        assert tx.pseudonym_keys.waiting() == []
