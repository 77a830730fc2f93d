from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

import pytest
from sqlalchemy import text

from retentiond.domain.errors import LedgerRefused, NotFound
from retentiond.domain.occurrences import Change, Changed, DatedByHand, Occurrence
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger, Transaction

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
MAY, JUNE, JULY = date(2020, 5, 1), date(2020, 6, 1), date(2020, 7, 1)
A, B, C = (RecordRef("cases", "episode", key) for key in "abc")


def said(change: Change, on: date | None, by: str = "ada") -> Changed:
    """Return what somebody did."""
    return Changed(change, on, f"why {change}", by, AT)


def recorded(transaction: Transaction, *refs: RecordRef, on: date = MAY, event: str = "concluded") -> str:
    """Record an occurrence and return its number."""
    number = transaction.occurrences.next_number(2026)
    seq = transaction.events.append("event-recorded", AT)
    transaction.occurrences.record(number, event, refs, said(Change.RECORDED, on), seq)
    return number


def changed(transaction: Transaction, number: str, change: Change, on: date | None) -> None:
    """Correct or revoke an occurrence."""
    transaction.occurrences.change(number, said(change, on, "bob"), transaction.events.append("event-recorded", AT))


def test_an_occurrence_survives_whole_with_all_that_was_said_of_it(ledger: Ledger) -> None:
    """Its records, its day and every change come back, oldest first; a revoked one stands for nothing."""
    with ledger.transaction() as transaction:
        number = recorded(transaction, B, A)
        assert number == "EV-2026-0001"
        changed(transaction, number, Change.CORRECTED, JUNE)
        expected = (said(Change.RECORDED, MAY), said(Change.CORRECTED, JUNE, "bob"))
        assert transaction.occurrences.get(number) == Occurrence(number, "concluded", JUNE, (A, B), expected)
        changed(transaction, number, Change.REVOKED, None)
        assert not transaction.occurrences.get(number).stands
        assert [one.change for one in transaction.occurrences.get(number).changes] == list(Change)
        assert transaction.occurrences.next_number(2026) == "EV-2026-0002"
        with pytest.raises(NotFound):
            transaction.occurrences.get("EV-2026-0009")
        with pytest.raises(LedgerRefused):
            changed(transaction, "EV-2026-0009", Change.CORRECTED, MAY)


def test_a_records_day_is_that_of_the_last_occurrence_that_stands(ledger: Ledger) -> None:
    """A later occurrence takes an earlier one's place for the records both name, until it is revoked."""
    with ledger.transaction() as transaction:
        occurrences = transaction.occurrences
        first = recorded(transaction, A, B, on=MAY)
        second = recorded(transaction, A, on=JULY)
        other = recorded(transaction, A, on=JUNE, event="superseded")
        assert occurrences.dates([A, B, C]) == {A: {"concluded": JULY, "superseded": JUNE}, B: {"concluded": MAY}}
        changed(transaction, first, Change.CORRECTED, JUNE)
        assert occurrences.dates([A, B]) == {A: {"concluded": JULY, "superseded": JUNE}, B: {"concluded": JUNE}}
        assert occurrences.dated(A) == [
            DatedByHand("concluded", JULY, second, "ada", AT),
            DatedByHand("superseded", JUNE, other, "ada", AT),
        ]
        changed(transaction, second, Change.REVOKED, None)
        assert occurrences.dates([A])[A]["concluded"] == JUNE
        assert occurrences.dated(A)[0] == DatedByHand("concluded", JUNE, first, "bob", AT)
        changed(transaction, first, Change.REVOKED, None)
        assert occurrences.dates([A, B]) == {A: {"superseded": JUNE}}
        assert [one.number for one in occurrences.of_record(A)] == [first, second, other]


def test_which_records_have_one_does_not_change_while_a_scan_runs(ledger: Ledger) -> None:
    """Up to an event, the same records are named whatever is recorded or revoked after it; pages go by key."""
    keys = [RecordRef("cases", "episode", f"{at:04}") for at in range(1503)]
    with ledger.transaction() as transaction:
        occurrences = transaction.occurrences
        assert occurrences.newest() == 0
        number = recorded(transaction, *keys)
        recorded(transaction, keys[0], event="superseded")
        recorded(transaction, RecordRef("cases", "letter", "0000"), RecordRef("other", "episode", "0000"))
        upto = occurrences.newest()
        recorded(transaction, A)
        changed(transaction, number, Change.REVOKED, None)
        assert occurrences.named_by([*keys[:3], A], upto) == set(keys[:3])
        found, after = [], ""
        while page := occurrences.page("cases", "episode", upto, after, 1000):
            found.append(len(page))
            after = page[-1].key
        assert found == [1000, 503]
        assert len(occurrences.get(number).records) == len(keys)


def test_an_occurrence_without_a_record_is_refused(ledger: Ledger) -> None:
    """An occurrence is of named records or it is not written at all."""
    with pytest.raises(LedgerRefused, match="names no record"), ledger.transaction() as transaction:
        recorded(transaction)
    with ledger.transaction() as transaction:
        assert transaction.occurrences.all() == []


def test_what_was_said_is_never_changed(ledger: Ledger) -> None:
    """The database itself refuses to change or remove what people said of an occurrence."""
    with ledger.transaction() as transaction:
        recorded(transaction, A)
    for statement in ("UPDATE occurrence_changes SET on_day = '2001-01-01'", "DELETE FROM occurrence_changes"):
        with pytest.raises(LedgerRefused), ledger.transaction() as transaction:
            transaction.occurrences.connection.execute(text(statement))


def test_numbers_go_on_past_four_digits(ledger: Ledger) -> None:
    """The ten-thousandth occurrence of a year has five digits, and the order stays that of recording."""
    with ledger.transaction() as transaction:
        for at in count(9998):
            seq = transaction.events.append("event-recorded", AT)
            number = f"EV-2026-{at:04d}"
            transaction.occurrences.record(number, "concluded", [A], said(Change.RECORDED, MAY), seq)
            if at == 10000:
                break
        assert transaction.occurrences.next_number(2026) == "EV-2026-10001"
        assert [one.number[-5:] for one in transaction.occurrences.of_record(A)] == ["-9998", "-9999", "10000"]
