"""The fields of every kind of statement, version 1. What is not named here is refused, when signing and when verifying.

Fields that are optional belong to proofs a statement may carry beyond the least (keys of approvers, renderers of the
printed form, software digests); a reader of version 1 knows them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.key_certificate import TECHNIQUES
from retentiond.evidence.manifest import ALGORITHM
from retentiond.evidence.shapes import (
    Shape,
    anything,
    count,
    day,
    digest,
    fields,
    list_of,
    month,
    one_of,
    or_null,
    text,
    time,
)
from retentiond.evidence.strict import parse_object

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://retentiond.org/{kind}/v1"
"""The one place that names our predicate types."""

TOTALS = (
    "destroyed",
    "anonymised",
    "already_absent",
    "skipped_held",
    "skipped_changed",
    "skipped_not_due",
    "failed",
)
"""How an approved record can end; a certificate counts each, and those pseudonymised where there are any."""

_COMMON = {
    "log": fields({"origin": text, "index": count, "prior": fields({"size": count, "root": digest})}),
    "time": time,
    "software": fields({"name": text, "version": text}, {"digest": digest}),
    "operator": fields({"display_name": text, "role": text}, {"key_id": text}),
}
_ALSO_COMMON = {"config": fields({"digest": digest}), "host": text}
_MANIFEST = fields({"alg": one_of(ALGORITHM), "size": count, "root": digest, "file_sha256": digest})
_SERIES = list_of(
    fields(
        {
            "item": text,
            "action": one_of("destroy", "anonymise", "pseudonymise"),
            "count": count,
            "earliest": or_null(month),
            "latest": or_null(month),
        },
        {"bytes": or_null(count)},
    )
)
_REGISTER = {"register_digest": digest, "count": count}
_REWRITTEN = {
    "store": text,
    "kind": text,
    "linked_rows_still_named": count,
    "read_back_only": list_of(text),
    "groups": list_of(
        fields(
            {
                "table": text,
                "quasi_identifiers": list_of(text),
                "k": count,
                "groups": count,
                "smallest_group": count,
                "blank_rows": count,
                "suppressed_rows": count,
            }
        )
    ),
}
_KEY = {"name": text, "fingerprint": digest}


def _kind(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    return fields({**_COMMON, **required}, {**_ALSO_COMMON, **(optional or {})})


PREDICATES: Mapping[str, Shape] = {
    "schedule-adopted": _kind(
        {
            "schedule": text,
            "version": text,
            "digest": digest,
            "mandate": list_of(text),
            "effective_from": day,
            "adopted_by": list_of(fields({"person": text, "display_name": text}), least=1),
            "replaces": or_null(digest),
            "retired": list_of(text),
        }
    ),
    "event-recorded": _kind(
        {
            "event": text,
            "change": one_of("recorded", "corrected", "revoked"),
            "name": text,
            "scope_commitment": digest,
            "records": count,
        }
    ),
    "hold-changed": _kind(
        {
            "hold": text,
            "change": one_of("placed", "lifted"),
            "predicate_commitment": digest,
            "register": fields({"digest": digest, "count": count}),
        }
    ),
    "proposal": _kind(
        {
            "list_no": text,
            "revision": count,
            "manifest": _MANIFEST,
            "key_commitment": digest,
            "series": _SERIES,
            "schedules": list_of(
                fields(
                    {"schedule": text, "version": text, "digest": digest, "log_index": or_null(count)},
                    {"classes": list_of(fields({"item": text, "mandate": list_of(text)}))},
                ),
                least=1,
            ),
            "definitions": list_of(fields({"store": text, "digest": digest})),
            "holds": fields({**_REGISTER, "evaluated_at": time, "last_change_log_index": or_null(count)}),
            "stages": list_of(text, least=1),
            "gathered_by": fields({"person": text, "display_name": text}),
            "expires": or_null(time),
        }
    ),
    "approval": _kind(
        {
            "list_no": text,
            "proposal": fields({"sha256": digest}),
            "stage": text,
            "approver": fields({"person": text, "display_name": text, "role": text}, {"key_fingerprint": text}),
            "decision": one_of("approve"),
            "at": time,
            "assurance": one_of("recorded-only", "sshsig", "webauthn"),
        },
        {"signature": text, "signers": fields({"digest": digest, "log_index": count})},
    ),
    "run-started": _kind(
        {
            "list_no": text,
            "proposal": fields({"sha256": digest}),
            "approvals": list_of(count, least=1),
            "quorum": fields({"rule": text, "stages": list_of(text, least=1)}),
            "holds": fields({**_REGISTER, "evaluated_at": time, "last_change_log_index": or_null(count)}),
            "deadline": or_null(time),
        }
    ),
    "pseudonym-key-created": _kind({"key": fields(_KEY), "created_by": fields({"person": text, "display_name": text})}),
    "pseudonym-key-destruction-decided": _kind(
        {
            "key": fields(_KEY),
            "decided_by": list_of(fields({"person": text, "display_name": text}), least=2),
        }
    ),
    "key-destruction-certificate": _kind(
        {
            "certificate_no": text,
            "sequence": count,
            "organisation": text,
            "unit": text,
            "key": fields(_KEY),
            "created": fields({"at": time, "log_index": count}),
            "decided_by": list_of(fields({"person": text, "display_name": text, "role": text}), least=2),
            "decided_at": time,
            "destroyed_at": time,
            "method": fields({"technique": one_of(*TECHNIQUES), "file_afterwards": one_of("none")}),
            "pseudonymised": list_of(
                fields({"certificate_no": text, "sha256": digest, "log_index": count, "records": count})
            ),
            "residual_copies": list_of(fields({"class": text, "gone_by": or_null(day)})),
            "statement": text,
            "limits": list_of(text, least=1),
        }
    ),
    "destruction-certificate": _kind(
        {
            "certificate_no": text,
            "sequence": count,
            "previous_certificate": fields({"sha256": or_null(digest)}),
            "organisation": text,
            "unit": text,
            "list_no": text,
            "proposal": fields({"sha256": digest}),
            "run_started": fields({"log_index": count}),
            "approvals": list_of(
                fields({"log_index": count, "stage": text, "display_name": text, "at": time}), least=1
            ),
            "authority": list_of(
                fields({"schedule": text, "version": text, "digest": digest, "item": text, "mandate": list_of(text)}),
                least=1,
            ),
            "series": _SERIES,
            "outcome_manifest": _MANIFEST,
            "totals": fields(dict.fromkeys(TOTALS, count), {"pseudonymised": count}),
            "documents_destroyed": count,
            "status": one_of("complete", "complete_with_exceptions", "partial"),
            "evidence_grades": fields({"A": count, "B": count}),
            "methods": list_of(
                fields(
                    {"store": text, "location": text, "technique": text, "tool": text, "version": text},
                    {"category": text},
                )
            ),
            "started": time,
            "finished": time,
            "holds": fields({**_REGISTER, "evaluated_at": list_of(time, least=1)}, {"last_change_log_index": count}),
            "verification": list_of(
                fields(
                    {
                        "store": text,
                        "method": text,
                        "checked": count,
                        "still_present": count,
                        "inconclusive": count,
                        "finished": time,
                    },
                    {"credential_id": text, "delay_s": count, "evidence_sha256": digest},
                )
            ),
            "residual_copies": list_of(
                fields({"store": text, "class": text, "gone_by": or_null(day)}, {"id": text, "basis": text})
            ),
            "statement": text,
            "limits": list_of(text, least=1),
        },
        {
            "record_owner": text,
            "anonymisation": list_of(fields(_REWRITTEN)),
            "pseudonymisation": list_of(
                fields(
                    {
                        **_REWRITTEN,
                        "records": count,
                        "keys": list_of(fields({**_KEY, "columns": list_of(text, least=1)}), least=1),
                    }
                )
            ),
            "recipients_to_notify": list_of(fields({"name": text, "count": count})),
            "exceptions": list_of(fields({"reason": text, "count": count})),
            "renderer": fields({"typst": text, "template_digest": digest, "timestamp": time}),
        },
    ),
}
"""Kind of statement to the shape of its predicate."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that was read and found to have exactly the fields of its kind."""

    kind: str
    subjects: tuple[tuple[str, str], ...]
    """Name and hex SHA-256 of each thing it is about."""
    predicate: Mapping[str, Any]


