from __future__ import annotations

import re
from datetime import date
from itertools import permutations, product

import pytest
from hypothesis import given

from retentiond.domain.clauses import (
    Age,
    Clause,
    Counting,
    EarliestOf,
    For,
    LatestOf,
    LongestOf,
    Permanently,
    ShortestOf,
    Start,
    Until,
    UntilAge,
    UntilAnniversary,
    UntilDate,
)
from retentiond.domain.conditions import AllOf, AnyOf, Condition, DiedBeforeAge, Ever, HappenedBefore, Unless
from retentiond.domain.periods import ACADEMIC_YEAR, CALENDAR_YEAR, FINANCIAL_YEAR, MONTH, QUARTER, CutOff, Period
from retentiond.domain.rules_in_words import clause_in_words, condition_in_words, rule_in_words, step_in_words
from retentiond.domain.schedule import Action, Event, RecordClass, Step
from retentiond.domain.wording import called, dated, listed, th
from tests.domain.rules import CLAUSES, CONDITIONS, STATUSES
from tests.domain.rules import EVENTS as NAMES

YEARS = Period.of_years
EVENTS = {
    "case-closed": Event("case-closed", "the day the case was closed"),
    "youngest-birth": Event("youngest-birth", "the youngest child's date of birth"),
    "order-made": Event("order-made", "the making of the order", by_hand=True),
}
CODE = re.compile(rf"\b({'|'.join(one for one in (*NAMES, *STATUSES) if '-' in one)})\b|\d{{4}}-\d{{2}}|\bP\d|_")
"""Key names, ISO dates and durations, and joined words: nothing of the kind is said aloud."""


def a_class(retain: Clause, *unless: Unless) -> RecordClass:
    """Return a class with this rule."""
    return RecordClass("X-01", "Example", ("Local business need",), retain, Action.DESTROY, unless=unless)


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        (
            For(YEARS(6), "case-closed", FINANCIAL_YEAR),
            "6 years after the day the case was closed, counted from the end of that financial year (31 March)",
        ),
        # Bath & North East Somerset: the 25th birthday
        (UntilAge(YEARS(25), "youngest-birth"), "until the 25th birthday (the youngest child's date of birth)"),
        (UntilAge(YEARS(25), "birth"), "until the 25th birthday"),
        # Devon keeps "until child is 18 plus a further three years of inactivity"
        (
            For(YEARS(3), LatestOf((Age(YEARS(18), "birth"), "last-activity"))),
            "3 years after the later of the 18th birthday and the last activity",
        ),
        # The Welsh regulations: "fifteen years beginning with the date of C's death"
        (For(YEARS(15), "death", counting=Counting.BEGINNING_WITH), "15 years beginning with the date of death"),
        # Blackpool keeps claims "until 21 years and 4 months or 10 years after end of claim, whichever is greatest"
        (
            LongestOf((UntilAge(Period.parse("21 years 4 months"), "birth"), For(YEARS(10), "claim-ended"))),
            "the longest of: (1) until the age of 21 years and 4 months; (2) 10 years after the day the claim ended",
        ),
        # Blackpool: one academic year plus the current one
        (
            For(YEARS(1), "admission", ACADEMIC_YEAR),
            "1 year after the admission, counted from the end of that academic year (31 August)",
        ),
        # Kirklees: 75 years from the 18th birthday
        (For(YEARS(75), Age(YEARS(18), "birth")), "75 years after the 18th birthday"),
        # Devon keeps draft minutes "until approved at next review"
        (Until("approved"), "until the day it was approved"),
        # Devon: seven years after last contact or death
        (
            For(YEARS(7), EarliestOf(("last-contact", "death"), recorded=True)),
            "7 years after the earlier of the last contact and the date of death, whichever of them are recorded",
        ),
        (UntilAnniversary(YEARS(75), "birth"), "until the 75th anniversary of the date of birth"),
        (
            UntilAnniversary(Period.parse("18 months"), "created"),
            "until 1 year and 6 months after the day it was created",
        ),
        (UntilDate(date(2033, 12, 31)), "until 31 December 2033"),
        (
            Until("created", CALENDAR_YEAR),
            "until the day it was created, and on to the end of that calendar year (31 December)",
        ),
        (For(YEARS(1), "paid", QUARTER), "1 year after the paid, counted from the end of that quarter"),
        (Permanently(), "permanently"),
        (
            ShortestOf((Permanently(), LongestOf((Until("death"), Until("created"))))),
            (
                "the shortest of: (1) permanently; "
                "(2) (the longest of: (1) until the date of death; (2) until the day it was created)"
            ),
        ),
        (
            For(YEARS(1), "created", CutOff("financial-year", 3, 1)),
            "1 year after the day it was created, counted from the end of that financial year (end of February)",
        ),
    ],
)
def test_published_periods_read_as_councils_write_them(clause: Clause, words: str) -> None:
    """A clause is said as a records manager would say it to the service that asks."""
    assert clause_in_words(clause, EVENTS) == words


