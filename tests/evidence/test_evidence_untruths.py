from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retentiond.evidence.report import Report
from retentiond.evidence.verify import verify_certificate

CERTIFICATE = "DC-2026-0001.sigstore.json"
OUTCOME, PROPOSED = "manifest-outcome.txt", "manifest-proposal.txt"


def failures(report: Report) -> str:
    """Return the details of all failed steps."""
    return "\n".join(f"{step.title}: {step.detail}" for step in report.steps if step.ok is False)


def put(*path: str | int, value: Any) -> Callable[[Any], None]:
    """Change one field of a predicate before it is signed."""

    def apply(statement: Any) -> None:
        at = statement["predicate"]
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = value

    return apply


D = "0" * 64
LIES: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "unknown kind": ("certificate", lambda one: one.update(predicateType="https://example.org/x/v1"), "predicateType"),
    "not in-toto": ("certificate", lambda one: one.update(_type="x"), "_type is not one of"),
    "unknown field": ("certificate", put("remark", value="x"), f"{CERTIFICATE}: the statement has 1 unknown field"),
    "missing field": ("certificate", lambda one: one["predicate"].pop("limits"), f"{CERTIFICATE}: limits is missing"),
    "malformed time": ("certificate", put("time", value="2026-02-30T00:00:00Z"), "time is not a time in UTC"),
    "malformed digest": ("certificate", put("proposal", "sha256", value="A" * 64), "proposal.sha256 is not a SHA-256"),
    "negative count": ("certificate", put("totals", "failed", value=-1), "totals.failed is not a count"),
    "boolean count": ("certificate", put("totals", "failed", value=True), "totals.failed is not a count"),
    "foreign subject": (
        "certificate",
        lambda one: one["subject"][0]["digest"].update(sha256=D),
        f"{CERTIFICATE}: its subject is not what it speaks of",
    ),
    "other log": ("certificate", put("log", "origin", value="elsewhere.example.org"), "made for another log"),
    "other index": ("certificate", put("log", "index", value=9), "it stands elsewhere in the log"),
    "other prior size": ("proposal", put("log", "prior", "size", value=1), "proposal.sigstore.json: it says it stands"),
    "other prior root": ("proposal", put("log", "prior", "root", value=D), "what it says of the log before it"),
    "no sequence": ("certificate", put("sequence", value=2), "only the first certificate"),
    "totals": ("certificate", put("totals", "destroyed", value=3), "its totals do not add up to the number of records"),
    "series": (
        "certificate",
        put("series", 0, "count", value=1),
        "its series do not add up to its total of action dest",
    ),
    "grades": ("certificate", put("evidence_grades", "B", value=1), "its grades of evidence do not add up"),
    "complete": ("certificate", put("status", value="complete"), "it calls itself complete"),
    "backwards": ("certificate", put("finished", value="2026-04-05T00:00:00Z"), "it finished before it started"),
    "no authority": ("certificate", put("authority", 0, "item", value="LAC-01"), "a series has no authority"),
    "other proposal": (
        "certificate",
        put("proposal", "sha256", value=D),
        "it is not the proposal the certificate names",
    ),
    "other approval": (
        "certificate",
        put("approvals", 0, "log_index", value=2),
        "the approvals it names are not those",
    ),
    "other approver": ("certificate", put("approvals", 0, "display_name", value="Z"), "the approvals it names are not"),
    "other start": ("certificate", put("run_started", "log_index", value=4), "it is not the start of disposal"),
    "other schedule": (
        "certificate",
        put("authority", 0, "digest", value=D),
        "a schedule the proposal did not rest on",
    ),
    "other outcome": ("certificate", put("outcome_manifest", "root", value=D), f"{OUTCOME}: its root is not the one"),
    "other outcome file": (
        "certificate",
        lambda one: (
            put("outcome_manifest", "file_sha256", value=D)(one),
            one["subject"][0]["digest"].update(sha256=D),
        ),
        f"{OUTCOME}: its SHA-256 is not the one the certificate states",
    ),
    "other proposed": (
        "proposal",
        put("manifest", "root", value=D),
        f"{PROPOSED}: its root is not the one the proposal",
    ),
    "other list": (
        "run_started",
        put("list_no", value="DL-2"),
        "run-started.sigstore.json: it is for another disposal",
    ),
    "run without approvals": ("run_started", put("approvals", value=[3]), "it rests on other approvals"),
    "run with other stages": ("run_started", put("quorum", "stages", value=["x"]), "it required other stages"),
    "run for another": (
        "run_started",
        lambda one: (put("proposal", "sha256", value=D)(one), one["subject"][0]["digest"].update(sha256=D)),
        "run-started.sigstore.json: it is for another proposal",
    ),
    "approval of another": (
        "approval_1",
        lambda one: (put("proposal", "sha256", value=D)(one), one["subject"][0]["digest"].update(sha256=D)),
        "approval-1.sigstore.json: it is for another proposal than proposal.sigstore.json",
    ),
    "same person": (
        "approval_2",
        put("approver", "person", value="p-ben"),
        "approval-2.sigstore.json: the same person",
    ),
    "gatherer": ("approval_2", put("approver", "person", value="p-ada"), "whoever gathered the list also approved it"),
    "late": ("approval_2", put("at", value="2026-06-01T00:00:00Z"), "it was given after the proposal had expired"),
    "wrong stage": ("approval_2", put("stage", value="caretaker"), "its stages are not all approved"),
    "refusal": ("approval_2", put("decision", value="refuse"), "decision is not one of approve"),
    "more stages": ("proposal", put("stages", value=["service-manager"]), "its stages are not all approved"),
    "later schedule": ("proposal", put("schedules", 0, "log_index", value=2), "a schedule that was adopted after it"),
    "proposal series": (
        "proposal",
        put("series", 0, "count", value=5),
        "proposal.sigstore.json: its series do not add",
    ),
    "series outgrown": (
        "proposal",
        put("series", value=[{"item": "EH-01", "action": "destroy", "count": 5, "earliest": None, "latest": None}]),
        "more of a series was disposed of than was proposed",
    ),
}


@pytest.mark.parametrize("case", LIES)
def test_a_signed_untruth_is_found(case: str, make: Callable[..., Any], tmp_path: Path) -> None:
    """A statement that is signed and logged and does not agree with the others fails, and the report says where."""
    event, lie, expected = LIES[case]
    made = make(**{event: lie})
    report = verify_certificate(made.write(tmp_path), made.trust)
    assert not report.ok
    assert expected in failures(report)
