from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from retentiond.config.schedules import read_schedule
from retentiond.domain.eligibility import assess
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action
from retentiond.domain.verdicts import Due, NotYet, Untriggered, Verdict

CLASSES = read_schedule(Path(__file__).parent / "councils.yaml").by_code()
NEVER = dict.fromkeys(("looked-after", "adopted", "education-plan", "statement", "child-protection"), False)


def judged(code: str, today: date, dates: Mapping[str, date | None], *ever: str) -> Verdict:
    """Judge a record of a class with these dates, of somebody who ever had these statuses."""
    record = Record(
        RecordRef("cases", "file", "1"), "F-1", code, dates, StateToken("a"), statuses=NEVER | dict.fromkeys(ever, True)
    )
    return assess(record, CLASSES[code], (), today)


def day(text: str) -> date:
    """Read a day as a person writes it in the tables below."""
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("code", "dates", "ever", "last_day"),
    [
        # three dates of contact, one of them never; the latest counts
        ("BLACKPOOL-CP", {"last-visit": "1991-03-14", "last-letter": "1991-06-02"}, (), "2026-06-02"),
        ("BLACKPOOL-CP", {"last-conference": "1989-11-30"}, (), "2024-11-30"),
        ("BLACKPOOL-SCHOOL-CP", {"birth": "1940-02-29"}, (), "2025-03-01"),
        ("BLACKPOOL-LAC", {"birth": "1951-05-09"}, (), "2026-05-09"),
        ("BLACKPOOL-LAC", {"birth": "1998-05-09", "death": "2010-03-01"}, (), "2025-03-01"),
        ("BLACKPOOL-LAC", {"birth": "1951-05-09", "death": "1969-05-09"}, (), "2026-05-09"),
        ("BLACKPOOL-PUPIL", {"birth": "2001-08-31"}, (), "2026-08-31"),
        ("BLACKPOOL-PUPIL", {"birth": "1950-08-31"}, ("looked-after",), "2025-08-31"),
        ("BLACKPOOL-PUPIL", {"birth": "1995-08-31", "death": "2009-01-31"}, ("looked-after",), "2024-01-31"),
        ("BLACKPOOL-PUPIL", {"birth": "1920-01-01", "adoption-order": "1925-07-01"}, ("adopted",), "2025-07-01"),
        # an event in 2023/24, one academic year and the current one
        ("BLACKPOOL-ADMISSIONS", {"received": "2023-11-06"}, (), "2025-08-31"),
        ("BLACKPOOL-ADMISSIONS", {"received": "2024-08-31"}, (), "2025-08-31"),
        ("BLACKPOOL-ADMISSIONS", {"received": "2024-09-01"}, (), "2026-08-31"),
        ("BLACKPOOL-APPEAL-PAPER", {"meeting": "2026-06-18"}, (), "2026-06-18"),
        ("BLACKPOOL-CLAIM", {"birth": "2000-10-31", "claim-ended": "2011-01-01"}, (), "2022-03-01"),
        ("BLACKPOOL-CLAIM", {"birth": "2000-10-31", "claim-ended": "2015-05-20"}, (), "2025-05-20"),
        # 18 on 3 May 2022, quiet since long before: three years from the birthday
        ("DEVON-CIN", {"birth": "2004-05-03", "last-activity": "2019-09-09"}, (), "2025-05-03"),
        ("DEVON-CIN", {"birth": "2004-05-03", "last-activity": "2023-01-10"}, (), "2026-01-10"),
        ("DEVON-CIN", {"birth": "2004-02-29", "last-activity": "2019-09-09"}, (), "2025-03-01"),
        ("DEVON-ADAPTATION", {"created": "2019-04-01"}, (), "2026-03-31"),
        ("DEVON-ADAPTATION", {"created": "2019-03-31"}, (), "2025-03-31"),
        ("DEVON-DRAFT", {"minutes-approved": "2026-02-11"}, (), "2026-02-11"),
        ("DEVON-SUBSTANCE", {"last-contact": "2018-08-15", "death": None}, (), "2025-08-15"),
        ("DEVON-SUBSTANCE", {"last-contact": "2018-08-15", "death": "2017-02-28"}, (), "2024-02-28"),
        ("DEVON-LADO", {"perpetrator-birth": "1924-02-29"}, (), "2024-02-29"),
        ("DEVON-APPEAL", {"resolved": "2023-05-02"}, (), "2025-08-31"),
        # 18 on 9 May 1969, and 75 years more
        ("KIRKLEES-LAC", {"birth": "1932-05-09"}, (), "2025-05-09"),
        ("KIRKLEES-LAC", {"birth": "1998-05-09", "death": "2010-03-01"}, (), "2025-03-01"),
        ("KIRKLEES-PRIVATE", {"birth": "1932-05-09"}, (), "2025-05-09"),
        ("LANCASHIRE-CME", {"birth": "1994-06-30"}, (), "2025-06-30"),
        ("LANCASHIRE-CME", {"birth": "1980-06-30"}, ("education-plan",), "2025-06-30"),
        ("LANCASHIRE-CME", {"birth": "1980-06-30"}, ("statement",), "2025-06-30"),
        ("LANCASHIRE-CME", {"birth": "1950-06-30"}, ("looked-after", "statement"), "2025-06-30"),
        ("NORTHUMBERLAND-CP", {"case-closed": "1990-12-24"}, (), "2025-12-24"),
        ("NORTHUMBERLAND-CP", {"case-closed": "1970-01-01", "birth": "1950-12-24"}, ("looked-after",), "2025-12-24"),
        (
            "NORTHUMBERLAND-CP",
            {"case-closed": "1970-01-01", "adoption-order": "1925-12-24"},
            ("adopted",),
            "2025-12-24",
        ),
        ("DARLINGTON-DISPOSAL", {"last-action": "2022-07-07", "birth": "2009-01-02"}, (), "2027-01-02"),
        ("DARLINGTON-DISPOSAL", {"last-action": "2022-07-07", "birth": "2004-01-02"}, (), "2025-07-07"),
        ("DARLINGTON-REGISTER", {"register-ended": "2026-01-31"}, (), "2026-01-31"),
        ("NORTH-SOMERSET-EH", {"youngest-birth": "1995-12-01"}, (), "2025-12-01"),
        ("NORTH-SOMERSET-EH", {"youngest-birth": "2005-12-01", "death": "2019-12-01"}, (), "2025-12-01"),
        (
            "NORTH-SOMERSET-EH",
            {"youngest-birth": "1980-12-01", "case-closed": "1990-12-01"},
            ("child-protection",),
            "2025-12-01",
        ),
    ],
)
def test_a_councils_rule_keeps_through_the_day_worked_out_by_hand(
    code: str, dates: dict[str, str | None], ever: tuple[str, ...], last_day: str
) -> None:
    """On the last day it is kept; on the day after it is due."""
    known = {name: day(text) if text else None for name, text in dates.items()}
    last = day(last_day)
    assert isinstance(judged(code, last, known, *ever), NotYet)
    assert isinstance(judged(code, last + timedelta(days=1), known, *ever), Due)


