"""The gate: what must hold, in one transaction, before an order may be sent. The one choke point of disposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from retentiond.domain.errors import DecisionRefused, DisposalStopped
from retentiond.domain.lists import DisposalList, Entry, ListState, Standing
from retentiond.domain.people import NEVER_APPROVES
from retentiond.domain.records import RecordRef
from retentiond.domain.verdicts import Blocked, Due, OnHold, Verdict
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.in_force import mind_in_force
from retentiond.lifecycle.judging import Judging
from retentiond.lifecycle.manifests import Frozen, read_back
from retentiond.lifecycle.proofs import are_approved, why_not_approved
from retentiond.lifecycle.tools import Tools, mind_kill_switch, trust_clock
from retentiond.lifecycle.wholes import Whole, is_as_shown


@dataclass(frozen=True, slots=True)
class Passed:
    """One entry's way through the gate: either an order may be sent, or a fate without one and why."""

    entry: Entry
    whole: Whole | None
    fate: Standing | None = None
    note: str = ""


def open_gate(tools: Tools, tx: Transaction, number: str) -> DisposalList:
    """Check everything about a list that does not depend on its records; cheap enough for every chunk.

    Raises:
        DecisionRefused: it is not approved, or not by everybody its classes require, or a schedule is not the version
            people adopted last.
        DisposalStopped: the kill switch is set, the clock went back, or the cooling-off period has not ended.
    """
    mind_kill_switch(tools)
    now = trust_clock(tools, tx)
    listed = tx.lists.get(number)
    if listed.state not in (ListState.APPROVED, ListState.DISPOSING):
        raise DecisionRefused.about(
            number, f"it is {listed.state.spoken}, and only an approved list can be disposed of"
        )
    mind_in_force(tools, tx)
    _mind_approvals(tools, listed)
    _mind_cooling_off(listed, now, tools.settings.belts.cooling_off)
    return listed


def open_manifest(tools: Tools, tx: Transaction, listed: DisposalList) -> Frozen:
    """Read back what was approved, and hold it against the belts and the definitions of today.

    Raises:
        DecisionRefused: the ledger's proposal is not the one that was signed, an approval has no signed event behind
            it, or a class asks for a stage of review today that the list did not have.
        DisposalStopped: too many records, or a store is not connected any more, or by another definition than when the
            list was gathered.
    """
    frozen = read_back(tools, tx, listed)
    if frozen is None or not are_approved(tools, tx, listed):
        raise DecisionRefused.about(listed.number, *why_not_approved(tools, tx, listed.number))
    _mind_stages_of_today(tools, listed, frozen)
    most = tools.settings.belts.records_per_run
    if len(frozen.lines) > most:
        raise DisposalStopped.about(
            f"{listed.number}, belt records-per-run",
            f"the list holds {len(frozen.lines)} records and at most {most} may go in one run",
            "withdraw it and gather smaller lists",
        )
    missing = sorted(frozen.definitions.keys() - {one.name for one in tools.definitions})
    if missing:
        raise DisposalStopped.about(
            listed.number,
            f"{', '.join(missing)} is no longer connected, and its records are on the list or may need its documents",
            f"connect it again, or {_gather_anew(listed)}",
        )
    changed = sorted(name for name, digest in frozen.definitions.items() if tools.definition(name).digest != digest)
    if changed:
        raise DisposalStopped.about(
            listed.number,
            f"the definition of {', '.join(changed)} is no longer the one the list was gathered with",
            f"put it back, or {_gather_anew(listed)}",
        )
    return frozen


def _gather_anew(listed: DisposalList) -> str:
    if listed.state is ListState.DISPOSING:
        return f"end its disposal ('retentiond list end {listed.number}') and gather what is left again"
    return "withdraw the list and gather it again"


