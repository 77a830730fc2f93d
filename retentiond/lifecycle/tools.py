"""What every step is given: settings, schedules, stores, ledger, keys, a clock. Made in one place, used in all."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from retentiond.connectors.doubting import DoubtingConnector
from retentiond.connectors.interface import Connector, Role
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import DisposalStopped, NotFound, StoreRefused
from retentiond.domain.outlines import Outline
from retentiond.domain.people import Person
from retentiond.domain.schedule import RecordClass, Schedule
from retentiond.domain.settings import Settings
from retentiond.evidence.checkpoint import LogKey
from retentiond.evidence.keys import Signer
from retentiond.ledger.ledger import Ledger
from retentiond.ledger.transaction import Transaction

CLOCK_TOLERANCE = timedelta(minutes=5)


def _nowhere(_point: str) -> None:
    """Pass a named point of the path; the fault tests stop the process at one of them."""


@dataclass(frozen=True)
class Tools:
    """The tools of one installation. Steps take them and return values; they never print and never log."""

    settings: Settings
    schedules: tuple[Schedule, ...]
    definitions: tuple[Definition, ...]
    ledger: Ledger
    open_store: Callable[[Definition, Role], Connector]
    signer: Signer
    log_key: LogKey
    opening_key: bytes
    clock: Callable[[], datetime]
    passing: Callable[[str], None] = field(default=_nowhere)

    def classes(self) -> dict[str, tuple[RecordClass, Schedule]]:
        """Return every class of every schedule in force by code."""
        return {one.code: (one, schedule) for schedule in self.schedules for one in schedule.classes}

    def ks(self) -> dict[str, int]:
        """Return, by code of the class, the least that a group of its anonymised rows should have."""
        return {code: one.k for code, (one, _) in self.classes().items()}

    def stages_of(self, record_class: RecordClass) -> tuple[str, ...]:
        """Return the roles that approve the disposal of a class's records, in order."""
        return record_class.review or self.settings.default_review

    def today(self, schedule: Schedule | None = None) -> date:
        """Return the civil date now, in the schedule's time zone."""
        zone = (schedule or self.schedules[0]).time_zone
        return self.clock().astimezone(ZoneInfo(zone)).date()

    def definition(self, name: str) -> Definition:
        """Return the definition of a store.

        Raises:
            NotFound: no store of that name is connected.
        """
        for one in self.definitions:
            if one.name == name:
                return one
        known = ", ".join(sorted(one.name for one in self.definitions))
        raise NotFound.about(name, "no store of this name is connected", f"the connected stores are {known}")

    def person(self, identifier: str) -> Person:
        """Return a person of the settings.

        Raises:
            NotFound: the settings name nobody so.
        """
        for one in self.settings.people:
            if one.id == identifier:
                return one
        known = ", ".join(sorted(one.id for one in self.settings.people))
        raise NotFound.about(identifier, "the settings name nobody so", f"they name {known}")

    def name_of(self, identifier: str) -> str:
        """Return the display name of somebody who once decided, or their id when the settings no longer name them."""
        return next((one.name for one in self.settings.people if one.id == identifier), identifier)

    @contextmanager
    def stores(self, role: Role) -> Iterator[Callable[[str], Connector]]:
        """Open connectors by store name as they are first asked for; close them all at the end.

        Their records are never due while their tables are not as they were accepted last.
        """
        with ExitStack() as stack:
            opened: dict[str, Connector] = {}

            def store(name: str) -> Connector:
                if name not in opened:
                    inner = self.open_store(self.definition(name), role)
                    opened[name] = stack.enter_context(DoubtingConnector(inner, partial(self._accepted, name)))
                return opened[name]

            yield store

    def _accepted(self, store: str) -> dict[str, Outline]:
        with self.ledger.transaction() as tx:
            return tx.outlines.accepted(store)


def trust_clock(tools: Tools, tx: Transaction) -> datetime:
    """Return now, and remember that it was seen.

    Raises:
        DisposalStopped: the clock stands before a moment the ledger has already seen, so that no date computed
            from it can be trusted.
    """
    now = tools.clock()
    seen = tx.marks.last_seen()
    if seen is not None and now < seen - CLOCK_TOLERANCE:
        raise DisposalStopped.about(
            "clock",
            f"it says {now:%Y-%m-%d %H:%M} UTC, but the ledger has already seen {seen:%Y-%m-%d %H:%M} UTC",
            "set the machine's clock right and try again; nothing was done",
        )
    if seen is None or now > seen:
        tx.marks.saw(now)
    return now


def mind_definitions(tools: Tools, stores: Collection[str]) -> None:
    """Hold stores against their definitions before anything rests on them.

    Raises:
        StoreRefused: with every fault of every store.
        StoreUnavailable: a store did not answer.
    """
    with tools.stores(Role.SCAN) as opened:
        faults = [one for name in sorted(stores) for one in opened(name).check() if not one.is_remark]
    if faults:
        raise StoreRefused(*faults)


def mind_kill_switch(tools: Tools) -> None:
    """Stop while the kill switch is set.

    Raises:
        DisposalStopped: the file exists.
    """
    switch = tools.settings.belts.kill_switch
    if switch is not None and os.path.lexists(Path(switch)):
        raise DisposalStopped.about(str(switch), "the kill switch is set", "remove the file to allow disposal again")
