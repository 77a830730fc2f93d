"""Certify: from receipts and what the independent read saw, one signed certificate, and no more than that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from retentiond.connectors.interface import CHUNK
from retentiond.domain.errors import DecisionRefused, EvidenceRefused, StoreUnavailable
from retentiond.domain.lists import FATES, OFF_THE_LIST, REWRITTEN, DisposalList, Document, Entry, ListState, Standing
from retentiond.domain.outcomes import Sight
from retentiond.domain.people import Person
from retentiond.domain.records import RecordRef
from retentiond.evidence import predicates
from retentiond.evidence.manifest import manifest
from retentiond.evidence.strict import JsonValue
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Certificate, StoredReceipt
from retentiond.lifecycle.anonymised import Anonymised
from retentiond.lifecycle.certificate_fields import Account, fields
from retentiond.lifecycle.committed import Accounted, accounted
from retentiond.lifecycle.dispose.run import FATE_OF
from retentiond.lifecycle.manifests import Frozen, read_back
from retentiond.lifecycle.own_words import own_words
from retentiond.lifecycle.proofs import are_approved, why_not_approved
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools, trust_clock

SEEN_AS = {
    Standing.DESTROYED: Sight.GONE,
    Standing.ANONYMISED: Sight.ANONYMISED,
    Standing.PSEUDONYMISED: Sight.PSEUDONYMISED,
    Standing.ALREADY_ABSENT: Sight.GONE,
}
"""What the independent read must have seen before a certificate may say it."""

DONE = frozenset({Standing.DESTROYED, *REWRITTEN})
_Sights: TypeAlias = Mapping[str, tuple[Sight, Mapping[str, int]]]
"""Order id to what the independent read saw, and what it counted."""
_DEEDS_SEEN = frozenset(SEEN_AS.values())
"""What only a deed leaves behind."""


def certify(tools: Tools, number: str, *, unseen: Person | None = None, reason: str = "") -> Certificate:
    """Issue the certificate of a list that was disposed of and verified, and erase the list's titles.

    Args:
        tools: the installation.
        number: the list.
        unseen: who decided not to wait any longer for what the independent read gave no clear answer about; all of
            that is counted as failed then. None: nobody, and the list waits.
        reason: why they decided so.

    What the independent read did not see gone is counted as failed, whatever the receipt says; and so is what a store
    says it left alone, where an order was sent and nothing is left.

    Raises:
        DecisionRefused: the list has not been disposed of, or has a certificate already.
        StoreUnavailable: a record has not been seen by the independent read, or the store gave it no clear answer.
        EvidenceRefused: the certificate would name a record, or its totals do not add up; nothing was issued.
    """
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        listed = tx.lists.get(number)
        if listed.state is not ListState.DISPOSED:
            raise DecisionRefused.about(
                number, f"it is {listed.state.spoken}, and only what was disposed of is certified"
            )
        frozen = read_back(tools, tx, listed)
        if frozen is None:
            raise EvidenceRefused.about(number, *why_not_approved(tools, tx, number))
        if not are_approved(tools, tx, listed):
            raise EvidenceRefused.about(number, "an approval of it has no signed event behind it")
        account = _account(tx, listed, frozen, waits=unseen is None)
        _record_unseen(tx, number, now, unseen, {"reason": reason, "unseen": len(account.unseen)})
        _mind_plans(tools, number, account, frozen)
        fates = sum(account.totals[one] for one in FATES)
        if not fates == account.totals.total() == len(frozen.lines):
            raise EvidenceRefused.about(
                number,
                f"{fates} of {account.totals.total()} records have a fate and {len(frozen.lines)} were approved",
                "keep this ledger as it is and run 'retentiond verify'",
            )
        outcome = manifest(account.lines)
        sequence = tx.certificates.next_sequence()
        certificate_no = f"DC-{now.year}-{sequence:04d}"
        predicate = fields(tools, tx, listed, account, outcome, certificate_no=certificate_no, sequence=sequence)
        recorded = record(
            tools,
            tx,
            "destruction-certificate",
            predicate,
            subjects=[(f"{certificate_no}/manifest-outcome", outcome.root)],
            list_number=number,
        )
        named = predicates.lint(recorded.payload, account.forbidden, own_words(tools, listed, account))
        if named:
            raise EvidenceRefused.about(number, "the certificate would name a record", "; ".join(named))
        envelope = tx.events.get(recorded.seq).envelope or b""
        certificate = Certificate(
            certificate_no, sequence, number, now, recorded.payload, envelope, recorded.seq, recorded.log_index
        )
        tx.certificates.add(certificate)
        _mark_untrue(tx, number, account)
        tx.lists.close_as_certified(number, outcome.text)
        tx.lists.erase_titles(number)
    tools.passing("certified")
    return certificate


def _account(tx: Transaction, listed: DisposalList, frozen: Frozen, *, waits: bool) -> Account:
    account = Account(frozen.authority)
    sights = {order: (sight, checked) for order, sight, checked in tx.lists.sightings(listed.number)}
    graded = {one.order: one for one in _receipts(tx, listed.number)}
    for page in _on_manifest(tx, listed.number):
        told: list[Accounted] = []
        for entry in page:
            _mind_receipt(listed.number, entry, graded.get(entry.order))
            fate, checked = _seen(entry, sights, account, waits=waits)
            if fate is not entry.standing:
                account.untrue.setdefault(entry.standing, []).append(entry.ref)
            grade = graded[entry.order].grade if entry.order in graded and fate in DONE else None
            told.append((entry, fate, grade, tuple(checked.items())))
            account.totals[fate] += 1
            _tell_sight(entry, sights, account)
            account.classes.add(entry.record_class)
            account.stores.add(entry.ref.store)
            account.forbidden.update((entry.reference, entry.ref.key))
            if grade:
                account.grades[grade.value] += 1
            if fate in REWRITTEN:
                rewritten = account.anonymised if fate is Standing.ANONYMISED else account.pseudonymised
                kind = rewritten.setdefault((entry.ref.store, entry.ref.kind), Anonymised())
                kind.take(checked, graded[entry.order].evidence if entry.order in graded else {})
            if fate in DONE:
                account.disposed.append(entry)
                account.recipients.update(entry.recipients)
        account.lines += accounted(told, frozen.key)
    for document in _documents(tx, listed.number):
        if not document.order:
            continue  # its record was taken off the list before it was approved
        _mind_receipt(listed.number, document, graded.get(document.order))
        fate, _ = _seen(document, sights, account, waits=waits)
        if fate is not document.standing:
            account.untrue_documents.setdefault(document.standing, []).append(document.ref)
        account.documents[fate] += 1
        _tell_sight(document, sights, account)
        account.stores.add(document.ref.store)
        account.forbidden.add(document.ref.key)
    return account


def _mind_plans(tools: Tools, number: str, account: Account, frozen: Frozen) -> None:
    """Refuse to name keys and columns by another definition than the one the records were pseudonymised through."""
    for store, _ in account.pseudonymised:
        if tools.definition(store).digest != frozen.definitions.get(store):
            raise EvidenceRefused.about(
                number,
                f"its records were pseudonymised through another definition of '{store}' than the one there is now",
                "put that definition back, have the list certified, and change it then",
            )


def _mind_receipt(number: str, thing: Entry | Document, receipt: StoredReceipt | None) -> None:
    """Refuse where the ledger's append-only receipts tell of another fate than its tables do."""
    told = FATE_OF[receipt.outcome] if receipt else None
    if told is not thing.standing and (told or thing.standing in DONE):
        raise EvidenceRefused.about(
            number,
            f"order {thing.order} stands as {thing.standing.value}, and its receipt does not say so",
            "keep this ledger as it is and run 'retentiond verify'",
        )


