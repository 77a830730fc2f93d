"""Pseudonym keys: made by a person under a name that is given once, and what was pseudonymised under each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from retentiond.domain.errors import (
    ConfigurationRefused,
    DecisionRefused,
    NotFound,
    RetentiondError,
)
from retentiond.domain.people import (
    RECORDS_MANAGER,
    Person,
    why_not_make_key,
)
from retentiond.domain.pseudonyms import MOST_NAME, NAME, fingerprint
from retentiond.evidence import predicates
from retentiond.evidence.parts import Fields
from retentiond.evidence.pseudonym_keys import erase_pseudonym_key, make_pseudonym_key
from retentiond.evidence.schema import PREDICATE_TYPE
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import PseudonymKey
from retentiond.lifecycle.proofs import signed
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
        LedgerRefused: it did not say that it took the key down. Where it did all the same, the key is there.
    """
    place = f"pseudonym key {name}"
    refused = why_not_make_key(person)
    if refused:
        raise DecisionRefused.about(place, refused, "ask a records manager or an administrator")
    if not NAME.fullmatch(name) or len(name) > MOST_NAME:
        said = f"a key's name is small letters, digits and '-', at most {MOST_NAME} of them"
        raise DecisionRefused.about(place, said, "write for example research-2026")
    folder = folder_of(tools)
    with tools.ledger.transaction() as tx:
        _mind_new(tx, name)
    key = make_pseudonym_key(folder, name)
    try:
        with tools.ledger.transaction() as tx:
            _mind_new(tx, name)
            return _made(tools, tx, person, name, fingerprint(key))
    except BaseException:
        if not _may_be_known(tools, name):
            erase_pseudonym_key(folder, name)  # the ledger does not know it: nothing was ever made of it
        raise


def _may_be_known(tools: Tools, name: str) -> bool:
    """Whether the ledger knows a key, or cannot be asked: it may have kept what its answer, that got lost, was about.

    Transactions come one after another, so this one sees what became of the last. A file that the ledger does not know
    is no key; a name without its file would be lost.
    """
    try:
        with tools.ledger.transaction() as tx:
            return tx.pseudonym_keys.find(name) is not None
    except RetentiondError:
        return True


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


def is_decided(tools: Tools, tx: Transaction, key: PseudonymKey) -> bool:
    """Return whether a signed event says that the people whom the ledger names decided to destroy a key."""
    payload = signed(tools, tx, key.decision_seq) if key.decision_seq is not None else None
    said = json.loads(payload) if payload else {}
    if said.get("predicateType") != PREDICATE_TYPE.format(kind="pseudonym-key-destruction-decided"):
        return False
    decided = tuple(one["person"] for one in said["predicate"]["decided_by"])
    named = {"name": key.name, "fingerprint": key.fingerprint}
    return (said["predicate"]["key"], decided) == (named, key.decided_by)


def uses_of(tx: Transaction, key: PseudonymKey) -> tuple[Use, ...]:
    """Return the certificates by which records were pseudonymised under a key, in sequence."""
    found = []
    for one in tx.certificates.all():
        said = json.loads(one.payload)["predicate"].get("pseudonymisation", ())
        rows = [row["records"] for row in said if any(named["fingerprint"] == key.fingerprint for named in row["keys"])]
        if rows:
            found.append(Use(one.number, sha256(one.payload).hexdigest(), one.log_index, sum(rows)))
    return tuple(found)


def copies_gone_by(key: PseudonymKey, destroyed: date) -> date | None:
    """Return when the last copy of a key that was destroyed on a day is gone; None: nobody has said.

    A day that was given and passed while the key was still there says nothing any more.
    """
    day = key.copies_gone_by
    return None if day is None or day < destroyed else day


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
