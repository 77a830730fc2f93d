from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from retentiond.connectors.interface import Role, StillClear
from retentiond.domain.holds import HoldScope, HoldsInForce
from retentiond.domain.lists import Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.ledger import list_disposal
from retentiond.ledger.list_disposal import ListDisposal
from retentiond.lifecycle import certify, gate, in_force, judging, manifests, proofs, review, through, wholes
from retentiond.lifecycle.dispose import documents, records, sending, shared
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.wholes import fetch_wholes
from tests.lifecycle.workplace import GRACE, SAM, Odd, Workplace
from tests.lifecycle.world import World

Patch = pytest.MonkeyPatch
APPROVED = "UPDATE lists SET state = 'approved', dispose_after = '2026-11-02T09:00:00.000000Z' WHERE number = ?"


@dataclass(frozen=True)
class Bug:
    """One bug, and a course of events in which it does harm."""

    seed: Callable[[Patch], object]
    happens: Callable[[World], object]
    forged: bool = False
    """Somebody changes the ledger by hand, so that even a sound program leaves the list unfinished."""


def instead(*places: tuple[Any, str, Any]) -> Callable[[Patch], None]:
    """Return how to put something else in each place: where, the name, what."""

    def seed(patch: Patch) -> None:
        for where, name, what in places:
            patch.setattr(where, name, what)

    return seed


def _nothing(*_: object, **__: object) -> None:
    return None


# What happens, in each case, to a list of three cases of which the second has a paper


def _undisturbed(world: World) -> None:
    world.dispose(world.ready())


def _zombie(world: World) -> None:
    number = world.ready()

    def successor() -> None:
        world.hold(0)
        world.dispose(number)
        world.lift()

    world.dispose(number, "intent-written", successor)


def _held(world: World) -> None:
    number = world.ready()
    world.hold(0)
    world.dispose(number)


def _held_at_the_last_moment(world: World) -> None:
    number = world.ready()
    world.dispose(number, "intent-written", lambda: world.hold(0))


def _papers_held(world: World) -> None:
    number = world.ready()
    world.hold(1, "papers")
    world.dispose(number)


def _papers_held_late(world: World) -> None:
    number = world.ready()
    world.dispose(number, "receipts-written", lambda: world.hold(1, "papers"))


def _changed(world: World) -> None:
    number = world.ready()
    world.change(0)
    world.dispose(number)


def _vanished(world: World) -> None:
    number = world.ready()
    world.vanish(0)
    world.dispose(number)


def _died_after_the_store(world: World) -> None:
    number = world.ready()
    world.dispose(number, "store-acted")
    world.dispose(number)


def _lying_once(lie: Callable[[Receipt, Receipt], Sequence[Receipt]]) -> Callable[[World], None]:
    def happens(world: World) -> None:
        number = world.ready(2)
        honest, lies = world._dispose, [lie]

        def dispose(orders: Sequence[DisposalOrder], clear: StillClear, store: Odd) -> Sequence[Receipt]:
            receipts = honest(orders, clear, store)
            return lies.pop()(*receipts) if lies else receipts

        world.workplace.disposing = dispose
        world.dispose(number, "intent-written", lambda: world.change(0))

    return happens


def _another_deed(one: Receipt, two: Receipt) -> Sequence[Receipt]:
    return [one, replace(two, outcome=Outcome.ANONYMISED)]


def _swapped(one: Receipt, two: Receipt) -> Sequence[Receipt]:
    return [
        replace(one, order=replace(one.order, ref=two.order.ref)),
        replace(two, order=replace(two.order, ref=one.order.ref)),
    ]


def _too_early(world: World) -> None:
    world.ready()
    world.workplace.later(hours=-24)
    world.dispose(next(iter(world.lists)))


def _half_approved(world: World) -> str:
    for _ in range(2):
        world.file()
    number = world.gather()
    assert number
    assert world.approve(number, SAM)
    world.workplace.later(hours=25)
    return number


def _state_forged(world: World) -> None:
    number = _half_approved(world)
    world.workplace.forge(APPROVED, number)
    world.dispose(number)