def _mind_stages_of_today(tools: Tools, listed: DisposalList, frozen: Frozen) -> None:
    classes = tools.classes()
    wanted = {stage for code in frozen.classes if code in classes for stage in tools.stages_of(classes[code][0])}
    missing = sorted(wanted - set(listed.stages))
    if missing:
        raise DecisionRefused.about(
            listed.number,
            f"its classes now need a review by {' and '.join(missing)}, which it did not have",
            "withdraw the list and gather it again",
        )


def _mind_approvals(tools: Tools, listed: DisposalList) -> None:
    people = [one.person for one in listed.approvals]
    roles = {one.id: one.roles for one in tools.settings.people if not one.roles & NEVER_APPROVES}
    complete = (
        tuple(one.stage for one in listed.approvals) == listed.stages
        and len(listed.stages) > 0
        and len(set(people)) == len(people)
        and listed.gathered_by not in people
        and all(one.digest == listed.digest for one in listed.approvals)
        and all(one.stage in roles.get(one.person, frozenset()) for one in listed.approvals)
    )
    if not complete:
        raise DecisionRefused.about(
            listed.number,
            "it lacks an approval its classes require, by somebody who may give it, for the digest it has",
            "withdraw it and gather again",
        )


def _mind_cooling_off(listed: DisposalList, now: datetime, cooling_off: timedelta) -> None:
    """Count the period from the last approval, whose moment is signed; a row of the ledger alone cannot shorten it."""
    counted = datetime.fromisoformat(listed.approvals[-1].at) + cooling_off
    ends = max(listed.dispose_after, counted) if listed.dispose_after else None
    if ends is None or now < ends:
        until = f"{ends:%Y-%m-%d %H:%M} UTC" if ends else "its last approval"
        raise DisposalStopped.about(
            listed.number,
            f"its cooling-off period lasts until {until}",
            "until then it can still be withdrawn; after it 'retentiond dispose' goes on",
        )


def pass_gate(
    judging: Judging, tx: Transaction, frozen: Frozen, entries: Sequence[Entry], wholes: Mapping[RecordRef, Whole]
) -> list[Passed]:
    """Judge live records against what was approved; only an entry without a fate may be ordered."""
    verdicts = judging.wholes(tx, wholes.values())
    genuine = frozen.holds(entries)
    return [_passed(one, wholes.get(one.ref), verdicts.get(one.ref), is_genuine=one.ref in genuine) for one in entries]


def _passed(entry: Entry, whole: Whole | None, verdict: Verdict | None, *, is_genuine: bool) -> Passed:
    if not is_genuine:
        return Passed(entry, whole, Standing.FAILED, "it is not on the approved manifest as the ledger has it")
    if whole is None or verdict is None:
        return Passed(entry, None, Standing.ALREADY_ABSENT, "it was gone before any order was sent")
    if isinstance(verdict, OnHold):
        return Passed(entry, whole, Standing.SKIPPED_HELD, "a hold covers it")
    if whole.state != entry.state or whole.record.record_class != entry.record_class:
        return Passed(entry, whole, Standing.SKIPPED_CHANGED, "it changed since it was reviewed")
    if not is_as_shown(entry, whole.record):
        note = "its name, its conflicts of interest or its recipients are not as reviewers were shown them"
        return Passed(entry, whole, Standing.SKIPPED_CHANGED, note)
    if whole.record.problems:
        why = f"it cannot be judged: {'; '.join(whole.record.problems)}"
        return Passed(entry, whole, Standing.SKIPPED_NOT_DUE, why)
    if isinstance(verdict, Blocked):
        return Passed(entry, whole, Standing.SKIPPED_NOT_DUE, "its store gives a reason why not now")
    if not isinstance(verdict, Due) or verdict.action is not entry.action:
        return Passed(entry, whole, Standing.SKIPPED_NOT_DUE, "it is no longer due under the schedule in force")
    if verdict.due_on != entry.due_on:
        return Passed(entry, whole, Standing.SKIPPED_CHANGED, "it is due since another day than the one approved")
    return Passed(entry, whole)
