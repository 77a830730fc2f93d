from __future__ import annotations

from dataclasses import replace
from datetime import date

from retentiond.config.lint.connected import Stores, connected, unclassed
from retentiond.domain.clauses import For, UntilAge
from retentiond.domain.conditions import DiedBeforeAge, Ever, Unless
from retentiond.domain.definitions import ClassCondition, Definition, Hop, KindOfRecord, Reach, Status, Trigger
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, Event, RecordClass, Schedule

ON = date(2026, 11, 25)
CASE = RecordClass("EH-01", "Case", ("An Act",), For(Period.of_years(6), "case-closed"), Action.DESTROY)
KIND = KindOfRecord(
    "episode", (ClassCondition("EH-01"),), (Trigger("case-closed", "ended_on"),), place="cases.yaml:7:5"
)


def stores(*kinds: KindOfRecord) -> Stores:
    """Return one connected store with these kinds of record."""
    return Stores.of([Definition("cases", "sql", "GB", kinds, "0" * 64)])


def told(one: RecordClass, *kinds: KindOfRecord, by_hand: str = "") -> list[str]:
    """Return the rules that speak up about a class beside these kinds of record."""
    events = {by_hand: Event(by_hand, "a day", by_hand=True)} if by_hand else {}
    schedule = Schedule("S", "1", "England", "Europe/London", ON, ON, "IG", (one,), "1" * 64, events=events)
    return [each.rule for each in connected(one, schedule, stores(*kinds), ON)]


def shadowed(*lines: ClassCondition) -> list[str]:
    """Return the classes that no record reaches by these lines."""
    kinds = stores(replace(KIND, classify=lines))
    known = frozenset(one.record_class for one in lines)
    return [said.split("'")[3] for _, _, said, _ in unclassed(kinds, known)]


def test_a_date_that_people_enter_needs_no_store() -> None:
    """A trigger is missing only where neither a store maps it nor people enter it."""
    one = replace(CASE, retain=For(Period.of_years(6), "project-concluded"))
    assert told(one, KIND) == ["trigger"]
    assert told(one, KIND, by_hand="project-concluded") == []


def test_one_of_several_kinds_of_record_is_enough() -> None:
    """A date that any store maps for the class is not misspelt: which kind lacks it, 'check' says."""
    other = replace(KIND, name="contact", triggers=(Trigger("contact", "on"),))
    assert told(CASE, KIND, other) == []
    assert told(CASE, other) == ["trigger"]


def test_an_exception_for_the_dead_does_not_ask_for_dates_nobody_has() -> None:
    """Where no death is mapped the exception never applies, and its dates are not missing."""
    one = replace(CASE, unless=(Unless(DiedBeforeAge(Period.of_years(18)), For(Period.of_years(15), "death")),))
    assert told(one, KIND) == []
    with_death = replace(KIND, triggers=(*KIND.triggers, Trigger("death", "died_on")))
    assert told(one, with_death) == ["trigger"]


def test_a_status_must_be_mapped_by_some_store() -> None:
    """A status that nobody looks up leaves every record of the class undue, so it is an error."""
    one = replace(CASE, unless=(Unless(Ever("adopted"), UntilAge(Period.of_years(100), "case-closed")),))
    assert told(one, KIND) == ["status"]
    assert told(one, replace(KIND, statuses=(Status("adopted", where={"kind": "A"}),))) == []


def test_a_class_in_use_or_out_of_use_is_held_against_the_stores() -> None:
    """A class no store knows is told unless it is retired; a retired one that a store still fills is told."""
    retired = replace(CASE, retired=date(2026, 4, 1), successor="EH-02")
    assert told(replace(CASE, code="EH-03"), KIND) == ["no-connector"]
    assert told(replace(retired, code="EH-03"), KIND) == []
    assert told(retired, KIND) == ["retired"]
    assert told(replace(retired, retired=date(2027, 4, 1)), KIND) == []


def test_only_a_line_that_takes_every_record_of_a_later_one_hides_it() -> None:
    """Another table, another way there, another value: each of them may leave records for the later line."""
    periods = Reach("status_period", where={"kind": "CLA"}, through=(Hop("family_member"),))
    first = ClassCondition("A", exists=periods)
    assert shadowed(first, ClassCondition("B", exists=replace(periods, where={"kind": "CLA", "open": "1"}))) == ["B"]
    assert shadowed(first, ClassCondition("B", exists=replace(periods, table="plan"))) == []
    assert shadowed(first, ClassCondition("B", exists=replace(periods, through=()))) == []
    assert shadowed(first, ClassCondition("B", exists=replace(periods, where={"kind": "CP"}))) == []
    assert shadowed(first, ClassCondition("B", where={"kind": "CLA"})) == []
    assert shadowed(first, ClassCondition("A", exists=periods)) == []
    assert shadowed(ClassCondition("A", where={"prefix": "cla/"}), ClassCondition("B", where={"prefix": "cla/9/"})) == [
        "B"
    ]
    assert (
        shadowed(ClassCondition("A", where={"prefix": "cla/9/"}), ClassCondition("B", where={"prefix": "cla/"})) == []
    )


def test_a_class_that_no_schedule_has_is_told_at_the_kind_of_record() -> None:
    """Records would go into a class without a rule: the place is the kind's own, and each code is told once."""
    kind = replace(KIND, classify=(ClassCondition("EH-9", where={"a": "1"}), ClassCondition("EH-9")))
    assert [(rule, place) for rule, place, _, _ in unclassed(stores(kind), frozenset({"EH-01"}))] == [
        ("no-class", "cases.yaml:7:5")
    ]
