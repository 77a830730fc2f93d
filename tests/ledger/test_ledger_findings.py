from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from retentiond.domain.errors import LedgerRefused
from retentiond.domain.findings import Finding, Found, ScanRun
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger, Transaction
from retentiond.ledger.tables import FINDINGS

AT = datetime(2026, 11, 2, 4, 30, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)


def _found(key: str, finding: Finding = Finding.DUE, kind: str = "episode", code: str | None = "EH-01") -> Found:
    return Found(
        RecordRef("cases", kind, key), f"FAM-{key}", code, finding, "destroy" if code else "", date(2026, 4, 1), "why"
    )


def _scan(transaction: Transaction, *found: Found, kind: str = "episode", examined: int = 10) -> int:
    run = transaction.findings.begin("cases", kind, AT, "schedule", "definition")
    transaction.findings.add(run, found)
    transaction.findings.finish(run, LATER, examined, {Finding.DUE: len(found), Finding.NOT_YET: 3})
    return run


def _rows(transaction: Transaction) -> int:
    return int(transaction.findings.connection.execute(select(func.count()).select_from(FINDINGS)).scalar_one())


def test_findings_come_back_as_they_were_added(ledger: Ledger) -> None:
    """Every field survives; pages go by reference; conditions narrow."""
    due, none = _found("a"), Found(RecordRef("cases", "episode", "b"), "", None, Finding.UNTRIGGERED, "", None, "no")
    letter = _found("c", Finding.ON_HOLD, kind="letter")
    with ledger.transaction() as transaction:
        _scan(transaction, none, due)
        _scan(transaction, letter, kind="letter", examined=5)
        findings = transaction.findings
        assert findings.current() == [due, none, letter]
        assert findings.current(limit=1) == [due]
        assert findings.current(after=due.ref) == [none, letter]
        assert findings.current(Finding.ON_HOLD) == [letter]
        assert findings.current(record_class="EH-01") == [due, letter]
        assert findings.current(store="other") == []
        assert findings.counts() == {
            ("cases", "episode", "EH-01", Finding.DUE): 1,
            ("cases", "episode", None, Finding.UNTRIGGERED): 1,
            ("cases", "letter", "EH-01", Finding.ON_HOLD): 1,
        }
        assert (findings.size_of("cases"), findings.size_of("other")) == (15, 0)


def test_nothing_is_gathered_from_a_scan_that_has_not_finished(ledger: Ledger) -> None:
    """Until a run finishes, the one before it stands; then it alone does, and the older rows are gone."""
    with ledger.transaction() as transaction:
        _scan(transaction, _found("a"), _found("b"))
        run = transaction.findings.begin("cases", "episode", AT, "schedule", "definition")
        transaction.findings.add(run, [_found("c")])
        assert [one.ref.key for one in transaction.findings.current()] == ["a", "b"]
        assert [one.finished_at for one in transaction.findings.runs()] == [None]
        transaction.findings.finish(run, LATER, 11, {Finding.DUE: 1})
        assert [one.ref.key for one in transaction.findings.current()] == ["c"]
        assert transaction.findings.runs() == [
            ScanRun("cases", "episode", AT, LATER, "schedule", "definition", 11, {Finding.DUE: 1})
        ]
        assert transaction.findings.size_of("cases") == 11


def test_a_failed_scan_leaves_nothing_to_gather(ledger: Ledger) -> None:
    """What the failed run and all before it found is gone, of that kind alone; its reason stays."""
    with ledger.transaction() as transaction:
        _scan(transaction, _found("a"))
        _scan(transaction, _found("z", kind="letter"), kind="letter", examined=4)
        run = transaction.findings.begin("cases", "episode", AT, "schedule", "definition")
        transaction.findings.add(run, [_found("b")])
        transaction.findings.fail(run, LATER, "the store did not answer")
        assert [one.ref.key for one in transaction.findings.current()] == ["z"]
        assert _rows(transaction) == 1
        assert transaction.findings.size_of("cases") == 4
        failed = transaction.findings.runs()[0]
        assert (failed.finished_at, failed.failure) == (None, "the store did not answer")
        _scan(transaction, _found("a"))
        assert [one.ref.key for one in transaction.findings.current()] == ["a", "z"]


def test_a_slow_scan_never_overtakes_a_newer_one(ledger: Ledger) -> None:
    """Of two runs at once the one begun later counts, even when the earlier ends last."""
    with ledger.transaction() as transaction:
        slow = transaction.findings.begin("cases", "episode", AT, "schedule", "definition")
        transaction.findings.add(slow, [_found("old")])
        _scan(transaction, _found("new"))
        transaction.findings.add(slow, [_found("late")])
        transaction.findings.finish(slow, LATER, 10, {})
        assert [one.ref.key for one in transaction.findings.current()] == ["new"]
        assert _rows(transaction) == 1


def test_a_run_ends_once(ledger: Ledger) -> None:
    """Nothing is added to, and nothing changes, a run that has ended."""
    with ledger.transaction() as transaction:
        run = _scan(transaction)
        changes: list[Callable[[], None]] = [
            lambda: transaction.findings.add(run, [_found("a")]),
            lambda: transaction.findings.finish(run, LATER, 1, {}),
            lambda: transaction.findings.fail(run, LATER, "why"),
            lambda: transaction.findings.add(99, [_found("a")]),
        ]
        for change in changes:
            with pytest.raises(LedgerRefused, match="ended or never began"):
                change()


def test_a_finding_of_another_kind_is_refused(ledger: Ledger) -> None:
    """A run holds verdicts on its own store and kind only."""
    with ledger.transaction() as transaction:
        run = transaction.findings.begin("cases", "episode", AT, "schedule", "definition")
    with pytest.raises(LedgerRefused), ledger.transaction() as transaction:
        transaction.findings.add(run, [_found("a", kind="letter")])


def test_keys_come_back_and_are_found_whatever_they_hold(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """Quotes, tabs, backslashes, what looks like JSON or like no value at all: each key is itself and no other."""
    keys = ["a'b", 'c"d', "e\\f", "g\th\ni\r", "\\N", "\\.", "ßé😀", "[1]", "null", "n"]
    with ledger.transaction() as transaction:
        if transaction.findings.connection.dialect.name == "sqlite":
            keys += ["n\0l", "n\0m"]
        _scan(transaction, *(_found(one) for one in keys))
        assert [one.ref.key for one in transaction.findings.current()] == sorted(keys)
        listed = keys[::2]
        make_list(transaction, *listed)
        refs = [RecordRef("cases", "episode", one) for one in keys]
        assert transaction.lists.on_open_lists(refs) == {one for one in refs if one.key in listed}
