from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from retentiond.connectors.interface import Role
from retentiond.domain.clauses import Clause, For, Permanently, UntilAge
from retentiond.domain.definitions import Definition, Trigger
from retentiond.domain.errors import Fault, StoreUnavailable
from retentiond.domain.moves import Move, Moved, Turn
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, Schedule
from retentiond.lifecycle.compare import Compared, compare
from retentiond.lifecycle.review_record import retain
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.workplace import CASES, MORNING, SAM, Workplace, record_class

TODAY = MORNING.date()
YEARS = Period.of_years


def under(workplace: Workplace, *, then: Action | None = None, **retain: Clause) -> tuple[Schedule, ...]:
    """Return the schedules in force with other clauses for some classes, named with ``_`` for ``-``."""
    clauses = {code.replace("_", "-"): clause for code, clause in retain.items()}
    (schedule,) = workplace.tools.schedules
    classes = tuple(
        replace(one, retain=clauses[one.code], then=then or one.then) if one.code in clauses else one
        for one in schedule.classes
    )
    return (replace(schedule, classes=classes, version="2027.1"),)


def compared(workplace: Workplace, new: tuple[Schedule, ...]) -> Compared:
    """Compare what is in force with something else."""
    return compare(workplace.tools, workplace.tools.schedules, new)


def test_a_longer_period_rescues_what_is_due_today(workplace: Workplace) -> None:
    """Records move by class and by the year of their new due date; those due today that would not be are counted."""
    workplace.file("1", closed=date(2019, 5, 14))
    workplace.file("2", closed=date(2019, 11, 1))
    workplace.file("3", closed=date(2024, 5, 14))
    workplace.file("4", closed=date(2019, 5, 14), code="EH-02")
    found = compared(workplace, under(workplace, EH_01=For(YEARS(8), "case-closed")))
    assert found.moved == (
        Moved("EH-01", Move.LATER, 2027, Turn.NOT_DUE_ANY_MORE, "", 2),
        Moved("EH-01", Move.LATER, 2032, Turn.NEITHER, "", 1),
    )
    assert found.today == TODAY
    assert {(one.kind, one.examined, one.counted) for one in found.kinds} == {("episode", 4, 3), ("contact", 0, 0)}


def test_a_shorter_period_says_what_is_due_at_once(workplace: Workplace) -> None:
    """What would become due the moment the schedule is adopted is told apart from what becomes due sooner."""
    workplace.file("1", closed=date(2022, 5, 14))
    workplace.file("2", closed=date(2025, 5, 14))
    found = compared(workplace, under(workplace, EH_01=For(YEARS(4), "case-closed")))
    assert found.moved == (
        Moved("EH-01", Move.SOONER, 2026, Turn.DUE_AT_ONCE, "", 1),
        Moved("EH-01", Move.SOONER, 2029, Turn.NEITHER, "", 1),
    )


def test_never_and_at_all(workplace: Workplace) -> None:
    """What is to be kept permanently is never due any more, and what was kept so is due at all the other way round."""
    workplace.file("1", closed=date(2019, 5, 14))
    permanent = under(workplace, EH_01=Permanently(), then=Action.RETAIN_PERMANENTLY)
    forth = compared(workplace, permanent)
    assert forth.moved == (Moved("EH-01", Move.NEVER, None, Turn.NOT_DUE_ANY_MORE, "", 1),)
    back = compare(workplace.tools, permanent, workplace.tools.schedules)
    assert back.moved == (Moved("EH-01", Move.AT_ALL, 2025, Turn.DUE_AT_ONCE, "", 1),)


def test_a_date_no_store_gives_is_named(workplace: Workplace) -> None:
    """Records that could not be dated any more are counted with the reason, and which definition lacks the date."""
    workplace.file("1", closed=date(2019, 5, 14))
    found = compared(workplace, under(workplace, EH_01=UntilAge(YEARS(25), "birth")))
    assert found.moved == (Moved("EH-01", Move.NOT_COMPUTABLE, None, Turn.NOT_DUE_ANY_MORE, "no birth date", 1),)
    assert found.lacking == (
        "EH-01 needs 'birth', and episode in cases does not map it",
        "EH-01 needs 'birth', and contact in cases does not map it",
    )
    back = compare(workplace.tools, under(workplace, EH_01=UntilAge(YEARS(25), "birth")), workplace.tools.schedules)
    assert back.moved == (Moved("EH-01", Move.COMPUTABLE, 2025, Turn.DUE_AT_ONCE, "", 1),)


