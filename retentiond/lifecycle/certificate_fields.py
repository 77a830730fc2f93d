"""What a certificate of destruction says, put together from the account of a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from retentiond import __version__
from retentiond.domain.errors import EvidenceRefused
from retentiond.domain.lists import FATES, REWRITTEN, DisposalList, Entry, Standing
from retentiond.domain.outcomes import Sight
from retentiond.domain.periods import add
from retentiond.domain.records import RecordRef
from retentiond.evidence import predicates
from retentiond.evidence.certificate import PSEUDONYMISED_LIMITS, PSEUDONYMISED_STATEMENT
from retentiond.evidence.manifest import Manifest
from retentiond.evidence.parts import Fields
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.anonymised import Anonymised, anonymisation, pseudonymisation
from retentiond.lifecycle.manifests import series
from retentiond.lifecycle.tools import Tools

METHOD = "another connection, other queries, every mapped table and version"
"""How the independent read looks, as a certificate says it."""
TECHNIQUES = ("version-purge", "logical-delete")
STATUSES = ("complete", "complete_with_exceptions", "partial")


@dataclass(slots=True)
class Account:
    """What became of every record of a list, gathered page by page."""

    authority: Mapping[str, Fields]
    """Class to the ground on which its disposal was approved."""
    lines: list[bytes] = field(default_factory=list)
    """Of the outcome manifest, raw."""
    totals: Counter[Standing] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    disposed: list[Entry] = field(default_factory=list)
    """The entries that were destroyed or rewritten."""
    classes: set[str] = field(default_factory=set)
    sights: dict[str, Counter[Sight]] = field(default_factory=dict)
    """By store, what the independent read saw of records and documents that are claimed to be gone."""
    documents: Counter[Standing] = field(default_factory=Counter)
    stores: set[str] = field(default_factory=set)
    recipients: Counter[str] = field(default_factory=Counter)
    anonymised: dict[tuple[str, str], Anonymised] = field(default_factory=dict)
    """Store and kind to what is told of its anonymised records."""
    pseudonymised: dict[tuple[str, str], Anonymised] = field(default_factory=dict)
    """The same of its pseudonymised records."""
    untrue: dict[Standing, list[RecordRef]] = field(default_factory=dict)
    """Records whose receipts say what the independent read contradicts, by what they say."""
    untrue_documents: dict[Standing, list[RecordRef]] = field(default_factory=dict)
    """The same of documents."""
    unseen: set[RecordRef] = field(default_factory=set)
    """Records and documents that the independent read gave no clear answer about."""
    forbidden: set[str] = field(default_factory=set)
    """References and keys that may not occur in the certificate."""


def fields(
    tools: Tools,
    tx: Transaction,
    listed: DisposalList,
    account: Account,
    outcome: Manifest,
    *,
    certificate_no: str,
    sequence: int,
) -> Callable[[Fields], Fields]:
    """Return what makes the certificate's statement out of the common fields (``destruction-certificate/v1``).

    Raises:
        EvidenceRefused: the log does not hold the start of the run.
    """
    previous = tx.certificates.latest()
    events = tx.events.of_list(listed.number)
    started = next((one for one in events if one.kind == "run-started"), None)
    approvals = tx.lists.approval_events(listed.number)
    judged = [one.at for one in events if one.kind in ("proposal", "approval", "run-started")]
    started_index = tx.log.index_of_event(started.seq) if started else None
    if started is None or started_index is None:
        raise EvidenceRefused.about(listed.number, "the log does not hold the start of its run")
    return lambda base: predicates.destruction_certificate(
        base,
        certificate_no=certificate_no,
        sequence=sequence,
        previous_sha256=sha256(previous.payload).hexdigest() if previous else None,
        organisation=tools.settings.organisation,
        unit=tools.settings.unit,
        list_no=listed.number,
        proposal_sha256=listed.digest,
        run_started_log_index=started_index,
        approvals=[
            {
                "log_index": tx.log.index_of_event(seq),
                "stage": one.stage,
                "display_name": tools.name_of(one.person),
                "at": one.at,
            }
            for one, seq in zip(listed.approvals, approvals, strict=True)
        ],
        authority=[account.authority[code] for code in sorted(account.classes)],
        series=series(account.disposed),
        outcome=outcome,
        totals=_totals(account),
        documents_destroyed=account.documents[Standing.DESTROYED],
        status=_status(account),
        evidence_grades={"A": account.grades["A"], "B": account.grades["B"]},
        methods=[_method(tools, store) for store in sorted(account.stores)],
        started=started.at,
        finished=tools.clock(),
        holds_evaluated_at=judged,
        holds_register_digest=tx.holds.register_digest(),
        holds_count=len(tx.holds.active()),
        verification=_verification(tools, account),
        residual_copies=[_residual(tools, store) for store in sorted(account.stores)],
        anonymisation=list(anonymisation(tools, account.anonymised)),
        pseudonymisation=list(pseudonymisation(tools, tx, account.pseudonymised)),
        statement=PSEUDONYMISED_STATEMENT if account.totals[Standing.PSEUDONYMISED] else predicates.STATEMENT,
        limits=(*predicates.LIMITS, *(PSEUDONYMISED_LIMITS if account.totals[Standing.PSEUDONYMISED] else ())),
        recipients_to_notify=[{"name": name, "count": count} for name, count in sorted(account.recipients.items())],
    )


def _totals(account: Account) -> dict[str, int]:
    """Count each fate; pseudonymised records only where there are any, as certificates before them do not."""
    told = sorted(FATES if account.totals[Standing.PSEUDONYMISED] else FATES - {Standing.PSEUDONYMISED})
    return {standing.value.replace("-", "_"): account.totals[standing] for standing in told}


def _status(account: Account) -> str:
    """Return ``complete``, or how it falls short: something failed or is still seen, or was rightly left alone."""
    if account.totals[Standing.FAILED] or account.documents[Standing.FAILED]:
        return STATUSES[2]
    done = account.totals[Standing.DESTROYED] + sum(account.totals[one] for one in REWRITTEN)
    whole = done == account.totals.total() and not account.documents.keys() - {Standing.DESTROYED}
    return STATUSES[0] if whole else STATUSES[1]


def _method(tools: Tools, store: str) -> Fields:
    definition = tools.definition(store)
    purge, delete = TECHNIQUES
    technique = purge if definition.kind in ("s3", "azure-blob") else delete
    return {
        "store": store,
        "location": definition.location,
        "technique": technique,
        "tool": "retentiond",
        "version": __version__,
    }


def _verification(tools: Tools, account: Account) -> list[Fields]:
    """Tell what the independent read saw, store by store."""
    return [
        {
            "store": store,
            "method": METHOD,
            "checked": counts.total(),
            "still_present": counts[Sight.PRESENT],
            "inconclusive": counts[Sight.INCONCLUSIVE],
            "finished": predicates.instant(tools.clock()),
        }
        for store, counts in sorted(account.sights.items())
    ]


def _residual(tools: Tools, store: str) -> Fields:
    """Say when the last backup that may hold a copy is gone; None where nobody has said."""
    period = tools.definition(store).backups_expire_after
    gone_by = add(tools.today(), period).isoformat() if period else None
    return {"store": store, "class": "backup", "gone_by": gone_by}
