from __future__ import annotations

import pytest

from retentiond.domain.errors import DecisionRefused, DisposalStopped, EvidenceRefused, LedgerRefused, RetentiondError
from retentiond.domain.lists import ListState
from retentiond.domain.people import Person
from retentiond.domain.schedule import Action
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.review import approve, withdraw
from retentiond.lifecycle.review_record import reclassify
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.workplace import ADAM, RITA, SAM, Workplace, record_class, schedule_of

APPROVED = "UPDATE lists SET state = 'approved', dispose_after = '2026-11-02T09:00:00.000000Z' WHERE number = ?"


def nothing_goes(workplace: Workplace, number: str, refusal: type[RetentiondError] = DecisionRefused) -> None:
    """Try to dispose of a list and see that it is refused and that no store was touched."""
    with pytest.raises(refusal):
        dispose(workplace.tools, number)
    assert workplace.deeds == []
    assert not {ListState.DISPOSING, ListState.DISPOSED} & {workplace.listed(number).state}


def test_a_list_in_review_is_not_disposed_of(workplace: Workplace) -> None:
    """A list that nobody approved is refused."""
    workplace.file("1")
    nothing_goes(workplace, workplace.gathered().number)


def test_state_alone_does_not_approve(workplace: Workplace) -> None:
    """A list whose state was set to approved in the database, without approvals, is refused."""
    workplace.file("1")
    number = workplace.gathered().number
    assert workplace.forge(APPROVED, number) == 1
    nothing_goes(workplace, number)


def test_one_of_two_stages_is_not_enough(workplace: Workplace) -> None:
    """A list whose second stage is missing is refused, although the database calls it approved."""
    workplace.file("1")
    listed = workplace.gathered()
    approve(workplace.tools, listed.number, SAM, listed.digest)
    workplace.forge(APPROVED, listed.number)
    nothing_goes(workplace, listed.number)


def test_approvals_written_by_hand_are_refused(workplace: Workplace) -> None:
    """Approvals inserted into the database, that no signed event tells of, approve nothing."""
    workplace.file("1")
    listed = workplace.gathered()
    for event, (stage, person) in enumerate((("service-manager", "sam"), ("records-manager", "rita")), 1):
        workplace.forge(
            "INSERT INTO approvals (list_number, stage, person, at, digest, event_seq) VALUES (?, ?, ?, ?, ?, ?)",
            listed.number, stage, person, "2026-11-02T09:30:00Z", listed.digest, event,
        )  # fmt: skip
    workplace.forge(APPROVED, listed.number)
    workplace.later(hours=25)
    nothing_goes(workplace, listed.number)


def test_approvals_of_another_list_are_refused(workplace: Workplace) -> None:
    """Approval rows moved to another list, their digest changed to its own, approve nothing."""
    first, second = workplace.file("1"), workplace.file("2")
    donor = workplace.approved(first)
    listed = workplace.gathered(second)
    workplace.forge(
        "UPDATE approvals SET list_number = ?, digest = ? WHERE list_number = ?", listed.number, listed.digest, donor
    )
    workplace.forge(APPROVED, listed.number)
    nothing_goes(workplace, listed.number)


def test_an_approval_put_in_anothers_name_is_refused(workplace: Workplace) -> None:
    """An approval whose person was changed in the database is refused: the signed event names another."""
    workplace.file("1")
    number = workplace.approved()
    workplace.forge("UPDATE approvals SET person = 'basil' WHERE stage = 'service-manager'")
    nothing_goes(workplace, number)


def test_fewer_stages_in_the_database_are_refused(workplace: Workplace) -> None:
    """A list whose stages were shortened in the database is refused with the approvals of what is left."""
    workplace.file("1")
    listed = workplace.gathered()
    approve(workplace.tools, listed.number, SAM, listed.digest)
    workplace.forge("""UPDATE lists SET stages = '["service-manager"]' WHERE number = ?""", listed.number)
    workplace.forge(APPROVED, listed.number)
    workplace.later(hours=25)
    nothing_goes(workplace, listed.number)


def test_another_gatherer_in_the_database_is_refused(workplace: Workplace) -> None:
    """Whoever gathered a list cannot approve it by changing who gathered it in the database."""
    workplace.file("1")
    listed = workplace.gathered()
    approve(workplace.tools, listed.number, SAM, listed.digest)
    workplace.forge("UPDATE lists SET gathered_by = 'adam' WHERE number = ?", listed.number)
    with pytest.raises(DecisionRefused):
        approve(workplace.tools, listed.number, workplace.tools.person("grace"), listed.digest)
    assert workplace.listed(listed.number).state is ListState.IN_REVIEW


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET state = 'another state' WHERE key = '1'",
        "UPDATE entries SET action = 'anonymise' WHERE key = '1'",
        "UPDATE entries SET record_class = 'EH-02' WHERE key = '1'",
        "UPDATE entries SET due_on = '2016-01-01' WHERE key = '1'",
        "UPDATE entries SET key = 'unlisted' WHERE key = '1'",
        "UPDATE entries SET order_id = '0123456789abcdef0123456789abcdef' WHERE key = '1'",
    ],
)
def test_an_entry_changed_in_the_database_is_not_ordered(workplace: Workplace, change: str) -> None:
    """An entry that is not, field by field, the one that was frozen gets no order; its neighbour gets one."""
    workplace.file("1")
    other = workplace.file("2")
    number = workplace.approved()
    unlisted = workplace.file("unlisted")
    assert workplace.forge(change) == 1
    dispose(workplace.tools, number)
    assert [one.ref for one in workplace.deeds] == [other]
    assert workplace.kept(unlisted) is not None
    assert workplace.listed(number).counts == {"failed": 1, "destroyed": 1}