def test_a_family_file_waits_for_the_looked_after_sibling() -> None:
    """One sibling ever looked after moves the family's early help file from 30 to 75 years of the youngest child."""
    dates = {"youngest-birth": day("1990-06-15")}
    assert isinstance(judged("NORTH-SOMERSET-EH", day("2026-11-25"), dates), Due)
    verdict = judged("NORTH-SOMERSET-EH", day("2026-11-25"), dates, "looked-after")
    assert isinstance(verdict, NotYet)
    assert verdict.due_on == day("2065-06-16")
    assert "was ever looked after" in verdict.reason


def test_a_family_file_whose_siblings_nobody_looked_up_is_left_alone() -> None:
    """Where the store of statuses was not read, the file is not due, and the reason says what is not known."""
    record = Record(
        RecordRef("cases", "file", "1"), "F-1", "X", {"youngest-birth": day("1990-06-15")}, StateToken("a"), statuses={}
    )
    verdict = assess(record, CLASSES["NORTH-SOMERSET-EH"], (), day("2026-11-25"))
    assert verdict == Untriggered("whether it was ever adopted is not known")


def test_darlingtons_order_is_reduced_after_three_years_and_destroyed_after_five() -> None:
    """The file is due to be minimised until somebody has done it, and to be destroyed at the end."""
    dates: dict[str, date | None] = {"order-made": day("2021-04-10")}
    assert judged("DARLINGTON-ORDER", day("2024-04-10"), dates) == NotYet(
        day("2024-04-11"),
        "basic information only: order made 10 April 2021 + 3 years = 10 April 2024; due on 11 April 2024",
    )
    reduced = judged("DARLINGTON-ORDER", day("2024-04-11"), dates)
    assert isinstance(reduced, Due)
    assert (reduced.action, reduced.due_on) == (Action.MINIMISE, day("2024-04-11"))
    done = {**dates, "basic-information-only": day("2024-05-02")}
    assert isinstance(judged("DARLINGTON-ORDER", day("2026-04-10"), done), NotYet)
    for known in (dates, done):
        destroyed = judged("DARLINGTON-ORDER", day("2026-04-11"), known)
        assert isinstance(destroyed, Due)
        assert (destroyed.action, destroyed.due_on) == (Action.DESTROY, day("2026-04-11"))


def test_blackpools_number_is_redacted_after_thirteen_months_and_the_rest_kept() -> None:
    """One field goes early; the record stays for its own period."""
    dates: dict[str, date | None] = {"application-determined": day("2025-10-20")}
    verdict = judged("BLACKPOOL-ELECTORAL", day("2026-11-21"), dates)
    assert isinstance(verdict, Due)
    assert verdict.action is Action.REDACT
    verdict = judged("BLACKPOOL-ELECTORAL", day("2026-11-21"), {**dates, "number-redacted": day("2026-11-21")})
    assert isinstance(verdict, NotYet)
    assert verdict.due_on == day("2040-10-21")
