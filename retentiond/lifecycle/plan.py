"""Plan: say exactly what disposing of a list would do now, record by record, and change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retentiond.connectors.interface import CHUNK, Role
from retentiond.domain.errors import DecisionRefused, DisposalStopped
from retentiond.domain.lists import DisposalList, ListState
from retentiond.lifecycle.gate import Passed, open_manifest, pass_gate
from retentiond.lifecycle.gather import listed_entries
from retentiond.lifecycle.in_force import mind_in_force
from retentiond.lifecycle.judging import Judging
from retentiond.lifecycle.tools import Tools, mind_kill_switch
from retentiond.lifecycle.wholes import batches, fetch_wholes


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen to each record of a list, and from when on it may."""

    listed: DisposalList
    passed: tuple[Passed, ...]
    not_before: datetime | None
    """End of the cooling-off period; None while an approval is missing."""
    stopped: str = ""
    """What stops every disposal at present, whatever the list: the kill switch. Empty: nothing does."""


def plan(tools: Tools, number: str) -> Plan:
    """Take every record of a list past the gate as it is now, without writing anything.

    Raises:
        DecisionRefused: the list is neither in review nor approved, or a schedule is not the version people adopted.
    """
    with tools.ledger.transaction() as tx:
        listed = tx.lists.get(number)
        if listed.state not in (ListState.IN_REVIEW, ListState.APPROVED):
            raise DecisionRefused.about(number, f"it is {listed.state.spoken}, and there is nothing left to plan")
        mind_in_force(tools, tx)
        frozen = open_manifest(tools, tx, listed)
        entries = list(listed_entries(tx, number))
    passed: list[Passed] = []
    judging = Judging(tools)
    with tools.stores(Role.SCAN) as reading:
        for batch in batches(entries, CHUNK):
            wholes = fetch_wholes(tools, reading, [one.ref for one in batch])
            with tools.ledger.transaction() as tx:
                passed.extend(pass_gate(judging, tx, frozen, batch, wholes))
    return Plan(listed, tuple(passed), listed.dispose_after, _stopped(tools))


def _stopped(tools: Tools) -> str:
    try:
        mind_kill_switch(tools)
    except DisposalStopped as stopped:
        return str(stopped)
    return ""