def _replaced(world: World) -> None:
    number = world.ready()
    before = world.workplace.tools.schedules
    world.version(75)
    world.adopt(unreachable=True)
    world.workplace.changed(schedules=before)
    world.configured = 0
    world.dispose(number)


def _adoption_forged(world: World) -> None:
    number = world.ready()
    world.version(6)
    world.workplace.forge("DROP TRIGGER adoptions_no_update")
    world.workplace.forge("DROP TRIGGER schedules_no_update")
    digest = world.workplace.tools.schedules[0].digest
    world.workplace.forge("UPDATE schedules SET digest = ?, version = '2026.2'", digest)
    world.workplace.forge("UPDATE adoptions SET digest = ?", digest)
    world.dispose(number)


def _approval_forged(world: World) -> None:
    number = _half_approved(world)
    scan(world.workplace.tools)
    world.workplace.forge(
        "INSERT INTO approvals SELECT list_number, 'records-manager', 'rita', at, digest, "
        "(SELECT max(seq) FROM events) FROM approvals"
    )
    world.workplace.forge(APPROVED, number)
    world.dispose(number)


def _revived(world: World) -> None:
    number = world.ready()
    world.withdraw(number)
    world.workplace.forge(APPROVED, number)
    world.workplace.forge("UPDATE entries SET reference = 'FAM-' || key")  # else the gate would miss its title
    world.dispose(number)


def _gatherer_approves(world: World) -> None:
    number = _half_approved(world)
    world.approve(number, GRACE)
    world.workplace.later(hours=25)
    world.dispose(number)


def _entry_forged(world: World) -> None:
    number = world.ready()
    world.file()
    with world.workplace.tools.stores(Role.SCAN) as store:
        state = fetch_wholes(world.workplace.tools, store, [world.ref(3)])[world.ref(3)].state
    world.workplace.forge("UPDATE entries SET key = '003', reference = 'FAM-003', state = ? WHERE key = '000'", state)
    world.dispose(number)


def _document_forged(world: World) -> None:
    number = world.ready()
    world.file()
    world.workplace.alter(world.ref(3), documents=())  # else its own record would keep it
    paper = world.workplace.paper("paper-003")
    assert paper
    world.workplace.forge("UPDATE documents SET key = 'paper-003', state = ? WHERE key = 'paper-001'", paper.state)
    with world.workplace.ledger.transaction() as tx:
        assert tx.lists.documents(number)
    world.dispose(number)


# The bugs


def _deaf_to_state(entry: Any, whole: Any, verdict: Any, *, is_genuine: bool) -> Any:
    seen = replace(whole, state=entry.state) if whole else None
    return SOUND_PASSED(entry, seen, verdict, is_genuine=is_genuine)


def _absent_is_destroyed(entry: Any, whole: Any, verdict: Any, *, is_genuine: bool) -> Any:
    passed = SOUND_PASSED(entry, whole, verdict, is_genuine=is_genuine)
    return replace(passed, fate=Standing.DESTROYED) if passed.fate is Standing.ALREADY_ABSENT else passed


def _certified_as_destroyed(thing: Any, sights: Any, account: Any, *, waits: bool) -> Any:
    fate, checked = SOUND_SEEN(thing, sights, account, waits=waits)
    return (Standing.DESTROYED if fate is Standing.ALREADY_ABSENT else fate), checked


def _unwritten(self: Any, number: str, epoch: int, refs: Any, *, at: Any) -> None:
    """Write no intent."""


def _believed(_store: str, _orders: object, receipts: Sequence[Receipt]) -> list[Receipt]:
    return list(receipts)


def _of_any_order(number: str, one: Any) -> tuple[Any, ...]:
    return (*SOUND_FATE_ROW(number, one)[:-2], "", "")


SOUND_FATE_ROW = list_disposal._fate_row
SOUND_PASSED = gate._passed
SOUND_SEEN = certify._seen