def _tell_sight(thing: Entry | Document, sights: _Sights, account: Account) -> None:
    """Count what the independent read saw of what is claimed to be gone: that is told."""
    if thing.standing in SEEN_AS and thing.order in sights:
        account.sights.setdefault(thing.ref.store, Counter())[sights[thing.order][0]] += 1


def _seen(
    thing: Entry | Document, sights: _Sights, account: Account, *, waits: bool
) -> tuple[Standing, Mapping[str, int]]:
    """Return what may be said of a record: its receipt's word only where the independent read agrees."""
    wanted = SEEN_AS.get(thing.standing)
    sight, checked = sights.get(thing.order, (Sight.INCONCLUSIVE, {}))
    if wanted is None:
        # An order was sent, its store says it left the record alone, and what that order would have left is there.
        return (Standing.FAILED if sight in _DEEDS_SEEN else thing.standing), {}
    if sight is Sight.INCONCLUSIVE and waits:
        remedy = "verify the list again; if it stays so, 'retentiond certificate issue' counts it as failed"
        raise StoreUnavailable.about(f"order {thing.order}", "the independent read gave no clear answer for it", remedy)
    if sight is Sight.INCONCLUSIVE:
        account.unseen.add(thing.ref)
    return (thing.standing if sight is wanted else Standing.FAILED), checked


def _record_unseen(
    tx: Transaction, number: str, now: datetime, person: Person | None, body: Mapping[str, JsonValue]
) -> None:
    if person is not None:
        tx.events.append("unseen-counted-as-failed", now, actor=person.id, list_number=number, body=body)


def _mark_untrue(tx: Transaction, number: str, account: Account) -> None:
    """Let what the certificate counts as failed stand so in the ledger's tables as well, with the reason."""
    for standing, refs in account.untrue.items():
        for note, some in _noted(standing, refs, account):
            tx.lists.mark(number, Standing.FAILED, some, expected={standing}, note=note)
    for standing, refs in account.untrue_documents.items():
        for note, some in _noted(standing, refs, account):
            tx.lists.mark_documents(number, some, expected=standing, note=note)


def _noted(standing: Standing, refs: Sequence[RecordRef], account: Account) -> Iterator[tuple[str, list[RecordRef]]]:
    """Yield why records or documents are failures whose receipts tell of another fate, and which ones."""
    yield (
        "the independent read gave no clear answer, and a person decided not to wait",
        [one for one in refs if one in account.unseen],
    )
    alone = "its store says it left it alone, and the independent read found that it did not"
    note = "the independent read still saw it" if standing in SEEN_AS else alone
    yield note, [one for one in refs if one not in account.unseen]


def _on_manifest(tx: Transaction, number: str) -> Iterator[Sequence[Entry]]:
    after: RecordRef | None = None
    while page := tx.lists.entries(number, set(Standing) - OFF_THE_LIST, after=after, limit=CHUNK):
        yield page
        after = page[-1].ref


def _documents(tx: Transaction, number: str) -> Iterator[Document]:
    after: RecordRef | None = None
    while page := tx.lists.documents(number, after=after, limit=CHUNK):
        yield from page
        after = page[-1].ref


def _receipts(tx: Transaction, number: str) -> Iterator[StoredReceipt]:
    after = ""
    while page := tx.lists.receipts(number, after=after, limit=CHUNK):
        yield from page
        after = page[-1].order
