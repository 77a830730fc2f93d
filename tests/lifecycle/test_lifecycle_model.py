from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from retentiond.domain.people import Person
from retentiond.ledger import Ledger
from tests.lifecycle.workplace import PEOPLE, RITA, SAM, Workplace
from tests.lifecycle.world import POINTS, World

ANY = st.integers(0, 20)
EXAMPLES = 25


class Council(RuleBasedStateMachine):
    """Everything that people, other programs and power cuts do to the path of a record, in any order."""

    empty: ClassVar[Path]
    tally: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.room = tempfile.TemporaryDirectory(dir=self.empty.parent)
        folder = Path(self.room.name)
        shutil.copy2(self.empty, folder / "ledger.db")
        self.ledger = Ledger.open(f"sqlite:///{folder / 'ledger.db'}")
        self.world = World(Workplace(folder, self.ledger))

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
        self.world.file()

    @rule(at=ANY, paper=st.booleans())
    def change(self, at: int, *, paper: bool) -> None:
        self.world.change(at, paper=paper)

    @rule(at=ANY)
    def vanish(self, at: int) -> None:
        self.world.vanish(at)

    @rule(at=ANY, by=st.sampled_from(["record", "person", "class", "papers"]))
    def hold(self, at: int, by: str) -> None:
        self.world.hold(at, by)

    @rule()
    def lift(self) -> None:
        self.world.lift()

    @rule(limit=st.none() | st.integers(1, 3))
    def gather(self, limit: int | None) -> None:
        self.world.gather(limit)

    @rule(at=ANY, person=st.sampled_from(PEOPLE))
    def approve(self, at: int, person: Person) -> None:
        self.world.approve(self.lists[at % len(self.lists)], person)

    @rule(at=ANY)
    def approve_the_newest(self, at: int) -> None:
        for person in (SAM, RITA)[: 1 + at % 2]:
            self.world.approve(self.lists[-1], person)

    @rule(at=ANY)
    def withdraw(self, at: int) -> None:
        self.world.withdraw(self.lists[at % len(self.lists)])

    @rule(at=ANY, which=ANY)
    def retain(self, at: int, which: int) -> None:
        self.world.retain(self.lists[-1 - which % len(self.lists)], at)

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.world.workplace.later(hours=hours)

    @rule(which=ANY)
    def dispose(self, which: int) -> None:
        self.world.dispose(self.lists[which % len(self.lists)])

    @rule(which=ANY, point=st.sampled_from(POINTS), nth=st.integers(1, 2))
    def die_while_disposing(self, which: int, point: str, nth: int) -> None:
        self.world.dispose(self.lists[which % len(self.lists)], point, nth=nth)

    @rule(which=ANY, at=ANY, point=st.sampled_from(POINTS), what=st.sampled_from(["hold", "papers", "change", "vanish"]))
    def meanwhile(self, which: int, at: int, point: str, what: str) -> None:
        deeds: dict[str, Callable[[], object]] = {
            "hold": lambda: self.world.hold(at),
            "papers": lambda: self.world.hold(at, "papers"),
            "change": lambda: self.world.change(at),
            "vanish": lambda: self.world.vanish(at),
        }
        self.world.dispose(self.lists[which % len(self.lists)], point, deeds[what])

    @rule(which=ANY, point=st.sampled_from(POINTS))
    def overtaken(self, which: int, point: str) -> None:
        number = self.lists[which % len(self.lists)]
        self.world.dispose(number, point, lambda: self.world.dispose(number))

    @invariant()
    def laws_hold(self) -> None:
        assert list(self.world.broken_laws()) == []

    def teardown(self) -> None:
        try:
            if self.world.lists:
                assert list(self.world.unfinished()) == []
                assert list(self.world.broken_laws()) == []
            self.tally["runs"] += 1
            self.tally["destroyed something"] += bool(self.world.deeds)
            self.tally["destroyed"] += len(self.world.deeds)
        finally:
            self.ledger.close()
            self.room.cleanup()


@pytest.fixture
def machine(empty_ledger: Path) -> Iterator[type[Council]]:
    """The machine, its tally at naught."""
    Council.empty = empty_ledger
    Council.tally.clear()
    yield Council


def test_the_laws_hold_whatever_happens(machine: type[Council]) -> None:
    """In any order of decisions, changes, crashes and time every law holds, and most runs really destroy something."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert machine.tally["runs"] >= EXAMPLES
    assert machine.tally["destroyed something"] > machine.tally["runs"] * 0.6, dict(machine.tally)
    assert machine.tally["destroyed"] > EXAMPLES
