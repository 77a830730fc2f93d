from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from retentiond.domain.clauses import Clause, For, LongestOf, Permanently, UntilAge
from retentiond.domain.conditions import DiedBeforeAge, Ever, Unless
from retentiond.domain.differences import Change, alike, differences, whose_dates_move
from retentiond.domain.periods import FINANCIAL_YEAR, Period
from retentiond.domain.schedule import Action, Basis, Event, PeriodKind, RecordClass, Schedule, Step

YEARS = Period.of_years
SIX = For(YEARS(6), "case-closed", FINANCIAL_YEAR)
EARLY_HELP = RecordClass(
    "EH-01", "Early help case file", ("Children Act 1989 s.17",), SIX, Action.DESTROY, review=("service-manager",)
)
LOOKED_AFTER = RecordClass(
    "LAC-01",
    "Looked-after child",
    ("SI 2010/959 reg 50",),
    UntilAge(YEARS(75), "birth"),
    Action.DESTROY,
    unless=(Unless(DiedBeforeAge(YEARS(18)), For(YEARS(15), "death")),),
)
STEP = Step("basic-only", "Everything but the name", For(YEARS(3), "order-made"), Action.MINIMISE)
OTHERWISE: dict[str, Any] = {
    "title": "Early help file",
    "mandate": ("Limitation Act 1980",),
    "retain": For(YEARS(8), "case-closed", FINANCIAL_YEAR),
    "then": Action.ANONYMISE,
    "rationale": "Because.",
    "special_category": True,
    "unless": (Unless(Ever("looked-after"), UntilAge(YEARS(75), "birth")),),
    "review": ("service-manager", "records-manager"),
    "description": "Whatever belongs to it.",
    "basis": Basis.ILLUSTRATIVE,
    "source": "North Somerset",
    "period_kind": PeriodKind.MAXIMUM,
    "steps": (STEP,),
    "retired": date(2027, 4, 1),
    "successor": "EH-02",
    "as_class": "LAC-01",
    "k_anonymity": 10,
}
SCHEDULE_OTHERWISE: dict[str, Any] = {
    "name": "Another name",
    "version": "2027.1",
    "jurisdiction": "Wales",
    "time_zone": "Europe/Paris",
    "adopted": date(2027, 4, 1),
    "review_by": date(2028, 3, 31),
    "owner": "Somebody else",
    "events": {"case-closed": Event("case-closed", "the day the case was shut", by_hand=True)},
    "classes": (EARLY_HELP,),
}


def schedule(*classes: RecordClass, **fields_: Any) -> Schedule:
    """Return a schedule with these classes."""
    events = {"case-closed": Event("case-closed", "the day the case was closed")}
    return replace(
        Schedule(
            "Early Help",
            "2026.1",
            "England",
            "Europe/London",
            date(2026, 4, 1),
            date(2027, 3, 31),
            "Information Governance",
            classes,
            "0" * 64,
            events=events,
        ),
        **fields_,
    )


def changes(old: RecordClass, new: RecordClass) -> dict[Change, str]:
    """Return what is said of one class that changes, by kind of change."""
    return {one.change: one.words for one in differences([schedule(old)], [schedule(new)])}


def test_a_schedule_does_not_differ_from_itself() -> None:
    """The same schedule read twice says nothing, whatever file and digest it came from."""
    one = schedule(EARLY_HELP, LOOKED_AFTER)
    assert differences([one], [replace(one, digest="1" * 64, source="elsewhere")]) == ()
    assert whose_dates_move([one], [one]) == frozenset()


@pytest.mark.parametrize("field", sorted({one.name for one in fields(RecordClass)} - {"code"}))
def test_no_change_of_a_class_goes_unsaid(field: str) -> None:
    """Whatever key of a class is another is said of that class."""
    was = replace(EARLY_HELP, retired=date(2026, 9, 1)) if field == "successor" else EARLY_HELP
    now = replace(was, **{field: OTHERWISE[field]})
    found = differences([schedule(was)], [schedule(now)])
    assert found
    assert {one.code for one in found} == {"EH-01"}


