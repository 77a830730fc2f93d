"""What each kind of statement says, built from plain values. No free text: nothing here may name a record or a subject.

Every builder takes the common fields first (:func:`common`) and adds its own. The people named are staff: who
gathered, who approved, who operates; no more of them than an auditor needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from retentiond.evidence.certificate import LIMITS, STATEMENT, destruction_certificate
from retentiond.evidence.key_certificate import (
    key_destruction_certificate,
    pseudonym_key_created,
    pseudonym_key_destruction_decided,
)
from retentiond.evidence.lint import lint
from retentiond.evidence.manifest import Manifest
from retentiond.evidence.parts import Fields, Row, common, hold_register, instant, manifest_fields, month, series

__all__ = [
    "LIMITS",
    "QUORUM_RULE",
    "STATEMENT",
    "Fields",
    "Row",
    "approval",
    "common",
    "destruction_certificate",
    "event_recorded",
    "hold_changed",
    "hold_register",
    "instant",
    "key_destruction_certificate",
    "lint",
    "manifest_fields",
    "month",
    "proposal",
    "pseudonym_key_created",
    "pseudonym_key_destruction_decided",
    "run_started",
    "schedule_adopted",
    "series",
]

QUORUM_RULE = "every stage, in order, by distinct people, none of whom gathered the list"


def schedule_adopted(
    base: Row,
    *,
    schedule: str,
    version: str,
    digest: str,
    mandate: Sequence[str],
    effective_from: date,
    adopted_by: Sequence[tuple[str, str]],
    replaces: str | None = None,
    retired: Sequence[str] = (),
) -> Fields:
    """Return the predicate for a schedule that came into force.

    Args:
        base: the common fields.
        schedule: its name.
        version: its version.
        digest: hex SHA-256 of its file.
        mandate: the laws and instruments its classes name.
        effective_from: since when it is in force, as it says itself.
        adopted_by: person id and display name of those who adopted it, the records manager first.
        replaces: hex digest of the version it takes the place of; None: it is the first of its name.
        retired: codes of the classes it retires.
    """
    return {
        **base,
        "schedule": schedule,
        "version": version,
        "digest": digest,
        "mandate": list(mandate),
        "effective_from": effective_from.isoformat(),
        "adopted_by": [{"person": person, "display_name": name} for person, name in adopted_by],
        "replaces": replaces,
        "retired": list(retired),
    }


def event_recorded(base: Row, *, number: str, change: str, name: str, scope_commitment: str, records: int) -> Fields:
    """Return the predicate for an event that a person entered, corrected or revoked.

    Args:
        base: the common fields.
        number: its number; opaque.
        change: ``recorded``, ``corrected`` or ``revoked``.
        name: what the schedule calls the event.
        scope_commitment: hex digest of a salted commitment to its date and its records, never either of them.
        records: how many records it is about.
    """
    return {
        **base,
        "event": number,
        "change": change,
        "name": name,
        "scope_commitment": scope_commitment,
        "records": records,
    }


def hold_changed(
    base: Row, *, hold: str, change: str, scope_commitment: str, register_digest: str, register_count: int
) -> Fields:
    """Return the predicate for a hold placed or lifted.

    Args:
        base: the common fields.
        hold: its number; opaque.
        change: ``placed`` or ``lifted``.
        scope_commitment: hex digest of a salted commitment to its scope, never the scope.
        register_digest: hex digest of the hold register afterwards.
        register_count: holds in force afterwards.
    """
    return {
        **base,
        "hold": hold,
        "change": change,
        "predicate_commitment": scope_commitment,
        "register": {"digest": register_digest, "count": register_count},
    }


def proposal(
    base: Row,
    *,
    list_no: str,
    revision: int = 1,
    manifest: Manifest,
    key_commitment: str,
    series: Sequence[Row],
    schedules: Sequence[Row],
    holds: Row,
    stages: Sequence[str],
    gathered_by: tuple[str, str],
    definitions: Sequence[Row] = (),
    expires: datetime | str | None = None,
) -> Fields:
    """Return the predicate for a disposal list put up for review.

    Args:
        base: the common fields.
        list_no: the list's number.
        revision: 1 for the list as gathered; each decision on a record makes the next.
        manifest: its proposal manifest.
        key_commitment: of the list's opening key.
        series: lines of :func:`series`; their counts add up to the manifest's size.
        schedules: rows of ``schedule``, ``version``, ``digest``, ``log_index`` (of its adoption, or None) and
            ``classes`` (rows of ``item``, ``mandate``): the ground on which each class of the list is disposed of.
        holds: a :func:`hold_register`.
        stages: roles that must approve, in order.
        gathered_by: person id and display name.
        definitions: rows of ``store``, ``digest``: the definition each store was read through.
        expires: last moment for approvals, if there is one.
    """
    person, name = gathered_by
    return {
        **base,
        "list_no": list_no,
        "revision": revision,
        "manifest": manifest_fields(manifest),
        "key_commitment": key_commitment,
        "series": list(series),
        "schedules": list(schedules),
        "definitions": list(definitions),
        "holds": dict(holds),
        "stages": list(stages),
        "gathered_by": {"person": person, "display_name": name},
        "expires": None if expires is None else instant(expires),
    }


def approval(
    base: Row, *, list_no: str, proposal_sha256: str, stage: str, approver: tuple[str, str], at: datetime | str
) -> Fields:
    """Return the predicate for one person's recorded approval of one stage.

    Args:
        base: the common fields.
        list_no: the list's number.
        proposal_sha256: hex digest of the proposal's exact payload bytes.
        stage: the role whose approval it is.
        approver: person id and display name.
        at: when the person approved.
    """
    person, name = approver
    return {
        **base,
        "list_no": list_no,
        "proposal": {"sha256": proposal_sha256},
        "stage": stage,
        "approver": {"person": person, "display_name": name, "role": stage},
        "decision": "approve",
        "at": instant(at),
        "assurance": "recorded-only",
    }


def run_started(
    base: Row,
    *,
    list_no: str,
    proposal_sha256: str,
    approvals: Sequence[int],
    stages: Sequence[str],
    holds: Row,
    deadline: datetime | str | None = None,
) -> Fields:
    """Return the predicate logged before any store is touched.

    Args:
        base: the common fields.
        list_no: the list's number.
        proposal_sha256: hex digest of the proposal's exact payload bytes.
        approvals: log indexes of the approvals, in order.
        stages: roles that had to approve, in order.
        holds: a :func:`hold_register`, evaluated anew.
        deadline: by when a certificate is due, if that is promised.
    """
    return {
        **base,
        "list_no": list_no,
        "proposal": {"sha256": proposal_sha256},
        "approvals": list(approvals),
        "quorum": {"rule": QUORUM_RULE, "stages": list(stages)},
        "holds": dict(holds),
        "deadline": None if deadline is None else instant(deadline),
    }
