from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from retentiond.domain.people import Person
from tests.lifecycle.desks import Desks
from tests.lifecycle.workplace import PEOPLE, RITA, SAM
from tests.lifecycle.world import POINTS, World

ANY = st.integers(0, 20)
BETWEEN_CALLS = tuple(one for one in POINTS if one != "asked-again")
"""Where others can touch the stores: not inside a store's own transaction, whose locks keep them out."""
EXAMPLES = 25


class Council(RuleBasedStateMachine):
    """Everything that people, other programs and power cuts do to the path of a record, in any order."""

    desks: ClassVar[Desks]
    tally: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.in_use = ExitStack()
        self.world = World(self.in_use.enter_context(self.desks.workplace()))

    @property
    def lists(self) -> list[str]:
        """Return the numbers of all lists."""
        return list(self.world.lists)

    @initialize(cases=st.integers(2, 5))
    def approved(self, cases: int) -> None:
        """Begin with a list that is ready to be disposed of."""
        self.world.ready(cases)

    @rule()
    def file(self) -> None:
        """File a case that is due."""
        self.world.file()

    @rule(at=ANY, paper=st.booleans())
    def change(self, at: int, *, paper: bool) -> None:
        """Have a record or its paper changed."""
        self.world.change(at, paper=paper)

    @rule(at=ANY)
    def vanish(self, at: int) -> None:
        """Have somebody else delete a record."""
        self.world.vanish(at)

    @rule(at=ANY, by=st.sampled_from(["record", "person", "class", "papers"]))
    def hold(self, at: int, by: str) -> None:
        """Place a hold."""
        self.world.hold(at, by)

    @rule()
    def lift(self) -> None:
        """Lift the oldest hold."""
        self.world.lift()

    @rule(limit=st.none() | st.integers(1, 3))
    def gather(self, limit: int | None) -> None:
        """Scan and gather."""
        self.world.gather(limit)

    @rule(at=ANY, person=st.sampled_from(PEOPLE))
    def approve(self, at: int, person: Person) -> None:
        """Have anybody approve any list."""
        self.world.approve(self.lists[at % len(self.lists)], person)

    @rule(at=ANY)
    def approve_the_newest(self, at: int) -> None:
        """Have the right people approve the newest list."""
        for person in (SAM, RITA)[: 1 + at % 2]:
            self.world.approve(self.lists[-1], person)

    @rule(at=ANY)
    def withdraw(self, at: int) -> None:
        """Withdraw a list."""
        self.world.withdraw(self.lists[at % len(self.lists)])

    @rule(at=ANY, which=ANY)
    def retain(self, at: int, which: int) -> None:
        """Keep one record of a list."""
        self.world.retain(self.lists[-1 - which % len(self.lists)], at)

    @rule(years=st.sampled_from([5, 6, 6, 75]), adopt=st.sampled_from([True, True, False]), reached=st.booleans())
    def new_version(self, years: int, *, adopt: bool, reached: bool) -> None:
        """Write another version of the schedule, and mostly have it adopted, whether or not the stores answer."""
        self.world.version(years)
        if adopt:
            self.world.adopt(unreachable=not reached)

    @rule()
    def adopt(self) -> None:
        """Have people adopt what the configuration has."""
        self.world.adopt()

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        """Let hours pass."""
        self.world.workplace.later(hours=hours)

    @rule(which=ANY)
    def dispose(self, which: int) -> None:
        """Carry a list through."""
        self.world.dispose(self.lists[which % len(self.lists)])

    @rule(which=ANY, point=st.sampled_from(POINTS), nth=st.integers(1, 2))
    def die_while_disposing(self, which: int, point: str, nth: int) -> None:
        """Carry a list through and die at a point."""
        self.world.dispose(self.lists[which % len(self.lists)], point, nth=nth)

    @rule(
        which=ANY,
        at=ANY,
        point=st.sampled_from(BETWEEN_CALLS),
        what=st.sampled_from(["hold", "papers", "change", "vanish"]),
    )
    def meanwhile(self, which: int, at: int, point: str, what: str) -> None:
        """Carry a list through while somebody does something."""
        deeds: dict[str, Callable[[], object]] = {
            "hold": lambda: self.world.hold(at),
            "papers": lambda: self.world.hold(at, "papers"),
            "change": lambda: self.world.change(at),
            "vanish": lambda: self.world.vanish(at),
        }
        self.world.dispose(self.lists[which % len(self.lists)], point, deeds[what])

    @rule(which=ANY, point=st.sampled_from(BETWEEN_CALLS))
    def overtaken(self, which: int, point: str) -> None:
        """Carry a list through while another process does so from start to end."""
        number = self.lists[which % len(self.lists)]
        self.world.dispose(number, point, lambda: self.world.dispose(number))

    @invariant()
    def laws_hold(self) -> None:
        """Hold every law against the world as it is."""
        assert list(self.world.broken_laws()) == []

    def teardown(self) -> None:
        """Bring every list to its end and hold the laws once more."""
        try:
            if self.world.lists:
                assert list(self.world.unfinished()) == []
                assert list(self.world.broken_laws()) == []
            self.tally["runs"] += 1
            self.tally["destroyed something"] += bool(self.world.deeds)
            self.tally["destroyed"] += len(self.world.deeds)
        finally:
            self.in_use.close()


@pytest.fixture
def machine(desks: Desks) -> type[Council]:
    """The machine, its tally at naught."""
    Council.desks = desks
    Council.tally.clear()
    return Council


def test_the_laws_hold_whatever_happens(machine: type[Council]) -> None:
    """In any order of decisions, changes, crashes and time every law holds, and most runs really destroy something."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            derandomize=True,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert machine.tally["runs"] >= EXAMPLES
    assert machine.tally["destroyed something"] > machine.tally["runs"] * 0.6, dict(machine.tally)
    assert machine.tally["destroyed"] > EXAMPLES
