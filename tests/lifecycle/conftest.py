from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from retentiond.ledger import Ledger
from tests.lifecycle.projects import EVENTS, waiting
from tests.lifecycle.workplace import Workplace

MEMORY = Path("/dev/shm")  # noqa: S108 - what the ledger keeps through a power cut is not under test here


@pytest.fixture(scope="session")
def room() -> Iterator[Path]:
    """Return a folder in memory where there is one: a ledger's commits wait for no disk there."""
    within = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="retentiond-", dir=within) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def empty_ledger(room: Path) -> Path:
    """Make one ledger; each test starts from a copy of it."""
    path = room / "ledger.db"
    Ledger.create(f"sqlite:///{path}")
    return path


@pytest.fixture
def new_workplace(empty_ledger: Path) -> Iterator[Callable[[], Workplace]]:
    """Return a maker of councils, each with stores and a ledger of its own."""
    made: list[Ledger] = []
    with tempfile.TemporaryDirectory(dir=empty_ledger.parent) as room:
        numbers = count(1)

        def make() -> Workplace:
            folder = Path(room) / f"council-{next(numbers)}"
            folder.mkdir()
            shutil.copy2(empty_ledger, folder / "ledger.db")
            made.append(Ledger.open(f"sqlite:///{folder / 'ledger.db'}"))
            return Workplace(folder, made[-1])

        yield make
        for one in made:
            one.close()


@pytest.fixture
def workplace(new_workplace: Callable[[], Workplace]) -> Workplace:
    """A council with empty stores."""
    return new_workplace()


@pytest.fixture
def projects(workplace: Workplace) -> Workplace:
    """A council whose class EH-01 waits for an event that people enter, and EH-02 does not."""
    workplace.adopt(workplace.version("2026.2", waiting(), events=EVENTS))
    return workplace