@pytest.mark.parametrize("field", sorted({one.name for one in fields(Schedule)} - {"digest", "source"}))
def test_no_change_of_a_schedule_goes_unsaid(field: str) -> None:
    """Whatever key of a schedule is another is said; where the file lies and its digest are no part of what it says."""
    old = schedule(EARLY_HELP, LOOKED_AFTER)
    assert differences([old], [replace(old, **{field: SCHEDULE_OTHERWISE[field]})])


@pytest.mark.parametrize(
    ("old", "new", "change", "words"),
    [
        (
            EARLY_HELP,
            replace(EARLY_HELP, retain=For(YEARS(8), "case-closed", FINANCIAL_YEAR)),
            Change.LONGER,
            (
                "8 years after the day the case was closed, counted from the end of that financial year (31 March); "
                "until now 6 years after the day the case was closed, counted from the end of that financial year "
                "(31 March)"
            ),
        ),
        (
            EARLY_HELP,
            replace(EARLY_HELP, retain=For(YEARS(2), "case-closed")),
            Change.SHORTER,
            (
                "2 years after the day the case was closed; until now 6 years after the day the case was closed, "
                "counted from the end of that financial year (31 March)"
            ),
        ),
        (
            replace(EARLY_HELP, retain=For(YEARS(35), "case-closed")),
            replace(EARLY_HELP, retain=For(YEARS(35), "last-contact")),
            Change.COUNTED_DIFFERENTLY,
            (
                "longer for some records and shorter for others: 35 years after the last contact; until now 35 years "
                "after the day the case was closed"
            ),
        ),
        (
            LOOKED_AFTER,
            replace(LOOKED_AFTER, unless=()),
            Change.EXCEPTION,
            "no more: if the person died before the age of 18, 15 years after the date of death",
        ),
        (
            LOOKED_AFTER,
            replace(LOOKED_AFTER, unless=(Unless(DiedBeforeAge(YEARS(18)), For(YEARS(25), "death")),)),
            Change.LONGER,
            (
                "if the person died before the age of 18, 25 years after the date of death; until now 15 years after "
                "the date of death"
            ),
        ),
        (
            EARLY_HELP,
            replace(EARLY_HELP, then=Action.TRANSFER),
            Change.ACTION,
            "then offered to the archive; until now destroyed",
        ),
        (
            EARLY_HELP,
            replace(EARLY_HELP, review=("service-manager", "records-manager")),
            Change.REVIEW,
            "approved by a service manager and then a records manager; until now a service manager",
        ),
        (
            EARLY_HELP,
            replace(EARLY_HELP, retired=date(2027, 4, 1), successor="EH-09"),
            Change.RETIRED,
            "not used for new records from 1 April 2027 on; EH-09 takes its place",
        ),
        (
            replace(EARLY_HELP, retired=date(2027, 4, 1), successor="EH-09"),
            EARLY_HELP,
            Change.BROUGHT_BACK,
            "used for new records again",
        ),
        (
            replace(EARLY_HELP, steps=(STEP,)),
            EARLY_HELP,
            Change.STEP,
            "no more: Everything but the name: kept 3 years after the order made, then minimised",
        ),
        (
            EARLY_HELP,
            replace(EARLY_HELP, retain=Permanently(), then=Action.RETAIN_PERMANENTLY),
            Change.LONGER,
            (
                "permanently; until now 6 years after the day the case was closed, counted from the end of that "
                "financial year (31 March)"
            ),
        ),
    ],
)
def test_a_change_says_what_is_and_what_was(old: RecordClass, new: RecordClass, change: Change, words: str) -> None:
    """Each change is said in words that stand alone: what holds from now on, and what held."""
    assert changes(old, new)[change] == words


