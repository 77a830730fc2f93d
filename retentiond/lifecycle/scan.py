"""Find: ask every store for the records whose dates are past, judge each, and remember what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from retentiond.connectors.interface import Role, ScanRequest, Wanted
from retentiond.domain.definitions import Definition, KindOfRecord
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused, StoreUnavailable
from retentiond.domain.findings import Finding, Found, ScanRun
from retentiond.domain.records import Record
from retentiond.domain.schedule import RecordClass, Schedule
from retentiond.domain.verdicts import Blocked, Due, NotYet, OnHold, Permanent, Untriggered, Verdict
from retentiond.domain.windows import Window, undated, windows
from retentiond.lifecycle.in_force import mind_in_force
from retentiond.lifecycle.tools import Tools, trust_clock
from retentiond.lifecycle.wholes import Whole, judge

UNDATED_KEPT = 1000
"""How many records without a date a scan names; the rest are counted."""


@dataclass(frozen=True, slots=True)
class KindScanned:
    """What one scan of one kind of record found."""

    store: str
    kind: str
    examined: int
    counts: Mapping[Finding, int]
    failure: str = ""
    """Why the store could not be scanned whole; then nothing of it counts as due."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan found, kind by kind."""

    kinds: tuple[KindScanned, ...]
    faults: tuple[Fault, ...] = field(default=())

    def total(self, finding: Finding) -> int:
        """Return how many records got one verdict over all kinds."""
        return sum(one.counts.get(finding, 0) for one in self.kinds)


def scan(
    tools: Tools, *, stores: Sequence[str] = (), tell: Callable[[str, str, int], None] = lambda *_: None
) -> Scanned:
    """Scan connected stores and remember the findings.

    Args:
        tools: the installation.
        stores: names of the stores to scan; empty: all.
        tell: called with store, kind and records examined so far, for a progress bar.

    A store that fails half-way loses its earlier findings as well: nothing may be gathered from it until a scan of
    it has finished. The other stores are scanned all the same.

    Raises:
        DecisionRefused: a schedule is not the version people adopted; what earlier scans found is left as it is.
    """
    with tools.ledger.transaction() as tx:
        trust_clock(tools, tx)
        mind_in_force(tools, tx)
    chosen = [tools.definition(name) for name in stores] or list(tools.definitions)
    scanned: list[KindScanned] = []
    faults: list[Fault] = []
    for definition in chosen:
        for kind in definition.records:
            if not kind.classify:
                continue
            one, found = _scan_kind(tools, definition, kind, tell)
            scanned.append(one)
            faults.extend(found)
    with tools.ledger.transaction() as tx:
        tx.events.append("scan-finished", tools.clock(), body={"kinds": len(scanned), "faults": len(faults)})
    return Scanned(tuple(scanned), tuple(faults))


def is_outdated(tools: Tools, run: ScanRun) -> bool:
    """Return whether what a scan found was judged under other schedules, or another definition, than those of now."""
    for definition in tools.definitions:
        for kind in definition.records:
            if (definition.name, kind.name) == (run.store, run.kind):
                return (run.schedule_digest, run.definition_digest) != (_digests(tools, kind), definition.digest)
    return True


def _digests(tools: Tools, kind: KindOfRecord) -> str:
    """Return the digests of the schedules that a kind of record is judged under."""
    classes = tools.classes()
    codes = {line.record_class for line in kind.classify}
    return " ".join(sorted({classes[code][1].digest for code in codes if code in classes}))


