"""Documents that stay when their record goes are told by name; what became of records and documents is explained."""

from __future__ import annotations

import pytest

from retentiond.domain.errors import NotFound
from retentiond.domain.lists import Standing
from retentiond.domain.orders import Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.records import RecordRef
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.explain import explain
from retentiond.lifecycle.left_behind import NOT_CONNECTED, left_behind
from retentiond.lifecycle.through import carry_through
from retentiond.lifecycle.unseen import certify_without_sight
from tests.lifecycle.totals import totals
from tests.lifecycle.workplace import CASES, DOCUMENTS, RITA, Workplace, definition


def _told(workplace: Workplace) -> dict[str, str]:
    return {one.left.document.ref.key: one.why for one in left_behind(workplace.tools)}


@pytest.mark.parametrize("point", [None, "claimed", "intent-written"])
def test_documents_of_a_record_somebody_else_took_away_are_named(workplace: Workplace, point: str | None) -> None:
    """They stay, the reason is the true one, and they are told until they are gone or a record names them."""
    workplace.file("1", "letter", "plan")
    other = workplace.file("2", closed=workplace.now.date())
    number = workplace.approved()
    workplace.at[point or "claimed"] = lambda: workplace.stores[CASES].remove("episode", "1")
    assert totals(carry_through(workplace.tools, number))["already_absent"] == 1
    assert {one.note for one in workplace.documents(number).values()} == {
        "left behind: its record was gone before any order for it was sent"
    }
    assert sorted(_told(workplace)) == ["letter", "plan"]
    workplace.alter(other, documents=(RecordRef(DOCUMENTS, "file", "plan"),))
    assert sorted(_told(workplace)) == ["letter"]
    workplace.changed(definitions=(definition(CASES, episode=("EH-01",), contact=()),))
    assert _told(workplace) == dict.fromkeys(("letter", "plan"), NOT_CONNECTED)


@pytest.mark.parametrize("code", ["EH-01", "EH-02"])
def test_documents_that_were_held_or_seen_again_are_named(workplace: Workplace, code: str) -> None:
    """So is one that was held or changed when its record went, and one that a store only claims to have destroyed."""
    workplace.file("1", "claimed", "changed", "own", code=code)
    workplace.file("2", "spared", blockers=("open",))
    number = workplace.approved()
    workplace.at["receipts-written"] = lambda: workplace.alter(RecordRef(DOCUMENTS, "file", "changed"), names=("new",))
    workplace.disposing = lambda orders, still_clear, store: [
        Receipt(one, Outcome.DESTROYED, Grade.A)
        if one.ref.key == "claimed" and still_clear([one])
        else store.honest([one], still_clear)[0]
        for one in orders
    ]
    carry_through(workplace.tools, number)
    assert workplace.documents(number)["claimed"].standing is Standing.FAILED
    assert _told(workplace) == {
        "changed": "it changed since its record was reviewed",
        "claimed": "the independent read still saw it",
    }


def test_what_went_is_explained_by_its_certificate(workplace: Workplace) -> None:
    """A record that is gone is told by its list and certificate; a document by its record, whatever its kind."""
    ref = workplace.file("1", "letter")
    number = workplace.approved()
    certificate = carry_through(workplace.tools, number).number
    with pytest.raises(NotFound, match=f"it was destroyed: disposal list {number}, certificate {certificate}; look at"):
        explain(workplace.tools, str(ref))
    said = f"no record of its own but a document of {ref}: it was destroyed with it .*certificate {certificate}"
    for kind in ("file", "object"):
        with pytest.raises(NotFound, match=said):
            explain(workplace.tools, f"{DOCUMENTS}/{kind}/letter")
    with pytest.raises(NotFound, match="no kind of record 'object'"):
        explain(workplace.tools, f"{DOCUMENTS}/object/unheard-of")
    with pytest.raises(NotFound, match="no scan found"):
        explain(workplace.tools, "a//b")


def test_a_document_whose_record_counts_as_failed_is_named(workplace: Workplace) -> None:
    """A record that is gone and that no certificate says it of has documents that stayed; one that is there has not."""
    workplace.file("1", "letter")
    there = workplace.file("2", "of-one-that-is-there")
    kept = workplace.kept(there)
    assert kept is not None
    number = workplace.approved()

    def rewritten() -> None:
        for one in ("letter", "of-one-that-is-there"):
            workplace.alter(RecordRef(DOCUMENTS, "file", one), names=("new",))

    workplace.at["receipts-written"] = rewritten
    dispose(workplace.tools, number)
    workplace.inspecting = lambda orders, _store: [Sighting(one, Sight.INCONCLUSIVE) for one in orders]
    certify_without_sight(workplace.tools, number, RITA, reason="The server was switched off.")
    workplace.stores[CASES].put("episode", "2", kept)
    assert _told(workplace) == {"letter": "it changed since its record was reviewed"}
