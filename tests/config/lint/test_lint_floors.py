from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from retentiond.config.lint.floor_rules import floors
from retentiond.config.lint.floors import Floor, known_floors
from retentiond.config.lint.occasions import roles_of
from retentiond.config.lint.shortfalls import compared
from retentiond.domain.clauses import (
    Clause,
    For,
    LatestOf,
    LongestOf,
    Permanently,
    ShortestOf,
    UntilAge,
    UntilAnniversary,
    UntilDate,
)
from retentiond.domain.conditions import DiedBeforeAge, Ever, HappenedBefore, Unless, exceptions_within, statuses_in
from retentiond.domain.counting import Kept, count
from retentiond.domain.eligibility import rule_for
from retentiond.domain.needs import all_dates
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, Basis, Event, RecordClass, Schedule
from retentiond.domain.verdicts import Untriggered
from tests.domain.rules import CLAUSES, CONDITIONS, KNOWN, NAMES

FLOORS = pytest.mark.parametrize("floor", known_floors(), ids=lambda one: one.name)
WITH_DEATH = pytest.mark.parametrize("floor", [one for one in known_floors() if one.unless], ids=lambda one: one.name)
LAC = next(one for one in known_floors() if one.name == "looked-after-child-england")
ADOPTION = next(one for one in known_floors() if one.name == "adoption-england")


def at(floor: Floor, retain: Clause | None = None, unless: tuple[Unless, ...] | None = None) -> RecordClass:
    """Return a class that cites a floor and is kept exactly as long, or otherwise where something else is given."""
    return RecordClass(
        code="A-01",
        title=f"Record: {floor.about[0]}",
        mandate=(floor.citation,),
        retain=floor.retain if retain is None else retain,
        then=Action.DESTROY,
        basis=Basis.STATUTORY_FLOOR,
        unless=floor.unless if unless is None else unless,
    )


def told(
    one: RecordClass, jurisdiction: str = "United Kingdom", events: Mapping[str, Event] | None = None
) -> list[str]:
    """Return the rules that speak up about a class."""
    day = date(2026, 4, 1)
    schedule = Schedule("S", "1", jurisdiction, "Europe/London", day, day, "IG", (one,), "0" * 64, events=events or {})
    return [each.rule for each in floors(one, schedule)]


def shorter(clause: Clause, *, months: int = 0, days: int = 0) -> Clause:
    """Return a floor's clause with that much less; of days one month is given for thirty at most."""
    match clause:
        case For(period):
            return replace(clause, period=less(period, months, days))
        case UntilAnniversary(period):
            return replace(clause, years=less(period, months, days))
        case _:
            raise AssertionError(clause)


def less(period: Period, months: int, days: int) -> Period:
    """Return a period with that much less: a day less is a month less and thirty days more, as months of 31 go."""
    return Period(period.months - months - 1, 31 - days) if days else Period(period.months - months)


@FLOORS
def test_a_class_exactly_at_its_floor_passes(floor: Floor) -> None:
    """The law asks for at least so long, and exactly so long is enough."""
    assert told(at(floor)) == []
    assert told(at(floor, unless=())) == []
    assert told(at(floor, Permanently())) == []


@FLOORS
def test_a_class_a_year_or_a_day_below_its_floor_is_an_error(floor: Floor) -> None:
    """A year too short and a day too short are both too short."""
    assert told(at(floor, shorter(floor.retain, months=12))) == ["floor"]
    assert told(at(floor, shorter(floor.retain, days=1))) == ["floor"]


@WITH_DEATH
def test_an_early_death_has_its_own_floor(floor: Floor) -> None:
    """The time after the death of a child is held against the law's own time for it."""
    (exception,) = floor.unless
    for clause, rules in (
        (exception.retain, []),
        (shorter(exception.retain, months=12), ["floor"]),
        (shorter(exception.retain, days=1), ["floor"]),
    ):
        assert told(at(floor, unless=(replace(exception, retain=clause),))) == rules


@FLOORS
def test_the_floor_as_one_limb_is_enough_for_the_longest_and_not_for_the_shortest(floor: Floor) -> None:
    """What is kept until the later of two days is kept as long as the law asks; until the earlier it may not be."""
    other = For(Period.of_years(1), "case-closed")
    assert told(at(floor, LongestOf((other, floor.retain)))) == []
    assert told(at(floor, ShortestOf((other, floor.retain)))) == ["floor"]