def _scan_kind(
    tools: Tools, definition: Definition, kind: KindOfRecord, tell: Callable[[str, str, int], None]
) -> tuple[KindScanned, tuple[Fault, ...]]:
    codes = [line.record_class for line in kind.classify]
    with tools.ledger.transaction() as tx:
        run = tx.findings.begin(definition.name, kind.name, tools.clock(), _digests(tools, kind), definition.digest)
    counts: Counter[Finding] = Counter()
    examined = 0
    try:
        with tools.open_store(definition, Role.SCAN) as connector:
            wanted = _windows(tools, codes)
            for page in connector.scan(ScanRequest(kind.name, wanted)):
                examined += page.examined
                _keep(tools, run, page.records, counts)
                tell(definition.name, kind.name, examined)
            undated = ScanRequest(kind.name, _undated_windows(tools, codes), Wanted.UNDATED)
            for page in connector.scan(undated):
                most = max(0, UNDATED_KEPT - counts[Finding.UNTRIGGERED])
                _keep(tools, run, page.records, counts, undated=True, most=most)
                tell(definition.name, kind.name, examined)
    except (StoreUnavailable, StoreRefused, ConfigurationRefused) as failure:
        with tools.ledger.transaction() as tx:
            tx.findings.fail(run, tools.clock(), str(failure))
        return KindScanned(definition.name, kind.name, examined, {}, str(failure)), failure.faults
    with tools.ledger.transaction() as tx:
        tx.findings.finish(run, tools.clock(), examined, counts)
    return KindScanned(definition.name, kind.name, examined, dict(counts)), ()


def _windows(tools: Tools, codes: Sequence[str]) -> dict[str, tuple[Window, ...]]:
    classes = tools.classes()
    return {
        code: windows(classes[code][0], tools.today(classes[code][1]))
        for code in dict.fromkeys(codes)
        if code in classes
    }


def _undated_windows(tools: Tools, codes: Sequence[str]) -> dict[str, tuple[Window, ...]]:
    """Name, for each class that can ever be due, the dates without which nothing can be computed."""
    classes = tools.classes()
    return {
        code: (dict.fromkeys(sorted(undated(classes[code][0])), date.max),)
        for code, alternatives in _windows(tools, codes).items()
        if alternatives
    }


def _keep(
    tools: Tools,
    run: int,
    records: Sequence[Record],
    counts: Counter[Finding],
    *,
    undated: bool = False,
    most: int | None = None,
) -> None:
    """Judge one page and remember it.

    Records anonymised before are still there, and are done with. The pass for undated records keeps those and the
    other pass all else, so that a record both passes see is counted once. A record whose dates are there and that
    cannot be judged for another reason is of the other pass: no second one would name it.
    """
    if not records:
        return
    classes = tools.classes()
    with tools.ledger.transaction() as tx:
        done = tx.lists.anonymised([one.ref for one in records])
        fresh = [Whole(one, (), one.state) for one in records if one.ref not in done]
        verdicts = judge(tools, tx, fresh)
        found = [
            found_by(one.record, verdicts[one.record.ref], tools)
            for one in fresh
            if (isinstance(verdicts[one.record.ref], Untriggered) and _lacks_a_date(one.record, classes)) is undated
        ]
        counts.update(one.finding for one in found)
        tx.findings.add(run, found if most is None else found[:most])


def _lacks_a_date(record: Record, classes: Mapping[str, tuple[RecordClass, Schedule]]) -> bool:
    known = classes.get(record.record_class or "")
    return known is not None and any(record.dates.get(name) is None for name in known[0].triggers)


def found_by(record: Record, verdict: Verdict, tools: Tools) -> Found:
    """Return a verdict as the finding the ledger keeps."""
    finding, due_on = _FINDINGS[type(verdict)], _due_on(verdict)
    record_class, _ = tools.classes().get(record.record_class or "", (None, None))
    action = record_class.then.value if record_class else ""
    return Found(record.ref, record.reference, record.record_class, finding, action, due_on, verdict.reason)


_FINDINGS: dict[type, Finding] = {
    Due: Finding.DUE,
    OnHold: Finding.ON_HOLD,
    Blocked: Finding.BLOCKED,
    Untriggered: Finding.UNTRIGGERED,
    NotYet: Finding.NOT_YET,
    Permanent: Finding.PERMANENT,
}


def _due_on(verdict: Verdict) -> date | None:
    return verdict.due_on if isinstance(verdict, Due | NotYet) else None
