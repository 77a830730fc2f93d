from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from retentiond.domain.errors import DecisionRefused, NotFound
from retentiond.domain.people import Person
from retentiond.domain.schedule import Action
from retentiond.lifecycle.adopt import adopt
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.plan import plan
from retentiond.lifecycle.review import approve
from retentiond.lifecycle.review_record import retain
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.totals import predicate
from tests.lifecycle.workplace import (
    ADAM,
    AUDREY,
    BOTH,
    GRACE,
    RITA,
    SAM,
    Workplace,
    record_class,
    schedule_of,
)

LONGER = record_class("EH-01", Action.DESTROY, years=75)
STEPS = ("scan", "gather", "approve", "dispose", "plan", "retain")


def step(workplace: Workplace, name: str, number: str) -> Callable[[], object]:
    """Return a step that rests on the schedules."""
    tools, listed = workplace.tools, workplace.listed(number) if number else None
    steps: dict[str, Callable[[], object]] = {
        "scan": lambda: scan(tools),
        "gather": lambda: gather(tools, GRACE),
        "approve": lambda: approve(tools, number, SAM, listed.digest if listed else ""),
        "dispose": lambda: dispose(tools, number),
        "plan": lambda: plan(tools, number),
        "retain": lambda: retain(tools, number, SAM, "FAM-1", until=date(2030, 1, 1), reason="Claim"),
    }
    return steps[name]


def prepared(workplace: Workplace, name: str) -> str:
    """Bring a list to where a step can be taken; return its number."""
    workplace.file("1"), workplace.file("2")
    if name in ("scan", "gather"):
        scan(workplace.tools)
        return ""
    return workplace.approved() if name == "dispose" else workplace.gathered().number


@pytest.mark.parametrize("name", STEPS)
def test_nothing_goes_on_under_a_version_nobody_adopted(workplace: Workplace, name: str) -> None:
    """Scan, gather, approve, dispose and a reviewer's decision are refused, and lists and records stay as they are."""
    number = prepared(workplace, name)
    before = workplace.listed(number) if number else None
    workplace.changed(schedules=(workplace.version("2026.2"),))
    with pytest.raises(DecisionRefused) as refused:
        step(workplace, name, number)()
    (fault,) = refused.value.faults
    assert fault.message == "version 2026.2 of 'Early Help' is not adopted"
    assert fault.remedy == "see what it would change with 'retentiond schedule diff', then 'retentiond schedule adopt'"
    assert (workplace.listed(number) if number else None) == before
    assert workplace.deeds == []
    adopt(workplace.tools, GRACE)
    step(workplace, name, number)()


def test_before_the_first_adoption_the_sentence_says_so(workplace: Workplace) -> None:
    """A schedule of which no version was ever adopted is named as that, beside one whose newest is not."""
    new = schedule_of(workplace.folder / "new.yaml", record_class("FO-01", Action.DESTROY), name="Fostering")
    workplace.changed(schedules=(workplace.version("2026.2"), new))
    with pytest.raises(DecisionRefused) as refused:
        scan(workplace.tools)
    first, second = refused.value.faults
    assert "not adopted; see what it would change" in str(first)
    assert second.message == "version 2026.1 of 'Fostering' is not adopted, and no version of it ever was"
    assert second.remedy == "read it, then 'retentiond schedule adopt'"


def test_a_version_that_was_changed_afterwards_is_refused(workplace: Workplace) -> None:
    """The same name and version with other bytes is neither judged under nor adopted: it needs a version of its own."""
    workplace.changed(schedules=(workplace.version("2026.1", LONGER),))
    for deed in (lambda: scan(workplace.tools), lambda: adopt(workplace.tools, GRACE)):
        with pytest.raises(DecisionRefused, match=r"version 2026\.1 of 'Early Help' was adopted with other content"):
            deed()
    assert workplace.kinds_of_events().count("schedule-adopted") == 1


def test_a_replaced_version_is_no_longer_in_force(workplace: Workplace) -> None:
    """Whoever still works with the version before, a daemon that was not reloaded, judges nothing under it."""
    before = workplace.tools.schedules
    workplace.adopt(workplace.version("2026.2"))
    workplace.changed(schedules=before)
    with pytest.raises(DecisionRefused, match=r"no longer in force: version 2026\.2 was adopted on 2 November 2026"):
        scan(workplace.tools)


def test_a_disposal_under_way_stops_at_an_adoption(workplace: Workplace) -> None:
    """An engine that still has the version before gives no further order once another is adopted; the next goes on."""
    gone, kept = workplace.file("1"), workplace.file("2", kind="contact")
    number = workplace.approved()
    old = workplace.tools
    new = workplace.version("2026.2")

    def adopted() -> None:
        if "receipts-written" in workplace.passed:
            workplace.at.clear()
            adopt(replace(old, schedules=(new,)), GRACE)

    workplace.at["receipts-written"] = adopted
    with pytest.raises(DecisionRefused, match="no longer in force"):
        dispose(old, number)
    assert len(workplace.deeds) == 1
    workplace.changed(schedules=(new,))
    carry_through(workplace.tools, number)
    assert workplace.kept(gone) is None
    assert workplace.kept(kept) is None


