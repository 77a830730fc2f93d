from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from retentiond.domain.errors import DecisionRefused, StoreUnavailable
from retentiond.domain.lists import ListState, Standing
from retentiond.domain.people import Person
from retentiond.domain.schedule import Action
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.review import approve, give_back, withdraw
from retentiond.lifecycle.review_record import hold_record, reclassify, retain
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.workplace import AUDREY, BOTH, CASES, GRACE, RITA, SAM, Workplace, record_class, schedule_of

YEARS_ON = date(2030, 1, 1)


def test_two_stages_need_two_people(workplace: Workplace) -> None:
    """Somebody with both roles approves one stage and not the other."""
    workplace.file("1")
    listed = workplace.gathered()
    approve(workplace.tools, listed.number, BOTH, listed.digest)
    with pytest.raises(DecisionRefused, match="two stages need two people"):
        approve(workplace.tools, listed.number, BOTH, listed.digest)
    assert workplace.listed(listed.number).next_stage == "records-manager"


def test_stages_are_given_in_order(workplace: Workplace) -> None:
    """The second stage cannot be approved before the first."""
    workplace.file("1")
    listed = workplace.gathered()
    with pytest.raises(DecisionRefused, match=r"needs a service.manager"):
        approve(workplace.tools, listed.number, RITA, listed.digest)


@pytest.mark.parametrize("who", [SAM, AUDREY])
def test_only_a_records_manager_gathers(workplace: Workplace, who: Person) -> None:
    """Nobody but a records manager gathers a list."""
    workplace.file("1")
    scan(workplace.tools)
    with pytest.raises(DecisionRefused, match="records manager"):
        gather(workplace.tools, who)


def test_a_conflict_of_interest_excludes(workplace: Workplace) -> None:
    """A reviewer named in a record's conflict-of-interest field cannot approve the list it is on; another can."""
    workplace.file("1", excluded_reviewers=("sam",))
    listed = workplace.gathered()
    with pytest.raises(DecisionRefused, match="conflict-of-interest"):
        approve(workplace.tools, listed.number, SAM, listed.digest)
    assert approve(workplace.tools, listed.number, BOTH, listed.digest).stage == "service-manager"


@pytest.mark.parametrize("digest", ["", "0123", "f" * 64])
def test_the_digest_must_be_the_lists(workplace: Workplace, digest: str) -> None:
    """An approval names the digest the person saw, or at least twelve characters of it."""
    workplace.file("1")
    listed = workplace.gathered()
    with pytest.raises(DecisionRefused, match="digest given is not the list's"):
        approve(workplace.tools, listed.number, SAM, digest or listed.digest[:11])
    approve(workplace.tools, listed.number, SAM, listed.digest[:12])


def test_a_record_that_changed_is_taken_off_at_approval(workplace: Workplace) -> None:
    """A changed record comes off, earlier approvals are void, and the message gives count and new digest."""
    changed, _ = workplace.file("1"), workplace.file("2")
    listed = workplace.gathered()
    approve(workplace.tools, listed.number, SAM, listed.digest)
    workplace.alter(changed, names=("a new note",))
    with pytest.raises(DecisionRefused) as refused:
        approve(workplace.tools, listed.number, RITA, listed.digest)
    now = workplace.listed(listed.number)
    assert (now.revision, now.approvals, now.state) == (2, (), ListState.IN_REVIEW)
    assert now.digest != listed.digest
    assert workplace.standing(listed.number, changed) is Standing.LEFT
    (fault,) = refused.value.faults
    assert fault.message.startswith("1 of its records changed or are no longer due")
    assert "nothing was approved" in fault.message
    assert now.digest[:12] in fault.remedy
    assert workplace.approve(now).state is ListState.APPROVED


