from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retentiond.domain.clauses import For, Permanently, Until, UntilAge
from retentiond.domain.conditions import AllOf, DiedBeforeAge, Ever, HappenedBefore, Unless
from retentiond.domain.definitions import ClassCondition, Hop, KindOfRecord, Reach, Trigger
from retentiond.domain.definitions_in_words import origin_in_words, why_of_class
from retentiond.domain.eligibility import due_when, rule_for
from retentiond.domain.exceptions_told import asked_about
from retentiond.domain.periods import Period
from retentiond.domain.record_told import told
from retentiond.domain.rules_in_words import condition_in_words
from retentiond.domain.schedule import Action, Event, RecordClass, Step
from retentiond.domain.verdicts import Due, Untriggered
from retentiond.domain.wording import in_words
from tests.domain.rules import CLASSES, DATES, DAYS, KNOWN, STATUSES, plain, record

YEARS = Period.of_years
SOME_KNOWN = st.dictionaries(st.sampled_from(STATUSES), st.booleans())
# Lancashire: 31; with an EHC plan 45; ever looked after 75, with the regulations' own exception
LANCASHIRE = RecordClass(
    "MISSING-01",
    "Child missing education",
    ("Education Act 1996 s.436A",),
    UntilAge(YEARS(31), "birth"),
    Action.DESTROY,
    unless=(
        Unless(
            Ever("looked-after"),
            UntilAge(YEARS(75), "birth"),
            (Unless(DiedBeforeAge(YEARS(18)), For(YEARS(15), "death")),),
            as_class="LAC-01",
        ),
        Unless(Ever("adopted"), UntilAge(YEARS(45), "birth")),
    ),
)
# Darlington: five years after the order, but after three the file holds basic information only
DARLINGTON = RecordClass(
    "YOS-02",
    "Statutory court order",
    ("Crime and Disorder Act 1998",),
    For(YEARS(5), "order"),
    Action.DESTROY,
    steps=(Step("basic-only", "Everything but the name and the order", For(YEARS(3), "order"), Action.MINIMISE),),
)
BIRTH, DEATH = date(2000, 5, 3), date(2012, 6, 4)


@settings(max_examples=90)
@given(CLASSES, DATES, KNOWN | SOME_KNOWN)
def test_the_exceptions_told_are_those_that_decided(
    record_class: RecordClass, dates: dict[str, date | None], statuses: dict[str, bool]
) -> None:
    """The rule is an exception's if and only if one is told to hold, and cannot be chosen if one cannot be judged."""
    asked = asked_about(record_class, dates, statuses)
    rule = rule_for(record_class, dates, statuses)
    assert isinstance(rule, Untriggered) is any(one.holds is None for one in asked)
    if not isinstance(rule, Untriggered):
        assert bool(rule[1]) is any(one.holds for one in asked)
        if not rule[1]:
            assert rule[0] == record_class.retain
    assert all(one.because for one in asked)


@settings(max_examples=90)
@given(CLASSES, DATES, KNOWN | SOME_KNOWN, st.none() | DAYS)
def test_what_is_told_ends_with_the_day_it_is_due(
    record_class: RecordClass, dates: dict[str, date | None], statuses: dict[str, bool], kept_until: date | None
) -> None:
    """The last line names the day a record is due; without one it says that the record is permanent or never due."""
    one = record(dates, statuses=statuses)
    found = told(one, record_class, kept_until=kept_until)
    due = due_when(one, record_class, kept_until=kept_until)
    if isinstance(due, Due):
        assert found.due_on == due.due_on
        assert found.arithmetic[-1] == f"Due on {in_words(due.due_on)}."
    else:
        assert found.due_on is None
        assert "permanently" in found.arithmetic[-1] or found.arithmetic[-1].endswith("never due.")


@pytest.mark.parametrize(
    ("dates", "statuses", "asked"),
    [
        (
            {"birth": BIRTH},
            {"looked-after": False, "adopted": False},
            [
                (
                    "the person was ever looked after",
                    False,
                    "looked after: the store says no",
                ),
                ("the person was ever adopted", False, "adopted: the store says no"),
            ],
        ),
        (
            {"birth": BIRTH, "death": DEATH},
            {"looked-after": True, "adopted": True},
            [
                ("the person was ever looked after", True, "looked after: the store says so"),
                (
                    "the person died before the age of 18",
                    True,
                    "the date of birth is 3 May 2000; the date of death is 4 June 2012",
                ),
            ],
        ),
        (
            {"birth": BIRTH},
            {"adopted": True},
            [
                (
                    "the person was ever looked after",
                    None,
                    "looked after: the store does not say",
                )
            ],
        ),
    ],
)
def test_lancashires_chain_says_which_exceptions_were_asked_about(
    dates: Mapping[str, date], statuses: Mapping[str, bool], asked: list[tuple[str, bool | None, str]]
) -> None:
    """Each exception is asked about until one holds, those of a class it follows as well; each answer says why."""
    found = asked_about(LANCASHIRE, dates, statuses)
    assert [(one.condition, one.holds, one.because) for one in found] == asked
    assert found[0].as_class == "LAC-01"


def test_conditions_of_several_parts_give_every_fact() -> None:
    """Where two things must hold, what the record says about both is told, an unrecorded date among them."""
    both = AllOf((HappenedBefore(date(2005, 12, 30), "order"), DiedBeforeAge(YEARS(18))))
    (found,) = asked_about(replace(DARLINGTON, unless=(Unless(both, Permanently()),)), {"order": BIRTH}, {})
    assert found.condition == condition_in_words(both)
    assert found.because == "the order is dated 3 May 2000; the date of death is not recorded"


