from __future__ import annotations

from datetime import date

import pytest

from retentiond.domain.clauses import (
    Age,
    Clause,
    Counting,
    EarliestOf,
    For,
    LatestOf,
    LongestOf,
    ShortestOf,
    Until,
    UntilAge,
    UntilAnniversary,
    UntilDate,
)
from retentiond.domain.counting import Kept, count
from retentiond.domain.periods import ACADEMIC_YEAR, CALENDAR_YEAR, FINANCIAL_YEAR, QUARTER, TAX_YEAR, CutOff, Period

FIFTEEN = Period.of_years(15)


def words(clause: Clause, **dates: date | None) -> str:
    """Return the arithmetic of a clause in words, for triggers written with ``_`` for ``-``."""
    kept = count(clause, {name.replace("_", "-"): day for name, day in dates.items()})
    assert isinstance(kept, Kept)
    return kept.words


def test_the_day_of_the_event_is_not_counted() -> None:
    """Lester v Garland (1808): a period after an event starts the day after it, so it ends on the same date."""
    clause = For(Period.of_years(6), "case-closed")
    assert words(clause, case_closed=date(2019, 5, 14)) == "case closed 14 May 2019 + 6 years = 14 May 2025"


def test_a_period_beginning_with_a_day_counts_it() -> None:
    """SI 2009/210 reg 43 and its like: "fifteen years beginning with the date of death" end a day before its date."""
    clause = For(FIFTEEN, "death", counting=Counting.BEGINNING_WITH)
    assert words(clause, death=date(2010, 3, 1)) == (
        "death 1 March 2010 + 15 years beginning with that day = 28 February 2025"
    )


def test_months_end_on_the_corresponding_date() -> None:
    """Dodds v Walker [1981]: four months after 30 September end on 30 January."""
    clause = For(Period(months=4), "notice")
    assert words(clause, notice=date(1978, 9, 30)) == "notice 30 September 1978 + 4 months = 30 January 1979"


def test_a_month_without_that_date_runs_on_to_the_next_first() -> None:
    """Where no date corresponds, the law's last day of the month is within a period that ends on the 1st after it."""
    clause = For(Period(months=1), "notice")
    assert words(clause, notice=date(2026, 1, 31)) == "notice 31 January 2026 + 1 month = 1 March 2026"


def test_a_birthday_is_kept_through() -> None:
    """Family Law Reform Act 1969 s.9: an age is attained as the birthday begins; the file is kept to its end."""
    clause = UntilAge(Period.of_years(25), "birth")
    assert words(clause, birth=date(2001, 7, 9)) == "birth 9 July 2001 + 25 years = 9 July 2026"


def test_somebody_born_on_29_february_is_kept_for_to_1_march() -> None:
    """Authorities differ between 28 February and 1 March; the later is safe under both."""
    clause = UntilAge(Period.of_years(25), "birth")
    assert words(clause, birth=date(2004, 2, 29)) == "birth 29 February 2004 + 25 years = 1 March 2029"


def test_an_anniversary_is_counted_like_a_birthday() -> None:
    """SI 2010/959 reg 50: until the 75th anniversary of the child's birth."""
    clause = UntilAnniversary(Period.of_years(75), "birth")
    assert words(clause, birth=date(1951, 5, 9)) == "birth 9 May 1951 + 75 years = 9 May 2026"


@pytest.mark.parametrize("modified", [date(2018, 4, 1), date(2019, 3, 31)])
def test_six_years_from_the_end_of_the_financial_year(modified: date) -> None:
    """Derbyshire's "6+": the first and the last day of a financial year give the same last day."""
    kept = count(For(Period.of_years(6), "modified", FINANCIAL_YEAR), {"modified": modified})
    assert isinstance(kept, Kept)
    assert kept.retain_through == date(2025, 3, 31)
    assert "carried to 31 March 2019 (end of financial year) + 6 years = 31 March 2025" in kept.words


def test_an_academic_year_and_the_current_one() -> None:
    """Blackpool's admissions: received in 2023/24, one academic year plus the current one."""
    clause = For(Period.of_years(1), "received", ACADEMIC_YEAR)
    assert words(clause, received=date(2023, 11, 6)) == (
        "received 6 November 2023, carried to 31 August 2024 (end of academic year) + 1 year = 31 August 2025"
    )


