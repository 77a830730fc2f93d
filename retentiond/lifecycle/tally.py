"""Tally: every record of some classes, read page by page from every store, counted and forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from retentiond.connectors.interface import Role, ScanRequest
from retentiond.domain.definitions import Definition, KindOfRecord
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused, StoreUnavailable
from retentiond.domain.records import Record
from retentiond.domain.windows import Window
from retentiond.lifecycle.judging import with_dates
from retentiond.lifecycle.rewritten import done_with
from retentiond.lifecycle.tools import Tools

K = TypeVar("K", bound=Hashable)
EVERY: tuple[Window, ...] = ({},)
"""The window that every record lies in, whatever its dates: it names none."""
Tell = Callable[[str, str, int], None]
"""Called with store, kind and records examined so far, for a progress bar."""


def untold(_store: str, _kind: str, _examined: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class KindRead:
    """How one kind of record was read."""

    store: str
    kind: str
    examined: int
    """Records of the kind, those of other classes and of none included."""
    counted: int
    """Those of the classes asked for, without those rewritten before."""
    unclassified: int
    """Those for which no line of the definition holds; known only where every class of the kind was asked for."""
    failure: str = ""
    """Why it could not be read whole; then nothing of it is counted."""


@dataclass(slots=True)
class Tallied(Generic[K]):
    """Records and bytes by whatever they were counted by."""

    records: Counter[K] = field(default_factory=Counter)
    bytes: Counter[K] = field(default_factory=Counter)
    """Of the records whose store counts bytes."""
    sized: Counter[K] = field(default_factory=Counter)
    """How many records those are."""
    kinds: list[KindRead] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def take(self, key: K, size: int | None) -> None:
        """Count one record."""
        self.records[key] += 1
        if size is not None:
            self.bytes[key] += size
            self.sized[key] += 1

    def add(self, other: Tallied[K]) -> None:
        """Take over the counts of another."""
        self.records.update(other.records)
        self.bytes.update(other.bytes)
        self.sized.update(other.sized)


Keys = Callable[[Record, date | None], Iterable[K]]
"""What a record is counted under, given what a reviewer decided: that it is kept through that day."""


def tally(
    tools: Tools, codes: Collection[str], keys: Keys[K], *, stores: Sequence[str] = (), tell: Tell = untold
) -> Tallied[K]:
    """Count every record of the classes named, in every store whose definition classifies into one of them.

    Nothing is written anywhere, no record is asked for by itself, and no more than a page of them is held. A store that
    cannot be read whole is named, and none of its records counts; the others are read all the same. Records that were
    rewritten before are still there, and are done with (:func:`retentiond.lifecycle.rewritten.done_with`).

    Args:
        tools: the installation.
        codes: the classes.
        keys: what each record is counted under.
        stores: names of the stores to read; empty: all.
        tell: told how far it is.
    """
    with tools.ledger.transaction() as tx:
        upto = tx.occurrences.newest()
    reading: _Reading[K] = _Reading(tools, keys, tell, upto)
    for definition in [tools.definition(name) for name in stores] or tools.definitions:
        for kind in definition.records:
            if wanted := [code for code in dict.fromkeys(one.record_class for one in kind.classify) if code in codes]:
                reading.kind(definition, kind, wanted)
    return reading.found


@dataclass(slots=True)
class _Reading(Generic[K]):
    tools: Tools
    keys: Keys[K]
    tell: Tell
    upto: int
    """The newest event that somebody entered by hand; 0: none was, and nobody need be asked."""
    found: Tallied[K] = field(default_factory=Tallied)

    def kind(self, definition: Definition, kind: KindOfRecord, wanted: Sequence[str]) -> None:
        """Read one kind of record; its counts are taken over once all of it was read."""
        here: Tallied[K] = Tallied()
        examined = yielded = counted = 0
        try:
            with self.tools.stores(Role.SCAN) as opened:
                for page in opened(definition.name).scan(ScanRequest(kind.name, dict.fromkeys(wanted, EVERY))):
                    examined += page.examined
                    yielded += len(page.records)
                    counted += self._page(page.records, here)
                    self.tell(definition.name, kind.name, examined)
        except (StoreUnavailable, StoreRefused, ConfigurationRefused) as failure:
            self.found.faults.extend(failure.faults)
            self.found.kinds.append(KindRead(definition.name, kind.name, examined, 0, 0, str(failure)))
            return
        whole = {one.record_class for one in kind.classify} <= {*wanted}
        unclassified = max(0, examined - yielded) if whole else 0
        self.found.add(here)
        self.found.kinds.append(KindRead(definition.name, kind.name, examined, counted, unclassified))

    def _page(self, records: Sequence[Record], here: Tallied[K]) -> int:
        """Count one page; what the ledger knows of its records is asked once for all of them."""
        if not records:
            return 0
        refs = [one.ref for one in records]
        with self.tools.ledger.transaction() as tx:
            done, kept = done_with(self.tools, tx, records), tx.lists.kept_until(refs)
            entered = tx.occurrences.dates(refs, upto=self.upto) if self.upto else {}
        if done:
            records = [one for one in records if one.ref not in done]
        if entered:
            records = [with_dates(one, entered.get(one.ref, {})) for one in records]
        for one in records:
            for key in self.keys(one, kept.get(one.ref) if kept else None):
                here.take(key, one.size)
        return len(records)