def test_a_reviewers_decision_is_part_of_the_sum() -> None:
    """Who keeps a record longer moves the day it is due, and the sum says so."""
    found = told(record({"closed": BIRTH}), plain(For(YEARS(6), "closed")), kept_until=date(2030, 1, 31))
    assert found.arithmetic == (
        "It was closed on 3 May 2000.",
        "6 years later: 3 May 2006, the last day it is kept.",
        "A reviewer keeps it longer, through 31 January 2030.",
        "Due on 1 February 2030.",
    )


def test_darlingtons_step_is_told_until_it_is_done() -> None:
    """The step that is next has its own sum; one that was done has its date, and nothing left to work out."""
    (step,) = told(record({"order": BIRTH}), DARLINGTON).steps
    assert step.done_on is None
    assert step.arithmetic == ("The order is dated 3 May 2000.", "3 years later: 3 May 2003, the last day it is kept.")
    (done,) = told(record({"order": BIRTH, "basic-only": DEATH}), DARLINGTON).steps
    assert (done.done_on, done.arithmetic) == (DEATH, ())


def test_without_a_class_a_rule_or_readable_dates_it_says_so() -> None:
    """What cannot be worked out is told as such, and why."""
    assert told(record({}), None).arithmetic == (
        "Without a record class there is no rule, and the record is never due.",
    )
    unknown = told(record({"birth": BIRTH}, statuses={}), LANCASHIRE)
    assert unknown.rule is None
    assert unknown.arithmetic == (
        "Whether it was ever looked after is not known, so no rule can be chosen, and the record is never due.",
    )
    broken = replace(record({"order": BIRTH}), problems=("column ordered_on holds no usable date",))
    assert told(broken, DARLINGTON).arithmetic == (
        "Column ordered_on holds no usable date.",
        "So long as that is so, nothing can be worked out, and the record is never due.",
    )
    kept = replace(plain(Permanently()), then=Action.RETAIN_PERMANENTLY)
    assert told(record({}), kept).arithmetic == ("It is kept permanently.",)


def test_events_are_called_as_the_schedule_calls_them() -> None:
    """Exceptions and sums use the schedule's own names."""
    events = {"order": Event("order", "the day the court made the order")}
    found = told(record({"order": BIRTH}), plain(Until("order")), events=events)
    assert found.arithmetic[0] == "The court made the order on 3 May 2000, the last day it is kept."


_CLA = ClassCondition("LAC-01", Reach("status_period", "person_id", (Hop("family_member"),), {"kind": "CLA"}))
_NO_PLAN = ClassCondition("EH-03", where={"end_reason": "no-plan", "org": None})


@pytest.mark.parametrize(
    ("classify", "code", "words"),
    [
        ((ClassCondition("EH-01"),), "EH-01", "its definition puts every early help episode there"),
        (
            (_CLA, _NO_PLAN, ClassCondition("EH-01")),
            "LAC-01",
            "a row of 'status_period' belongs to it by way of 'family_member' where 'kind' is 'CLA'",
        ),
        ((_CLA, _NO_PLAN), "EH-03", "its 'end_reason' is 'no-plan' and its 'org' is empty"),
        ((_CLA, ClassCondition("EH-01")), "EH-01", "no other line of its definition holds"),
        (
            (_CLA, ClassCondition("EH-01", where={"prefix": "eh/"}), ClassCondition("EH-01", where={"tag:kind": "x"})),
            "EH-01",
            "one of these holds: its name begins with 'eh/'; its tag 'kind' is 'x'",
        ),
        (
            (
                ClassCondition("LAC-01", where={"metadata:kind": "lac", "column:is_cla": None}),
                ClassCondition("LAC-01", where={"name:": r"/LAC-\d+"}),
            ),
            "LAC-01",
            (
                "one of these holds: its metadata 'kind' is 'lac' and its key table's column 'is_cla' is empty; "
                r"its name fits the pattern '/LAC-\d+'"
            ),
        ),
        ((_CLA,), None, "no line of its definition holds"),
    ],
)
def test_why_a_record_has_its_class(classify: tuple[ClassCondition, ...], code: str | None, words: str) -> None:
    """The line that gave the class is said in words, where only one can have; else those that can."""
    assert why_of_class(KindOfRecord("early-help-episode", classify, (), table="eh_episode"), code) == words


@pytest.mark.parametrize(
    ("table", "trigger", "words"),
    [
        ("eh_episode", Trigger("case-closed", "ended_on"), "eh_episode.ended_on"),
        (
            "eh_episode",
            Trigger("youngest-birth", "dob", "latest", Reach("person", where={"role": "child"})),
            "the latest person.dob where 'role' is 'child'",
        ),
        (
            "eh_case",
            Trigger("served", "data.services[*].ended_on", "latest", Reach("eh_case")),
            "the latest eh_case.data.services[*].ended_on",
        ),
        ("", Trigger("received", "tag:received"), "the tag 'received'"),
        ("", Trigger("received", "column:received_on"), "the key table's column 'received_on'"),
        ("", Trigger("received", r"name:(\d{4})"), "its name"),
        ("", Trigger("received", "last-modified"), "when it was last modified"),
        ("", Trigger("received", "sidecar:received"), "the field 'received' of its sidecar"),
    ],
)
def test_where_a_date_stands(table: str, trigger: Trigger, words: str) -> None:
    """A date's place is said in the store's own words, as its owner knows it."""
    assert origin_in_words(KindOfRecord("any", (), (trigger,), table=table), trigger) == words
