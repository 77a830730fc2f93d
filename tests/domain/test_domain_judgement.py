from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retentiond.domain import recurring
from retentiond.domain.clauses import For
from retentiond.domain.eligibility import assess
from retentiond.domain.holds import Hold, HoldScope, HoldsInForce, covering
from retentiond.domain.judgement import Judgement
from retentiond.domain.periods import Period
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.recurring import Recurring
from retentiond.domain.schedule import RecordClass
from tests.domain.rules import BLANKET, CLASSES, DATES, DAYS, KNOWN, STATUSES, plain, record

SOME_KNOWN = KNOWN | st.dictionaries(st.sampled_from(STATUSES), st.booleans())
SOME = ("a", "b", "s/k/a", "s/k/b", "t/k/a")
SETS = st.frozensets(st.sampled_from(SOME), max_size=2)
SCOPES = st.builds(
    HoldScope, st.frozensets(st.sampled_from("st"), max_size=1), st.frozensets(st.just("X-01"), max_size=1), SETS, SETS
)
HOLDS = st.lists(st.builds(replace, st.just(BLANKET), scope=SCOPES, lifted_at=st.none() | st.just(BLANKET.placed_at)))
RECORDS = st.builds(
    Record,
    st.builds(RecordRef, st.sampled_from("st"), st.just("k"), st.sampled_from("abc")),
    st.sampled_from("abc"),
    st.none() | st.just("X-01"),
    DATES,
    st.just(StateToken("")),
    blockers=st.just(()) | st.just(("open-episode",)),
    referred_to=st.just(()) | st.just(("named-by-a-row",)),
    native_holds=st.just(()) | st.just(("legal-hold",)),
    subjects=st.lists(st.sampled_from("abc"), max_size=2).map(tuple),
    coded_reference=st.booleans(),
    coded_subjects=st.booleans(),
    unplanned=st.just(()) | st.just(("a field no plan names",)),
    statuses=SOME_KNOWN,
    problems=st.just(()) | st.just(("a date cannot be read",)),
)


@settings(max_examples=120)
@given(st.none() | CLASSES, st.lists(RECORDS, min_size=1, max_size=5), HOLDS, st.none() | DAYS, DAYS)
def test_a_page_is_judged_as_each_of_its_records(
    record_class: RecordClass | None,
    records: list[Record],
    holds: list[Hold],
    kept_until: date | None,
    today: date,
) -> None:
    """Whatever came before it, a record gets the verdict it gets by itself, to the word."""
    judgement, in_force = Judgement(record_class, today), HoldsInForce(holds)
    for until in (None, kept_until, None):
        for one in records:
            assert judgement.on(one, in_force, until) == assess(one, record_class, holds, today, kept_until=until)


@settings(max_examples=150)
@given(HOLDS, RECORDS)
def test_the_holds_in_force_cover_what_each_of_them_covers(holds: list[Hold], one: Record) -> None:
    """No hold is missed because all of them were looked at together."""
    assert HoldsInForce(holds).covering(one) == covering(one, holds)


@settings(max_examples=50)
@given(CLASSES, st.lists(DATES, min_size=1, max_size=2), st.lists(SOME_KNOWN, min_size=2, max_size=4))
def test_what_is_remembered_is_remembered_of_records_alike(
    record_class: RecordClass, dates: list[dict[str, date | None]], statuses: list[dict[str, bool]]
) -> None:
    """An answer kept for one record is right for every other with the same dates and statuses, and for no other."""
    remembering = Recurring(record_class, lambda one: assess(one, record_class, (), date(2026, 8, 1)))
    for some, known in product(dates, statuses):
        one = record(some, statuses=known)
        assert remembering.of(one) == assess(one, record_class, (), date(2026, 8, 1))


def test_no_more_answers_are_kept_than_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many dates there are, so many answers are kept and no more."""
    monkeypatch.setattr(recurring, "MOST", 10)
    one = Recurring(plain(For(Period.of_years(6), "case-closed")), lambda record: record.dates["case-closed"])
    for day in range(1, 29):
        assert one.of(record({"case-closed": date(2020, 1, day)})) == date(2020, 1, day)
        assert len(one._known) <= 10
