"""Places where one test after another works: folders, each with a ledger whose engine keeps what it compiled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from retentiond.ledger import Ledger
from tests.lifecycle.workplace import Workplace


@dataclass(frozen=True)
class Desk:
    """A folder that is emptied after each use; beside it, its ledger as it is once the first schedule is adopted."""

    folder: Path
    ledger: Ledger

    @property
    def file(self) -> Path:
        """The ledger's file."""
        return self.folder / "ledger.db"

    @property
    def adopted(self) -> Path:
        """The ledger with its first schedule in force."""
        return self.folder.with_suffix(".db")


@dataclass
class Desks:
    """As many desks as were ever in use at once."""

    empty: Path
    """A ledger with nothing in it."""
    free: list[Desk] = field(default_factory=list)
    made: int = 0

    @contextmanager
    def workplace(self) -> Iterator[Workplace]:
        """Give a council with empty stores, its ledger as if it were new."""
        desk = self.free.pop() if self.free else self._made()
        shutil.copy2(desk.adopted, desk.file)
        try:
            yield Workplace(desk.folder, desk.ledger, adopted=True)
        finally:
            desk.ledger.close()  # only lets go of the file: the next transaction takes hold of the one that lies there
            shutil.rmtree(desk.folder)
            desk.folder.mkdir()
            self.free.append(desk)

    def _made(self) -> Desk:
        self.made += 1
        folder = self.empty.parent / f"council-{self.made}"
        folder.mkdir()
        shutil.copy2(self.empty, folder / "ledger.db")
        desk = Desk(folder, Ledger.open(f"sqlite:///{folder / 'ledger.db'}"))
        Workplace(folder, desk.ledger)
        desk.ledger.close()
        shutil.copy2(desk.file, desk.adopted)
        return desk
