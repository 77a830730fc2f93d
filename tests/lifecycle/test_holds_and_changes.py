from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from retentiond.connectors.interface import StillClear
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.holds import Hold
from retentiond.domain.lists import Standing
from retentiond.domain.orders import DisposalOrder, Receipt
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.hold import lift_hold, place_hold
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.totals import predicate
from tests.lifecycle.workplace import CASES, DOCUMENTS, LONG_AGO, RITA, Odd, Workplace, record_class

BEFORE_THE_STORE = ("claimed", "intent-written")
SCOPES: dict[str, Callable[[RecordRef], dict[str, list[str]]]] = {
    "record": lambda ref: {"records": [str(ref)]},
    "reference": lambda ref: {"records": [f"FAM-{ref.key}"]},
    "person": lambda ref: {"subjects": [f"subject-{ref.key}"]},
    "class": lambda _ref: {"classes": ["EH-01"]},
    "store": lambda _ref: {"stores": [CASES]},
    "everything": lambda _ref: {},
    "store of its document": lambda _ref: {"stores": [DOCUMENTS]},
    "its document": lambda _ref: {"records": [f"{DOCUMENTS}/file/letter"]},
    "its document by another kind": lambda _ref: {"records": [f"{DOCUMENTS}/letter/letter"]},
    "person in the store of its document": lambda ref: {"stores": [DOCUMENTS], "subjects": [f"subject-{ref.key}"]},
    "class in the store of its document": lambda _ref: {"stores": [DOCUMENTS], "classes": ["EH-01"]},
    "reference in the store of its document": lambda ref: {"stores": [DOCUMENTS], "records": [f"FAM-{ref.key}"]},
}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_hold_covers_before_the_gate(workplace: Workplace, scope: str) -> None:
    """A hold of any scope, on a record or on a part of it, keeps the record and its document."""
    ref = workplace.file("1", "letter")
    number = workplace.approved()
    workplace.hold(**SCOPES[scope](ref))
    dispose(workplace.tools, number)
    assert workplace.deeds == []
    assert workplace.standing(number, ref) is Standing.SKIPPED_HELD
    assert workplace.kept(ref) is not None
    assert workplace.paper("letter") is not None


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("point", BEFORE_THE_STORE)
def test_a_hold_wins_up_to_the_stores_own_question(workplace: Workplace, point: str, scope: str) -> None:
    """A hold placed at any point before the store asks for the last time wins, and the refusal is an event."""
    ref = workplace.file("1", "letter")
    number = workplace.approved()
    workplace.at[point] = lambda: workplace.hold(**SCOPES[scope](ref))
    dispose(workplace.tools, number)
    assert workplace.deeds == []
    assert workplace.standing(number, ref) is Standing.SKIPPED_HELD
    assert "order-refused" in workplace.kinds_of_events()


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("point", ["receipts-written", "document-intent-written"])
def test_a_hold_after_the_record_keeps_its_document(workplace: Workplace, point: str, scope: str) -> None:
    """A hold placed after a record went, whatever it covers the record by, still keeps the record's document."""
    ref = workplace.file("1", "letter")
    number = workplace.approved()
    workplace.at[point] = lambda: workplace.hold(**SCOPES[scope](ref))
    with pytest.raises(StoreUnavailable, match="1 of the documents of destroyed records could not be destroyed yet"):
        dispose(workplace.tools, number)
    assert [one.ref for one in workplace.deeds] == [ref]
    assert workplace.paper("letter") is not None
    assert workplace.documents(number)["letter"].standing is Standing.INTENDED
    assert workplace.kinds_of_events().count("order-refused") == 1


