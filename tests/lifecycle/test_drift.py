from __future__ import annotations

from dataclasses import replace

import pytest

from retentiond.domain.errors import DecisionRefused, Fault
from retentiond.domain.findings import Finding
from retentiond.domain.lists import Standing
from retentiond.domain.outlines import Outline, Referrer
from retentiond.domain.people import Person
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.drift import accept, drift
from retentiond.lifecycle.explain import explain
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.reassess import stale
from retentiond.lifecycle.scan import scan
from tests.lifecycle.workplace import CASES, GRACE, SAM, Died, Workplace

FIRST = Outline({"episode": {"id": "INTEGER", "name": "TEXT"}}, frozenset({Referrer("note", ("id",), "episode")}))
MORE = Outline({"episode": {"id": "INTEGER", "name": "TEXT", "photo": "BLOB"}}, FIRST.referrers)
PHOTO = "the table episode has a new column 'photo' that nobody has classed"


def outline(workplace: Workplace, live: Outline, kind: str = "episode") -> None:
    """Have the case store's catalogue say something."""
    workplace.stores[CASES].outlines[kind] = live


def due(workplace: Workplace) -> int:
    """Scan, and count what is due."""
    return scan(workplace.tools).total(Finding.DUE)


def _die() -> None:
    raise Died


def test_a_kind_that_has_changed_is_not_due_until_a_person_accepts(workplace: Workplace) -> None:
    """The first scan remembers; a change makes every record of the kind not due, and only of it; accepting ends it."""
    ref = workplace.file("1")
    workplace.file("2", kind="contact")
    outline(workplace, FIRST)
    outline(workplace, FIRST, "contact")
    assert due(workplace) == 2
    outline(workplace, MORE)
    found = scan(workplace.tools)
    assert (found.total(Finding.DUE), found.total(Finding.UNTRIGGERED)) == (1, 1)
    (said,) = found.doubts
    assert (said.place, said.remedy.endswith("'retentiond connector accept cases'")) == ("cases: table episode", True)
    assert explain(workplace.tools, str(ref)).verdict.reason == PHOTO
    (accepted,) = accept(workplace.tools, GRACE, CASES, reason="blanked by the new plan")
    assert [str(one) for one in accepted.changes] == [PHOTO]
    assert due(workplace) == 2
    assert scan(workplace.tools).doubts == ()


def test_nothing_is_gathered_from_a_kind_that_changed_after_its_scan(workplace: Workplace) -> None:
    """What a scan found due is read again when it is gathered, and left off where the tables have changed since."""
    workplace.file("1")
    outline(workplace, FIRST)
    assert due(workplace) == 1
    outline(workplace, MORE)
    with pytest.raises(DecisionRefused, match="photo"):
        gather(workplace.tools, GRACE)


def test_a_list_in_review_loses_what_has_changed(workplace: Workplace) -> None:
    """Approval judges again: records of a kind that has changed come off the list, with the reason in words."""
    ref = workplace.file("1")
    outline(workplace, FIRST)
    listed = workplace.gathered()
    outline(workplace, MORE)
    ((why, refs),) = stale(workplace.tools, listed).gone.items()
    assert (PHOTO in why, refs) == (True, [ref])


@pytest.mark.parametrize("point", ["", "claimed", "intent-written"])
def test_an_approved_record_is_left_alone(workplace: Workplace, point: str) -> None:
    """Tables that change after the approval, and up to the moment the store is asked, keep the record."""
    ref = workplace.file("1", "letter")
    outline(workplace, FIRST)
    number = workplace.approved()
    if point:
        workplace.at[point] = lambda: outline(workplace, MORE)
    else:
        outline(workplace, MORE)
    dispose(workplace.tools, number)
    assert workplace.deeds == []
    assert workplace.kept(ref) is not None
    assert workplace.paper("letter") is not None
    standing = Standing.SKIPPED_CHANGED if point == "intent-written" else Standing.SKIPPED_NOT_DUE
    assert workplace.standing(number, ref) is standing
    assert PHOTO in workplace.entries(number)["1"].note