def test_swapped_order_ids_are_not_sent(workplace: Workplace) -> None:
    """Two entries whose order ids were swapped in the database get no order."""
    workplace.file("1"), workplace.file("2")
    number = workplace.approved()
    one, two = (entry.order for entry in workplace.entries(number).values())
    for key, order in (("1", "x"), ("2", one), ("1", two)):
        workplace.forge("UPDATE entries SET order_id = ? WHERE key = ?", order, key)
    dispose(workplace.tools, number)
    assert workplace.deeds == []
    assert workplace.listed(number).counts == {"failed": 2}


def test_an_entry_added_in_the_database_is_not_ordered(workplace: Workplace) -> None:
    """An entry inserted into an approved list gets no order, and the list gets no certificate."""
    listed, added = workplace.file("1"), workplace.file("2")
    number = workplace.approved(listed)
    columns = [row[1] for row in workplace.rows("PRAGMA table_info(entries)")]
    values = ", ".join(
        {"key": "'2'", "order_id": "'ffffffffffffffffffffffffffffffff'"}.get(one, one) for one in columns
    )
    assert workplace.forge(f"INSERT INTO entries SELECT {values} FROM entries") == 1  # noqa: S608 - a test forges
    with pytest.raises(EvidenceRefused):
        carry_through(workplace.tools, number)
    assert [one.ref for one in workplace.deeds] == [listed]
    assert workplace.kept(added) is not None


def test_a_manifest_changed_in_the_database_is_refused(workplace: Workplace) -> None:
    """A line more on the manifest is found against the root people approved."""
    workplace.file("1")
    number = workplace.approved()
    workplace.forge("UPDATE proposals SET manifest = CAST(manifest || ? AS BLOB)", b"f" * 32 + b" " + b"f" * 64 + b"\n")
    nothing_goes(workplace, number)


def test_a_proposal_changed_in_the_database_is_refused(workplace: Workplace) -> None:
    """A proposal that was rewritten, with the list's digest and its approvals to match, is signed by nobody."""
    from hashlib import sha256

    workplace.file("1")
    number = workplace.approved()
    ((payload,),) = workplace.rows("SELECT payload FROM proposals")
    forged = payload.replace(b'"service-manager","records-manager"', b'"records-manager","service-manager"')
    assert forged != payload
    digest = sha256(forged).hexdigest()
    workplace.forge("UPDATE proposals SET payload = ?", forged)
    workplace.forge("UPDATE lists SET digest = ?", digest)
    workplace.forge("UPDATE approvals SET digest = ?", digest)
    nothing_goes(workplace, number)


def test_an_earlier_revision_put_back_is_refused(workplace: Workplace) -> None:
    """A list rolled back in the database to a revision before a record was taken off is refused."""
    kept = workplace.file("1")
    workplace.file("2")
    listed = workplace.gathered()
    saved = {
        table: workplace.rows(f"SELECT * FROM {table} WHERE {column} = ?", listed.number)  # noqa: S608 - a test forges
        for table, column in (("lists", "number"), ("proposals", "list_number"), ("entries", "list_number"))
    }
    reclassify(workplace.tools, listed.number, SAM, str(kept), record_class="EH-02")
    for table, rows in saved.items():
        for row in rows:
            marks = ", ".join("?" * len(row))
            workplace.forge(f"REPLACE INTO {table} VALUES ({marks})", *row)  # noqa: S608 - a test forges
    assert workplace.listed(listed.number).revision == 1
    with pytest.raises(DecisionRefused):
        workplace.approve(workplace.listed(listed.number))
    assert workplace.listed(listed.number).state is ListState.IN_REVIEW


def test_a_withdrawn_list_put_back_is_refused(workplace: Workplace) -> None:
    """A list that was withdrawn in its cooling-off period cannot be revived in the database."""
    workplace.file("1")
    number = workplace.approved()
    withdraw(workplace.tools, number, SAM, reason="The family has come back")
    workplace.forge(APPROVED, number)
    nothing_goes(workplace, number)


