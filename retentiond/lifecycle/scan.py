"""Find: ask every store for the records whose dates are past, judge each, and remember what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from retentiond.connectors.interface import Role
from retentiond.domain.definitions import Definition, KindOfRecord
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused, StoreUnavailable
from retentiond.domain.findings import Finding, ScanRun
from retentiond.lifecycle.drift import mind_outline
from retentiond.lifecycle.in_force import mind_in_force
from retentiond.lifecycle.passes import Passes, Tell
from retentiond.lifecycle.tools import Tools, trust_clock


@dataclass(frozen=True, slots=True)
class KindScanned:
    """What one scan of one kind of record found."""

    store: str
    kind: str
    examined: int
    counts: Mapping[Finding, int]
    unclassified: int = 0
    """How many of the untriggered are so because no line of ``classify`` holds for them."""
    failure: str = ""
    """Why the store could not be scanned whole; then nothing of it counts as due."""
    doubts: tuple[Fault, ...] = ()
    """Why none of its records is due: its tables are not as people accepted them, or a disposal would be unsafe."""
    remarks: tuple[Fault, ...] = ()
    """What stands beside its records and is none, for want of a name."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan found, kind by kind."""

    kinds: tuple[KindScanned, ...]
    faults: tuple[Fault, ...] = field(default=())

    @property
    def doubts(self) -> tuple[Fault, ...]:
        """Return why records of whole kinds are not due, each reason once."""
        return tuple(dict.fromkeys(fault for one in self.kinds for fault in one.doubts))

    def total(self, finding: Finding) -> int:
        """Return how many records got one verdict over all kinds."""
        return sum(one.counts.get(finding, 0) for one in self.kinds)


def scan(tools: Tools, *, stores: Sequence[str] = (), tell: Tell = lambda *_: None) -> Scanned:
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
    tools: Tools, definition: Definition, kind: KindOfRecord, tell: Tell
) -> tuple[KindScanned, tuple[Fault, ...]]:
    with tools.ledger.transaction() as tx:
        run = tx.findings.begin(definition.name, kind.name, tools.clock(), _digests(tools, kind), definition.digest)
        passes = Passes(tools, definition, kind, run, tx.occurrences.newest(), tell)
    try:
        with tools.stores(Role.SCAN) as opened:
            connector = opened(definition.name)
            doubts = mind_outline(tools, definition.name, kind.name, connector.outline().get(kind.name))
            passes.take(connector)
    except (StoreUnavailable, StoreRefused, ConfigurationRefused) as failure:
        with tools.ledger.transaction() as tx:
            tx.findings.fail(run, tools.clock(), str(failure))
        return KindScanned(definition.name, kind.name, passes.examined, {}, failure=str(failure)), failure.faults
    with tools.ledger.transaction() as tx:
        tx.findings.finish(run, tools.clock(), passes.examined, passes.counts)
    counts, remarks = dict(passes.counts), tuple(passes.remarks)
    whole = KindScanned(
        definition.name, kind.name, passes.examined, counts, passes.unclassified, doubts=doubts, remarks=remarks
    )
    return whole, ()