@pytest.mark.parametrize("what", ["hold", "native hold", "held late", "blocker"])
@pytest.mark.parametrize("passes", [True, False])
def test_what_keeps_a_document_may_pass(workplace: Workplace, what: str, *, passes: bool) -> None:
    """Its record is gone, and no scan would find it: a document waits for a hold or blocker to pass, and then goes.

    Where it does not pass in two weeks the document is left, counted, and named with its reason, and the list is
    certified. However often it was tried meanwhile, the refusal is one event.
    """
    workplace.file("1", "letter")
    letter = RecordRef(DOCUMENTS, "file", "letter")
    number = workplace.approved()
    holds: list[Hold] = []
    keeping: Callable[[], object] = {
        "hold": lambda: holds.append(workplace.hold(stores=[DOCUMENTS])),
        "held late": lambda: holds.append(workplace.hold(stores=[DOCUMENTS])),
        "native hold": lambda: workplace.stores[DOCUMENTS].hold("file", "letter", "legal hold"),
        "blocker": lambda: workplace.alter(letter, blockers=("open-elsewhere",)),
    }[what]
    workplace.at["document-intent-written" if what == "held late" else "receipts-written"] = keeping
    for hours in (0, 1, 13 * 24):
        workplace.later(hours=hours)
        with pytest.raises(StoreUnavailable, match=r"hold|open-elsewhere"):
            carry_through(workplace.tools, number)
        workplace.at.clear()
    assert workplace.kinds_of_events().count("order-refused") == (what != "blocker")
    if passes and holds:
        lift_hold(workplace.tools, RITA, holds[0].number, authority="Claim settled")
    elif passes and what == "blocker":
        workplace.alter(letter, blockers=())
    elif passes:
        workplace.alter(letter, native_holds=())
    else:
        workplace.later(days=1)
    said = predicate(carry_through(workplace.tools, number))
    assert (workplace.paper("letter") is None) is passes
    expected = Standing.SKIPPED_NOT_DUE if what == "blocker" else Standing.SKIPPED_HELD
    assert workplace.documents(number)["letter"].standing is (Standing.DESTROYED if passes else expected)
    assert said["status"] == ("complete" if passes else "complete_with_exceptions")


def test_patience_begins_with_what_keeps_a_document(workplace: Workplace) -> None:
    """A list that stood still for longer, as its store was out of reach, still waits two weeks for a document."""
    workplace.file("1", "letter")
    number = workplace.approved()
    workplace.disposing = _out_of_reach
    with pytest.raises(StoreUnavailable):
        carry_through(workplace.tools, number)
    workplace.disposing = None
    workplace.later(days=15)
    workplace.at["receipts-written"] = lambda: workplace.hold(stores=[DOCUMENTS])
    with pytest.raises(StoreUnavailable, match="hold"):
        carry_through(workplace.tools, number)
    assert workplace.documents(number)["letter"].standing is Standing.INTENDED


def _out_of_reach(_orders: Sequence[DisposalOrder], _still_clear: StillClear, store: Odd) -> Sequence[Receipt]:
    raise StoreUnavailable.about(store.name, "it does not answer")


def test_a_store_that_asks_early_is_refused_by_its_own_state(workplace: Workplace) -> None:
    """A native hold placed in the store while an order is on its way is honoured by the store."""
    ref = workplace.file("1")
    number = workplace.approved()
    workplace.at["intent-written"] = lambda: workplace.stores[CASES].hold("episode", "1", "legal hold")
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is Standing.SKIPPED_HELD


def test_a_native_hold_on_a_document_holds_the_record(workplace: Workplace) -> None:
    """A hold the document store enforces keeps the record whose document it is."""
    ref = workplace.file("1", "letter")
    number = workplace.approved()
    workplace.stores[DOCUMENTS].hold("file", "letter", "legal hold")
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is Standing.SKIPPED_HELD
    assert workplace.deeds == []


def test_a_lifted_hold_destroys_nothing(workplace: Workplace) -> None:
    """Lifting a hold destroys nothing by itself: a record skipped for it stays on no list."""
    ref = workplace.file("1")
    number = workplace.approved()
    hold = workplace.hold(records=[str(ref)])
    carry_through(workplace.tools, number)
    lift_hold(workplace.tools, RITA, hold.number, authority="Claim settled")
    carry_through(workplace.tools, number)
    assert workplace.kept(ref) is not None


def test_overlapping_holds_must_all_be_lifted(workplace: Workplace) -> None:
    """A record under two holds stays held when one of them is lifted."""
    ref = workplace.file("1")
    number = workplace.approved()
    first, _ = workplace.hold(records=[str(ref)]), workplace.hold(classes=["EH-01"])
    lift_hold(workplace.tools, RITA, first.number, authority="Claim settled")
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is Standing.SKIPPED_HELD


