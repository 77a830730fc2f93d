from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.domain.clauses import For, Permanently
from retentiond.domain.errors import Fault, StoreRefused
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, RecordClass, Step
from retentiond.lifecycle.compare import compare
from retentiond.lifecycle.forecast import Amount, Forecast, Span, Standing, When, forecast, spans_from
from retentiond.lifecycle.review_record import retain
from tests.lifecycle.streaming import Streaming
from tests.lifecycle.workplace import CASES, SAM, Workplace, definition, record_class, schedule_of

FLAT = 1.25
"""Ten times the records may take at most so many times the memory."""


def by_span(found: Forecast, code: str, step: str = "") -> dict[str, int]:
    """Return the records of a class that fall due, by the last day of the span or by where they stand."""
    (line,) = [one for one in found.lines if (one.record_class.code, one.step) == (code, step)]
    return {
        when.last.isoformat() if isinstance(when, Span) else when: one.records for when, one in line.amounts.items()
    }


def test_records_fall_due_in_their_month(workplace: Workplace) -> None:
    """The first day a record may go decides: today is due now, tomorrow is this month, the 1st is the next one."""
    for number, closed in enumerate(
        [
            date(2010, 5, 4),
            date(2020, 11, 1),  # six years are over on 1 November, so that it is due on the 2nd, which is today
            date(2020, 11, 2),
            date(2020, 11, 29),
            date(2020, 11, 30),
            date(2021, 10, 30),
            date(2021, 10, 31),
        ]
    ):
        workplace.file(str(number), closed=closed)
    assert by_span(forecast(workplace.tools), "EH-01") == {
        "due-now": 2,
        "2026-11-30": 2,
        "2026-12-31": 1,
        "2027-10-31": 1,
        "later": 1,
    }


def test_years_in_place_of_months(workplace: Workplace) -> None:
    """With years the present one counts from tomorrow, and the last one is the last that is asked for."""
    for number, year in enumerate((2020, 2020, 2021, 2023, 2024)):
        workplace.file(str(number), closed=date(year, 12, 30))
    found = forecast(workplace.tools, years=4)
    assert [one.last for one in found.spans] == [date(year, 12, 31) for year in (2026, 2027, 2028, 2029)]
    assert by_span(found, "EH-01") == {"2026-12-31": 2, "2027-12-31": 1, "2029-12-31": 1, "later": 1}


@given(today=st.dates(date(1990, 1, 1), date(2200, 12, 31)), number=st.integers(1, 60), is_year=st.booleans())
def test_spans_follow_one_another(today: date, number: int, *, is_year: bool) -> None:
    """So many spans, without a gap and without a day twice, from tomorrow to the end of a month or a year."""
    spans = spans_from(today, number, is_year=is_year)
    assert len(spans) == number
    days = [(one.first.toordinal(), one.last.toordinal()) for one in spans]
    assert days[0][0] == today.toordinal() + 1
    assert all(before[1] + 1 == after[0] for before, after in pairwise(days))
    ends = [date.fromordinal(last + 1) for _, last in days]
    assert all(one.day == 1 and (not is_year or one.month == 1) for one in ends)


def test_permanent_untriggered_and_those_without_a_class(workplace: Workplace) -> None:
    """What is never due is counted by why: kept permanently, without a date, or without a class."""
    permanent = replace(record_class("EH-02", Action.RETAIN_PERMANENTLY), retain=Permanently())
    source = workplace.folder / "schedule.yaml"
    workplace.changed(schedules=(schedule_of(source, record_class("EH-01", Action.DESTROY), permanent),))
    workplace.file("1", code="EH-02")
    workplace.file("2", dates={"case-closed": None})
    workplace.file("3", problems=("column ended_on holds no usable date",))
    workplace.file("4", record_class=None)
    found = forecast(workplace.tools)
    assert found.total(Standing.PERMANENT).records == 1
    assert found.total(Standing.UNTRIGGERED).records == 2
    assert found.unclassified == 1
    narrowed = forecast(workplace.tools, codes=["EH-01"])
    assert narrowed.unclassified == 0, "of one class alone nobody can say how many have none"
    assert [one.record_class.code for one in narrowed.lines] == ["EH-01"]


def test_only_the_stores_asked_for_are_read(workplace: Workplace) -> None:
    """With a store named no other is opened."""
    workplace.file("1")
    workplace.changed(definitions=(*workplace.tools.definitions, definition("archive", episode=("EH-01",))))
    opened: list[str] = []
    workplace.opening = lambda name, _role: opened.append(name)
    assert forecast(workplace.tools, stores=[CASES]).total(Standing.DUE_NOW).records == 1
    assert set(opened) == {CASES}


