from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from retentiond.ledger import Ledger
from tests.lifecycle.desks import Desks
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
def desks(room: Path) -> Desks:
    """Places for councils: what one test leaves there is gone for the next."""
    Ledger.create(f"sqlite:///{room / 'ledger.db'}")
    return Desks(room / "ledger.db")


@pytest.fixture
def new_workplace(desks: Desks) -> Iterator[Callable[[], Workplace]]:
    """Return a maker of councils, each with stores and a ledger of its own."""
    with ExitStack() as in_use:
        yield lambda: in_use.enter_context(desks.workplace())


@pytest.fixture
def workplace(new_workplace: Callable[[], Workplace]) -> Workplace:
    """A council with empty stores."""
    return new_workplace()


@pytest.fixture
def projects(workplace: Workplace) -> Workplace:
    """A council whose class EH-01 waits for an event that people enter, and EH-02 does not."""
    workplace.adopt(workplace.version("2026.2", waiting(), events=EVENTS))
    return workplace