def test_the_event_names_version_people_and_what_it_replaces(workplace: Workplace) -> None:
    """The signed event says who adopted which bytes, instead of which, and what they retire; not the reason."""
    (before,) = workplace.tools.schedules
    retired = replace(before.classes[1], retired=date(2026, 10, 1), successor="EH-01")
    new = workplace.version("2026.2", retired)
    workplace.changed(schedules=(new,))
    adopt(workplace.tools, GRACE, together_with=[SAM], reason="Cabinet, 12 March")
    with workplace.ledger.transaction() as tx:
        first, second = tx.schedules.adoptions()
        envelope = tx.events.get(second.event_seq).envelope or b""
        assert tx.schedules.source(new.digest) == (workplace.folder / "schedule-2026.2.yaml").read_bytes()
    import base64

    said = json.loads(base64.b64decode(json.loads(envelope)["payload"]))["predicate"]
    assert said["adopted_by"] == [
        {"person": "grace", "display_name": "Grace Adeyemi"},
        {"person": "sam", "display_name": "Sam Whitlock"},
    ]
    assert (said["replaces"], said["digest"], said["retired"]) == (before.digest, new.digest, ["EH-02"])
    assert said["operator"] == {"display_name": "Grace Adeyemi", "role": "records-manager"}
    assert "Cabinet" not in json.dumps(said)
    assert (second.adopted_by, second.reason, second.replaces) == (("grace", "sam"), "Cabinet, 12 March", first.digest)
    assert audit(workplace.tools).ok


@pytest.mark.parametrize(
    ("person", "others", "said"),
    [
        (SAM, [], "not a records manager"),
        (ADAM, [], "administrator, and that role never adopts"),
        (AUDREY, [], "auditor, and that role never adopts"),
        (GRACE, [ADAM], "administrator, and that role never adopts"),
        (GRACE, [AUDREY], "auditor, and that role never adopts"),
        (GRACE, [SAM, SAM], "Sam Whitlock is named twice"),
        (GRACE, [GRACE], "Grace Adeyemi is named twice"),
    ],
)
def test_who_may_adopt(workplace: Workplace, person: Person, others: list[Person], said: str) -> None:
    """A records manager adopts, alone or with people of other roles; administrators and auditors never do."""
    workplace.changed(schedules=(workplace.version("2026.2"),))
    with pytest.raises(DecisionRefused, match=said):
        adopt(workplace.tools, person, together_with=others)
    assert workplace.kinds_of_events().count("schedule-adopted") == 1
    adopt(workplace.tools, BOTH, together_with=[SAM, RITA])


def use(workplace: Workplace, how: str) -> None:
    """Have something rest on the class EH-02."""
    ref = workplace.file("1", code="EH-02")
    match how:
        case "finding":
            scan(workplace.tools)
        case "list":
            workplace.gathered()
        case "certificate":
            carry_through(workplace.tools, workplace.approved())
        case "hold":
            workplace.hold(classes=["EH-02"])
        case "definition":
            return
        case _:
            pass
    if how != "list":
        workplace.stores[ref.store].remove(ref.kind, ref.key)
    without = tuple(
        replace(one, records=tuple(replace(kind, classify=kind.classify[:1]) for kind in one.records))
        for one in workplace.tools.definitions
    )
    workplace.changed(definitions=without)


@pytest.mark.parametrize("how", ["definition", "finding", "list", "certificate", "hold"])
def test_a_class_in_use_cannot_vanish(workplace: Workplace, how: str) -> None:
    """A class that anything rests on stays in the next version, retired at most; nothing is adopted without it."""
    use(workplace, how)
    with pytest.raises(DecisionRefused) as refused:
        workplace.adopt(workplace.version("2026.2", without={"EH-02"}))
    (fault,) = refused.value.faults
    assert fault.message == "class EH-02 is in use and has vanished"
    assert fault.remedy == "keep it with 'retired' and 'successor'"
    assert workplace.kinds_of_events().count("schedule-adopted") == 1


def test_a_class_nothing_rests_on_may_go(workplace: Workplace) -> None:
    """A class that was never used may vanish, and one that is in use may move to another schedule."""
    use(workplace, "unused")
    workplace.file("1")
    moved = schedule_of(workplace.folder / "moved.yaml", record_class("EH-01", Action.DESTROY), name="Enquiries")
    rest = record_class("EH-09", Action.DESTROY)
    adopted = workplace.adopt(workplace.version("2026.2", rest, without={"EH-01", "EH-02"}), moved)
    assert [one.name for one in adopted.adoptions] == ["Early Help", "Enquiries"]