def test_a_list_whose_last_record_changed_is_withdrawn(workplace: Workplace) -> None:
    """When no record is left at approval the list is withdrawn, the message says so, and its titles are erased."""
    changed = workplace.file("1")
    listed = workplace.gathered()
    workplace.alter(changed, names=("a new note",))
    with pytest.raises(DecisionRefused, match="it was withdrawn"):
        approve(workplace.tools, listed.number, SAM, listed.digest)
    assert workplace.listed(listed.number).state is ListState.WITHDRAWN
    assert workplace.entries(listed.number)["1"].reference == ""


@pytest.mark.parametrize("what", ["class", "hold", "blocker", "gone", "not due"])
def test_what_is_no_longer_due_is_taken_off_at_approval(workplace: Workplace, what: str) -> None:
    """At approval every record is judged live again, under the schedule, the holds and the dates of that moment."""
    ref = workplace.file("1")
    workplace.file("2", kind="contact")
    listed = workplace.gathered()
    match what:
        case "class":
            workplace.alter(ref, record_class="EH-02")
        case "hold":
            workplace.hold(records=[str(ref)])
        case "blocker":
            workplace.alter(ref, blockers=("open-episode",))
        case "gone":
            workplace.stores[CASES].remove("episode", "1")
        case _:
            workplace.alter(ref, dates={"case-closed": workplace.now.date()})
    with pytest.raises(DecisionRefused, match="were taken off"):
        approve(workplace.tools, listed.number, SAM, listed.digest)
    assert workplace.standing(listed.number, ref) is Standing.LEFT


def test_a_longer_schedule_takes_records_off(workplace: Workplace) -> None:
    """A record no longer due under the schedule in force is taken off at approval."""
    workplace.file("1")
    listed = workplace.gathered()
    longer = record_class("EH-01", Action.DESTROY, years=75)
    workplace.adopt(workplace.version("2026.2", longer), unreachable=True)
    with pytest.raises(DecisionRefused, match="no longer due"):
        approve(workplace.tools, listed.number, SAM, listed.digest)


def test_a_class_that_has_left_the_schedules(workplace: Workplace) -> None:
    """Freezing a list whose class no schedule has any more is refused in words; the list stays as it was."""
    workplace.file("1")
    workplace.file("2", code="EH-02")
    first, second = workplace.tools.schedules[0].classes
    left = schedule_of(workplace.folder / "left.yaml", first, version="2026.2")
    workplace.adopt(left, schedule_of(workplace.folder / "lost.yaml", second, name="Enquiries"))
    listed = workplace.gathered()
    workplace.changed(schedules=(left,))
    with pytest.raises(DecisionRefused, match="no schedule in force has the class EH-02"):
        retain(workplace.tools, listed.number, SAM, "FAM-1", until=YEARS_ON, reason="Claim")
    assert workplace.listed(listed.number) == listed


def test_an_unreachable_store_approves_nothing(workplace: Workplace) -> None:
    """Where a store cannot be read nothing is approved and nothing is taken off."""
    workplace.file("1")
    listed = workplace.gathered()

    def refuse(name: str, _role: object) -> None:
        raise StoreUnavailable.about(name, "it does not answer")

    workplace.opening = refuse
    with pytest.raises(StoreUnavailable):
        approve(workplace.tools, listed.number, SAM, listed.digest)
    assert workplace.listed(listed.number) == listed


def test_retained_is_off_the_list_and_not_due(workplace: Workplace) -> None:
    """A record kept until a date comes off, with a new manifest, and scans do not find it due before that date."""
    ref, other = workplace.file("1"), workplace.file("2")
    listed = workplace.gathered()
    approve(workplace.tools, listed.number, SAM, listed.digest)
    now = retain(workplace.tools, listed.number, SAM, "FAM-1", until=YEARS_ON, reason="The family asked")
    assert (now.revision, now.approvals) == (2, ())
    with pytest.raises(DecisionRefused, match="digest given"):
        approve(workplace.tools, listed.number, SAM, listed.digest)
    number = workplace.approve(now).number
    workplace.later(hours=25)
    carry_through(workplace.tools, number)
    assert workplace.kept(ref) is not None
    assert workplace.kept(other) is None
    with pytest.raises(DecisionRefused, match="nothing is due"):
        workplace.gathered()
    workplace.later(days=365 * 4)
    assert workplace.gathered().counts == {Standing.LISTED: 1}