def test_after_a_change_the_truth_about_earlier_orders_is_still_learnt(workplace: Workplace) -> None:
    """A turn that died after its store had acted is settled as what it did, although the tables have changed since."""
    ref = workplace.file("1")
    outline(workplace, FIRST)
    number = workplace.approved()
    workplace.at["store-acted"] = _die
    with pytest.raises(Died):
        dispose(workplace.tools, number)
    del workplace.at["store-acted"]
    outline(workplace, MORE)
    dispose(workplace.tools, number)
    assert workplace.standing(number, ref) is Standing.DESTROYED
    assert len(workplace.deeds) == 1


def test_what_makes_a_disposal_unsafe_is_not_due_and_cannot_be_accepted(workplace: Workplace) -> None:
    """A trigger or an undeclared reference makes the kind not due at the scan already; accepting changes nothing."""
    workplace.file("1")
    outline(workplace, FIRST)
    assert due(workplace) == 1
    unsafe = Fault("cases: table episode", "the trigger 't' on it would act", "have it removed")
    outline(workplace, replace(FIRST, faults=(unsafe,)))
    assert scan(workplace.tools).doubts == (unsafe,)
    with pytest.raises(DecisionRefused, match="as they were accepted"):
        accept(workplace.tools, GRACE, CASES, reason="it looks harmless")
    assert due(workplace) == 0
    outline(workplace, FIRST)
    assert due(workplace) == 1


def test_tables_that_a_later_definition_names_are_remembered(workplace: Workplace) -> None:
    """A table that came with another definition is remembered by the scan, and a change of it is one from then on."""
    workplace.file("1")
    outline(workplace, FIRST)
    assert due(workplace) == 1
    wider = Outline({**FIRST.tables, "letter": {"body": "TEXT"}}, FIRST.referrers)
    outline(workplace, wider)
    assert due(workplace) == 1
    outline(workplace, Outline({**FIRST.tables, "letter": {}}, FIRST.referrers))
    assert due(workplace) == 0


def test_accepting_is_a_decision(workplace: Workplace) -> None:
    """A records manager or an administrator accepts, with a reason, what has changed; the event says what and who."""
    workplace.file("1")
    outline(workplace, FIRST)
    scan(workplace.tools)
    outline(workplace, MORE)
    auditor = Person("o", "Otto", frozenset({"auditor"}))
    for person, reason, said in ((SAM, "why", "neither"), (auditor, "why", "neither"), (GRACE, " ", "reason")):
        with pytest.raises(DecisionRefused, match=said):
            accept(workplace.tools, person, CASES, reason=reason)
    accept(workplace.tools, Person("a", "Ada", frozenset({"administrator"})), CASES, reason="new picture")
    with workplace.ledger.transaction() as tx:
        (event,) = [one for one in tx.events.latest() if one.kind == "outline-accepted"]
    assert (event.actor, event.body["reason"]) == ("a", "new picture")
    with pytest.raises(DecisionRefused, match="as they were accepted"):
        accept(workplace.tools, GRACE, CASES, reason="again")


def test_looking_changes_nothing(workplace: Workplace) -> None:
    """Showing what has changed, before any scan and after a change, writes nothing."""
    outline(workplace, FIRST)
    before = len(workplace.kinds_of_events())
    (one,) = drift(workplace.tools).kinds
    assert (one.kind, one.accepted, one.doubts) == ("episode", False, ())
    scan(workplace.tools)
    outline(workplace, MORE)
    events = len(workplace.kinds_of_events())
    (one,) = drift(workplace.tools, stores=[CASES]).kinds
    assert (one.accepted, [str(each) for each in one.changes]) == (True, [PHOTO])
    assert len(workplace.kinds_of_events()) == events > before
