"""Findings: what the latest finished scan of each kind of record said. A failed scan leaves nothing to gather from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, tuple_, update

from retentiond.domain.findings import Finding, Found, ScanRun
from retentiond.domain.records import RecordRef
from retentiond.ledger.bulk import insert_rows
from retentiond.ledger.statements import OnConnection, beyond, change, ref_of, refused
from retentiond.ledger.tables import FINDINGS, RUNS


class Findings(OnConnection):
    """Scan runs and the verdicts they left."""

    def begin(self, store: str, kind: str, at: datetime, schedule_digest: str, definition_digest: str) -> int:
        """Begin a scan of one kind of record and return the run's id."""
        run: int = self.connection.execute(select(func.coalesce(func.max(RUNS.c.id), 0))).scalar_one() + 1
        row = {"id": run, "store": store, "kind": kind, "started_at": at, "schedule_digest": schedule_digest}
        rest = {"definition_digest": definition_digest, "examined": 0, "counts": {}, "failure": ""}
        self.connection.execute(insert(RUNS), row | rest)
        return run

    def add(self, run: int, found: Sequence[Found]) -> None:
        """Write verdicts of a run that has not ended.

        Raises:
            LedgerRefused: the run has ended, or a record is of another store or kind.
        """
        self._running(run)
        rows = (
            (
                one.ref.store,
                one.ref.kind,
                one.ref.key,
                run,
                one.reference,
                one.record_class,
                one.finding.value,
                one.action,
                one.due_on.isoformat() if one.due_on else None,
                one.reason,
            )
            for one in found
        )
        insert_rows(self.connection, FINDINGS, rows)

    def finish(self, run: int, at: datetime, examined: int, counts: Mapping[Finding, int]) -> None:
        """End a run well: its findings take the place of those of every run before it.

        Args:
            run: its id.
            at: when it ended.
            examined: how many records of the kind the store holds.
            counts: verdicts by kind, those that were only counted among them.

        Raises:
            LedgerRefused: the run has ended already.
        """
        row = self._running(run)
        self._end(run, {"ended_at": at, "examined": examined, "counts": {str(k): n for k, n in counts.items()}})
        same = (RUNS.c.store == row.store) & (RUNS.c.kind == row.kind) & RUNS.c.ended_at.is_not(None)
        newest = select(func.max(RUNS.c.id)).where(same).scalar_subquery()
        self._forget(row, FINDINGS.c.run < newest)

    def fail(self, run: int, at: datetime, reason: str) -> None:
        """End a run badly: what it and all runs before it found is forgotten, so that nothing can be gathered.

        Args:
            run: its id.
            at: when it ended.
            reason: why, without record values; never empty.

        Raises:
            LedgerRefused: the run has ended already.
        """
        row = self._running(run)
        self._end(run, {"ended_at": at, "failure": reason or "the scan failed"})
        self._forget(row, FINDINGS.c.run <= run)

    def runs(self) -> list[ScanRun]:
        """Return the latest run of each store and kind, in that order."""
        newest = select(func.max(RUNS.c.id)).group_by(RUNS.c.store, RUNS.c.kind)
        rows = self.connection.execute(
            select(RUNS).where(RUNS.c.id.in_(newest.scalar_subquery())).order_by(RUNS.c.store, RUNS.c.kind)
        )
        return [_run(row) for row in rows]

    def current(
        self,
        finding: Finding | None = None,
        store: str | None = None,
        record_class: str | None = None,
        after: RecordRef | None = None,
        limit: int = 1000,
    ) -> list[Found]:
        """Return findings in the order of their references.

        Args:
            finding: only verdicts of this kind.
            store: only this store.
            record_class: only this class.
            after: only what follows this reference.
            limit: most findings to return.
        """
        wanted = select(FINDINGS).where(FINDINGS.c.run.in_(list(self._current_runs())))
        if finding is not None:
            wanted = wanted.where(FINDINGS.c.finding == finding)
        if store is not None:
            wanted = wanted.where(FINDINGS.c.store == store)
        if record_class is not None:
            wanted = wanted.where(FINDINGS.c.record_class == record_class)
        if after is not None:
            wanted = wanted.where(beyond(FINDINGS, after))
        ordered = wanted.order_by(FINDINGS.c.store, FINDINGS.c.kind, FINDINGS.c.key).limit(limit)
        return [_found(row) for row in self.connection.execute(ordered)]

    def named(self, reference: str) -> list[RecordRef]:
        """Return the records people call so, as far as a current finding knows them."""
        wanted = select(FINDINGS).where(
            FINDINGS.c.run.in_(list(self._current_runs())), FINDINGS.c.reference == reference
        )
        return sorted(_found(row).ref for row in self.connection.execute(wanted))

    def counts(self) -> dict[tuple[str, str, str | None, Finding], int]:
        """Return how many current findings there are by store, kind, record class and verdict."""
        by = (FINDINGS.c.store, FINDINGS.c.kind, FINDINGS.c.record_class, FINDINGS.c.finding)
        rows = self.connection.execute(
            select(*by, func.count()).where(FINDINGS.c.run.in_(list(self._current_runs()))).group_by(*by)
        )
        return {(store, kind, code, finding): number for store, kind, code, finding, number in rows}

    def classes(self) -> set[str]:
        """Return the classes of the records that current findings are about."""
        wanted = select(FINDINGS.c.record_class).where(FINDINGS.c.run.in_(list(self._current_runs()))).distinct()
        return {code for code in self.connection.execute(wanted).scalars() if code is not None}

    def size_of(self, store: str) -> int:
        """Return how many records a store holds, by the latest finished scans of its kinds."""
        return sum(examined for of, examined in self._current_runs().values() if of == store)

    def _current_runs(self) -> dict[int, tuple[str, int]]:
        newest = select(func.max(RUNS.c.id)).where(RUNS.c.ended_at.is_not(None)).group_by(RUNS.c.store, RUNS.c.kind)
        rows = self.connection.execute(
            select(RUNS.c.id, RUNS.c.store, RUNS.c.examined).where(
                RUNS.c.id.in_(newest.scalar_subquery()), RUNS.c.failure == ""
            )
        )
        return {row.id: (row.store, row.examined) for row in rows}

    def _running(self, run: int) -> Row[Any]:
        row = self.connection.execute(select(RUNS).where(RUNS.c.id == run, RUNS.c.ended_at.is_(None))).one_or_none()
        if row is None:
            raise refused(f"scan run {run}", "the scan has ended or never began", "begin a new one")
        return row

    def _end(self, run: int, values: Mapping[str, Any]) -> None:
        change(self.connection, update(RUNS).where(RUNS.c.id == run).values(**values), None, 1)

    def _forget(self, run: Row[Any], which: Any) -> None:  # noqa: ANN401 - a condition
        same = tuple_(FINDINGS.c.store, FINDINGS.c.kind) == tuple_(run.store, run.kind)
        self.connection.execute(delete(FINDINGS).where(same, which))


def _run(row: Row[Any]) -> ScanRun:
    return ScanRun(
        store=row.store,
        kind=row.kind,
        started_at=row.started_at,
        finished_at=None if row.failure else row.ended_at,
        schedule_digest=row.schedule_digest,
        definition_digest=row.definition_digest,
        examined=row.examined,
        counts={Finding(kind): number for kind, number in row.counts.items()},
        failure=row.failure,
    )


def _found(row: Row[Any]) -> Found:
    return Found(
        ref=ref_of(row),
        reference=row.reference,
        record_class=row.record_class,
        finding=row.finding,
        action=row.action,
        due_on=row.due_on,
        reason=row.reason,
    )
