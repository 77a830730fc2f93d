from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import make_url

from retentiond.domain.findings import Finding, Found
from retentiond.domain.lists import DisposalList, Entry, ListState, Standing
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger

AT = datetime(2026, 11, 2, tzinfo=UTC)
TITLE = "Blenkinsop-family-"


def test_erased_titles_are_gone_from_the_file(
    sqlite_ledger: Ledger, sqlite_url: str, make_entry: Callable[..., Entry]
) -> None:
    """After erasure not one byte of a title, a reason, a recipient or a reviewer's name is left in the file."""
    folder = Path(str(make_url(sqlite_url).database)).parent
    entries = [
        make_entry(
            f"{number:04}",
            reference=f"{TITLE}{number} " + "x" * (number % 700),
            reason=f"{TITLE}reason {number}",
            recipients=(f"{TITLE}hospital",),
            excluded_reviewers=(f"{TITLE}reviewer",),
        )
        for number in range(600)
    ]
    found = [
        Found(one.ref, one.reference, "EH-01", Finding.DUE, "destroy", date(2026, 4, 1), one.reason) for one in entries
    ]
    with sqlite_ledger.transaction() as transaction:
        run = transaction.findings.begin("cases", "episode", AT, "schedule", "definition")
        transaction.findings.add(run, found)
        transaction.findings.finish(run, AT, 600, {})
        listed = DisposalList("DL-2026-0001", ListState.IN_REVIEW, "ada", AT, ("one",), "d")
        transaction.lists.create(listed, entries, [])
    assert any(TITLE.encode() in file.read_bytes() for file in folder.iterdir())
    with sqlite_ledger.transaction() as transaction:
        refs = [one.ref for one in entries]
        transaction.lists.mark("DL-2026-0001", Standing.DESTROYED, refs, expected={Standing.LISTED})
        transaction.lists.erase_titles("DL-2026-0001")
    assert not any(TITLE.encode() in file.read_bytes() for file in folder.iterdir())
    with sqlite_ledger.transaction() as transaction:
        erased = transaction.lists.entry("DL-2026-0001", refs[0])
        assert (erased.reference, erased.reason, erased.recipients, erased.excluded_reviewers) == ("", "", (), ())
        assert erased.state == entries[0].state


def test_only_what_was_disposed_of_loses_its_findings(ledger: Ledger, make_list: Callable[..., str]) -> None:
    """A record that was left alone is still due, and its finding stays."""
    refs = [RecordRef("cases", "episode", key) for key in "ab"]
    with ledger.transaction() as transaction:
        run = transaction.findings.begin("cases", "episode", AT, "schedule", "definition")
        found = [Found(ref, "title", "EH-01", Finding.DUE, "destroy", None, "why") for ref in refs]
        transaction.findings.add(run, found)
        transaction.findings.finish(run, AT, 2, {})
        number = make_list(transaction, "a", "b")
        transaction.lists.mark(number, Standing.DESTROYED, refs[:1], expected={Standing.LISTED})
        transaction.lists.mark(number, Standing.SKIPPED_HELD, refs[1:], expected={Standing.LISTED})
        transaction.lists.erase_titles(number)
        assert transaction.findings.current() == found[1:]
