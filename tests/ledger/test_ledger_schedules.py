from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from sqlalchemy import text

from retentiond.domain.errors import LedgerRefused, NotFound
from retentiond.ledger import Adoption, Ledger, Transaction

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SOURCE = b"schedule: \xc3\xa9"
FIRST = Adoption(
    "Early Help", "2026.1", "d1", date(2026, 4, 1), ("EH-01", "EH-02"), ("EH-02",), ("ada", "bob"), AT, "", None, 1, 0
)  # fmt: skip


def _logged(transaction: Transaction, adoption: Adoption) -> Adoption:
    seq = transaction.events.append("schedule-adopted", AT)
    body = str(seq).encode()
    index = transaction.log.append(seq, body, sha256(body).digest(), [], f"checkpoint {seq}")
    return replace(adoption, event_seq=seq, log_index=index)


def test_an_adoption_survives_whole(ledger: Ledger) -> None:
    """Name, version, digest, people, moment, reason, what it replaces, its classes and its bytes come back as given."""
    with ledger.transaction() as transaction:
        schedules = transaction.schedules
        assert (schedules.adoptions(), schedules.in_force(), schedules.log_index("d1")) == ([], {}, None)
        first = _logged(transaction, FIRST)
        schedules.adopt(first, SOURCE)
        assert schedules.adoptions() == [first]
        assert schedules.in_force() == {"Early Help": first}
        assert (schedules.source("d1"), schedules.log_index("d1")) == (SOURCE, first.log_index)
        assert (schedules.digest_of("Early Help", "2026.1"), schedules.digest_of("Early Help", "2")) == ("d1", None)
        with pytest.raises(NotFound):
            schedules.source("unknown")


def test_the_newest_adoption_of_a_name_is_in_force(ledger: Ledger) -> None:
    """A later version takes an earlier one's place, an earlier one may come back, and other names are left alone."""
    with ledger.transaction() as transaction:
        schedules = transaction.schedules
        first = _logged(transaction, FIRST)
        schedules.adopt(first, SOURCE)
        other = _logged(transaction, replace(FIRST, name="Fostering", digest="f1"))
        schedules.adopt(other, b"fostering")
        second = _logged(transaction, replace(FIRST, version="2026.2", digest="d2", replaces="d1"))
        schedules.adopt(second, b"second")
        assert schedules.in_force() == {"Early Help": second, "Fostering": other}
        back = _logged(transaction, replace(FIRST, replaces="d2"))
        schedules.adopt(back, SOURCE)
        assert schedules.in_force() == {"Early Help": back, "Fostering": other}
        assert schedules.adoptions() == [first, other, second, back]
        assert schedules.log_index("d1") == back.log_index


def test_a_version_never_changes(ledger: Ledger) -> None:
    """The same name and version with other bytes is refused, and the database refuses to change or remove a row."""
    with ledger.transaction() as transaction:
        transaction.schedules.adopt(_logged(transaction, FIRST), SOURCE)
    with pytest.raises(LedgerRefused, match="other content"), ledger.transaction() as transaction:
        transaction.schedules.adopt(_logged(transaction, replace(FIRST, digest="d9")), b"other")
    for statement in (
        "UPDATE schedules SET source = 'x'",
        "DELETE FROM schedules",
        "UPDATE adoptions SET adopted_by = '[\"eve\"]'",
        "DELETE FROM adoptions",
    ):
        with pytest.raises(LedgerRefused), ledger.transaction() as transaction:
            transaction.schedules.connection.execute(text(statement))
    with ledger.transaction() as transaction:
        assert transaction.schedules.source("d1") == SOURCE


def test_nobody_adopts_nothing(ledger: Ledger) -> None:
    """An adoption without people is refused by the database itself."""
    with pytest.raises(LedgerRefused), ledger.transaction() as transaction:
        transaction.schedules.adopt(replace(_logged(transaction, FIRST), adopted_by=()), SOURCE)