def faults_of(kind: str, predicate: object) -> list[str]:
    """Return what is wrong with a predicate of this kind; empty is good."""
    shape = PREDICATES.get(kind)
    return list(shape(predicate, "")) if shape else ["its kind is unknown to this version"]


_ENVELOPE = fields(
    {
        "_type": one_of(STATEMENT_TYPE),
        "subject": list_of(fields({"name": text, "digest": fields({"sha256": digest})}), least=1),
        "predicateType": one_of(*(PREDICATE_TYPE.format(kind=kind) for kind in PREDICATES)),
        "predicate": anything,
    }
)


def read_statement(payload: bytes, place: str) -> Statement:
    """Read a statement and hold it against the fields of its kind.

    Args:
        payload: the exact bytes that were signed.
        place: what to call them in a refusal.

    Raises:
        EvidenceRefused: not strict JSON, not an in-toto Statement v1, of an unknown kind, or a field missing, unknown
            or malformed; all faults at once.
    """
    found = parse_object(payload, place)
    faults = list(_ENVELOPE(found, ""))
    if not faults:
        kind = next(one for one in PREDICATES if PREDICATE_TYPE.format(kind=one) == found["predicateType"])
        faults = faults_of(kind, found["predicate"])
        if not faults:
            subjects = tuple((one["name"], one["digest"]["sha256"]) for one in found["subject"])
            return Statement(kind, subjects, found["predicate"])
    raise EvidenceRefused.about(
        place, "; ".join(faults), "it was made by another version, or is no statement of retentiond"
    )