def test_placing_a_hold_tells_which_lists_are_under_way(workplace: Workplace) -> None:
    """Whoever places a hold learns which lists were already being disposed of."""
    from datetime import timedelta

    from retentiond.domain.holds import HoldScope

    workplace.file("1")
    number = workplace.approved()
    told: list[tuple[str, ...]] = []

    def place() -> None:
        review_on = workplace.now.date() + timedelta(days=9)
        placed = place_hold(
            workplace.tools, RITA, title="Claim", authority="Letter", scope=HoldScope(), review_on=review_on
        )  # fmt: skip
        told.append(placed.under_way)

    workplace.at["intent-written"] = place
    dispose(workplace.tools, number)
    assert told == [(number,)]


@pytest.mark.parametrize("point", [None, *BEFORE_THE_STORE])
@pytest.mark.parametrize("what", ["name", "document", "document gone", "class", "blocker", "date"])
def test_what_changed_since_review_is_left_alone(workplace: Workplace, what: str, point: str | None) -> None:
    """A record, or a document of it, that changed after its approval is left alone; its neighbour is not."""
    ref, other = workplace.file("1", "letter"), workplace.file("2")
    number = workplace.approved()

    def change() -> None:
        match what:
            case "name":
                workplace.alter(ref, names=("another",))
            case "document":
                workplace.stores[DOCUMENTS].alter("file", "letter", names=("another text",))
            case "document gone":
                workplace.stores[DOCUMENTS].remove("file", "letter")
            case "class":
                workplace.alter(ref, record_class="EH-02")
            case "blocker":
                workplace.alter(ref, blockers=("open-episode",))
            case _:
                workplace.alter(ref, dates={"case-closed": workplace.now.date()})

    if point:
        workplace.at[point] = lambda: change() if workplace.passed.count(point) == 1 else None
    else:
        change()
    dispose(workplace.tools, number)
    late_document = point == "intent-written" and what.startswith("document")
    assert workplace.kept(other) is None
    if late_document:
        expected = {"document": Standing.SKIPPED_CHANGED, "document gone": Standing.ALREADY_ABSENT}[what]
        assert workplace.documents(number)["letter"].standing is expected
        assert all(one.ref.store == CASES for one in workplace.deeds)
    else:
        assert workplace.kept(ref) is not None
        assert workplace.standing(number, ref) in (Standing.SKIPPED_CHANGED, Standing.SKIPPED_NOT_DUE)
        assert workplace.documents(number)["letter"].standing is Standing.SKIPPED_NOT_DUE


def test_a_schedule_lengthened_after_approval_keeps(workplace: Workplace) -> None:
    """A record no longer due under the schedule in force at disposal is left alone, and so is its document."""
    ref = workplace.file("1", "letter")
    number = workplace.approved()
    longer = record_class("EH-01", Action.DESTROY, years=75)
    workplace.adopt(workplace.version("2026.2", longer), unreachable=True)
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is Standing.SKIPPED_NOT_DUE
    assert workplace.deeds == []


def test_another_action_than_approved_is_not_carried_out(workplace: Workplace) -> None:
    """Where the schedule now says anonymise, nothing is destroyed on the strength of the earlier approval."""
    ref = workplace.file("1")
    number = workplace.approved()
    gentler = record_class("EH-01", Action.ANONYMISE)
    workplace.adopt(workplace.version("2026.2", gentler), unreachable=True)
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is Standing.SKIPPED_NOT_DUE


def test_another_class_in_the_same_state_is_not_destroyed(workplace: Workplace) -> None:
    """A record whose class is another by now is left alone even where its state token and the action are the same."""
    ref = workplace.file("1")
    workplace.adopt(workplace.version("2026.2", record_class("EH-03", Action.DESTROY)))
    number = workplace.approved()
    kept = workplace.kept(ref)
    assert kept
    state = kept.state

    class Retold(type(kept)):  # type: ignore[misc] # a record whose token does not cover its class
        @property
        def state(self) -> object:
            return state

    retold = Retold(**{name: getattr(kept, name) for name in kept.__dataclass_fields__} | {"record_class": "EH-03"})
    workplace.stores[CASES].put("episode", "1", retold)
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is Standing.SKIPPED_CHANGED
    assert workplace.deeds == []
    assert kept.dates == {"case-closed": LONG_AGO}
