from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from retentiond.domain.clauses import For, LatestOf, LongestOf
from retentiond.domain.errors import DecisionRefused, NotFound, StoreUnavailable
from retentiond.domain.findings import Finding
from retentiond.domain.lists import Standing
from retentiond.domain.occurrences import Change
from retentiond.domain.people import Person
from retentiond.domain.periods import Period
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action, PeriodKind
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.occur import correct_event, dates_by_hand, record_event, revoke_event
from retentiond.lifecycle.review import approve
from retentiond.lifecycle.review_record import hold_record, retain
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.projects import CONCLUDED, EVENTS, JUNE, MAY, RECENT, WHY, concluded, found, waiting
from tests.lifecycle.workplace import ADAM, AUDREY, CASES, GRACE, LONG_AGO, RITA, SAM, Workplace, record_class


def test_a_record_waits_for_its_event(projects: Workplace) -> None:
    """Without the event a record is untriggered and named with what it lacks; with it, it is due by the same sum."""
    ref, other = projects.file("1"), projects.file("2")
    assert found(projects) == dict.fromkeys("12", (Finding.UNTRIGGERED, "no project concluded date"))
    concluded(projects, ref)
    now = found(projects)
    assert now["1"][0] is Finding.DUE
    assert now["1"][1].startswith("project concluded 1 May 2012 + 6 years = 1 May 2018")
    assert now["2"][0] is Finding.UNTRIGGERED
    number = projects.approved()
    assert set(projects.entries(number)) == {"1"}
    carry_through(projects.tools, number)
    assert projects.kept(ref) is None
    assert projects.kept(other) is not None


def test_an_event_that_is_not_long_enough_ago_keeps(projects: Workplace) -> None:
    """A record whose event is inside its period is judged as not yet due, and only counted among those."""
    ref = projects.file("1")
    concluded(projects, ref, on=RECENT)
    assert found(projects)["1"][0] is Finding.NOT_YET


@pytest.mark.parametrize("closed", [LONG_AGO, RECENT, None])
@pytest.mark.parametrize("on", [MAY, RECENT, None])
def test_beside_dates_of_the_store(workplace: Workplace, closed: date | None, on: date | None) -> None:
    """Where a class counts from the later of both, both count, wherever they come from; one that lacks waits."""
    longest = LongestOf((For(Period.of_years(6), "case-closed"), For(Period.of_years(6), CONCLUDED)))
    workplace.adopt(workplace.version("2026.2", waiting(retain=longest), events=EVENTS))
    ref = workplace.file("1", dates={"case-closed": closed})
    if on:
        concluded(workplace, ref, on=on)
    expected = {
        True: Finding.UNTRIGGERED,
        False: Finding.NOT_YET if RECENT in (closed, on) else Finding.DUE,
    }[None in (closed, on)]
    assert found(workplace)["1"][0] is expected


def test_one_recorded_date_is_enough_where_the_class_says_so(workplace: Workplace) -> None:
    """Of days of which one is enough, the store's counts until one is entered by hand, and then the later does."""
    either = For(Period.of_years(6), LatestOf(("case-closed", CONCLUDED), recorded=True))
    workplace.adopt(workplace.version("2026.2", waiting(retain=either), events=EVENTS))
    ref = workplace.file("1")
    assert found(workplace)["1"][0] is Finding.DUE
    concluded(workplace, ref, on=RECENT)
    assert found(workplace)["1"][0] is Finding.NOT_YET


@pytest.mark.parametrize("point", ["approval", "gate"])
@pytest.mark.parametrize("what", ["revoked", "corrected to a recent day", "corrected to another day long ago"])
def test_a_mistake_put_right_reaches_lists_by_itself(projects: Workplace, point: str, what: str) -> None:
    """What is no longer due comes off at approval and is left by the gate; what is due since another day, too."""
    ref, other = projects.file("1"), projects.file("2")
    number, _ = concluded(projects, ref), concluded(projects, other)
    listed = projects.gathered()
    if point == "gate":
        listed = projects.approve(listed)
        projects.later(hours=25)
    if what == "revoked":
        entered = revoke_event(projects.tools, SAM, number, reason="It was another project")
    else:
        day = RECENT if "recent" in what else JUNE
        entered = correct_event(projects.tools, SAM, number, on=day, reason="A slip of the pen")
    assert entered.listed == 1
    long_ago = what.endswith("long ago")
    if point == "approval":
        said = "due since another day" if long_ago else "were taken off"
        with pytest.raises(DecisionRefused, match=said):
            approve(projects.tools, listed.number, SAM, listed.digest)
        assert projects.standing(listed.number, ref) is (Standing.LISTED if long_ago else Standing.LEFT)
        assert projects.listed(listed.number).revision == 2
    else:
        dispose(projects.tools, listed.number)
        expected = Standing.SKIPPED_CHANGED if long_ago else Standing.SKIPPED_NOT_DUE
        assert projects.standing(listed.number, ref) is expected
        assert [one.ref for one in projects.deeds] == [other]