@FLOORS
def test_a_longer_class_passes_and_one_of_a_year_is_told(floor: Floor) -> None:
    """Nothing is said against keeping longer; a class that counts from another event is told so."""
    assert told(at(floor, LongestOf((floor.retain, For(Period.of_years(150), "case-closed"))))) == []
    assert told(at(floor, For(Period.of_years(1), "case-opened"))) == ["floor-trigger"]


def test_a_class_that_escalates_is_under_the_floor_only_where_its_status_says_so() -> None:
    """A child in need file that cites the law of looked-after children for its exception keeps its own time else."""
    until_25 = UntilAnniversary(Period.of_years(25), "birth")
    looked_after = Unless(Ever("looked-after"), LAC.retain, LAC.unless)
    assert told(at(LAC, until_25, (looked_after,))) == []
    short = replace(looked_after, retain=UntilAnniversary(Period.of_years(30), "birth"))
    assert told(at(LAC, until_25, (short,))) == ["floor"]
    assert told(at(LAC, until_25, ())) == ["floor"]


def test_an_adoption_of_long_ago_is_under_another_law() -> None:
    """The floor is that of orders made since 30 December 2005; what is said of earlier ones is not held against it."""
    before = HappenedBefore(date(2005, 12, 30), "adoption-order")
    exception = Unless(before, For(Period.of_years(75), "adoption-order"))
    assert told(at(ADOPTION, unless=(exception,))) == []
    later = replace(exception, when=replace(before, day=date(2006, 1, 1)))
    assert told(at(ADOPTION, unless=(later,))) == ["floor"]


def test_an_adopted_person_was_a_child_at_the_order() -> None:
    """125 years from the birth are more than a hundred from the order, whose subject is under nineteen; 118 are not."""
    assert told(at(ADOPTION, UntilAge(Period.of_years(125), "birth"))) == ["anchor"]
    assert told(at(ADOPTION, UntilAge(Period.of_years(119), "birth"))) == ["anchor"]
    assert told(at(ADOPTION, UntilAge(Period.of_years(118), "birth"))) == ["floor-trigger"]
    assert told(at(ADOPTION, UntilAge(Period.of_years(150), "mother-birth"))) == ["floor-trigger"]


def test_an_exception_for_a_death_does_not_shorten_what_the_law_keeps_from_an_order() -> None:
    """The floor for adoptions knows no early death, so a time that is counted from the death falls below it."""
    death = Unless(DiedBeforeAge(Period.of_years(18)), For(Period.of_years(15), "death"))
    assert told(at(ADOPTION, unless=(death,))) == ["floor-trigger"]
    long = replace(death, retain=LongestOf((ADOPTION.retain, For(Period.of_years(15), "death"))))
    assert told(at(ADOPTION, unless=(long,))) == []


def test_the_birth_itself_counts_whatever_it_is_called() -> None:
    """A date of birth by another name is the same event; one that is only expected may lie before it."""
    for name in ("child-dob", "date-of-birth", "youngest-birth"):
        assert told(at(LAC, UntilAge(Period.of_years(75), name), ())) == []
    assert told(at(LAC, UntilAge(Period.of_years(75), "expected-birth"), ())) == ["floor-trigger"]
    either = For(Period.of_years(75), LatestOf(("birth", "expected-birth"), recorded=True))
    assert told(at(LAC, either, ())) == []


def test_what_a_trigger_is_called_tells_which_event_it_is() -> None:
    """A trigger of any name is the law's own event when the schedule says so in words."""
    carer = next(one for one in known_floors() if one.name == "foster-carer-england")
    one = at(carer, For(Period.of_years(10), "case-closed"))
    assert told(one) == ["floor-trigger"]
    assert told(one, events={"case-closed": Event("case-closed", "the day the approval was terminated")}) == []


def test_a_wrong_age_at_death_is_told_once_and_the_rest_is_still_compared() -> None:
    """An exception for a death before another age is told as such; its time is then held against the law's."""
    (exception,) = LAC.unless
    wrong = replace(exception, when=DiedBeforeAge(Period.of_years(21)))
    assert told(at(LAC, unless=(wrong,))) == ["floor-condition"]
    short = replace(wrong, retain=For(Period.of_years(10), "death"))
    assert told(at(LAC, unless=(short,))) == ["floor-condition", "floor"]


