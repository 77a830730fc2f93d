"""Review: people approve a list exactly as it stands, send it back or withdraw it."""

from __future__ import annotations

from dataclasses import dataclass

from retentiond.domain.errors import DecisionRefused, Fault
from retentiond.domain.lists import DisposalList, ListState
from retentiond.domain.people import Approval, Person, why_not_approve, why_not_decide
from retentiond.evidence import predicates
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.in_force import mind_in_force
from retentiond.lifecycle.manifests import read_back
from retentiond.lifecycle.reassess import Stale, bring_up_to_date, stale
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools, trust_clock

SHORTEST_DIGEST = 12


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval given, and what the list waits for now."""

    listed: DisposalList
    stage: str


def approve(tools: Tools, number: str, person: Person, digest: str) -> Approved:
    """Approve the next stage of a list, exactly as it was shown.

    Every record is read live and judged again first. Those that have changed or are no longer due are taken off, and
    those due since another day are shown so, which makes a new manifest; the approval is then refused so that the
    person can look at it.

    Args:
        tools: the installation.
        number: the list.
        person: who approves.
        digest: the list's digest as the person saw it, whole or its first 12 or more characters.

    Raises:
        DecisionRefused: the rules of review forbid it, the list is not the one the person saw, or a schedule is not
            the version people adopted.
    """
    _mind_rules(tools, number, person, digest)
    with tools.ledger.transaction() as tx:
        shown = tx.lists.get(number)
    found = stale(tools, shown)
    if found:
        raise _changed_meanwhile(tools, number, person, found)
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        mind_in_force(tools, tx)
        stage, refused = _may_approve(tx, number, person, digest)
        if refused:
            raise DecisionRefused.about(number, refused)
        listed = tx.lists.get(number)
        _record_approval(tools, tx, listed, person, stage)
        if len(listed.approvals) + 1 == len(listed.stages):
            after = now + tools.settings.belts.cooling_off
            tx.lists.move(number, ListState.IN_REVIEW, ListState.APPROVED, dispose_after=after)
        return Approved(tx.lists.get(number), stage)


def _changed_meanwhile(tools: Tools, number: str, person: Person, found: Stale) -> DecisionRefused:
    """Bring a list up to date, and return the refusal that tells the approver."""
    with tools.ledger.transaction() as tx:
        listed = bring_up_to_date(tools, tx, number, found, by=person)
    said = []
    if found.gone:
        said.append(
            f"{found.taken_off} of its records changed or are no longer due since it was gathered, and were taken off"
        )
    if found.dated:
        said.append(f"{len(found.dated)} of its records are due since another day than it said")
    remedy = "no record is left on it, so it was withdrawn"
    if listed.state is ListState.IN_REVIEW:
        shown = listed.digest[:SHORTEST_DIGEST]
        remedy = f"look at it again with 'retentiond list show {number}', then approve digest {shown}"
    return DecisionRefused(Fault(number, f"{'; '.join(said)}; nothing was approved", remedy))


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
    excluded = tx.lists.excluded_reviewers(number)
    refused = why_not_approve(
        person, stage, gathered_by=listed.gathered_by, already=listed.approvals, excluded=excluded
    )
    return stage, refused


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