@pytest.mark.parametrize(
    ("cut_off", "day", "end"),
    [
        (CALENDAR_YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        (TAX_YEAR, date(2026, 4, 5), date(2026, 4, 5)),
        (TAX_YEAR, date(2026, 4, 6), date(2027, 4, 5)),
        (QUARTER, date(2024, 2, 29), date(2024, 3, 31)),
        (CutOff("financial-year", 3, 1), date(2024, 2, 1), date(2024, 2, 29)),
        (CutOff("academic-year", 8, 31), date(2026, 8, 30), date(2026, 8, 30)),
        (CutOff("academic-year", 8, 31), date(2026, 8, 31), date(2027, 8, 30)),
    ],
)
def test_each_kind_of_year_ends_where_its_next_one_starts(cut_off: CutOff, day: date, end: date) -> None:
    """A year ends on the day before the next begins, wherever a schedule lets it start."""
    assert cut_off.end(day) == end


def test_inactivity_counts_from_the_later_of_two_days() -> None:
    """Devon: until 18 plus a further three years of inactivity."""
    clause = For(Period.of_years(3), LatestOf((Age(Period.of_years(18), "birth"), "last-activity")))
    assert words(clause, birth=date(2004, 5, 3), last_activity=date(2023, 1, 10)) == (
        "the latest of (birth 3 May 2004 + 18 years = 3 May 2022; last activity 10 January 2023) + 3 years "
        "= 10 January 2026"
    )


def test_last_contact_is_the_latest_of_the_days_that_are_recorded() -> None:
    """A letter that was never sent leaves no date, and the visit counts alone."""
    clause = For(Period.of_years(7), LatestOf(("last-visit", "last-letter"), recorded=True))
    assert words(clause, last_visit=date(2018, 8, 15), last_letter=None) == (
        "last visit 15 August 2018 + 7 years = 15 August 2025"
    )


def test_contact_or_death_whichever_is_recorded_first() -> None:
    """Devon's substance misuse service: seven years from last contact or death."""
    clause = For(Period.of_years(7), EarliestOf(("last-contact", "death"), recorded=True))
    assert words(clause, last_contact=date(2018, 8, 15), death=date(2017, 2, 28)) == (
        "the earliest of (last contact 15 August 2018; death 28 February 2017) + 7 years = 28 February 2024"
    )


def test_until_superseded_is_through_that_day() -> None:
    """A draft is kept through the day its successor is approved, and no longer."""
    assert words(Until("superseded"), superseded=date(2026, 2, 11)) == "until superseded 11 February 2026"


def test_a_fixed_date_needs_no_event() -> None:
    """Programme files: destroy on 31 December 2033, so kept through the day before or, safely, through that day."""
    assert words(UntilDate(date(2033, 12, 31))) == "through 31 December 2033"


def test_the_last_day_can_be_carried_to_the_end_of_a_year() -> None:
    """To the end of the academic year of the 18th birthday."""
    clause = UntilAge(Period.of_years(18), "birth", ACADEMIC_YEAR)
    assert words(clause, birth=date(2008, 10, 2)) == (
        "birth 2 October 2008 + 18 years, to the end of the academic year = 31 August 2027"
    )


def test_whichever_is_greatest() -> None:
    """Blackpool's claims: 21 years and 4 months, or ten years after the end of the claim, whichever is greatest."""
    clause = LongestOf((UntilAge(Period.parse("21 years 4 months"), "birth"), For(Period.of_years(10), "claim-ended")))
    assert words(clause, birth=date(2000, 10, 31), claim_ended=date(2011, 1, 1)) == (
        "the longest of: birth 31 October 2000 + 21 years 4 months = 1 March 2022; "
        "claim ended 1 January 2011 + 10 years = 1 January 2021"
    )


def test_whichever_is_sooner() -> None:
    """The shortest of two names both, so that a reader sees what was weighed."""
    clause = ShortestOf((For(Period.of_years(3), "last-action"), UntilAge(Period.of_years(18), "birth")))
    assert words(clause, last_action=date(2022, 7, 7), birth=date(2009, 1, 2)) == (
        "the shortest of: last action 7 July 2022 + 3 years = 7 July 2025; birth 2 January 2009 + 18 years "
        "= 2 January 2027"
    )
