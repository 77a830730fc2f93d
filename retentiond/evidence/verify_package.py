"""The checks between the files of a package: do they tell one story? Each names the file that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from retentiond.evidence.manifest import Manifest
from retentiond.evidence.package import MANIFEST_OUTCOME, MANIFEST_PROPOSAL


@dataclass(frozen=True, slots=True)
class Said:
    """One bundle's statement, and what the others may call it by."""

    name: str
    sha256: str
    """Hex digest of the exact payload bytes."""
    index: int
    """In the log."""
    tree: tuple[int, bytes]
    """Size and root of the log it was proved in."""
    predicate: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a package says; None where a file is missing or unreadable."""

    certificate: Said | None = None
    proposal: Said | None = None
    approvals: tuple[Said, ...] | None = None
    run_started: Said | None = None
    manifest_proposal: Manifest | None = None
    manifest_outcome: Manifest | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """A case with nothing missing."""

    certificate: Said
    proposal: Said
    approvals: tuple[Said, ...]
    run_started: Said

    @property
    def in_order(self) -> tuple[Said, ...]:
        """The statements in the order in which they must have been logged."""
        return (self.proposal, *self.approvals, self.run_started, self.certificate)


def whole(case: Case) -> Whole | None:
    """Return the case's statements if none is missing."""
    if case.certificate and case.proposal and case.approvals is not None and case.run_started:
        return Whole(case.certificate, case.proposal, case.approvals, case.run_started)
    return None


def number_faults(certificate: Said, stem: str) -> Iterator[str]:
    """Check the certificate's number and its place in the sequence."""
    says = certificate.predicate
    if says["certificate_no"] != stem:
        yield f"{certificate.name}: the certificate inside has another number than the file"
    if (says["sequence"] == 1) != (says["previous_certificate"]["sha256"] is None) or says["sequence"] == 0:
        yield f"{certificate.name}: only the first certificate has no certificate before it"


def totals_faults(certificate: Said) -> Iterator[str]:
    """Check that the certificate's figures add up."""
    name, says = certificate.name, certificate.predicate
    totals = says["totals"]
    if sum(totals.values()) != says["outcome_manifest"]["size"]:
        yield f"{name}: its totals do not add up to the number of records on its manifest"
    pseudonymised = totals.get("pseudonymised", 0)
    done = {"destroy": totals["destroyed"], "anonymise": totals["anonymised"], "pseudonymise": pseudonymised}
    for action, total in done.items():
        if sum(one["count"] for one in says["series"] if one["action"] == action) != total:
            yield f"{name}: its series do not add up to its total of action {action}"
    if sum(says["evidence_grades"].values()) != sum(done.values()):
        yield f"{name}: its grades of evidence do not add up to the records disposed of"
    if sum(one["records"] for one in says.get("pseudonymisation", ())) != pseudonymised:
        yield f"{name}: the records it names keys for are not those it counts as pseudonymised"
    left = sum(totals[one] for one in ("skipped_held", "skipped_changed", "skipped_not_due", "failed"))
    doubtful = sum(one["still_present"] + one["inconclusive"] for one in says["verification"])
    if says["status"] == "complete" and left + doubtful:
        yield f"{name}: it calls itself complete, and records were left, or not seen to be gone"
    if says["started"] > says["finished"]:
        yield f"{name}: it finished before it started"


def authority_faults(certificate: Said) -> Iterator[str]:
    """Check that every series rests on an authority."""
    items = {one["item"] for one in certificate.predicate["authority"]}
    if not {one["item"] for one in certificate.predicate["series"]} <= items:
        yield f"{certificate.name}: a series has no authority for its disposal"


def link_faults(case: Whole) -> Iterator[str]:
    """Check that the statements name each other, by the digest of exact bytes and by log index."""
    says, proposal = case.certificate.predicate, case.proposal
    if says["proposal"]["sha256"] != proposal.sha256:
        yield f"{proposal.name}: it is not the proposal the certificate names"
    for one in (*case.approvals, case.run_started):
        if one.predicate["proposal"]["sha256"] != proposal.sha256:
            yield f"{one.name}: it is for another proposal than {proposal.name}"
    for one in case.in_order:
        if one.predicate["list_no"] != proposal.predicate["list_no"]:
            yield f"{one.name}: it is for another disposal list than {proposal.name}"
    if case.run_started.predicate["approvals"] != [one.index for one in case.approvals]:
        yield f"{case.run_started.name}: it rests on other approvals than the package holds"
    if says["run_started"]["log_index"] != case.run_started.index:
        yield f"{case.run_started.name}: it is not the start of disposal the certificate names"
    stated = [(one["log_index"], one["stage"], one["display_name"], one["at"]) for one in says["approvals"]]
    held = [
        (one.index, one.predicate["stage"], one.predicate["approver"]["display_name"], one.predicate["at"])
        for one in case.approvals
    ]
    if stated != held:
        yield f"{case.certificate.name}: the approvals it names are not those in the package"


