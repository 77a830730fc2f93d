"""Review: people approve a list exactly as it stands, send it back or withdraw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retentiond.connectors.interface import CHUNK, Role
from retentiond.domain.errors import DecisionRefused, Fault
from retentiond.domain.lists import DisposalList, Entry, ListState, Standing
from retentiond.domain.people import Approval, Person, why_not_approve, why_not_decide
from retentiond.domain.records import RecordRef
from retentiond.domain.verdicts import Due, Verdict
from retentiond.evidence import predicates
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.gather import listed_entries, refreeze
from retentiond.lifecycle.manifests import read_back
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools, trust_clock
from retentiond.lifecycle.wholes import Whole, batches, fetch_wholes, judge

SHORTEST_DIGEST = 12


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval given, and what the list waits for now."""

    listed: DisposalList
    stage: str


def approve(tools: Tools, number: str, person: Person, digest: str) -> Approved:
    """Approve the next stage of a list, exactly as it was shown.

    Every record is read live and judged again first. Those that have changed or are no longer due are taken off,
    which makes a new manifest; the approval is then refused so that the person can look at it.

    Args:
        tools: the installation.
        number: the list.
        person: who approves.
        digest: the list's digest as the person saw it, whole or its first 12 or more characters.

    Raises:
        DecisionRefused: the rules of review forbid it, or the list is not the one the person saw.
    """
    _mind_rules(tools, number, person, digest)
    gone = _no_longer_due(tools, number)
    if gone:
        raise _changed_meanwhile(tools, number, person, gone)
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        stage, refused = _may_approve(tx, number, person, digest)
        if refused:
            raise DecisionRefused.about(number, refused)
        listed = tx.lists.get(number)
        _record_approval(tools, tx, listed, person, stage)
        if len(listed.approvals) + 1 == len(listed.stages):
            after = now + tools.settings.belts.cooling_off
            tx.lists.move(number, ListState.IN_REVIEW, ListState.APPROVED, dispose_after=after)
        return Approved(tx.lists.get(number), stage)


def _changed_meanwhile(
    tools: Tools, number: str, person: Person, gone: Mapping[str, Sequence[RecordRef]]
) -> DecisionRefused:
    """Take records off a list, freeze it anew, and return the refusal that tells the approver."""
    with tools.ledger.transaction() as tx:
        for note, refs in gone.items():
            tx.lists.mark(number, Standing.LEFT, refs, expected={Standing.LISTED}, note=note)
        listed = refreeze(tools, tx, number, by=person)
    count = sum(len(refs) for refs in gone.values())
    remedy = "no record is left on it, so it was withdrawn"
    if listed.state is ListState.IN_REVIEW:
        shown = listed.digest[:SHORTEST_DIGEST]
        remedy = f"look at it again with 'retentiond list show {number}', then approve digest {shown}"
    return DecisionRefused(
        Fault(
            number,
            f"{count} of its records changed or are no longer due since it was gathered, and were taken off; "
            "nothing was approved",
            remedy,
        )
    )


def _mind_rules(tools: Tools, number: str, person: Person, digest: str) -> None:
    """Refuse an approval the rules of review forbid, and keep the attempt as an event."""
    with tools.ledger.transaction() as tx:
        stage, refused = _may_approve(tx, number, person, digest)
        if refused:
            body = {"stage": stage}
            tx.events.append("approval-refused", tools.clock(), actor=person.id, list_number=number, body=body)
    if refused:
        raise DecisionRefused.about(
            number, refused, f"a {stage.replace('-', ' ')} who had no part in it so far can approve"
        )