def test_an_event_is_always_one_of_named_records(projects: Workplace) -> None:
    """An event without a record is refused, and so is one for a store, a kind or a class: nothing else is triggered."""
    projects.file("1")
    for records, refused in (
        ([], DecisionRefused),
        ([" "], DecisionRefused),
        (["EH-01"], NotFound),
        ([CASES], NotFound),
    ):
        with pytest.raises(refused):
            record_event(projects.tools, GRACE, CONCLUDED, on=MAY, records=records, reason=WHY)
    assert found(projects)["1"][0] is Finding.UNTRIGGERED


def test_every_name_that_is_no_record_is_named(projects: Workplace) -> None:
    """Misspelt names, missing records and references that two have are named at once, and nothing is recorded."""
    projects.file("1"), projects.file("2"), projects.file("2", kind="contact")
    scan(projects.tools)
    names = ["cases/episode/1", "cases/episode/9", "cases/letter/1", "FAM-7", "FAM-2", "FAM-1"]
    with pytest.raises(NotFound) as refused:
        record_event(projects.tools, GRACE, CONCLUDED, on=MAY, records=names, reason=WHY)
    assert {(one.place, one.message) for one in refused.value.faults} == {
        ("cases/episode/9", "its store has no such record"),
        ("cases/letter/1", "cases has no kind of record 'letter'"),
        ("FAM-7", "no scan found a record of this name"),
        ("FAM-2", "2 records have this reference"),
    }
    with projects.ledger.transaction() as tx:
        assert tx.occurrences.all() == []
    entered = record_event(projects.tools, GRACE, CONCLUDED, on=MAY, records=["FAM-1", "cases/episode/1"], reason=WHY)
    assert entered.occurrence.records == (RecordRef(CASES, "episode", "1"),)


def test_a_store_out_of_reach_records_nothing(projects: Workplace) -> None:
    """Whether a record exists is asked of its store; without an answer nothing is recorded."""
    ref = projects.file("1")

    def refuse(name: str, _role: object) -> None:
        raise StoreUnavailable.about(name, "it does not answer")

    projects.opening = refuse
    with pytest.raises(StoreUnavailable):
        concluded(projects, ref)
    assert "event-recorded" not in projects.kinds_of_events()


@pytest.mark.parametrize(
    ("event", "remedy"),
    [
        ("project-conclude", "did you mean 'project-concluded'?"),
        ("case-closed", "declare it with 'by-hand' under 'events' of a schedule"),
        ("birth", "declare it with 'by-hand' under 'events' of a schedule"),
    ],
)
def test_only_events_a_schedule_declares(projects: Workplace, event: str, remedy: str) -> None:
    """A date that stores keep cannot be entered by hand, and a misspelt event is refused with the nearest there is."""
    projects.file("1")
    with pytest.raises(DecisionRefused) as refused:
        record_event(projects.tools, GRACE, event, on=MAY, records=["cases/episode/1"], reason=WHY)
    (fault,) = refused.value.faults
    assert fault.message == f"no schedule in force has '{event}' as an event that people enter"
    assert fault.remedy == remedy


def test_faults_at_once(projects: Workplace) -> None:
    """What is wrong with an event is said all at once: its name, its day, its reason, its records."""
    with pytest.raises(DecisionRefused) as refused:
        record_event(projects.tools, GRACE, "x", on=date(2026, 11, 3), records=[], reason=" ")
    said = [one.message for one in refused.value.faults]
    assert said[1:] == [
        "it names no record, and an event is always one of named records",
        "3 November 2026 lies in the future",
        "it has no reason",
    ]