def quorum_faults(case: Whole) -> Iterator[str]:
    """Check that every stage was approved, in order, by distinct people, none of whom gathered the list."""
    says = case.proposal.predicate
    if [one.predicate["stage"] for one in case.approvals] != says["stages"]:
        yield f"{case.proposal.name}: its stages are not all approved, one approval each and in order"
    if case.run_started.predicate["quorum"]["stages"] != says["stages"]:
        yield f"{case.run_started.name}: it required other stages than the proposal names"
    seen: set[str] = set()
    for one in case.approvals:
        person = one.predicate["approver"]["person"]
        if person in seen:
            yield f"{one.name}: the same person approved an earlier stage"
        if person == says["gathered_by"]["person"]:
            yield f"{one.name}: whoever gathered the list also approved it"
        if says["expires"] is not None and one.predicate["at"] > says["expires"]:
            yield f"{one.name}: it was given after the proposal had expired"
        seen.add(person)


def order_faults(case: Whole) -> Iterator[str]:
    """Check by log index that it was proposed, then approved, then started, then certified."""
    for before, after in pairwise(case.in_order):
        if before.index >= after.index:
            yield f"{after.name}: the log has it before {before.name}, which must come first"
    roots: dict[int, bytes] = {}
    for one in case.in_order:
        size, root = one.tree
        if roots.setdefault(size, root) != root:
            yield f"{one.name}: it is proved in a log that differs from the others' at the same size"


def schedule_faults(case: Whole) -> Iterator[str]:
    """Check that the authority is the schedules, to the byte, that the approvers were shown."""
    shown = {(one["schedule"], one["version"], one["digest"]) for one in case.proposal.predicate["schedules"]}
    used = {(one["schedule"], one["version"], one["digest"]) for one in case.certificate.predicate["authority"]}
    if not used <= shown:
        yield f"{case.certificate.name}: its authority is a schedule the proposal did not rest on"
    adopted = [one["log_index"] for one in case.proposal.predicate["schedules"] if one["log_index"] is not None]
    if any(index >= case.proposal.index for index in adopted):
        yield f"{case.proposal.name}: it rests on a schedule that was adopted after it"


def proposal_totals_faults(case: Whole) -> Iterator[str]:
    """Check that the outcome accounts for exactly as many records as were proposed."""
    says = case.proposal.predicate
    if sum(case.certificate.predicate["totals"].values()) != says["manifest"]["size"]:
        yield f"{case.certificate.name}: its totals do not add up to the number of records proposed"
    if sum(one["count"] for one in says["series"]) != says["manifest"]["size"]:
        yield f"{case.proposal.name}: its series do not add up to the number of records on its manifest"
    proposed = {(one["item"], one["action"]): one["count"] for one in says["series"]}
    for one in case.certificate.predicate["series"]:
        if one["count"] > proposed.get((one["item"], one["action"]), 0):
            yield f"{case.certificate.name}: more of a series was disposed of than was proposed"


def manifest_faults(name: str, found: Manifest, stated: Mapping[str, Any], by: str) -> Iterator[str]:
    """Check a manifest's bytes and recomputed root against the statement that names it.

    Args:
        name: the manifest's file.
        found: what was read.
        stated: what the statement says of it.
        by: the statement, as people call it.
    """
    if found.root != stated["root"] or found.size != stated["size"]:
        yield (
            f"{name}: its root is not the one the {by} states: the file was changed, or belongs to another certificate"
        )
    if found.sha256 != stated["file_sha256"]:
        yield f"{name}: its SHA-256 is not the one the {by} states"


def tag_faults(proposed: Manifest, outcome: Manifest) -> Iterator[str]:
    """Check that the records proposed and the records accounted for are the same, without opening one."""
    try:
        dropped, added = _alone(proposed.tags(), outcome.tags())
    except OSError:
        yield f"{MANIFEST_OUTCOME}: it, or {MANIFEST_PROPOSAL}, cannot be read any more"
        return
    if added:
        yield f"{MANIFEST_OUTCOME}: {added} records on it were never proposed"
    if dropped:
        yield f"{MANIFEST_OUTCOME}: {dropped} records of {MANIFEST_PROPOSAL} are not accounted for"


def _alone(first: Iterator[bytes], second: Iterator[bytes]) -> tuple[int, int]:
    """Return how many of the first are not among the second, and the reverse; both ascend and hold nothing twice."""
    of_first = of_second = 0
    one, other = next(first, None), next(second, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(first, None), next(second, None)
        elif other is None or (one is not None and one < other):
            of_first, one = of_first + 1, next(first, None)
        else:
            of_second, other = of_second + 1, next(second, None)
    return of_first, of_second


BETWEEN: tuple[tuple[str, Callable[[Whole], Iterator[str]], str], ...] = (
    ("The statements belong together", link_faults, "each names the others by the digest of their exact bytes"),
    ("It was approved", quorum_faults, "every stage, in order, by distinct people; none of them gathered the list"),
    ("It happened in order", order_faults, "the log has proposal, approvals, start and certificate in this order"),
    ("Its authority is what was approved", schedule_faults, "the same schedules, to the byte"),
    ("Every record is accounted for", proposal_totals_faults, "the totals add up to the records proposed"),
)
"""Title, check, and what to say when it passes."""