def _may_approve(tx: Transaction, number: str, person: Person, digest: str) -> tuple[str, str | None]:
    """Return the stage that is wanted next, and why the person may not approve it, or None."""
    listed = tx.lists.get(number)
    stage = listed.next_stage
    if listed.state is not ListState.IN_REVIEW or stage is None:
        raise DecisionRefused.about(number, f"it is {listed.state.spoken}, so there is nothing to approve")
    if len(digest) < SHORTEST_DIGEST or not listed.digest.startswith(digest.lower()):
        raise DecisionRefused.about(
            number,
            f"the digest given is not the list's as it stands ({listed.digest[:SHORTEST_DIGEST]}…, "
            f"revision {listed.revision})",
            f"read it with 'retentiond list show {number}', then approve the digest shown there",
        )
    excluded = {one for entry in listed_entries(tx, number) for one in entry.excluded_reviewers}
    refused = why_not_approve(
        person, stage, gathered_by=listed.gathered_by, already=listed.approvals, excluded=excluded
    )
    return stage, refused


def _no_longer_due(tools: Tools, number: str) -> dict[str, list[RecordRef]]:
    """Return the listed records that changed or are no longer due, grouped by the reason."""
    gone: dict[str, list[RecordRef]] = {}
    with tools.ledger.transaction() as tx:
        entries = list(listed_entries(tx, number))
    with tools.stores(Role.SCAN) as opened:
        for batch in batches(entries, CHUNK):
            wholes = fetch_wholes(opened, [one.ref for one in batch])
            with tools.ledger.transaction() as tx:
                verdicts = judge(tools, tx, wholes.values())
            for entry in batch:
                why = _why_left(entry, wholes.get(entry.ref), verdicts.get(entry.ref))
                if why:
                    gone.setdefault(why, []).append(entry.ref)
    return gone


def _why_left(entry: Entry, whole: Whole | None, verdict: Verdict | None) -> str:
    if whole is None or verdict is None:
        return "it is no longer there"
    if whole.state != entry.state or whole.record.record_class != entry.record_class:
        return "it changed since it was gathered"
    if not isinstance(verdict, Due) or verdict.action is not entry.action:
        return "it is no longer due"
    return ""


def _record_approval(tools: Tools, tx: Transaction, listed: DisposalList, person: Person, stage: str) -> None:
    if read_back(tools, tx, listed) is None:
        raise DecisionRefused.about(
            listed.number, "its proposal in the ledger is not the one its digest names", "run 'retentiond verify'"
        )
    at = predicates.instant(tools.clock())
    recorded = record(
        tools,
        tx,
        "approval",
        lambda base: predicates.approval(
            base,
            list_no=listed.number,
            proposal_sha256=listed.digest,
            stage=stage,
            approver=(person.id, person.name),
            at=at,
        ),
        subjects=[(f"{listed.number}/{listed.revision}/proposal", listed.digest)],
        operator=person,
        role=stage,
        list_number=listed.number,
    )
    tx.lists.approve(listed.number, Approval(stage, person.id, at, listed.digest), recorded.seq)


def give_back(tools: Tools, number: str, person: Person, *, reason: str) -> DisposalList:
    """Return a list to whoever gathered it; its records stay where they are and may be listed again."""
    refused = why_not_decide(person)
    if refused:
        raise DecisionRefused.about(number, refused)
    return _end(tools, number, person, ListState.RETURNED, reason)


def withdraw(tools: Tools, number: str, person: Person, *, reason: str) -> DisposalList:
    """Stop a list before anything is done, also in its cooling-off period."""
    refused = why_not_decide(person)
    if refused:
        raise DecisionRefused.about(number, refused)
    return _end(tools, number, person, ListState.WITHDRAWN, reason)


def _end(tools: Tools, number: str, person: Person, state: ListState, reason: str) -> DisposalList:
    if not reason.strip():
        raise DecisionRefused.about(number, "this needs a reason", "give one with --reason")
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        tx.lists.move(number, tx.lists.get(number).state, state, reason=reason)
        tx.lists.erase_titles(number)
        tx.events.append(f"list-{state.value}", now, actor=person.id, list_number=number)
        return tx.lists.get(number)