def test_a_class_without_a_definition_has_no_records(workplace: Workplace) -> None:
    """A class that no definition classifies into has no records; one that is gone leaves its own without a rule."""
    workplace.file("1", code="EH-02")
    (schedule,) = workplace.tools.schedules
    new = replace(schedule, classes=(schedule.classes[0], record_class("EH-09", Action.DESTROY)))
    found = compared(workplace, (new,))
    assert found.without_records == ("EH-09",)
    assert [(one.code, one.move, one.reason) for one in found.moved] == [
        ("EH-02", Move.NOT_COMPUTABLE, "the schedule has no such class")
    ]


def test_a_schedule_that_only_reads_otherwise_looks_at_no_record(workplace: Workplace) -> None:
    """Where no rule is another, no store is opened."""
    workplace.file("1")
    workplace.opening = lambda _name, _role: pytest.fail("a store was opened")
    (schedule,) = workplace.tools.schedules
    retitled = replace(schedule, classes=tuple(replace(one, title="Other") for one in schedule.classes))
    assert compared(workplace, (retitled,)).moved == ()


def test_a_store_that_fails_is_named_and_stops_nothing(workplace: Workplace) -> None:
    """Nothing of a store that breaks half-way is counted, its fault is handed back, and the others are read."""
    for number in range(3):
        workplace.file(str(number), closed=date(2019, 5, 14))
    second = replace(workplace.tools.definition(CASES), name="archive")
    workplace.stores = {**workplace.stores, "archive": workplace.stores[CASES]}
    workplace.changed(definitions=(*workplace.tools.definitions, second))
    fault = Fault(CASES, "the store did not answer")

    def opening(name: str, _role: Role) -> None:
        if name == CASES:
            raise StoreUnavailable(fault)

    workplace.opening = opening
    found = compared(workplace, under(workplace, EH_01=For(YEARS(8), "case-closed")))
    assert sum(one.records for one in found.moved) == 3
    assert set(found.faults) == {fault}
    assert {(one.store, bool(one.failure)) for one in found.kinds} == {(CASES, True), ("archive", False)}


def test_only_the_credential_that_reads_is_used_and_nothing_is_written(workplace: Workplace) -> None:
    """Comparing opens stores to scan alone, and leaves the ledger as it was."""
    workplace.file("1")
    roles: list[Role] = []
    workplace.opening = lambda _name, role: roles.append(role)
    before = workplace.kinds_of_events(), workplace.rows("SELECT count(*) FROM findings")
    compared(workplace, under(workplace, EH_01=For(YEARS(8), "case-closed")))
    assert set(roles) == {Role.SCAN}
    assert (workplace.kinds_of_events(), workplace.rows("SELECT count(*) FROM findings")) == before


def test_a_decision_to_keep_a_record_counts_under_both(workplace: Workplace) -> None:
    """A reviewer who keeps a record beyond both periods leaves its day as it is, and a hold moves nothing."""
    kept = workplace.file("1", closed=date(2019, 5, 14))
    workplace.file("2", closed=date(2019, 5, 14))
    listed = workplace.gathered(kept)
    retain(workplace.tools, listed.number, SAM, str(kept), until=date(2031, 1, 1), reason="a claim")
    workplace.hold(stores=[CASES])
    found = compared(workplace, under(workplace, EH_01=For(YEARS(8), "case-closed")))
    assert {(one.move, one.records) for one in found.moved} == {(Move.SAME, 1), (Move.LATER, 1)}


def test_what_was_anonymised_is_done_with(workplace: Workplace) -> None:
    """A record that was anonymised is still in its store, and no schedule moves it."""
    workplace.file("1", code="EH-02")
    carry_through(workplace.tools, workplace.approved())
    found = compared(workplace, under(workplace, EH_02=For(YEARS(8), "case-closed")))
    assert found.moved == ()
    assert sum(one.counted for one in found.kinds) == 0


def test_progress_is_told_page_by_page(workplace: Workplace) -> None:
    """Whoever asked is told how many records of each kind were examined so far."""
    workplace.file("1")
    told: list[tuple[str, str, int]] = []
    new = under(workplace, EH_01=For(YEARS(8), "case-closed"))
    compare(workplace.tools, workplace.tools.schedules, new, tell=lambda *how_far: told.append(how_far))
    assert told == [(CASES, "episode", 1), (CASES, "contact", 0)]


def test_dates_a_definition_maps_are_not_lacking(
    new_workplace: Callable[[], Workplace],
) -> None:
    """A definition that maps what the new rule needs lacks nothing."""
    workplace = new_workplace()

    def mapping(one: Definition) -> Definition:
        triggers = (Trigger("birth", "dob"), Trigger("case-closed", "ended_on"))
        return replace(one, records=tuple(replace(kind, triggers=triggers) for kind in one.records))

    workplace.changed(definitions=tuple(mapping(one) for one in workplace.tools.definitions))
    assert compared(workplace, under(workplace, EH_01=UntilAge(YEARS(25), "birth"))).lacking == ()