@pytest.mark.parametrize(
    ("record_class", "words"),
    [
        # North Somerset: until 30; where the child dies under 18, six years from death
        (
            a_class(UntilAge(YEARS(30), "birth"), Unless(DiedBeforeAge(YEARS(18)), For(YEARS(6), "death"))),
            "until the 30th birthday. If the person died before the age of 18: 6 years after the date of death",
        ),
        # Lancashire: 31; with an EHC plan 45; ever looked after 75
        (
            a_class(
                UntilAge(YEARS(31), "birth"),
                Unless(Ever("looked-after"), UntilAge(YEARS(75), "birth")),
                Unless(Ever("special-educational-needs"), UntilAge(YEARS(45), "birth")),
            ),
            (
                "until the 31st birthday. If the person was ever looked after: until the 75th birthday. "
                "If the person was ever special educational needs: until the 45th birthday"
            ),
        ),
        # Northumberland: 35 years from closure, unless ever looked after or adopted; the first has an exception itself
        (
            a_class(
                For(YEARS(35), "case-closed"),
                Unless(
                    Ever("looked-after"),
                    UntilAge(YEARS(75), "birth"),
                    (Unless(DiedBeforeAge(YEARS(18)), For(YEARS(15), "death")),),
                ),
                Unless(Ever("adopted"), For(YEARS(100), "adoption-order")),
            ),
            (
                "35 years after the day the case was closed. If the person was ever looked after: (until the "
                "75th birthday. If the person died before the age of 18: 15 years after the date of death). "
                "If the person was ever adopted: 100 years after the adoption order"
            ),
        ),
    ],
)
def test_exceptions_follow_the_rule_they_except_from(record_class: RecordClass, words: str) -> None:
    """A rule is one paragraph: the class's own clause, and each exception with what then holds."""
    assert rule_in_words(record_class, EVENTS) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (DiedBeforeAge(Period.parse("17 years 6 months")), "the person died before the age of 17 years and 6 months"),
        (
            DiedBeforeAge(YEARS(18), birth="eldest-birth"),
            "the person died before the age of 18, going by the eldest date of birth",
        ),
        (HappenedBefore(date(2005, 12, 30), "adoption-order"), "the adoption order came before 30 December 2005"),
        (
            AllOf((Ever("adopted"), AnyOf((Ever("looked-after"), DiedBeforeAge(YEARS(18)))))),
            (
                "the person was ever adopted and (the person was ever looked after or the person died "
                "before the age of 18)"
            ),
        ),
    ],
)
def test_conditions_follow_if(condition: Condition, words: str) -> None:
    """A condition reads on after the word if."""
    assert condition_in_words(condition) == words


def test_a_step_says_what_goes_and_when() -> None:
    """Darlington: after three years the file holds basic information only."""
    step = Step(
        "basic-information-only",
        "Everything but the name, the date of birth and the order",
        For(YEARS(3), "order-made"),
        Action.MINIMISE,
    )
    said = step_in_words(step, {"order-made": Event("order-made", "the day the order was made")})
    assert said == (
        "Everything but the name, the date of birth and the order: kept 3 years after the day the order was made, "
        "then minimised"
    )