def test_all_faults_at_once_and_nothing_adopted(workplace: Workplace) -> None:
    """Every fault of every schedule is said at once, and of two schedules neither is adopted where one has a fault."""
    workplace.file("1", code="EH-02")
    scan(workplace.tools)
    sound = schedule_of(workplace.folder / "new.yaml", record_class("FO-01", Action.DESTROY), name="Fostering")
    early = workplace.version("2027.1", without={"EH-02"}, adopted=date(2027, 4, 1))
    workplace.changed(schedules=(early, sound))
    with pytest.raises(DecisionRefused) as refused:
        adopt(workplace.tools, GRACE)
    assert [one.message for one in refused.value.faults] == [
        "version 2027.1 of 'Early Help' says that it is in force from 1 April 2027",
        "class EH-02 is in use and has vanished",
    ]
    with workplace.ledger.transaction() as tx:
        assert set(tx.schedules.in_force()) == {"Early Help"}


def test_a_version_that_is_in_force_later_is_adopted_on_its_day(workplace: Workplace) -> None:
    """A version is not put in force before the day from which it says that it is."""
    workplace.changed(schedules=(workplace.version("2026.2", adopted=date(2026, 11, 3)),))
    with pytest.raises(DecisionRefused, match="in force from 3 November 2026"):
        adopt(workplace.tools, GRACE)
    workplace.later(days=1)
    assert adopt(workplace.tools, GRACE).adoptions


def test_going_back_is_an_adoption_like_any_other(workplace: Workplace) -> None:
    """An earlier version can be put in force again by people, is named as older, and the log has both adoptions."""
    (first,) = workplace.tools.schedules
    workplace.adopt(workplace.version("2026.2", LONGER, adopted=date(2026, 10, 1)))
    adopted = workplace.adopt(first)
    assert adopted.older == ("Early Help",)
    scan(workplace.tools)
    with workplace.ledger.transaction() as tx:
        assert [one.version for one in tx.schedules.adoptions()] == ["2026.1", "2026.2", "2026.1"]
        assert tx.schedules.in_force()["Early Help"].replaces != first.digest
    assert audit(workplace.tools).ok


def test_adopting_what_is_in_force_changes_nothing(workplace: Workplace) -> None:
    """A schedule that is in force as it stands is named as that, and no event is made."""
    adopted = adopt(workplace.tools, GRACE, names=["Early Help"])
    assert (adopted.adoptions, adopted.unchanged, adopted.lists) == ((), ("Early Help",), ())
    assert workplace.kinds_of_events().count("schedule-adopted") == 1


def test_an_unknown_name_is_not_guessed(workplace: Workplace) -> None:
    """A name no schedule has is refused with the nearest there is."""
    with pytest.raises(NotFound, match="did you mean 'Early Help'"):
        adopt(workplace.tools, GRACE, names=["Early Hepl"])


def test_a_file_that_changed_under_ones_hands_is_not_adopted(workplace: Workplace) -> None:
    """What is adopted is byte for byte what was read and shown; a file written meanwhile is refused."""
    new = workplace.version("2026.2")
    (workplace.folder / "schedule-2026.2.yaml").write_text("something else")
    with pytest.raises(DecisionRefused, match="changed while it was read"):
        workplace.adopt(new)


@pytest.mark.parametrize("what", ["people", "digest"])
def test_an_adoption_written_by_hand_adopts_nothing(workplace: Workplace, what: str) -> None:
    """A row put into the ledger's tables without a signed event behind it puts no schedule in force."""
    new = workplace.version("2026.2", LONGER)
    workplace.forge("DROP TRIGGER adoptions_no_update")
    workplace.forge("DROP TRIGGER schedules_no_update")
    if what == "digest":
        workplace.forge("PRAGMA foreign_keys=OFF")
        workplace.forge("UPDATE schedules SET digest = ?, version = '2026.2'", new.digest)
        workplace.forge("UPDATE adoptions SET digest = ?", new.digest)
        workplace.changed(schedules=(new,))
    else:
        workplace.forge("UPDATE adoptions SET adopted_by = '[\"rita\"]'")
    with pytest.raises(DecisionRefused, match="no signed event"):
        scan(workplace.tools)
    assert not audit(workplace.tools).ok


def test_every_flag_list_and_certificate_carries_the_digest(workplace: Workplace) -> None:
    """Scan runs, proposals and certificates name the exact version by its digest, and the leaf of its adoption."""
    workplace.file("1")
    (schedule,) = workplace.tools.schedules
    number = workplace.approved()
    with workplace.ledger.transaction() as tx:
        runs = tx.findings.runs()
        proposal = json.loads(tx.lists.proposal(number).payload)["predicate"]["schedules"]
        adoption = tx.schedules.in_force()[schedule.name]
    assert {one.schedule_digest for one in runs} == {schedule.digest}
    assert [(one["digest"], one["log_index"]) for one in proposal] == [(schedule.digest, adoption.log_index)]
    authority = predicate(carry_through(workplace.tools, number))["authority"]
    assert {one["digest"] for one in authority} == {schedule.digest}
