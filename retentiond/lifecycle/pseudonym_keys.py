"""Pseudonym keys: made by a person, used only to dispose, and destroyed by two people with a certificate of it.

The ledger is asked before a file is believed: a key it does not know, or knows to be given up, is no key, and one with
another fingerprint than the ledger's is another key.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from retentiond.connectors.pseudonym_keys import PseudonymKeys
from retentiond.domain.errors import (
    ConfigurationRefused,
    DecisionRefused,
    Fault,
    NotFound,
    RetentiondError,
    StoreRefused,
)
from retentiond.domain.people import (
    RECORDS_MANAGER,
    Person,
    why_not_destroy_key,
    why_not_destroy_key_with,
    why_not_make_key,
)
from retentiond.domain.pseudonyms import MOST_NAME, NAME, fingerprint
from retentiond.evidence import predicates
from retentiond.evidence.key_certificate import FOUND_GONE, OVERWRITTEN
from retentiond.evidence.parts import Fields
from retentiond.evidence.pseudonym_keys import erase_pseudonym_key, make_pseudonym_key, place_of, read_pseudonym_key
from retentiond.ledger.ledger import Ledger
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import KeyCertificate, PseudonymKey
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools, trust_clock


@dataclass(frozen=True, slots=True)
class Use:
    """What one certificate of destruction says of a key."""

    certificate: str
    sha256: str
    """Of the certificate's payload bytes."""
    log_index: int
    records: int