@given(CLAUSES, CONDITIONS)
def test_no_code_word_is_said(clause: Clause, condition: Condition) -> None:
    """No rule in words holds a key's name, an ISO date or duration, whatever the rule."""
    said = rule_in_words(a_class(clause, Unless(condition, clause)), EVENTS)
    assert not CODE.search(said), said


def few_clauses() -> list[Clause]:
    """Return clauses that differ from one another in one part or in a few, each kind of part being among them."""
    starts: list[Start] = ["birth", "case-closed", Age(YEARS(18), "birth"), Age(YEARS(18), "case-closed")]
    pairs = [("birth", "death"), ("death", "birth"), ("birth", "death", "created")]
    starts += [LatestOf(*parts) for parts in product(pairs, (False, True))]
    starts += [EarliestOf(*parts) for parts in product(pairs, (False, True))]
    starts.append(LatestOf(("birth", EarliestOf(("death", "created")))))
    starts.append(EarliestOf(("created", LatestOf(("death", "birth")))))
    ends = [None, FINANCIAL_YEAR, CutOff("financial-year", 6, 17), ACADEMIC_YEAR, QUARTER, MONTH]
    periods = [YEARS(1), YEARS(18), Period(1), Period(0, 1), Period(13, 1)]
    clauses: list[Clause] = [For(*parts) for parts in product(periods, starts, ends)]
    clauses += [For(YEARS(1), start, None, Counting.BEGINNING_WITH) for start in starts]
    clauses += [For(YEARS(1), "birth", cut_off, to_end_of=end) for cut_off, end in product(ends, ends[1:])]
    clauses += [UntilAge(*parts) for parts in product(periods, ("birth", "death"), ends)]
    clauses += [UntilAnniversary(*parts) for parts in product(periods, ("birth", "death"), ends)]
    # until the day an age is attained is the same as until that age
    clauses += [Until(*parts) for parts in product(starts, ends) if not isinstance(parts[0], Age)]
    clauses += [UntilDate(date(2033, 12, 31)), UntilDate(date(2034, 12, 31)), Permanently()]
    single = clauses[::97]
    pairs_of = [*permutations(single, 2)]
    several: list[Clause] = [*map(LongestOf, pairs_of), *map(ShortestOf, pairs_of)]
    clauses += several
    clauses += [LongestOf((one, single[-1])) for one in several[::7]]
    return clauses + [ShortestOf((one, single[-1])) for one in several[::7]]


def test_rules_that_differ_are_said_differently() -> None:
    """No two clauses are said alike: words that lose a part would hide a change from whoever compares two versions."""
    clauses = few_clauses()
    assert len({*clauses}) == len(clauses) > 900
    assert len({clause_in_words(one, EVENTS) for one in clauses}) == len(clauses)


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("case-closed", "the day the case was closed", "The case was closed on 14 May 2019"),
        ("youngest-birth", "the youngest child's date of birth", "The youngest child's date of birth is 14 May 2019"),
        ("order-made", "the making of the order", "The making of the order is dated 14 May 2019"),
        ("approval-ended", "the day the approval ended", "The approval ended on 14 May 2019"),
        ("superseded", "the day it was superseded", "It was superseded on 14 May 2019"),
        ("eldest-birth", "the eldest date of birth", "The eldest date of birth is 14 May 2019"),
        ("death", "the date of death", "The date of death is 14 May 2019"),
        ("last-contact", "the last contact", "The last contact is dated 14 May 2019"),
    ],
)
def test_a_trigger_is_called_as_the_schedule_calls_it(name: str, words: str, sentence: str) -> None:
    """What people call a trigger makes a sentence; one that the schedule does not name is said by its own words."""
    assert called(name, EVENTS) == words
    assert dated(name, date(2019, 5, 14), EVENTS) == sentence


def test_a_day_that_a_clause_describes_stays_a_day() -> None:
    """``the day on which …`` is no sentence without its beginning, and is kept whole."""
    events = {"x": Event("x", "the day on which the file was shut")}
    assert dated("x", date(2019, 5, 14), events) == "The day on which the file was shut is 14 May 2019"


def test_numbers_and_lists_are_said_as_in_english() -> None:
    """1st, 2nd, 3rd, 11th, 22nd; a, b and c."""
    assert [th(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "103rd", "111th"]
    )
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
