"""What a certificate of destruction says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from retentiond.evidence.manifest import Manifest
from retentiond.evidence.parts import Fields, Row, instant, manifest_fields

STATEMENT = (
    "The organisation states that the records committed to in the outcome manifest and counted here as destroyed or "
    "anonymised were disposed of under the authority, the approvals and by the methods given, and that an independent "
    "read of each store afterwards found what is given under verification."
)
PSEUDONYMISED_STATEMENT = STATEMENT.replace("destroyed or anonymised", "destroyed, anonymised or pseudonymised")
"""What is asserted where records were pseudonymised."""
PSEUDONYMISED_LIMITS = (
    "Pseudonymised records are personal data still, for as long as their key or a copy of it exists.",
    "That pseudonyms are those of the values before them was read back before the store committed; later nobody can.",
    "Where pseudonyms stand the independent read saw 64 hexadecimal digits, or nothing.",
)
"""What a certificate does not show of records that were pseudonymised."""
LIMITS = (
    "Destroyed means logically deleted at the store's interface.",
    "Remnants in free pages, write-ahead logs, replicas, snapshots and storage media are not covered.",
    "Backups are not covered before the dates given under residual copies.",
    "Approvals were recorded by the operator's software; they are not signatures by the approvers' own keys.",
    "The log orders events; the dates in it are the operator's own statement, witnessed by nobody else.",
    "Anonymised means: columns hold no more than the definition allows; what others may join to them is not covered.",
    "Copies and records outside the connected stores, and deletions made without this software, are not covered.",
)


def destruction_certificate(
    base: Row,
    *,
    certificate_no: str,
    sequence: int,
    previous_sha256: str | None,
    organisation: str,
    unit: str,
    list_no: str,
    proposal_sha256: str,
    run_started_log_index: int,
    approvals: Sequence[Row],
    authority: Sequence[Row],
    series: Sequence[Row],
    outcome: Manifest,
    totals: Mapping[str, int],
    documents_destroyed: int,
    status: str,
    evidence_grades: Mapping[str, int],
    methods: Sequence[Row],
    started: datetime | str,
    finished: datetime | str,
    holds_evaluated_at: Sequence[datetime | str],
    holds_register_digest: str,
    holds_count: int,
    verification: Sequence[Row],
    residual_copies: Sequence[Row],
    anonymisation: Sequence[Row] = (),
    pseudonymisation: Sequence[Row] = (),
    recipients_to_notify: Sequence[Row] = (),
    statement: str = STATEMENT,
    limits: Sequence[str] = LIMITS,
) -> Fields:
    """Return the predicate of a certificate of destruction.

    Args:
        base: the common fields.
        certificate_no: its number, also the name of its file.
        sequence: 1 for an installation's first, and no gap after it.
        previous_sha256: hex digest of the previous certificate's payload bytes; None for the first.
        organisation: whose records they were.
        unit: of the organisation.
        list_no: the disposal list's number.
        proposal_sha256: hex digest of the proposal's exact payload bytes.
        run_started_log_index: where the log says that disposal began.
        approvals: rows of ``log_index``, ``stage``, ``display_name``, ``at``, in order.
        authority: rows of ``schedule``, ``version``, ``digest``, ``item``, ``mandate`` (a list): the ground.
        series: lines of :func:`retentiond.evidence.parts.series`. Those of each action add up to its total.
        outcome: the outcome manifest: every record of the proposal, whatever became of it.
        totals: how each record of the proposal ended (:data:`retentiond.evidence.schema.TOTALS`).
        documents_destroyed: parts in other stores that went along; not records, not in the totals.
        status: ``complete`` (none skipped, failed, or still seen), ``complete_with_exceptions`` or ``partial``.
        evidence_grades: records disposed of by grade of evidence, ``A`` and ``B``; they add up likewise.
        methods: rows of ``store``, ``location``, ``technique``, ``tool``, ``version``. A logical deletion must not
            claim to be a Clear or Purge of NIST SP 800-88.
        started: first order.
        finished: last receipt.
        holds_evaluated_at: every moment holds were evaluated: at proposal, at approval, at disposal.
        holds_register_digest: hex digest of the register at disposal.
        holds_count: holds in force then.
        verification: rows of ``store``, ``method``, ``checked``, ``still_present``, ``inconclusive``, ``finished``:
            what the independent read saw.
        residual_copies: rows of ``store``, ``class`` (``backup``), ``gone_by`` (a date, or None where unknown).
        anonymisation: rows of ``store``, ``kind``, ``linked_rows_still_named`` (shared rows that the anonymised records
            lead to), ``read_back_only`` (columns, behind their tables, whose shifted dates were read back in the
            transaction only) and ``groups``: for each table with quasi-identifiers ``table``, ``quasi_identifiers``
            (names of columns), ``k``, ``groups``, ``smallest_group`` (records that have a row in it), ``blank_rows``
            (in no group) as the independent read found them, and ``suppressed_rows`` as the receipts say.
        pseudonymisation: the same of records that were pseudonymised, with ``records`` and ``keys``: rows of ``name``,
            ``fingerprint`` and ``columns``, behind their tables, that hold pseudonyms under it.
        recipients_to_notify: rows of ``name``, ``count``: organisations, never people (UK GDPR Art 19).
        statement: fixed wording: what is asserted.
        limits: fixed wording: what this certificate does not show.
    """
    found: Fields = {
        **base,
        "certificate_no": certificate_no,
        "sequence": sequence,
        "previous_certificate": {"sha256": previous_sha256},
        "organisation": organisation,
        "unit": unit,
        "list_no": list_no,
        "proposal": {"sha256": proposal_sha256},
        "run_started": {"log_index": run_started_log_index},
        "approvals": list(approvals),
        "authority": list(authority),
        "series": list(series),
        "outcome_manifest": manifest_fields(outcome),
        "totals": dict(totals),
        "documents_destroyed": documents_destroyed,
        "status": status,
        "evidence_grades": dict(evidence_grades),
        "methods": list(methods),
        "started": instant(started),
        "finished": instant(finished),
        "holds": {
            "evaluated_at": [instant(one) for one in holds_evaluated_at],
            "register_digest": holds_register_digest,
            "count": holds_count,
        },
        "verification": list(verification),
        "residual_copies": list(residual_copies),
        "statement": statement,
        "limits": list(limits),
    }
    optional = {"anonymisation": list(anonymisation), "pseudonymisation": list(pseudonymisation)}
    optional |= {"recipients_to_notify": list(recipients_to_notify)}
    return found | {name: rows for name, rows in optional.items() if rows}