def test_today_is_not_the_future(projects: Workplace) -> None:
    """An event of today can be recorded, one of tomorrow neither recorded nor written over an earlier one."""
    ref = projects.file("1")
    number = concluded(projects, ref, on=date(2026, 11, 2))
    with pytest.raises(DecisionRefused, match="lies in the future"):
        correct_event(projects.tools, GRACE, number, on=date(2026, 11, 3), reason="no")


@pytest.mark.parametrize("who", [GRACE, SAM, ADAM])
def test_who_decides_records(projects: Workplace, who: Person) -> None:
    """A records manager and every role that reviews may record, correct and revoke; an auditor does none of it."""
    ref = projects.file("1")
    number = concluded(projects, ref, by=who)
    deeds: list[Callable[[Person], object]] = [
        lambda person: concluded(projects, ref, on=JUNE, by=person),
        lambda person: correct_event(projects.tools, person, number, on=JUNE, reason="no"),
        lambda person: revoke_event(projects.tools, person, number, reason="no"),
    ]
    for deed in deeds:
        with pytest.raises(DecisionRefused, match="Audrey Penn has no role"):
            deed(AUDREY)
    for deed in deeds:
        deed(who)


def test_it_happens_again(projects: Workplace) -> None:
    """A later day takes an earlier one's place and says so; the same or an earlier day is a correction and refused."""
    ref, other = projects.file("1"), projects.file("2")
    first = concluded(projects, ref, other, on=MAY)
    for day in (MAY, date(2012, 4, 1)):
        with pytest.raises(DecisionRefused, match=f"{first} says that day for it already, or a later one"):
            concluded(projects, ref, on=day)
    entered = record_event(projects.tools, SAM, CONCLUDED, on=RECENT, records=[str(ref)], reason="Another phase ended")
    assert entered.replaces == (first,)
    assert {key: one for key, (one, _) in found(projects).items()} == {"1": Finding.NOT_YET, "2": Finding.DUE}
    revoke_event(projects.tools, GRACE, entered.occurrence.number, reason="There was no other phase")
    assert {key: one for key, (one, _) in found(projects).items()} == {"1": Finding.DUE, "2": Finding.DUE}


def test_a_correction_says_why_and_keeps_what_was_said(projects: Workplace) -> None:
    """Each change needs a reason and changes something; the append-only events keep every day that was said."""
    ref = projects.file("1")
    number = concluded(projects, ref)
    for on, reason, said in ((JUNE, " ", "no reason"), (MAY, "why", "says that day already")):
        with pytest.raises(DecisionRefused, match=said):
            correct_event(projects.tools, GRACE, number, on=on, reason=reason)
    with pytest.raises(DecisionRefused, match="no reason"):
        revoke_event(projects.tools, GRACE, number, reason="")
    assert correct_event(projects.tools, SAM, number, on=JUNE, reason="A slip").was == MAY
    assert revoke_event(projects.tools, RITA, number, reason="Never happened").was == JUNE
    again: list[Callable[[], object]] = [
        lambda: revoke_event(projects.tools, GRACE, number, reason="again"),
        lambda: correct_event(projects.tools, GRACE, number, on=MAY, reason="again"),
    ]
    for deed in again:
        with pytest.raises(DecisionRefused, match="was revoked"):
            deed()
    with pytest.raises(NotFound):
        revoke_event(projects.tools, GRACE, "EV-1999-0001", reason="no")
    with projects.ledger.transaction() as tx:
        bodies = [one.body for one in tx.events.after(0, limit=10**6) if one.kind == "event-recorded"]
        changes = tx.occurrences.get(number).changes
    assert [(one["change"], one["was"], one["on"]) for one in bodies] == [
        ("recorded", None, "2012-05-01"),
        ("corrected", "2012-05-01", "2012-06-01"),
        ("revoked", "2012-06-01", None),
    ]
    assert [(one.change, one.by, one.reason) for one in changes] == [
        (Change.RECORDED, "grace", WHY),
        (Change.CORRECTED, "sam", "A slip"),
        (Change.REVOKED, "rita", "Never happened"),
    ]