def test_a_hold_moves_no_date_and_a_reviewers_decision_does(workplace: Workplace) -> None:
    """What is held falls due all the same; what a reviewer keeps falls due when that is over."""
    held, kept = workplace.file("1"), workplace.file("2")
    listed = workplace.gathered(kept)
    retain(workplace.tools, listed.number, SAM, str(kept), until=date(2027, 3, 31), reason="a claim")
    workplace.hold(records=[str(held)])
    assert by_span(forecast(workplace.tools), "EH-01") == {"due-now": 1, "2027-04-30": 1}


def test_steps_fall_due_on_lines_of_their_own(workplace: Workplace) -> None:
    """A step before the end of a record is forecast beside the record, until it is done."""
    minimised = Step("basic-only", "Everything but the name", For(Period.of_years(1), "case-closed"), Action.MINIMISE)
    stepped = replace(record_class("EH-01", Action.DESTROY), steps=(minimised,))
    workplace.changed(schedules=(schedule_of(workplace.folder / "schedule.yaml", stepped),))
    workplace.file("1", closed=date(2026, 1, 9))
    workplace.file(
        "2", closed=date(2026, 1, 9), dates={"case-closed": date(2026, 1, 9), "basic-only": date(2026, 2, 1)}
    )
    found = forecast(workplace.tools)
    assert by_span(found, "EH-01") == {"later": 2}
    assert by_span(found, "EH-01", "basic-only") == {"2027-01-31": 1}
    assert found.total(found.spans[2], steps=True).records == 1
    assert found.total(found.spans[2]).records == 0


def test_a_store_that_refuses_is_named(workplace: Workplace) -> None:
    """A store that says no has a failure and a fault, and nothing of it is counted."""
    workplace.file("1")
    fault = Fault(CASES, "table eh_episode is missing")

    def refusing(_name: str, _role: object) -> None:
        raise StoreRefused(fault)

    workplace.opening = refusing
    found = forecast(workplace.tools)
    assert found.lines == ()
    assert set(found.faults) == {fault}
    assert all(one.failure for one in found.kinds)


def streaming(workplace: Workplace, cases: int, *, breaks: bool = False) -> Workplace:
    """Have the case store make up so many cases as it is read."""
    store = workplace.stores[CASES]
    workplace.changed(
        definitions=(definition(CASES, episode=("EH-01",)),),
        open_store=lambda one, role: Streaming(one, cases, breaks=breaks, role=role, store=store),
    )
    return workplace


def test_a_store_that_breaks_half_way_counts_nothing(workplace: Workplace) -> None:
    """Pages that were read before a store broke are not half a count: none of its records is in the forecast."""
    found = forecast(streaming(workplace, 2500, breaks=True).tools)
    (kind,) = found.kinds
    assert (kind.examined, kind.counted, found.lines) == (1000, 0, ())
    assert kind.failure


def test_bytes_are_summed_where_the_store_counts_them(workplace: Workplace) -> None:
    """Each record's bytes are in the sum of its month; where no record has any, the store is named as not counting."""
    found = forecast(streaming(workplace, 2500).tools, months=600)
    whens: list[When] = [*found.spans, *Standing]
    whole = sum((found.total(when) for when in whens), Amount())
    assert (whole.records, whole.bytes, whole.sized) == (2500, 250_000, 2500)
    assert found.unsized == ()


def test_a_store_that_counts_no_bytes_is_named(workplace: Workplace) -> None:
    """Where no record's bytes are known the store is named, so that nobody takes nothing for none."""
    workplace.file("1")
    found = forecast(workplace.tools)
    assert found.unsized == (CASES,)
    assert found.total(Standing.DUE_NOW) == Amount(1, 0, 0)


@pytest.mark.usefixtures("prompt_collector")
@pytest.mark.parametrize("work", ["forecast", "compare"])
def test_ten_times_the_records_take_no_more_memory(workplace: Workplace, work: str) -> None:
    """What is held grows with the classes and the years there are, not with the records."""
    (schedule,) = workplace.tools.schedules
    longer: tuple[RecordClass, ...] = tuple(
        replace(one, retain=For(Period.of_years(8), "case-closed")) for one in schedule.classes
    )
    new = (replace(schedule, classes=longer),)

    def peak(cases: int) -> int:
        tools = streaming(workplace, cases).tools
        tracemalloc.reset_peak()
        if work == "forecast":
            assert sum(one.counted for one in forecast(tools, years=50).kinds) == cases
        else:
            assert sum(one.records for one in compare(tools, tools.schedules, new).moved) == cases
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        peak(2_000)  # what is made once is made
        small = peak(2_000)
        assert peak(20_000) / small < FLAT
    finally:
        tracemalloc.stop()