def test_classes_that_come_and_go_are_said_with_their_rule() -> None:
    """What is added says how long it keeps and what happens then; what is removed leaves records without a rule."""
    found = differences([schedule(EARLY_HELP)], [schedule(LOOKED_AFTER)])
    assert [(one.code, one.change) for one in found] == [("LAC-01", Change.ADDED), ("EH-01", Change.REMOVED)]
    assert found[0].words == (
        "kept until the 75th birthday. If the person died before the age of 18: 15 years after the date of death; "
        "then destroyed"
    )
    assert found[1].words.endswith("its records have no rule any more")


def test_an_exception_within_an_exception_is_found() -> None:
    """A change of the exception to an exception is said with both conditions."""
    inner = (Unless(DiedBeforeAge(YEARS(18)), For(YEARS(15), "death")),)
    old = replace(EARLY_HELP, unless=(Unless(Ever("looked-after"), UntilAge(YEARS(75), "birth")),))
    new = replace(EARLY_HELP, unless=(Unless(Ever("looked-after"), UntilAge(YEARS(75), "birth"), inner),))
    assert changes(old, new)[Change.EXCEPTION] == (
        "new: if the person was ever looked after, and if the person died before the age of 18, 15 years after "
        "the date of death"
    )


def test_the_order_of_exceptions_matters() -> None:
    """The first that holds decides, so that another order is a change, and some date may move."""
    one, other = Unless(Ever("a"), SIX), Unless(Ever("b"), LongestOf((SIX, UntilAge(YEARS(25), "birth"))))
    old, new = (replace(EARLY_HELP, unless=unless) for unless in ((one, other), (other, one)))
    assert Change.EXCEPTION in changes(old, new)
    assert whose_dates_move([schedule(old)], [schedule(new)]) == {"EH-01"}


@pytest.mark.parametrize(
    ("field", "moves"),
    [("retain", True), ("unless", True), ("then", False), ("mandate", False), ("review", False), ("title", False)],
)
def test_dates_move_only_with_the_rule(field: str, *, moves: bool) -> None:
    """Records are looked at again only where the rule is another: a title or a mandate moves no date."""
    now = replace(EARLY_HELP, **{field: OTHERWISE[field]})
    assert (whose_dates_move([schedule(EARLY_HELP)], [schedule(now)]) == {"EH-01"}) is moves


def test_a_file_is_compared_with_what_it_speaks_of() -> None:
    """Of the schedules in force one of the same name or with a class in common counts; the others stay as they are."""
    early_help, corporate = schedule(EARLY_HELP), schedule(LOOKED_AFTER, name="Corporate")
    in_force = (early_help, corporate)
    assert alike(in_force, [schedule(name="Early Help")]) == (early_help,)
    assert alike(in_force, [schedule(EARLY_HELP, name="Renamed")]) == (early_help,)
    assert alike(in_force, [schedule(EARLY_HELP, LOOKED_AFTER, name="Corporate")]) == in_force
    assert alike(in_force, [schedule(name="Unheard of")]) == ()


def test_a_class_that_moves_to_another_schedule_is_said_to() -> None:
    """A code that stands in another schedule now is the same class, and where it stands is said."""
    old = [schedule(EARLY_HELP), schedule(LOOKED_AFTER, name="Care")]
    new = [schedule(), schedule(LOOKED_AFTER, EARLY_HELP, name="Care")]
    (found,) = differences(old, new)
    assert (found.code, found.change) == ("EH-01", Change.SCHEDULE)
    assert found.words == "it is in the schedule Care; until now Early Help"


def said(clause: Clause) -> RecordClass:
    """Return a class with this clause."""
    return replace(EARLY_HELP, retain=clause)


def test_years_that_start_on_another_day_are_a_change() -> None:
    """A financial year that starts on another day is another rule, and the words name both days."""
    other = replace(FINANCIAL_YEAR, month=6, day=17)
    words = changes(said(SIX), said(For(YEARS(6), "case-closed", other)))[Change.COUNTED_DIFFERENTLY]
    assert "(16 June)" in words
    assert "(31 March)" in words
