"""Documents that more than one record has to do with: named again, shared between stores, records of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from retentiond.connectors.interface import Role
from retentiond.connectors.memory import Kept, MemoryConnector, MemoryStore
from retentiond.domain.definitions import ObjectPart, Reach
from retentiond.domain.errors import DisposalStopped, RetentiondError, StoreUnavailable
from retentiond.domain.lists import Standing
from retentiond.domain.records import RecordRef
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.scan import scan
from tests.lifecycle.workplace import CASES, DOCUMENTS, GRACE, LONG_AGO, Workplace, definition


def _take_up(workplace: Workplace, key: str, paper: str, *, store: str = CASES) -> None:
    documents = (RecordRef(DOCUMENTS, "file", paper),)
    workplace.stores[store].put("contact", key, Kept("FAM", "EH-01", {"case-closed": None}, documents=documents))


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


OTHERS = "case-archive"


def _beside(workplace: Workplace, *, papers: tuple[str, ...] = ()) -> None:
    """Connect two stores of cases whose documents lie in one place, some of which may be records of their own."""
    parts = (ObjectPart(DOCUMENTS, "object_key", Reach("attachment")),)
    stores = [definition(one, episode=("EH-01",), contact=()) for one in (CASES, OTHERS)]
    cases = tuple(replace(one, records=tuple(replace(kind, parts=parts) for kind in one.records)) for one in stores)
    workplace.stores = {**workplace.stores, OTHERS: MemoryStore(kinds={"episode": {}, "contact": {}})}
    workplace.changed(definitions=(*cases, definition(DOCUMENTS, file=papers)))


def _left(workplace: Workplace) -> dict[RecordRef, str]:
    workplace.file("something-else")
    scan(workplace.tools)
    return {one.ref: one.reason.partition("; ")[2] for one in gather(workplace.tools, GRACE).left}


def test_a_document_named_in_another_store_stays_until_nothing_names_it(workplace: Workplace) -> None:
    """A case of another database that names the document keeps it, from the first list on and at the last moment."""
    _beside(workplace)
    workplace.file("1", "both", "own", "late")
    _take_up(workplace, "2", "both", store=OTHERS)
    number = workplace.approved()
    assert sorted(workplace.documents(number)) == ["late", "own"]
    workplace.at["document-intent-written"] = lambda: _take_up(workplace, "3", "late", store=OTHERS)
    dispose(workplace.tools, number)
    assert [one for one in ("both", "own", "late") if workplace.paper(one)] == ["both", "late"]


@pytest.mark.parametrize("how", ["gone", "names no documents"])
def test_a_store_that_can_no_longer_be_asked_stops_the_list(workplace: Workplace, how: str) -> None:
    """A store that might need a document and was taken out of the configuration since, or out of asking, is named."""
    _beside(workplace)
    workplace.file("1", "late")
    number = workplace.approved()
    _take_up(workplace, "3", "late", store=OTHERS)
    known = workplace.tools.definitions
    rest = tuple(one for one in known if one.name != OTHERS)
    silent = () if how == "gone" else (replace(definition(OTHERS, episode=("EH-01",), contact=()), digest="f" * 64),)
    workplace.changed(definitions=(*rest, *silent))
    with pytest.raises(DisposalStopped, match=OTHERS):
        dispose(workplace.tools, number)
    assert workplace.paper("late") is not None
    workplace.changed(definitions=known)
    dispose(workplace.tools, number)
    assert workplace.paper("late") is not None


def test_what_is_a_record_of_its_own_is_no_cases_document(workplace: Workplace) -> None:
    """An object that has a class and that a case names goes neither as the one nor as the other."""
    _beside(workplace, papers=("EH-01",))
    case = workplace.file("1", "letter")
    workplace.stores[DOCUMENTS].put("file", "letter", Kept("letter", "EH-01", {"case-closed": LONG_AGO}))
    assert _left(workplace) == {
        case: "not now: names what is a record of its own (papers)",
        RecordRef(DOCUMENTS, "file", "letter"): "not now: named by a case",
    }


def test_a_record_that_a_case_names_since_its_approval_is_left_alone(workplace: Workplace) -> None:
    """The gate asks who names an object that is a record of its own; the next list leaves it off as well."""
    _beside(workplace, papers=("EH-01",))
    ref = RecordRef(DOCUMENTS, "file", "letter")
    workplace.stores[DOCUMENTS].put("file", "letter", Kept("letter", "EH-01", {"case-closed": LONG_AGO}))
    number = workplace.approved(ref)
    _take_up(workplace, "2", "letter")
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is Standing.SKIPPED_NOT_DUE


def test_a_document_that_became_a_record_of_its_own_stays(workplace: Workplace) -> None:
    """A class given to a document after its record went takes it out of the hands of the case."""
    _beside(workplace, papers=("EH-01",))
    workplace.file("1", "letter")
    number = workplace.approved()
    letter = Kept("letter", "EH-01", {"case-closed": None})
    workplace.at["receipts-written"] = lambda: workplace.stores[DOCUMENTS].put("file", "letter", letter)
    dispose(workplace.tools, number)
    assert workplace.documents(number)["letter"].standing is Standing.SKIPPED_CHANGED


@pytest.mark.parametrize("stopped", ["needs", "switch"])
def test_what_a_refused_question_left_is_not_taken_for_our_deed(
    workplace: Workplace, stopped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that the last question never let through did nothing; what went meanwhile went by another hand."""
    workplace.file("1", "paper")
    number = workplace.approved()

    def silent(store: MemoryConnector, _documents: Mapping[RecordRef, RecordRef | None]) -> set[RecordRef]:
        raise StoreUnavailable.about(store.name, "it does not answer")

    switch = workplace.folder / "stop"
    with monkeypatch.context() as patched:
        if stopped == "needs":
            patched.setattr(MemoryConnector, "needs", silent)
        else:
            workplace.at["document-intent-written"] = switch.touch
        with pytest.raises(RetentiondError):
            dispose(workplace.tools, number)
    switch.unlink(missing_ok=True)
    workplace.at.clear()
    workplace.stores[DOCUMENTS].remove("file", "paper")
    dispose(workplace.tools, number)
    assert workplace.documents(number)["paper"].standing is Standing.ALREADY_ABSENT


def test_a_record_that_a_kill_switch_spared_is_not_taken_for_our_deed(workplace: Workplace) -> None:
    """So does an order for a record: while the switch is set nothing is done, and what goes then went otherwise."""
    ref = workplace.file("1")
    number = workplace.approved()
    switch = workplace.folder / "stop"
    workplace.at["intent-written"] = switch.touch
    with pytest.raises(RetentiondError):
        dispose(workplace.tools, number)
    switch.unlink()
    workplace.at.clear()
    workplace.stores[CASES].remove("episode", "1")
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is Standing.ALREADY_ABSENT