def test_the_log_names_neither_record_nor_day(projects: Workplace) -> None:
    """Signed statements say that an event was entered for so many records and commit to it; not for which, not when."""
    ref = projects.file("Anna-Smith")
    number = concluded(projects, ref)
    correct_event(projects.tools, GRACE, number, on=JUNE, reason="Anna said so")
    with projects.ledger.transaction() as tx:
        envelopes = [one.envelope or b"" for one in tx.events.after(0, limit=10**6) if one.kind == "event-recorded"]
    payloads = [base64.b64decode(json.loads(one)["payload"]) for one in envelopes]
    assert not [one for one in payloads if b"Anna" in one or b"2012" in one or b"cases" in one]
    said = [json.loads(one)["predicate"] for one in payloads]
    assert [(one["event"], one["change"], one["name"], one["records"]) for one in said] == [
        (number, "recorded", CONCLUDED, 1),
        (number, "corrected", CONCLUDED, 1),
    ]
    assert len({one["scope_commitment"] for one in said}) == 2
    assert audit(projects.tools).ok


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE occurrences SET on_day = '2011-01-01'",
        "UPDATE occurrences SET event = 'other'",
        "UPDATE occurrence_records SET key = '2'",
        "DELETE FROM occurrence_records",
    ],
)
def test_an_event_changed_in_the_database_is_found_out(projects: Workplace, change: str) -> None:
    """What was signed of an event commits to its day and its records: the ledger's own check finds any other."""
    concluded(projects, projects.file("1"))
    assert projects.forge(change) == 1
    failed = [step.title for step in audit(projects.tools).steps if step.ok is False]
    assert failed == ["Every event that people entered is as it was signed"]


def test_a_class_that_does_not_speak_of_it(projects: Workplace) -> None:
    """An event for a record whose class does not wait for it is recorded and pointed out: it changes nothing."""
    ref = projects.file("1", code="EH-02")
    names = [str(ref), str(projects.file("2"))]
    entered = record_event(projects.tools, GRACE, CONCLUDED, on=MAY, records=names, reason=WHY)
    assert entered.unneeded == (ref,)
    assert found(projects)["1"][0] is Finding.DUE


def test_dates_by_hand_say_where_they_come_from(projects: Workplace) -> None:
    """A record's dates by hand come with the event's number and who said so last."""
    ref = projects.file("1")
    number = concluded(projects, ref)
    correct_event(projects.tools, SAM, number, on=JUNE, reason="A slip")
    with projects.ledger.transaction() as tx:
        (one,) = dates_by_hand(tx, ref)
    assert (one.event, one.on, one.number, one.person) == (CONCLUDED, JUNE, number, "sam")


def test_a_mistake_can_be_put_right_whatever_is_adopted(projects: Workplace) -> None:
    """Under a version nobody adopted no event is recorded, but one can always be corrected and revoked."""
    ref = projects.file("1")
    number = concluded(projects, ref)
    projects.changed(schedules=(projects.version("2026.3", events=EVENTS),))
    with pytest.raises(DecisionRefused, match="not adopted"):
        concluded(projects, ref, on=JUNE)
    correct_event(projects.tools, GRACE, number, on=JUNE, reason="A slip")
    revoke_event(projects.tools, GRACE, number, reason="Never happened")


def test_no_longer_than_its_period(workplace: Workplace) -> None:
    """A record whose period is a maximum is not kept longer by a reviewer; a hold keeps it, and others may be kept."""
    longest = replace(record_class("EH-01", Action.DESTROY), period_kind=PeriodKind.MAXIMUM)
    workplace.adopt(workplace.version("2026.2", longest))
    ref = workplace.file("1")
    workplace.file("2", code="EH-02"), workplace.file("3")
    listed = workplace.gathered()
    until = date(2030, 1, 1)
    with pytest.raises(DecisionRefused) as refused:
        retain(workplace.tools, listed.number, SAM, "FAM-1", until=until, reason="The family asked")
    (fault,) = refused.value.faults
    assert fault.message == "a record of EH-01 may be kept no longer than its period"
    assert fault.remedy == "place a hold if an order stops it"
    assert workplace.listed(listed.number) == listed
    assert retain(workplace.tools, listed.number, SAM, "FAM-2", until=until, reason="The family asked").revision == 2
    hold_record(
        workplace.tools, listed.number, RITA, str(ref), title="Claim", authority="Letter", review_on=until
    )  # fmt: skip
    assert workplace.standing(listed.number, ref) is Standing.HELD