def create_key(tools: Tools, person: Person, name: str) -> PseudonymKey:
    """Make a key under a name that no key had before.

    Raises:
        DecisionRefused: the person may not, the name cannot be one, or a key had it before.
        ConfigurationRefused: the folder cannot be used.
    """
    place = f"pseudonym key {name}"
    refused = why_not_make_key(person)
    if refused:
        raise DecisionRefused.about(place, refused, "ask a records manager or an administrator")
    if not NAME.fullmatch(name) or len(name) > MOST_NAME:
        said = f"a key's name is small letters, digits and '-', at most {MOST_NAME} of them"
        raise DecisionRefused.about(place, said, "write for example research-2026")
    finish_destructions(tools)
    folder = folder_of(tools)
    with tools.ledger.transaction() as tx:
        _mind_new(tx, name)
    key = make_pseudonym_key(folder, name)
    try:
        with tools.ledger.transaction() as tx:
            _mind_new(tx, name)
            return _made(tools, tx, person, name, fingerprint(key))
    except BaseException:
        erase_pseudonym_key(folder, name)  # the ledger does not know it: nothing was ever made of it
        raise


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
    """
    place = f"pseudonym key {name}"
    people = (person, *together_with)
    _mind_people(place, person, together_with)
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
            said = {"key": name, "fingerprint": known.fingerprint, "decided_by": [one.id for one in people]}
            seq = tx.events.append("pseudonym-key-destruction-decided", now, actor=person.id, body=said)
            ids = [one.id for one in people]
            tx.pseudonym_keys.begin_destruction(name, now, ids, reason.strip(), copies_gone_by, seq)
    tools.passing("key-destruction-decided")
    return _finished(tools, name)


def finish_destructions(tools: Tools) -> tuple[KeyCertificate, ...]:
    """Go on with every destruction that was decided and has no certificate yet."""
    with tools.ledger.transaction() as tx:
        begun = [one.name for one in tx.pseudonym_keys.all() if one.begun_at is not None and one.certificate is None]
    return tuple(_finished(tools, name) for name in begun)


def found_key(tx: Transaction, name: str) -> PseudonymKey:
    """Return what the ledger knows of a key.

    Raises:
        NotFound: there never was one of this name.
    """
    known = tx.pseudonym_keys.find(name)
    if known is None:
        names = ", ".join(one.name for one in tx.pseudonym_keys.all()) or "none"
        raise NotFound.about(f"pseudonym key {name}", "there never was a key of this name", f"the keys are {names}")
    return known


def uses_of(tx: Transaction, key: PseudonymKey) -> tuple[Use, ...]:
    """Return the certificates by which records were pseudonymised under a key, in sequence."""
    found = []
    for one in tx.certificates.all():
        said = json.loads(one.payload)["predicate"].get("pseudonymisation", ())
        rows = [row["records"] for row in said if any(named["fingerprint"] == key.fingerprint for named in row["keys"])]
        if rows:
            found.append(Use(one.number, sha256(one.payload).hexdigest(), one.log_index, sum(rows)))
    return tuple(found)


def folder_of(tools: Tools) -> Path:
    """Return the folder of the keys' files.

    Raises:
        ConfigurationRefused: the settings name none.
    """
    if not tools.settings.pseudonym_keys:
        raise ConfigurationRefused.about(
            tools.settings.source, "no folder is named for pseudonym keys", "write 'pseudonym-keys: FOLDER'"
        )
    return Path(tools.settings.pseudonym_keys)


def keys_for_stores(ledger: Ledger, folder: Path) -> PseudonymKeys:
    """Return how connectors come by keys: only such as the ledger knows, and has not given up.

    Args:
        ledger: the installation's.
        folder: where the keys' files lie.
    """

    def why_not(name: str) -> Fault | None:
        try:
            secret(name)
        except RetentiondError as refusal:
            return refusal.faults[0]
        return None

    def secret(name: str) -> bytes:
        with ledger.transaction() as tx:
            known = tx.pseudonym_keys.find(name)
        if known is None:
            raise _unusable(name, "there is no such key", f"make it first: 'retentiond pseudonym-key create {name}'")
        if known.begun_at is not None:
            raise _unusable(name, "it was destroyed, and its name is never used again", "plan with another key")
        try:
            key = read_pseudonym_key(folder, name)
        except ConfigurationRefused as refusal:
            raise StoreRefused(*refusal.faults) from None
        if fingerprint(key) != known.fingerprint:
            said = "its file holds another key than the one that was made under this name"
            raise _unusable(name, said, "put the right file back, or plan with another key")
        return key

    return PseudonymKeys(why_not, secret)


def keys_in(folder: Path) -> PseudonymKeys:
    """Return whether keys can be used as far as their files show, for whoever asks without a ledger. None is given."""

    def why_not(name: str) -> Fault | None:
        try:
            read_pseudonym_key(folder, name)
        except ConfigurationRefused as refusal:
            return refusal.faults[0]
        return None

    return PseudonymKeys(why_not)


def _unusable(name: str, said: str, remedy: str) -> StoreRefused:
    return StoreRefused(Fault(f"pseudonym key {name}", said, remedy))


def _mind_new(tx: Transaction, name: str) -> None:
    known = tx.pseudonym_keys.find(name)
    if known is not None:
        ended = "was destroyed" if known.begun_at else "is in use"
        said = f"a key of this name {ended}, and a name is given once"
        raise DecisionRefused.about(f"pseudonym key {name}", said, "choose another name")


def _made(tools: Tools, tx: Transaction, person: Person, name: str, mark: str) -> PseudonymKey:
    now = trust_clock(tools, tx)

    def said(base: Fields) -> Fields:
        return predicates.pseudonym_key_created(base, name=name, fingerprint=mark, created_by=(person.id, person.name))

    role = RECORDS_MANAGER if RECORDS_MANAGER in person.roles else "administrator"
    recorded = record(tools, tx, "pseudonym-key-created", said, subjects=[(name, mark)], operator=person, role=role)
    made = PseudonymKey(name, mark, now, person.id, recorded.seq, recorded.log_index)
    tx.pseudonym_keys.add(made)
    return made


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


def _mind_open_lists(tools: Tools, tx: Transaction, name: str) -> None:
    """Refuse while a list that is not certified yet holds records of a kind that is pseudonymised under the key."""
    needed = {
        (store.name, kind.name)
        for store in tools.definitions
        for kind in store.records
        if name in kind.pseudonyms.values()
    }
    waiting = tx.pseudonym_keys.waiting()
    known = {(store.name, kind.name) for store in tools.definitions for kind in store.records}
    lists = dict.fromkeys(number for number, *kind in waiting if tuple(kind) in needed or tuple(kind) not in known)
    if lists:
        said = f"the open list {', '.join(lists)} has records to pseudonymise, and needs it"
        raise DecisionRefused.about(f"pseudonym key {name}", said, "carry it out or withdraw it first")


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


def _finished(tools: Tools, name: str) -> KeyCertificate:
    folder = folder_of(tools)
    was_there = erase_pseudonym_key(folder, name)
    tools.passing("key-erased")
    with tools.ledger.transaction() as tx:
        known = found_key(tx, name)
        if known.certificate is not None:
            return tx.pseudonym_keys.certificate(known.certificate)
        if place_of(folder, name).exists():
            raise DecisionRefused.about(f"pseudonym key {name}", "its file is there again", "find out who put it there")
        certificate = _certified(tools, tx, known, OVERWRITTEN if was_there else FOUND_GONE)
    tools.passing("key-destruction-certified")
    return certificate


def _certified(tools: Tools, tx: Transaction, known: PseudonymKey, technique: str) -> KeyCertificate:
    now = trust_clock(tools, tx)
    sequence = tx.pseudonym_keys.next_sequence()
    number = f"KD-{now.year}-{sequence:04d}"
    roles = {one.id: one.roles for one in tools.settings.people}

    def said(base: Fields) -> Fields:
        return predicates.key_destruction_certificate(
            base,
            certificate_no=number,
            sequence=sequence,
            organisation=tools.settings.organisation,
            unit=tools.settings.unit,
            name=known.name,
            fingerprint=known.fingerprint,
            created_at=known.at,
            created_log_index=known.log_index,
            decided_by=[
                {
                    "person": one,
                    "display_name": tools.name_of(one),
                    "role": ", ".join(sorted(roles.get(one, ()))) or "no longer named in the settings",
                }
                for one in known.decided_by
            ],
            decided_at=known.begun_at or now,
            destroyed_at=now,
            technique=technique,
            pseudonymised=[
                {
                    "certificate_no": one.certificate,
                    "sha256": one.sha256,
                    "log_index": one.log_index,
                    "records": one.records,
                }
                for one in uses_of(tx, known)
            ],
            copies_gone_by=known.copies_gone_by,
        )

    recorded = record(
        tools,
        tx,
        "key-destruction-certificate",
        said,
        subjects=[(known.name, known.fingerprint)],
        operator=next((one for one in tools.settings.people if one.id == known.decided_by[0]), None),
        role=RECORDS_MANAGER,
    )
    certificate = KeyCertificate(number, sequence, known.name, now, recorded.payload, recorded.seq, recorded.log_index)
    tx.pseudonym_keys.certify(certificate)
    return certificate
