from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

import pytest
from hypothesis import given, settings

from retentiond.domain.clauses import (
    Age,
    Clause,
    Counting,
    EarliestOf,
    For,
    LatestOf,
    LongestOf,
    Permanently,
    Until,
    UntilAge,
    UntilAnniversary,
    UntilDate,
)
from retentiond.domain.counting import Kept, count
from retentiond.domain.narration import Origin, narrate
from retentiond.domain.periods import ACADEMIC_YEAR, FINANCIAL_YEAR, Period
from retentiond.domain.verdicts import Permanent
from retentiond.domain.wording import in_words
from tests.domain.rules import CLAUSES, DATES
from tests.domain.test_domain_rules_in_words import CODE, EVENTS

YEARS = Period.of_years
DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")
CLOSED = date(2019, 5, 14)


def last_day(lines: tuple[str, ...]) -> date:
    """Return the last date that lines name."""
    return datetime.strptime(DAY.findall("\n".join(lines))[-1], "%d %B %Y").date()  # noqa: DTZ007 - a civil date


@settings(max_examples=180)
@given(CLAUSES, DATES)
def test_the_last_date_told_is_the_last_day_kept(clause: Clause, dates: dict[str, date | None]) -> None:
    """Whatever the clause: what is told ends where the sum ends, and says so where there is no sum."""
    lines = narrate(clause, dates, EVENTS, {"death": Origin("person.died_on"), "order-made": Origin()})
    match count(clause, dates):
        case Kept(last):
            assert in_words(last_day(lines)) == in_words(last)
            assert lines[-1].endswith(", the last day it is kept.")
        case Permanent():
            assert "kept permanently" in lines[-1]
        case _:
            assert any("is not recorded" in line for line in lines)
            assert lines[-1].endswith("the record is never due.")


@given(CLAUSES, DATES)
def test_every_line_is_a_sentence_without_code_words(clause: Clause, dates: dict[str, date | None]) -> None:
    """Each line begins with a capital, a figure or a number in brackets, ends, and names no key."""
    for line in narrate(clause, dates, EVENTS):
        assert re.match(r" *(\(\d\) )*[A-Z0-9]", line), line
        assert line[-1] in ".:", line
        assert not CODE.search(line), line