def test_held_by_a_reviewer(workplace: Workplace) -> None:
    """A record held by a reviewer comes off its list and is held from then on."""
    ref, _ = workplace.file("1"), workplace.file("2")
    listed = workplace.gathered()
    hold_record(
        workplace.tools, listed.number, RITA, str(ref), title="Claim", authority="Letter", review_on=YEARS_ON
    )  # fmt: skip
    assert workplace.standing(listed.number, ref) is Standing.HELD
    withdraw(workplace.tools, listed.number, SAM, reason="Start again")
    assert workplace.gathered().counts == {Standing.LISTED: 1}


def test_reclassified_comes_off(workplace: Workplace) -> None:
    """A record whose class a reviewer calls wrong comes off; a class nobody knows is refused."""
    ref, _ = workplace.file("1"), workplace.file("2")
    listed = workplace.gathered()
    with pytest.raises(DecisionRefused, match="no schedule in force has a class"):
        reclassify(workplace.tools, listed.number, SAM, str(ref), record_class="XX-99")
    reclassify(workplace.tools, listed.number, SAM, str(ref), record_class="EH-02")
    assert workplace.standing(listed.number, ref) is Standing.RECLASSIFIED
    assert "EH-02" in workplace.entries(listed.number)["1"].note


def test_taking_the_last_record_off_withdraws(workplace: Workplace) -> None:
    """A list from which a reviewer takes the last record is withdrawn."""
    workplace.file("1")
    listed = workplace.gathered()
    now = retain(workplace.tools, listed.number, SAM, "FAM-1", until=YEARS_ON, reason="Claim")
    assert now.state is ListState.WITHDRAWN
    assert now.ended_because == "no record is left on it"


@pytest.mark.parametrize("state", ["approved", "disposing"])
def test_only_a_list_in_review_is_changed(workplace: Workplace, state: str) -> None:
    """No record is taken off a list that was approved, let alone one that is being disposed of."""
    workplace.file("1"), workplace.file("2")
    number = workplace.approved()
    workplace.forge("UPDATE lists SET state = ?", state)
    with pytest.raises(DecisionRefused, match="only a list in review"):
        retain(workplace.tools, number, SAM, "FAM-1", until=YEARS_ON, reason="Claim")


def test_an_auditor_decides_nothing(workplace: Workplace) -> None:
    """An auditor takes nothing off a list, returns none and withdraws none."""
    workplace.file("1")
    number = workplace.gathered().number
    decisions: list[Callable[[], object]] = [
        lambda: retain(workplace.tools, number, AUDREY, "FAM-1", until=YEARS_ON, reason="Claim"),
        lambda: give_back(workplace.tools, number, AUDREY, reason="No"),
        lambda: withdraw(workplace.tools, number, AUDREY, reason="No"),
    ]
    for decide in decisions:
        with pytest.raises(DecisionRefused):
            decide()
    assert workplace.listed(number).state is ListState.IN_REVIEW


def test_withdrawn_in_its_cooling_off_period(workplace: Workplace) -> None:
    """An approved list can be withdrawn while it cools off; its records can then be listed again."""
    ref = workplace.file("1")
    number = workplace.approve(workplace.gathered()).number
    assert withdraw(workplace.tools, number, SAM, reason="The family is back").state is ListState.WITHDRAWN
    workplace.later(days=2)
    with pytest.raises(DecisionRefused):
        carry_through(workplace.tools, number)
    assert workplace.kept(ref) is not None
    assert workplace.gathered().number != number


