from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from retentiond.domain.lists import Entry, Standing
from retentiond.domain.outcomes import Grade
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from retentiond.evidence.commitments import commit, record_key, reference_bytes
from retentiond.evidence.manifest import manifest
from retentiond.lifecycle.committed import accounted, proposed

KEY = bytes(range(32))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FEW = st.sampled_from(["", "%s", '{"ref":', "Zoe\u0301", " é"])
ENTRIES = st.lists(
    st.builds(
        Entry,
        ref=st.builds(RecordRef, FEW, FEW, TEXT),
        reference=st.just(""),
        record_class=FEW,
        action=st.sampled_from(Action),
        state=TEXT,
        due_on=st.dates(date(2020, 1, 1), date(2020, 1, 3)),
        reason=st.just(""),
        documents=st.integers(0, 2).map(lambda many: (RecordRef("d", "e", "f"),) * many),
    ),
    max_size=12,
)


def key_of(entry: Entry) -> bytes:
    """Return the key that opens one record."""
    return record_key(KEY, reference_bytes(entry.ref.store, entry.ref.kind, entry.ref.key))


@given(ENTRIES)
def test_a_proposal_commits_to_each_entry(entries: list[Entry]) -> None:
    """The lines of many entries at once are the commitments to one after the other, field by field."""
    expected = [
        commit(
            key_of(one),
            "proposal",
            {
                "store": one.ref.store,
                "kind": one.ref.kind,
                "ref": one.ref.key,
                "class": one.record_class,
                "action": one.action.value,
                "state": one.state,
                "due_on": one.due_on.isoformat(),
                "documents": len(one.documents),
            },
        ).line
        for one in entries
    ]
    assert list(proposed(entries, KEY)) == expected


FATES = st.tuples(
    st.sampled_from(Standing),
    st.none() | st.sampled_from(Grade),
    st.dictionaries(st.sampled_from(["rows", "%s", "a b"]), st.integers(0, 2), max_size=2).map(
        lambda counts: tuple(counts.items())
    ),
)


@given(st.tuples(ENTRIES, st.lists(FATES, max_size=12)))
def test_an_outcome_commits_to_each_fate(
    drawn: tuple[list[Entry], list[tuple[Standing, Grade | None, tuple[tuple[str, int], ...]]]],
) -> None:
    """The lines of many fates at once are the commitments to one after the other, field by field."""
    told = [(entry, *fate) for entry, fate in zip(*drawn, strict=False)]
    expected = [
        commit(
            key_of(entry),
            "outcome",
            {
                "store": entry.ref.store,
                "kind": entry.ref.kind,
                "ref": entry.ref.key,
                "class": entry.record_class,
                "action": entry.action.value,
                "outcome": fate.value,
                "grade": grade.value if grade else "",
                "checked": dict(checked),
            },
        ).line
        for entry, fate, grade, checked in told
    ]
    assert list(accounted(told, KEY)) == expected


def test_a_manifest_of_long_ago() -> None:
    """A list that was gathered by an earlier version still has the same manifest, to the byte."""
    entries = [
        Entry(
            RecordRef("cases", "episode", f' Zoe\u0301"/{number}'),
            "r",
            "EH-01" if number % 3 else "LAC-01",
            Action.DESTROY if number % 2 else Action.ANONYMISE,
            f"{number:064x}",
            date(2020, 1, 1 + number % 28),
            "x",
            documents=(RecordRef("d", "e", str(number)),) * (number % 4),
        )
        for number in range(1000)
    ]
    made = manifest(proposed(entries, KEY))
    assert made.root == "9cfcd6d0659193d4d7e92140427bbff531b7d32de771b531c3a692333bf1a223"
    assert made.sha256 == "4e61d2f1526beae2f42ed22541bf17d86f77c9d45983937498bd14d03f970a35"
