from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    Until,
    UntilAge,
    UntilAnniversary,
)
from retentiond.domain.lengths import Length, compared
from retentiond.domain.periods import ACADEMIC_YEAR, CALENDAR_YEAR, FINANCIAL_YEAR, TAX_YEAR, Period
from tests.domain.rules import CLAUSES

YEARS = Period.of_years
SIX = For(YEARS(6), "case-closed")
TURNED = {
    Length.SAME: Length.SAME,
    Length.LONGER: Length.SHORTER,
    Length.SHORTER: Length.LONGER,
    Length.MIXED: Length.MIXED,
}


@pytest.mark.parametrize(
    ("old", "new", "length"),
    [
        (SIX, For(YEARS(8), "case-closed"), Length.LONGER),
        (SIX, For(YEARS(6), "case-closed", FINANCIAL_YEAR), Length.LONGER),
        (SIX, For(YEARS(6), "case-closed", counting=Counting.BEGINNING_WITH), Length.SHORTER),
        (SIX, For(Period(days=6 * 365), "case-closed"), Length.SHORTER),
        (SIX, Until("case-closed"), Length.SHORTER),
        (SIX, Permanently(), Length.LONGER),
        (For(YEARS(6), "x", FINANCIAL_YEAR), For(YEARS(6), "x", ACADEMIC_YEAR), Length.MIXED),
        (For(YEARS(6), "x", FINANCIAL_YEAR), For(YEARS(6), "x", TAX_YEAR), Length.MIXED),
        (For(YEARS(6), "x", FINANCIAL_YEAR), For(YEARS(7), "x", CALENDAR_YEAR), Length.LONGER),
        (UntilAge(YEARS(25), "birth"), UntilAnniversary(YEARS(25), "birth"), Length.SAME),
        (UntilAge(YEARS(25), "birth"), UntilAge(YEARS(25), "birth", to_end_of=FINANCIAL_YEAR), Length.LONGER),
        # Devon's two ways of saying 18 plus three years of inactivity
        (
            For(YEARS(3), LatestOf((Age(YEARS(18), "birth"), "last-activity"))),
            LongestOf((UntilAge(YEARS(21), "birth"), For(YEARS(3), "last-activity"))),
            Length.SAME,
        ),
        # Northumberland counts from closure, Blackpool from the last contact
        (For(YEARS(35), "case-closed"), For(YEARS(35), "last-contact"), Length.MIXED),
        (For(YEARS(7), LatestOf(("a", "b"))), For(YEARS(7), EarliestOf(("a", "b"))), Length.SHORTER),
        # Kirklees: 75 years from the 18th birthday, where the regulations say from birth
        (UntilAge(YEARS(75), "birth"), For(YEARS(75), Age(YEARS(18), "birth")), Length.LONGER),
        (For(YEARS(7), LatestOf(("a", "b"))), For(YEARS(7), LatestOf(("a", "b"), recorded=True)), Length.SAME),
    ],
)
def test_a_change_of_period_is_named(old: Clause, new: Clause, length: Length) -> None:
    """Longer is longer for some date and shorter for none; the other way round it is the other way round."""
    assert compared(old, new) is length
    assert compared(new, old) is TURNED[length]


@settings(max_examples=10)
@given(CLAUSES, CLAUSES)
def test_one_more_clause_in_longest_of_never_shortens(clause: Clause, other: Clause) -> None:
    """The longest of a clause and another keeps at least as long as the clause, the shortest at most as long."""
    assert compared(clause, LongestOf((clause, other))) in (Length.SAME, Length.LONGER)
    assert compared(clause, ShortestOf((clause, other))) in (Length.SAME, Length.SHORTER)


@settings(max_examples=25)
@given(st.integers(1, 100), st.integers(1, 100))
def test_more_years_are_longer(one: int, other: int) -> None:
    """Of two periods that differ in their years alone the one with more is longer."""
    expected = Length.SAME if one == other else Length.LONGER if other > one else Length.SHORTER
    assert compared(For(YEARS(one), "x", FINANCIAL_YEAR), For(YEARS(other), "x", FINANCIAL_YEAR)) is expected
