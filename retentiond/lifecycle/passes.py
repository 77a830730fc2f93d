"""The passes of a scan over one kind of record: past their dates, with dates entered by hand, without a date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from retentiond.connectors.document_kinds import PART
from retentiond.connectors.interface import CHUNK, Connector, ScanRequest, Wanted
from retentiond.domain.definitions import Definition, KindOfRecord
from retentiond.domain.errors import Fault
from retentiond.domain.findings import Finding, Found
from retentiond.domain.occurrences import by_hand, pushed_down
from retentiond.domain.records import Record
from retentiond.domain.verdicts import Blocked, Due, NotYet, OnHold, Permanent, Untriggered, Verdict
from retentiond.domain.windows import Window, undated, windows
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.judging import Judging
from retentiond.lifecycle.needed import naming_stores
from retentiond.lifecycle.rewritten import done_with
from retentiond.lifecycle.tools import Tools

UNDATED_KEPT = 1000
"""How many records without a date a scan names; the rest are counted."""

AT_ONCE = 10_000
"""So many findings are written to the ledger in one transaction."""

Windows: TypeAlias = Mapping[str, tuple[Window, ...]]
Mine: TypeAlias = Callable[[Record, Verdict], bool]
"""Whether a record, given its verdict, is of a pass."""
Tell: TypeAlias = Callable[[str, str, int], None]


@dataclass(slots=True)
class Passes:
    """One scan of one kind of record. Whichever pass sees a record, it is judged, counted and kept by exactly one.

    A record that an event entered by hand names is of the pass that fetches those by key, however its store sees it:
    a store cannot be asked about dates it does not have. Of the others, one that cannot be judged and lacks a date
    its class asks for, or has no class, is of the pass for undated records, and all else of the pass for due ones.

    Args:
        tools: the installation.
        definition: the store.
        kind: the kind of record.
        run: the scan run's id.
        upto: the newest occurrence when the run began: what is recorded meanwhile counts in the next scan, so that no
            record moves from one pass to another.
        tell: told how far it is.
    """

    tools: Tools
    definition: Definition
    kind: KindOfRecord
    run: int
    upto: int
    tell: Tell
    counts: Counter[Finding] = field(default_factory=Counter)
    examined: int = 0
    unclassified: int = 0
    """How many records no line of ``classify`` holds for; they count as untriggered as well."""
    remarks: list[Fault] = field(default_factory=list)
    """What the store could not name, and so is no record."""
    _windows: Windows = field(init=False)
    _undated: Windows = field(init=False)
    _actions: Mapping[str, str] = field(init=False)
    """What happens to a class's records in the end, by its code."""
    _judging: Judging = field(init=False)
    _unwritten: list[Found] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        classes = self.tools.classes()
        self._actions = {code: one.then.value for code, (one, _) in classes.items()}
        self._judging = Judging(self.tools)
        codes = dict.fromkeys(line.record_class for line in self.kind.classify)
        known = {code: classes[code] for code in codes if code in classes}
        self._windows = {code: windows(one, self.tools.today(schedule)) for code, (one, schedule) in known.items()}
        self._undated = {
            code: (dict.fromkeys(sorted(undated(known[code][0])), date.max),)
            for code, alternatives in self._windows.items()
            if alternatives
        }

    def take(self, connector: Connector) -> None:
        """Take all passes, one after another.

        Raises:
            StoreUnavailable, StoreRefused: as the store does.
        """
        self._take_due(connector)
        self._take_entered(connector)
        self._take_undated(connector)
        self._write()

    def _take_due(self, connector: Connector) -> None:
        mapped = {one.name for one in self.kind.triggers}
        entered = by_hand(self.tools.schedules)
        asked = {
            code: tuple(one for one in alternatives if pushed_down(one, mapped, entered))
            for code, alternatives in self._windows.items()
        }
        for page in connector.scan(ScanRequest(self.kind.name, asked)):
            self.examined += page.examined
            self.remarks.extend(page.remarks)
            self._keep(page.records, self._is_dated)
            self._tell()

    def _take_entered(self, connector: Connector) -> None:
        after = ""
        while True:
            with self.tools.ledger.transaction() as tx:
                refs = tx.occurrences.page(self.definition.name, self.kind.name, self.upto, after, CHUNK)
            if not refs:
                return
            after = refs[-1].key
            self._keep(list(connector.fetch(refs).values()), lambda _record, _verdict: True, entered=True)
            self._tell()

    def _take_undated(self, connector: Connector) -> None:
        asked = ScanRequest(self.kind.name, self._undated, Wanted.UNDATED, unclassified=not self._holds_parts)
        for page in connector.scan(asked):
            most = max(0, UNDATED_KEPT - self.counts[Finding.UNTRIGGERED])
            self._keep(page.records, self._is_undated, most=most)
            self._tell()

    @property
    def _holds_parts(self) -> bool:
        """Whether what has no class here goes with records of other stores, and is no stray."""
        return self.kind.name == PART and bool(naming_stores(self.tools.definitions, self.definition.name))

    def _is_dated(self, record: Record, verdict: Verdict) -> bool:
        return not self._is_undated(record, verdict)

    def _is_undated(self, record: Record, verdict: Verdict) -> bool:
        """Return whether a record is one that the pass for undated records asks for, and rightly.

        What a store was asked decides, not the verdict's own account of what is missing: a date that cannot be read
        is there and gives none.
        """
        if not isinstance(verdict, Untriggered):
            return False
        windows_asked = self._undated.get(record.record_class or "", ())
        return record.record_class is None or any(
            record.dates.get(name) is None for window in windows_asked for name in window
        )

    def _keep(self, records: Sequence[Record], mine: Mine, *, entered: bool = False, most: int | None = None) -> None:
        """Judge one page and remember what is of this pass. Records rewritten before are there, and are done with."""
        if not records:
            return
        with self.tools.ledger.transaction() as tx:
            fresh = self._fresh(tx, records, entered=entered)
            verdicts = self._judging.page(tx, fresh, upto=self.upto)
        judged = [(one, verdict) for one, verdict in zip(fresh, verdicts, strict=True) if mine(one, verdict)]
        for kind, number in Counter(type(verdict) for _, verdict in judged).items():
            self.counts[_FINDINGS[kind]] += number
        self.unclassified += sum(one.record_class is None for one, _ in judged)
        self._unwritten += [self._found(one, verdict) for one, verdict in judged[:most]]
        if len(self._unwritten) >= AT_ONCE:
            self._write()

    def _fresh(self, tx: Transaction, records: Sequence[Record], *, entered: bool) -> Sequence[Record]:
        """Return the records that are not done with, those that an event entered by hand names or the others."""
        named = tx.occurrences.named_by([one.ref for one in records], self.upto) if self.upto else set()
        if named or entered:
            records = [one for one in records if (one.ref in named) is entered]
        done = done_with(self.tools, tx, records)
        return [one for one in records if one.ref not in done] if done else records

    def _found(self, record: Record, verdict: Verdict) -> Found:
        action = verdict.action.value if isinstance(verdict, Due) else self._actions.get(record.record_class or "", "")
        due_on = verdict.due_on if isinstance(verdict, Due | NotYet) else None
        code = record.record_class
        return Found(record.ref, record.reference, code, _FINDINGS[type(verdict)], action, due_on, verdict.reason)

    def _write(self) -> None:
        """Write what was found and not yet written, in one transaction: each of them waits for the disk."""
        if self._unwritten:
            with self.tools.ledger.transaction() as tx:
                tx.findings.add(self.run, self._unwritten)
            self._unwritten = []

    def _tell(self) -> None:
        self.tell(self.definition.name, self.kind.name, self.examined)


_FINDINGS: dict[type, Finding] = {
    Due: Finding.DUE,
    OnHold: Finding.ON_HOLD,
    Blocked: Finding.BLOCKED,
    Untriggered: Finding.UNTRIGGERED,
    NotYet: Finding.NOT_YET,
    Permanent: Finding.PERMANENT,
}