def test_returned_with_a_reason(workplace: Workplace) -> None:
    """A list is returned with a reason, never without, and only before it is being disposed of."""
    workplace.file("1")
    listed = workplace.gathered()
    with pytest.raises(DecisionRefused, match="needs a reason"):
        give_back(workplace.tools, listed.number, SAM, reason=" ")
    assert give_back(workplace.tools, listed.number, SAM, reason="Too old").ended_because == "Too old"
    number = workplace.approved()
    workplace.forge("UPDATE lists SET state = 'disposing' WHERE number = ?", number)
    with pytest.raises(DecisionRefused):
        withdraw(workplace.tools, number, SAM, reason="Stop")


def test_a_record_is_on_one_open_list(workplace: Workplace) -> None:
    """A record on an open list is not gathered again, not even after it was taken off, until the list has ended."""
    ref, _ = workplace.file("1"), workplace.file("2")
    listed = workplace.gathered()
    retain(workplace.tools, listed.number, SAM, str(ref), until=workplace.now.date().replace(day=3), reason="A day")
    workplace.later(days=3)
    with pytest.raises(DecisionRefused, match="nothing is due"):
        workplace.gathered()
    withdraw(workplace.tools, listed.number, SAM, reason="Start again")
    assert workplace.gathered().counts == {Standing.LISTED: 2}


def test_records_that_share_a_document_are_left_off(workplace: Workplace) -> None:
    """Records that share a document are left off a list, and are named with the reason."""
    workplace.file("1", "letter"), workplace.file("2", "letter"), workplace.file("3", "own")
    scan(workplace.tools)
    gathered = gather(workplace.tools, GRACE)
    assert set(workplace.entries(gathered.listed.number)) == {"3"}
    assert {one.ref.key for one in gathered.left} == {"1", "2"}
    assert {one.reason for one in gathered.left} == {"it shares a document with another record that is due"}


def test_what_changed_since_the_scan_is_named(workplace: Workplace) -> None:
    """A record that a scan found due and that is not due now is left off and named, with the reason."""
    gone, blocked = workplace.file("1"), workplace.file("2")
    workplace.file("3")
    scan(workplace.tools)
    workplace.stores[CASES].remove("episode", gone.key)
    workplace.alter(blocked, blockers=("open-episode",))
    left = gather(workplace.tools, GRACE).left
    assert {one.ref for one in left} == {gone, blocked}
    assert all(one.reason for one in left)


def test_an_unknown_name_takes_nothing_off(workplace: Workplace) -> None:
    """A decision about a record that is not on the list, or whose name two have, is refused."""
    workplace.file("1"), workplace.file("1", kind="contact")
    listed = workplace.gathered()
    for text, words in (("FAM-9", "no record of this list has that name"), ("FAM-1", "2 records of this list have")):
        with pytest.raises(DecisionRefused, match=words):
            reclassify(workplace.tools, listed.number, SAM, text, record_class="EH-02")
    assert workplace.listed(listed.number) == listed


@pytest.mark.parametrize(
    "forged", ["reference = 'FAM-other'", "excluded_reviewers = '[]'", "recipients = '[\"Nobody\"]'"]
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_reviewers_are_shown_of_a_record_is_what_its_store_says(
    workplace: Workplace, forged: str, when: str
) -> None:
    """Name, conflicts and recipients are held against the store at approval and the gate: the manifest lacks them."""
    ref = workplace.file("1", excluded_reviewers=("both",), recipients=("Police",))
    listed = workplace.gathered()
    if when == "after":
        workplace.approve(listed)
        workplace.later(hours=25)
    assert workplace.forge(f"UPDATE entries SET {forged}") == 1  # noqa: S608 - words of this test
    if when == "before":
        with pytest.raises(DecisionRefused, match="no record is left on it"):
            approve(workplace.tools, listed.number, SAM, listed.digest)
        assert workplace.standing(listed.number, ref) is Standing.LEFT
    else:
        carry_through(workplace.tools, listed.number)
        assert workplace.standing(listed.number, ref) is Standing.SKIPPED_CHANGED
    assert workplace.kept(ref) is not None
