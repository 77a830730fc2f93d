"""The end of a pseudonym key: decided by two people, then done, then certified; taken up again wherever it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from retentiond.connectors.interface import CHUNK
from retentiond.domain.errors import ConfigurationRefused, DecisionRefused, EvidenceRefused, Fault
from retentiond.domain.lists import OPEN_STATES, ListState
from retentiond.domain.people import RECORDS_MANAGER, Person, why_not_destroy_key, why_not_destroy_key_with
from retentiond.domain.pseudonyms import fingerprint
from retentiond.domain.records import RecordRef
from retentiond.evidence import predicates
from retentiond.evidence.dsse import parse_envelope
from retentiond.evidence.key_certificate import OVERWRITTEN
from retentiond.evidence.parts import Fields
from retentiond.evidence.pseudonym_keys import erase_pseudonym_key, is_overwritten, place_of, read_pseudonym_key
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import KeyCertificate, PseudonymKey
from retentiond.lifecycle.manifests import read_back
from retentiond.lifecycle.own_words import own_words_of_key, roles_of
from retentiond.lifecycle.pseudonym_keys import Use, copies_gone_by, folder_of, found_key, is_decided, uses_of
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools, trust_clock


def destroy_key(
    tools: Tools,
    person: Person,
    name: str,
    *,
    together_with: Sequence[Person],
    reason: str,
    copies_gone_by: date | None = None,
) -> KeyCertificate:
    """Destroy a key for good and certify it: the decision first, then the deed, then the certificate.

    Interrupted anywhere after the decision, the same call or :func:`finish_destructions` goes on where it stopped.

    Args:
        tools: the installation.
        person: who decides; a records manager.
        name: the key's.
        together_with: who decides with them; one other person at least.
        reason: why, in a person's words; it stays in the ledger and is in no signed statement.
        copies_gone_by: when the last backup with a copy of it is gone; None: nobody has said.

    Raises:
        NotFound: there never was such a key.
        DecisionRefused: a person may not, the key was destroyed before, an open list needs it, or its file is not the
            key the ledger knows. Nothing was done.
        ConfigurationRefused: its file could not be destroyed; it is taken up again.
        EvidenceRefused: the certificate would name a record; it is taken up again.
    """
    place = f"pseudonym key {name}"
    _mind_people(place, person, together_with)
    ids = list(dict.fromkeys(one.id for one in (person, *together_with)))
    if not reason.strip():
        raise DecisionRefused.about(place, "destroying a key needs a reason", "give one with --reason")
    with tools.ledger.transaction() as tx:
        known = found_key(tx, name)
        if known.certificate is not None:
            raise DecisionRefused.about(place, f"it was destroyed: certificate {known.certificate}", "")
        if known.begun_at is None:
            _mind_open_lists(tools, tx, name)
            _mind_file(tools, known)
            now = trust_clock(tools, tx)
            _mind_day(place, copies_gone_by, now.date())
            seq = _decided(tools, tx, known, [person, *together_with])
            tx.pseudonym_keys.begin_destruction(name, now, ids, reason.strip(), copies_gone_by, seq)
    tools.passing("key-destruction-decided")
    return _finished(tools, name, by=person)


def finish_destructions(tools: Tools) -> tuple[KeyCertificate, ...]:
    """Go on with every destruction that was decided and has no certificate yet.

    Raises:
        RetentiondError: some could not be ended, and why; all others were.
    """
    with tools.ledger.transaction() as tx:
        begun = [one.name for one in tx.pseudonym_keys.all() if one.begun_at is not None and one.certificate is None]
    ended: list[KeyCertificate] = []
    faults: list[Fault] = []
    for name in begun:
        try:
            ended.append(_finished(tools, name, by=None))
        except (ConfigurationRefused, DecisionRefused, EvidenceRefused) as refusal:
            faults.extend(refusal.faults)
    if faults:
        raise DecisionRefused(*faults)
    return tuple(ended)


def _mind_people(place: str, person: Person, together_with: Sequence[Person]) -> None:
    faults = [Fault(place, refused, "ask a records manager") for refused in [why_not_destroy_key(person)] if refused]
    others = {one.id for one in together_with} - {person.id}
    if not others:
        said = "destroying a key is decided by two people, and one is named"
        faults.append(Fault(place, said, "name the other with --with"))
    for one in together_with:
        refused = why_not_destroy_key_with(one)
        if refused:
            faults.append(Fault(place, refused, "name somebody else"))
    if faults:
        raise DecisionRefused(*faults)


def _decided(tools: Tools, tx: Transaction, known: PseudonymKey, people: Sequence[Person]) -> int:
    """Sign and log that people decided it; return the event that says so."""
    decided = list({one.id: (one.id, one.name) for one in people}.values())

    def said(base: Fields) -> Fields:
        return predicates.pseudonym_key_destruction_decided(
            base, name=known.name, fingerprint=known.fingerprint, decided_by=decided
        )

    subjects, kind = [(known.name, known.fingerprint)], "pseudonym-key-destruction-decided"
    return record(tools, tx, kind, said, subjects=subjects, operator=people[0], role=RECORDS_MANAGER).seq


def _mind_day(place: str, copies_gone_by: date | None, today: date) -> None:
    if copies_gone_by is not None and copies_gone_by < today:
        said = f"{copies_gone_by} is past, and the key that backups may have a copy of is still there"
        raise DecisionRefused.about(place, said, "give the day when the last copy is gone, or none if nobody knows it")


def _mind_open_lists(tools: Tools, tx: Transaction, name: str) -> None:
    """Refuse while a list that is not certified yet holds records of a kind that is pseudonymised under the key.

    A list is carried out through the definition it was approved with. Where there is another one by now, nobody can
    tell by it which key the list needs, so it may be this one.
    """
    needed = {
        (store.name, kind.name)
        for store in tools.definitions
        for kind in store.records
        if name in kind.pseudonyms.values()
    }
    waiting = tx.pseudonym_keys.waiting()
    digests = {store.name: store.digest for store in tools.definitions}
    approved = {number: _definitions(tools, tx, number) for number, _, _ in waiting}
    lists = dict.fromkeys(
        number
        for number, store, kind in waiting
        if (store, kind) in needed or digests.get(store) != approved[number].get(store, "unknown")
    )
    if lists:
        said = f"the open list {', '.join(lists)} has records to pseudonymise, and needs it"
        raise DecisionRefused.about(f"pseudonym key {name}", said, "carry it out or withdraw it first")
    stores = {store for store, _ in needed}
    undone = tx.lists.all(OPEN_STATES - {ListState.DISPOSED})
    lists = dict.fromkeys(one.number for one in undone if stores & tx.lists.stores(one.number))
    if lists:
        said = f"the open list {', '.join(lists)} is of a store whose definition names it, and could not be carried out"
        raise DecisionRefused.about(f"pseudonym key {name}", said, "carry it out or withdraw it first")


def _definitions(tools: Tools, tx: Transaction, number: str) -> Mapping[str, str]:
    """Return the digests of the definitions a list was proposed through, by store; none where it was tampered with."""
    frozen = read_back(tools, tx, tx.lists.get(number))
    return frozen.definitions if frozen else {}


def _mind_file(tools: Tools, known: PseudonymKey) -> None:
    """Refuse what would end in a certificate that another key, or none, was destroyed."""
    place = f"pseudonym key {known.name}"
    try:
        key = read_pseudonym_key(folder_of(tools), known.name)
    except ConfigurationRefused as refusal:
        said = f"its file cannot be destroyed: {refusal.faults[0].message}"
        remedy = "find out where it went: a copy elsewhere still leads back to people, and none is certified destroyed"
        raise DecisionRefused.about(place, said, remedy) from None
    if fingerprint(key) != known.fingerprint:
        said = "its file holds another key than the one that was made under this name"
        raise DecisionRefused.about(place, said, "put the right file back: only that key can be certified destroyed")


def _finished(tools: Tools, name: str, *, by: Person | None) -> KeyCertificate:
    folder = folder_of(tools)
    with tools.ledger.transaction() as tx:
        known = found_key(tx, name)
        if not is_decided(tools, tx, known):
            said = "no signed event says that these people decided it"
            raise DecisionRefused.about(
                f"pseudonym key {name}", said, "keep this ledger as it is and run 'retentiond verify'"
            )
    if os.path.lexists(place_of(folder, name)) and not is_overwritten(folder, name):
        _mind_file(tools, known)
    erase_pseudonym_key(folder, name)
    tools.passing("key-erased")
    with tools.ledger.transaction() as tx:
        known = found_key(tx, name)
        if known.certificate is not None:
            return tx.pseudonym_keys.certificate(known.certificate)
        if os.path.lexists(place_of(folder, name)):
            raise DecisionRefused.about(f"pseudonym key {name}", "its file is there again", "find out who put it there")
        certificate = _certified(tools, tx, known, by=by)
    tools.passing("key-destruction-certified")
    return certificate


def _made_at(tx: Transaction, known: PseudonymKey) -> str:
    """Return when the key was made as the log says it, whoever signed then."""
    envelope = parse_envelope(tx.events.get(known.event_seq).envelope or b"", f"event {known.event_seq}")
    return str(json.loads(envelope.payload)["predicate"]["time"])


def _certified(tools: Tools, tx: Transaction, known: PseudonymKey, *, by: Person | None) -> KeyCertificate:
    now = trust_clock(tools, tx)
    sequence = tx.pseudonym_keys.next_sequence()
    number = f"KD-{now.year}-{sequence:04d}"
    uses = uses_of(tx, known)

    def said(base: Fields) -> Fields:
        return predicates.key_destruction_certificate(
            base,
            certificate_no=number,
            sequence=sequence,
            organisation=tools.settings.organisation,
            unit=tools.settings.unit,
            name=known.name,
            fingerprint=known.fingerprint,
            created_at=_made_at(tx, known),
            created_log_index=known.log_index,
            decided_by=[
                {
                    "person": one,
                    "display_name": tools.name_of(one),
                    "role": roles_of(tools, one),
                }
                for one in known.decided_by
            ],
            decided_at=known.begun_at or now,
            destroyed_at=now,
            technique=OVERWRITTEN,
            pseudonymised=[
                {
                    "certificate_no": one.certificate,
                    "sha256": one.sha256,
                    "log_index": one.log_index,
                    "records": one.records,
                }
                for one in uses
            ],
            copies_gone_by=copies_gone_by(known, now.date()),
        )

    recorded = record(
        tools,
        tx,
        "key-destruction-certificate",
        said,
        subjects=[(known.name, known.fingerprint)],
        operator=by,
        role=RECORDS_MANAGER if by else "",
    )
    named = predicates.lint(recorded.payload, _records(tx, uses), own_words_of_key(tools, known))
    if named:
        raise EvidenceRefused.about(
            f"pseudonym key {known.name}", "the certificate would name a record", "; ".join(named)
        )
    certificate = KeyCertificate(number, sequence, known.name, now, recorded.payload, recorded.seq, recorded.log_index)
    tx.pseudonym_keys.certify(certificate)
    return certificate


def _records(tx: Transaction, uses: Iterable[Use]) -> Iterator[str]:
    """Yield the references and keys of the records that certificates tell of: none of them may be named."""
    for use in uses:
        number = tx.certificates.get(use.certificate).list_number
        after: RecordRef | None = None
        while page := tx.lists.entries(number, after=after, limit=CHUNK):
            yield from (text for one in page for text in (one.reference, one.ref.key))
            after = page[-1].ref
