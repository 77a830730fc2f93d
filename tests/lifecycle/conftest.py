from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from retentiond.ledger import Ledger
from tests.lifecycle.workplace import Workplace


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one ledger; each test starts from a copy of it."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    Ledger.create(f"sqlite:///{path}")
    return path


@pytest.fixture
def new_workplace(empty_ledger: Path, tmp_path: Path) -> Iterator[Callable[[], Workplace]]:
    """Return a maker of councils, each with stores and a ledger of its own."""
    made: list[Ledger] = []
    numbers = count(1)

    def make() -> Workplace:
        folder = tmp_path / f"council-{next(numbers)}"
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