def test_law_of_another_nation_is_told_and_compared_all_the_same() -> None:
    """A schedule for Scotland that cites the regulations of England is asked whether it means them."""
    assert told(at(LAC), "Scotland") == ["jurisdiction"]
    assert told(at(LAC, shorter(LAC.retain, months=12)), "Scotland") == ["jurisdiction", "floor"]
    for jurisdiction in ("England", "England and Wales", "United Kingdom"):
        assert told(at(LAC), jurisdiction) == []


def test_a_class_that_cites_another_provision_is_not_under_the_floor() -> None:
    """Regulation 22 of the fostering regulations sets no time, so a class that rests on it is not held against any."""
    short = For(Period.of_years(1), "case-closed")
    for mandate in ("Fostering Services (England) Regulations 2011 (SI 2011/581) reg 22", "Children Act 1989 s.22"):
        one = replace(at(LAC, short, ()), mandate=(mandate,), basis=None, title="Foster carer, approved")
        assert told(one) == []


LONG = st.integers(70, 110).map(Period.of_years)
ENOUGH: st.SearchStrategy[Clause] = st.one_of(
    CLAUSES.map(lambda one: LongestOf((LAC.retain, one))),
    st.builds(For, LONG, NAMES),
    st.builds(ShortestOf, st.tuples(st.builds(UntilAnniversary, LONG, NAMES), st.builds(For, LONG, NAMES))),
)
"""Clauses that often keep as long as the law asks, and not always."""
OF_DEATH = st.builds(For, st.integers(14, 16).map(Period.of_years), st.just("death"))
RULES = st.builds(
    replace,
    st.just(at(LAC)),
    retain=ENOUGH,
    unless=st.lists(
        st.builds(Unless, CONDITIONS, ENOUGH, st.lists(st.builds(Unless, CONDITIONS, ENOUGH), max_size=1).map(tuple))
        | st.builds(Unless, st.just(DiedBeforeAge(Period.of_years(18))), OF_DEATH),
        max_size=2,
    ).map(tuple),
)
DAY = st.dates(date(1950, 1, 1), date(2090, 12, 31))
STORY = st.fixed_dictionaries(
    {name: st.integers(0, 40_000) for name in ("case-closed", "last-contact")}
    | {"death": st.none() | st.integers(0, 40_000)}
)


@settings(max_examples=100)
@given(RULES, DAY, STORY, KNOWN)
def test_what_passes_is_kept_as_long_as_the_law_asks_whatever_happens(
    one: RecordClass, birth: date, later: dict[str, int | None], statuses: dict[str, bool]
) -> None:
    """A class that the comparison lets pass never ends before the floor, for any dates in an order that can be."""
    names = all_dates(one)
    roles = roles_of(names, LAC, {name: (name,) for name in names})
    assume(not any(isinstance(each, UntilDate) for each in _singles(one)))
    assume(compared(LAC, one.retain, one.unless, roles).shortfall is None)
    dates = {name: None if days is None else birth + timedelta(days=days) for name, days in later.items()}
    dates["birth"] = birth
    rule, law = rule_for(one, dates, statuses), rule_for(at(LAC), dates, {})
    asks = any("looked-after" in statuses_in(each.when) for each in exceptions_within(one.unless))
    assume(not isinstance(rule, Untriggered) and not isinstance(law, Untriggered))
    assume(not asks or statuses["looked-after"])
    assert not isinstance(rule, Untriggered)
    assert not isinstance(law, Untriggered)
    kept, least = count(rule[0], dates), count(law[0], dates)
    assert not isinstance(kept, Kept) or (isinstance(least, Kept) and kept.retain_through >= least.retain_through)


def _singles(one: RecordClass) -> list[Clause]:
    found: list[Clause] = []
    ahead = [one.retain, *(each.retain for each in exceptions_within(one.unless))]
    while ahead:
        clause = ahead.pop()
        if isinstance(clause, (LongestOf, ShortestOf)):
            ahead.extend(clause.clauses)
        else:
            found.append(clause)
    return found
