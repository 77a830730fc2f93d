"""Documents that another record names between the going of their own record and theirs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from retentiond.connectors.interface import Role
from retentiond.connectors.memory import Kept, MemoryConnector
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.lists import Standing
from retentiond.domain.records import RecordRef
from retentiond.lifecycle.dispose import dispose
from tests.lifecycle.workplace import CASES, DOCUMENTS, Workplace


def _take_up(workplace: Workplace, key: str, paper: str) -> None:
    documents = (RecordRef(DOCUMENTS, "file", paper),)
    workplace.stores[CASES].put("contact", key, Kept("FAM", "EH-01", {"case-closed": None}, documents=documents))


@pytest.mark.parametrize("code", ["EH-01", "EH-02"])
def test_what_another_record_took_up_stays(workplace: Workplace, code: str) -> None:
    """One that a sibling names by now stays, also when the key of its destroyed record is used anew; the rest goes."""
    workplace.file("1", "taken-up", "own", code=code)
    number = workplace.approved()
    workplace.at["document-intent-written"] = lambda: _take_up(workplace, "2", "taken-up")
    dispose(workplace.tools, number)
    assert {key: one.standing for key, one in workplace.documents(number).items()} == {
        "taken-up": Standing.SKIPPED_CHANGED,
        "own": Standing.DESTROYED,
    }
    assert workplace.paper("taken-up") is not None
    assert "order-refused" not in workplace.kinds_of_events()


def test_a_key_used_anew_names_its_document_again(workplace: Workplace) -> None:
    """A record that was destroyed names nothing any more; one of the same key does, for it is another."""
    ref = workplace.file("1", "paper")
    before = workplace.kept(ref)
    assert before is not None
    number = workplace.approved()
    workplace.at["receipts-written"] = lambda: workplace.stores[CASES].put("episode", "1", before)
    dispose(workplace.tools, number)
    assert workplace.documents(number)["paper"].standing is Standing.SKIPPED_CHANGED


def test_silence_about_who_names_it_destroys_nothing(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the case store does not say who names a document, it stays and the list waits; the next turn goes on."""
    workplace.file("1", "paper")
    number = workplace.approved()

    def silent(store: MemoryConnector, _documents: Mapping[RecordRef, RecordRef | None]) -> set[RecordRef]:
        assert store.role is Role.SCAN
        raise StoreUnavailable.about(store.name, "it does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(MemoryConnector, "needs", silent)
        with pytest.raises(StoreUnavailable):
            dispose(workplace.tools, number)
    assert workplace.documents(number)["paper"].standing is Standing.INTENDED
    assert workplace.paper("paper") is not None
    dispose(workplace.tools, number)
    assert workplace.documents(number)["paper"].standing is Standing.DESTROYED