@pytest.mark.parametrize(
    ("clause", "dates", "lines"),
    [
        # the example of the handbook: financial year, then six years
        (
            For(YEARS(6), "case-closed", FINANCIAL_YEAR),
            {"case-closed": CLOSED},
            [
                "The case was closed on 14 May 2019.",
                "Carried to the end of that financial year: 31 March 2020.",
                "6 years later: 31 March 2026, the last day it is kept.",
            ],
        ),
        # Devon, child in need: 18 plus three years of inactivity
        (
            For(YEARS(3), LatestOf((Age(YEARS(18), "birth"), "last-activity"))),
            {"birth": date(2001, 5, 3), "last-activity": date(2020, 6, 4)},
            [
                "The later of two days:",
                "(1) The date of birth is 3 May 2001.",
                "    18th birthday: 3 May 2019.",
                "(2) The last activity is dated 4 June 2020.",
                "The second is the later: 4 June 2020.",
                "3 years later: 4 June 2023, the last day it is kept.",
            ],
        ),
        # Kirklees: 75 years from the 18th birthday
        (
            For(YEARS(75), Age(YEARS(18), "birth")),
            {"birth": date(1950, 6, 1)},
            [
                "The date of birth is 1 June 1950.",
                "18th birthday: 1 June 1968.",
                "75 years later: 1 June 2043, the last day it is kept.",
            ],
        ),
        # Northumberland: 35 years from closure
        (
            For(YEARS(35), "case-closed"),
            {"case-closed": date(1990, 2, 1)},
            ["The case was closed on 1 February 1990.", "35 years later: 1 February 2025, the last day it is kept."],
        ),
        # fifteen years beginning with the date of death: the death's own day counts
        (
            For(YEARS(15), "death", counting=Counting.BEGINNING_WITH),
            {"death": date(2010, 3, 1)},
            [
                "The date of death is 1 March 2010.",
                "15 years beginning with that day: 28 February 2025, the last day it is kept.",
            ],
        ),
        # born on 29 February: the later of the two readings
        (
            UntilAge(YEARS(25), "birth"),
            {"birth": date(2004, 2, 29)},
            [
                "The date of birth is 29 February 2004.",
                (
                    "25th birthday (there is no 29 February in that year, so 1 March): "
                    "1 March 2029, the last day it is kept."
                ),
            ],
        ),
        # Blackpool: one academic year plus the current one
        (
            For(YEARS(1), "admission", ACADEMIC_YEAR),
            {"admission": date(2023, 11, 6)},
            [
                "The admission is dated 6 November 2023.",
                "Carried to the end of that academic year: 31 August 2024.",
                "1 year later: 31 August 2025, the last day it is kept.",
            ],
        ),
        # Blackpool, claims: the longest of two
        (
            LongestOf((UntilAge(Period.parse("21 years 4 months"), "birth"), For(YEARS(10), "claim-ended"))),
            {"birth": date(2000, 10, 31), "claim-ended": date(2015, 1, 9)},
            [
                "The longest of two:",
                "(1) The date of birth is 31 October 2000.",
                "    The age of 21 years and 4 months is reached (there is no 31 February, so 1 March): 1 March 2022.",
                "(2) The claim ended on 9 January 2015.",
                "    10 years later: 9 January 2025.",
                "The second decides: 9 January 2025, the last day it is kept.",
            ],
        ),
        # Devon, substance misuse: seven years after last contact or death, one of which is enough
        (
            For(YEARS(7), EarliestOf(("last-contact", "death"), recorded=True)),
            {"last-contact": date(2018, 8, 1), "death": None},
            [
                "The earlier of two days that are recorded:",
                "(1) The last contact is dated 1 August 2018.",
                "(2) The date of death is not recorded.",
                "Only the first is recorded: 1 August 2018.",
                "7 years later: 1 August 2025, the last day it is kept.",
            ],
        ),
        (
            UntilAnniversary(YEARS(100), "order-made"),
            {"order-made": date(2006, 1, 4)},
            [
                "The making of the order is dated 4 January 2006.",
                "100th anniversary: 4 January 2106, the last day it is kept.",
            ],
        ),
        (
            Until("superseded", FINANCIAL_YEAR),
            {"superseded": CLOSED},
            [
                "It was superseded on 14 May 2019.",
                "Carried to the end of that financial year: 31 March 2020, the last day it is kept.",
            ],
        ),
        (
            UntilDate(date(2033, 12, 31)),
            {},
            ["The schedule names the day: 31 December 2033, the last day it is kept."],
        ),
        (
            LongestOf((Until("superseded"), UntilDate(CLOSED))),
            {"superseded": CLOSED},
            [
                "The longest of two:",
                "(1) It was superseded on 14 May 2019.",
                "(2) The schedule names the day: 14 May 2019.",
                "They end on the same day: 14 May 2019, the last day it is kept.",
            ],
        ),
        (
            LongestOf((Until("superseded"), Permanently())),
            {"superseded": CLOSED},
            [
                "The longest of two:",
                "(1) It was superseded on 14 May 2019.",
                "(2) It is kept permanently.",
                "The second decides: it is kept permanently.",
            ],
        ),
        (
            For(YEARS(6), "case-closed"),
            {},
            [
                "The day the case was closed is not recorded.",
                "Without that, the last day cannot be worked out, and the record is never due.",
            ],
        ),
    ],
)
def test_worked_examples_read_aloud(clause: Clause, dates: Mapping[str, date | None], lines: list[str]) -> None:
    """Periods that councils publish, told on dates as they occur."""
    assert list(narrate(clause, dates, EVENTS)) == lines


def test_each_date_says_where_it_comes_from() -> None:
    """Behind a date stands its place in the store, or that a person entered it; behind none, where it belongs."""
    clause = LongestOf((Until("case-closed"), Until("death"), Until("order-made"), Until("last-contact")))
    origins = {"case-closed": Origin("eh_episode.ended_on"), "death": Origin("person.died_on"), "order-made": Origin()}
    dates = {"case-closed": CLOSED, "order-made": CLOSED, "last-contact": CLOSED}
    assert narrate(clause, dates, EVENTS, origins)[1:5] == (
        "(1) The case was closed on 14 May 2019 (from eh_episode.ended_on).",
        "(2) The date of death is not recorded (looked for in person.died_on).",
        "(3) The making of the order is dated 14 May 2019 (entered by hand).",
        "(4) The last contact is dated 14 May 2019.",
    )
    assert narrate(Until("order-made"), {}, EVENTS, origins)[0] == (
        "The making of the order is not recorded (it is entered by hand)."
    )
