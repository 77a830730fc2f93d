from __future__ import annotations

from datetime import UTC, datetime

from retentiond.domain.outlines import Outline, Referrer
from retentiond.ledger import Ledger

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
FIRST = Outline(
    {"person": {"dob": "DATE"}}, frozenset({Referrer("note", ("a", "b"), "person", "CASCADE")}), {"note": {"t": "0af1"}}
)
SECOND = Outline({"person": {"dob": "DATE", "photo": "BLOB"}})


def test_the_outline_accepted_last_stands_and_every_one_is_an_event(ledger: Ledger) -> None:
    """An outline comes back whole, under its store and kind; the next one takes its place; both stay as events."""
    with ledger.transaction() as tx:
        assert tx.outlines.accepted("cases") == {}
        tx.outlines.remember("cases", "episode", FIRST, AT)
        tx.outlines.remember("cases", "contact", SECOND, AT)
        assert tx.outlines.accepted("cases") == {"episode": FIRST, "contact": SECOND}
        tx.outlines.accept("cases", "episode", SECOND, AT, by="ann", reason="a photo, blanked")
        assert tx.outlines.accepted("cases") == {"episode": SECOND, "contact": SECOND}
        assert tx.outlines.accepted("other") == {}
        last, _, first = tx.events.latest(3)
    assert (first.kind, first.actor, first.body["kind"]) == ("outline-remembered", "", "episode")
    assert first.body["outline"] == {
        "tables": {"person": {"dob": "DATE"}},
        "referrers": [["note", ["a", "b"], "person", "CASCADE"]],
        "acting": {"note": {"t": "0af1"}},
    }
    assert (last.kind, last.actor, last.body["reason"]) == ("outline-accepted", "ann", "a photo, blanked")
