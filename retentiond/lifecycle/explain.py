"""Explain: one record's class, clauses, dates, holds and verdict in words, read live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from retentiond.connectors.interface import Role
from retentiond.domain.errors import NotFound
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import RecordClass, Schedule
from retentiond.domain.verdicts import Verdict
from retentiond.lifecycle.naming import resolved
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.wholes import fetch_wholes, judge


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a record is, or is not, due today."""

    ref: RecordRef
    reference: str
    record_class: RecordClass | None
    schedule: Schedule | None
    dates: Mapping[str, date | None]
    documents: int
    verdict: Verdict
    today: date


def explain(tools: Tools, text: str) -> Explained:
    """Read one record live and judge it.

    Args:
        tools: the installation.
        text: ``store/kind/key``, or the reference people use if a scan found the record or a list holds it.

    Raises:
        NotFound: no such record, or several of that reference.
    """
    ref = _resolve(tools, text)
    with tools.stores(Role.SCAN) as store:
        whole = fetch_wholes(store, [ref]).get(ref)
    if whole is None:
        raise NotFound.about(text, "the store has no such record", "write it as store/kind/key")
    with tools.ledger.transaction() as tx:
        verdict = judge(tools, tx, [whole])[ref]
    record_class, schedule = tools.classes().get(whole.record.record_class or "", (None, None))
    return Explained(
        ref=ref,
        reference=whole.record.reference,
        record_class=record_class,
        schedule=schedule,
        dates=whole.record.dates,
        documents=len(whole.documents),
        verdict=verdict,
        today=tools.today(schedule),
    )


def _resolve(tools: Tools, text: str) -> RecordRef:
    with tools.ledger.transaction() as tx:
        return resolved(tools, tx, text)