def test_a_document_changed_in_the_database_is_not_destroyed(workplace: Workplace) -> None:
    """A document row that was given another key or another state gets no order."""
    workplace.file("1", "a", "b")
    workplace.file("9", "innocent", closed=workplace.now.date())
    number = workplace.approved()
    innocent, changed = workplace.paper("innocent"), workplace.paper("b")
    assert innocent is not None
    assert changed is not None
    workplace.forge("UPDATE documents SET key = 'innocent', state = ? WHERE key = 'a'", innocent.state)
    workplace.stores["papers"].alter("file", "b", names=("new text",))
    newer = workplace.paper("b")
    assert newer
    workplace.at["receipts-written"] = lambda: workplace.forge(
        "UPDATE documents SET state = ? WHERE key = 'b'", newer.state
    )
    workplace.stores["papers"].put("file", "b", changed)
    workplace.at["intent-written"] = lambda: workplace.stores["papers"].put("file", "b", newer)
    carry_through(workplace.tools, number)
    assert workplace.paper("innocent") == innocent
    assert workplace.paper("b") == newer


def test_a_document_of_a_spared_record_is_not_destroyed(workplace: Workplace) -> None:
    """A document marked as ordered in the database stays while its record was left alone."""
    ref = workplace.file("1", "a")
    number = workplace.approved()
    workplace.hold(records=[str(ref)])
    workplace.at["intent-written"] = lambda: workplace.forge("UPDATE documents SET standing = 'intended'")
    dispose(workplace.tools, number)
    assert workplace.paper("a") is not None


def test_cooling_off_cannot_be_shortened_in_the_database(workplace: Workplace) -> None:
    """The cooling-off period counts from the last signed approval, whatever the list's row says."""
    workplace.file("1")
    number = workplace.approve(workplace.gathered()).number
    workplace.forge("UPDATE lists SET dispose_after = '2026-11-02T09:00:00.000000Z'")
    nothing_goes(workplace, number, DisposalStopped)


@pytest.mark.parametrize("when", ["one minute before", "never set"])
def test_cooling_off_is_waited_for(workplace: Workplace, when: str) -> None:
    """Nothing goes a minute before the cooling-off period has ended, and it goes at its end."""
    workplace.file("1")
    number = workplace.approve(workplace.gathered()).number
    workplace.later(hours=23, minutes=59)
    if when == "never set":
        workplace.forge("UPDATE lists SET dispose_after = NULL")
        workplace.later(hours=2)
    nothing_goes(workplace, number, DisposalStopped)
    if when != "never set":
        workplace.later(minutes=1)
        dispose(workplace.tools, number)
        assert len(workplace.deeds) == 1


@pytest.mark.parametrize(
    "now",
    [
        pytest.param((Person("sam", "Sam Whitlock", frozenset({"records-manager"})),), id="lost the role"),
        pytest.param((), id="has left"),
        pytest.param((Person("sam", "Sam", frozenset({"service-manager", "administrator"})),), id="now administrator"),
    ],
)
def test_an_approver_who_may_no_longer_approve(workplace: Workplace, now: tuple[Person, ...]) -> None:
    """An approval by somebody who could not give it today does not carry a disposal."""
    workplace.file("1")
    number = workplace.approved()
    workplace.set(people=(*(one for one in workplace.tools.settings.people if one.id != "sam"), *now))
    nothing_goes(workplace, number)


def test_a_stage_the_schedule_has_since_asked_for(workplace: Workplace) -> None:
    """A list approved before its class asked for a further stage is refused: its classes' stages are today's."""
    workplace.file("1")
    number = workplace.approved()
    stricter = record_class(
        "EH-01", Action.DESTROY, review=("service-manager", "caldicott-guardian", "records-manager")
    )
    workplace.changed(schedules=(schedule_of(workplace.folder / "stricter.yaml", stricter, version="2026.2"),))
    nothing_goes(workplace, number)


def test_a_list_lifted_into_disposal_in_the_database(workplace: Workplace) -> None:
    """A list whose state was set past its approval is neither disposed of nor certified."""
    workplace.file("1")
    number = workplace.gathered().number
    for state in ("disposing", "disposed"):
        workplace.forge("UPDATE lists SET state = ?", state)
        with pytest.raises((DecisionRefused, EvidenceRefused, LedgerRefused)):
            carry_through(workplace.tools, number)
    assert workplace.deeds == []


@pytest.mark.parametrize("who", [ADAM, RITA])
def test_an_administrator_or_the_wrong_role_does_not_approve(workplace: Workplace, who: Person) -> None:
    """An administrator never approves, whatever other roles they hold; nor does somebody of another stage."""
    workplace.file("1")
    listed = workplace.gathered()
    with pytest.raises(DecisionRefused):
        approve(workplace.tools, listed.number, who, listed.digest)
    assert workplace.listed(listed.number).approvals == ()
    assert workplace.kinds_of_events()[-1] == "approval-refused"