BUGS: dict[str, Bug] = {
    "a newer epoch stops nobody": Bug(
        instead(
            (records, "mind_turn", _nothing),
            (shared, "mind_turn", _nothing),
            (ListDisposal, "_refuse_overtaken", _nothing),
        ),
        _zombie,
    ),
    "no hold is minded": Bug(
        instead((HoldsInForce, "covering", lambda *_: ()), (records, "is_held", lambda *_: False)), _held
    ),
    "holds are not minded at the last moment": Bug(
        instead((records, "is_held", lambda *_: False)), _held_at_the_last_moment
    ),
    "a hold on a part does not hold the whole": Bug(
        instead(
            (wholes, "parts_held", lambda *_: iter(())),
            (judging, "parts_held", lambda *_: iter(())),
            (HoldScope, "covers_document", lambda scope, _document, record: scope.covers(record)),
        ),
        _papers_held,
    ),
    "documents are not asked about holds": Bug(instead((documents, "_held", lambda *_: set())), _papers_held_late),
    "states are not compared": Bug(instead((gate, "_passed", _deaf_to_state)), _changed),
    "already absent is settled as destroyed": Bug(instead((gate, "_passed", _absent_is_destroyed)), _vanished),
    "already absent is certified as destroyed": Bug(instead((certify, "_seen", _certified_as_destroyed)), _vanished),
    "certified without an independent read": Bug(
        instead((through, "verify", _nothing), (certify, "_seen", lambda thing, *_, **__: (thing.standing, {}))),
        _undisturbed,
    ),
    "a lost receipt is not asked for": Bug(instead((records, "learn", lambda *_: set())), _died_after_the_store),
    "no intent is written": Bug(instead((ListDisposal, "intend", _unwritten)), _died_after_the_store),
    "receipts are taken for whatever they say": Bug(
        instead((sending, "answers", _believed)), _lying_once(_another_deed)
    ),
    "receipts are settled for other orders": Bug(
        instead((sending, "answers", _believed), (list_disposal, "_fate_row", _of_any_order)), _lying_once(_swapped)
    ),
    "the cooling-off period is not waited for": Bug(instead((gate, "_mind_cooling_off", _nothing)), _too_early),
    "approvals are not counted": Bug(instead((gate, "_mind_approvals", _nothing)), _state_forged, forged=True),
    "approvals need no signed event": Bug(
        instead((gate, "are_approved", lambda *_: True), (certify, "are_approved", lambda *_: True)),
        _approval_forged,
        forged=True,
    ),
    "nobody asks which version is in force": Bug(instead((gate, "mind_in_force", _nothing)), _replaced),
    "an adoption needs no signed event": Bug(
        instead((in_force, "is_proved", lambda *_: True)), _adoption_forged, forged=True
    ),
    "a withdrawn list can come back": Bug(instead((proofs, "ENDINGS", frozenset())), _revived, forged=True),
    "whoever gathered may approve": Bug(
        instead((review, "why_not_approve", _nothing), (gate, "_mind_approvals", _nothing)), _gatherer_approves
    ),
    "entries are not held against the manifest": Bug(
        instead((manifests.Frozen, "holds", lambda _, entries: {one.ref for one in entries})),
        _entry_forged,
        forged=True,
    ),
    "documents are not held against what was frozen": Bug(
        instead((manifests.Frozen, "holds_document", lambda *_: True)), _document_forged, forged=True
    ),
}


def found(world: World, bug: Bug) -> list[str]:
    """Let it happen, and return the laws that are broken then."""
    bug.happens(world)
    return [*world.broken_laws(), *([] if bug.forged else [*world.unfinished(), *world.broken_laws()])]


@pytest.mark.parametrize("name", BUGS)
def test_without_the_bug_the_laws_hold(workplace: Workplace, name: str) -> None:
    """In the very course of events that shows a bug, a sound program breaks no law."""
    assert found(World(workplace), BUGS[name]) == []


@pytest.mark.parametrize("name", BUGS)
def test_with_the_bug_a_law_is_broken(workplace: Workplace, name: str, monkeypatch: Patch) -> None:
    """Each seeded bug is noticed by the laws the model test holds."""
    BUGS[name].seed(monkeypatch)
    assert found(World(workplace), BUGS[name]) != []
