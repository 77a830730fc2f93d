"""Adopt: a schedule version in use is remembered byte for byte, as a signed event, before anything cites it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from retentiond.domain.schedule import Schedule
from retentiond.evidence import predicates
from retentiond.evidence.parts import Fields
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools


def adopt_schedules(tools: Tools) -> tuple[str, ...]:
    """Record every schedule in force that the ledger has not seen in this very form; return their names."""
    adopted: list[str] = []
    with tools.ledger.transaction() as tx:
        for schedule in tools.schedules:
            if tx.schedules.is_adopted(schedule.digest):
                continue
            recorded = record(
                tools,
                tx,
                "schedule-adopted",
                partial(_adopted, schedule),
                subjects=[(schedule.name, schedule.digest)],
            )
            source = Path(schedule.source).read_bytes()
            tx.schedules.adopt(
                schedule.digest, schedule.name, schedule.version, source, tools.clock(), log_index=recorded.log_index
            )
            adopted.append(schedule.name)
    return tuple(adopted)


def _adopted(schedule: Schedule, base: Fields) -> Fields:
    return predicates.schedule_adopted(
        base,
        schedule=schedule.name,
        version=schedule.version,
        digest=schedule.digest,
        mandate=sorted({law for one in schedule.classes for law in one.mandate}),
        effective_from=schedule.adopted,
    )
