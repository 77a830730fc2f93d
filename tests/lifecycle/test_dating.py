from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retentiond.domain.eligibility import assess
from retentiond.domain.moves import NEVER, Move, Never, Outcome, Turn, Unknowable, move_of, turn_of
from retentiond.domain.schedule import RecordClass
from retentiond.domain.verdicts import Due, NotYet, Permanent, Untriggered
from retentiond.lifecycle.dating import Dating
from tests.domain.rules import CLASSES, DATES, DAYS, KNOWN, STATUSES, record

SOME_KNOWN = KNOWN | st.dictionaries(st.sampled_from(STATUSES), st.booleans())
UNKNOWN = Unknowable("no case closed date")


@settings(max_examples=120)
@given(CLASSES, DATES, SOME_KNOWN, st.none() | DAYS, DAYS)
def test_a_record_is_dated_as_it_is_judged(
    record_class: RecordClass,
    dates: dict[str, date | None],
    statuses: dict[str, bool],
    kept_until: date | None,
    today: date,
) -> None:
    """What is counted agrees with the judgement on any day: due once its day, or that of its next step, has come."""
    one = record(dates, statuses=statuses)
    found = Dating(record_class).of(one, kept_until)
    known = [day for day in (found.whole, found.part) if isinstance(day, date)]
    match assess(one, record_class, (), today, kept_until=kept_until):
        case Due():
            assert min(known) <= today
        case NotYet(due_on):
            assert min(known) == due_on > today
        case Permanent():
            assert isinstance(found.whole, Never)
            assert found.part is None
        case Untriggered():
            assert found.part is None or isinstance(found.whole, Unknowable)
        case other:
            pytest.fail(f"nothing holds or blocks it: {other}")


@pytest.mark.parametrize(
    ("old", "new", "move", "turn"),
    [
        (date(2030, 1, 1), date(2028, 1, 1), Move.SOONER, Turn.NEITHER),
        (date(2030, 1, 1), date(2026, 1, 1), Move.SOONER, Turn.DUE_AT_ONCE),
        (date(2026, 1, 1), date(2030, 1, 1), Move.LATER, Turn.NOT_DUE_ANY_MORE),
        (date(2026, 1, 1), date(2026, 1, 1), Move.SAME, Turn.NEITHER),
        (date(2026, 1, 1), NEVER, Move.NEVER, Turn.NOT_DUE_ANY_MORE),
        (NEVER, date(2026, 1, 1), Move.AT_ALL, Turn.DUE_AT_ONCE),
        (UNKNOWN, date(2026, 1, 1), Move.COMPUTABLE, Turn.DUE_AT_ONCE),
        (UNKNOWN, NEVER, Move.NEVER, Turn.NEITHER),
        (date(2026, 1, 1), UNKNOWN, Move.NOT_COMPUTABLE, Turn.NOT_DUE_ANY_MORE),
        (NEVER, UNKNOWN, Move.NOT_COMPUTABLE, Turn.NEITHER),
        (UNKNOWN, Unknowable("no birth date"), Move.SAME, Turn.NEITHER),
        (NEVER, NEVER, Move.SAME, Turn.NEITHER),
        (date(2026, 11, 3), date(2026, 11, 2), Move.SOONER, Turn.DUE_AT_ONCE),
        (date(2026, 11, 2), date(2026, 11, 3), Move.LATER, Turn.NOT_DUE_ANY_MORE),
    ],
)
def test_every_pair_of_outcomes_has_its_name(old: Outcome, new: Outcome, move: Move, turn: Turn) -> None:
    """Sooner, later, never, at all, computable or not: each pair of outcomes is one move, with what it means today."""
    assert move_of(old, new) is move
    assert turn_of(old, new, date(2026, 11, 2)) is turn
