from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from retentiond.connectors.interface import Role
from retentiond.domain.errors import DecisionRefused
from retentiond.domain.records import RecordRef
from retentiond.domain.verdicts import Due, NotYet, Untriggered
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.judging import Judging
from retentiond.lifecycle.occur import correct_event, record_event, revoke_event
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.wholes import fetch_wholes
from tests.lifecycle.desks import Desks
from tests.lifecycle.projects import CONCLUDED, EVENTS, waiting
from tests.lifecycle.workplace import GRACE

DAYS = st.integers(0, 5000).map(lambda days: date(2010, 1, 1) + timedelta(days=days))
RECORDS = st.lists(st.integers(0, 2), min_size=1, max_size=4)
WHICH = st.integers(0, 20)


class Projects(RuleBasedStateMachine):
    """People record, correct and revoke events in any order; the account kept here is a list and a loop."""

    desks: ClassVar[Desks]

    def __init__(self) -> None:
        super().__init__()
        self.in_use = ExitStack()
        self.workplace = self.in_use.enter_context(self.desks.workplace())
        self.refs: list[RecordRef] = []
        self.said: dict[str, tuple[frozenset[RecordRef], date | None]] = {}
        """Number to records and day, in the order of recording; no day: revoked."""

    @initialize()
    def filed(self) -> None:
        """File three cases of a class that waits for an event."""
        self.workplace.adopt(self.workplace.version("2026.2", waiting(), events=EVENTS))
        self.refs = [self.workplace.file(key) for key in "123"]

    def day_of(self, ref: RecordRef) -> date | None:
        """Return the day of the last event that stands for a record."""
        days = [on for refs, on in self.said.values() if ref in refs and on is not None]
        return days[-1] if days else None

    @rule(which=RECORDS, on=DAYS)
    def record(self, which: Sequence[int], on: date) -> None:
        """Record an event for some records; it is refused unless it is later than what each of them has."""
        refs = [self.refs[at] for at in which]
        later = all((has := self.day_of(ref)) is None or has < on for ref in refs)
        names = [str(one) for one in refs]
        try:
            entered = record_event(self.workplace.tools, GRACE, CONCLUDED, on=on, records=names, reason="why")
        except DecisionRefused:
            assert not later
            return
        assert later
        self.said[entered.occurrence.number] = frozenset(refs), on

    @rule(which=WHICH, on=DAYS)
    def correct(self, which: int, on: date) -> None:
        """Correct any event; it is refused where it was revoked or says that day."""
        if not self.said:
            return
        number = list(self.said)[which % len(self.said)]
        refs, was = self.said[number]
        try:
            correct_event(self.workplace.tools, GRACE, number, on=on, reason="why")
        except DecisionRefused:
            assert was in (None, on)
            return
        assert was not in (None, on)
        self.said[number] = refs, on

    @rule(which=WHICH)
    def revoke(self, which: int) -> None:
        """Revoke any event, once."""
        if not self.said:
            return
        number = list(self.said)[which % len(self.said)]
        refs, was = self.said[number]
        try:
            revoke_event(self.workplace.tools, GRACE, number, reason="why")
        except DecisionRefused:
            assert was is None
            return
        assert was is not None
        self.said[number] = refs, None

    @rule()
    def find(self) -> None:
        """Scan; whatever was entered, each of the three records is counted once."""
        counts = scan(self.workplace.tools).kinds[0].counts
        assert sum(counts.values()) == len(self.refs)

    @invariant()
    def each_record_is_judged_by_the_last_day_standing(self) -> None:
        """Hold the program's verdicts against the account."""
        if not self.refs:
            return
        with self.workplace.tools.stores(Role.SCAN) as store:
            wholes = fetch_wholes(self.workplace.tools, store, self.refs)
        with self.workplace.ledger.transaction() as tx:
            verdicts = Judging(self.workplace.tools).wholes(tx, wholes.values())
        for ref in self.refs:
            day, verdict = self.day_of(ref), verdicts[ref]
            if day is None:
                assert isinstance(verdict, Untriggered)
            else:
                assert isinstance(verdict, Due | NotYet)
                assert verdict.due_on == due_on(day)

    def teardown(self) -> None:
        """What was signed bears all of it out."""
        try:
            assert audit(self.workplace.tools).ok
        finally:
            self.in_use.close()


def due_on(day: date) -> date:
    """Return the day after six years have passed, a missing 29 February rolling forward."""
    try:
        through = day.replace(year=day.year + 6)
    except ValueError:
        through = date(day.year + 6, 3, 1)
    return through + timedelta(days=1)


def test_the_judged_date_is_the_last_one_standing(desks: Desks) -> None:
    """After any sequence of recording, correcting and revoking, records are judged by the last day that stands."""
    Projects.desks = desks
    run_state_machine_as_test(
        Projects,
        settings=settings(
            max_examples=20,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
