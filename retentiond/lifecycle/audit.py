"""Audit: hold the installation's own ledger against itself: the log, the signatures, the certificates, the lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from retentiond.domain.errors import EvidenceRefused, RetentiondError
from retentiond.domain.lists import ListState
from retentiond.evidence.checkpoint import verify_checkpoint
from retentiond.evidence.dsse import parse_envelope
from retentiond.evidence.log import leaf_body
from retentiond.evidence.manifest import parse_manifest
from retentiond.evidence.merkle import leaf_hash, tree_root
from retentiond.evidence.report import Checks, Report
from retentiond.evidence.schema import PREDICATE_TYPE
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Leaf
from retentiond.lifecycle.in_force import is_proved
from retentiond.lifecycle.occur import scope_commitment
from retentiond.lifecycle.proofs import signed
from retentiond.lifecycle.pseudonym_keys import is_decided
from retentiond.lifecycle.tools import Tools


def audit(tools: Tools) -> Report:
    """Check everything the ledger says of itself; every check is made, whatever an earlier one found."""
    checks = Checks()
    checks.judge(
        "The ledger is whole, append-only and of this version",
        [str(fault) for fault in tools.ledger.check()],
        "no fault",
    )
    with tools.ledger.transaction() as tx:
        size = tx.log.size()
        checks.judge("Every leaf of the log hashes to what is stored", _leaf_faults(tx), f"{size} leaves")
        checks.judge(
            "The newest checkpoint is signed and states the log's root", _checkpoint_faults(tools, tx), "it does"
        )
        checks.judge("Every leaf is the event it belongs to", _event_faults(tools, tx), "each is")
        adoptions = tx.schedules.adoptions()
        checks.judge(
            "Every adopted schedule is the one its signed event names, byte for byte",
            _adoption_faults(tools, tx),
            f"{len(adoptions)} adopted",
        )
        occurrences = tx.occurrences.all()
        checks.judge(
            "Every event that people entered is as it was signed",
            _occurrence_faults(tools, tx),
            f"{len(occurrences)} entered",
        )
        keys = tx.pseudonym_keys.all()
        key_faults = list(_key_faults(tools, tx))
        if keys or key_faults:
            checks.judge(
                "Every pseudonym key, and the end of each, is as it was signed",
                key_faults,
                f"{len(keys)} made, {sum(one.certificate is not None for one in keys)} destroyed",
            )
        half = [one.name for one in keys if one.begun_at is not None and one.certificate is None]
        if half:
            said = f"'retentiond pseudonym-key list' goes on with {', '.join(half)}"
            checks.skip("Every destruction of a pseudonym key that was decided is certified", said)
        certificates = tx.certificates.all()
        checks.judge(
            "Certificates are numbered without a gap and each names the one before",
            _sequence_faults(tx),
            f"{len(certificates)} issued",
        )
        checks.judge(
            "Every manifest is the one its list was approved and certified with", _manifest_faults(tx), "each is"
        )
        under_way = [one.number for one in tx.lists.all({ListState.DISPOSING, ListState.DISPOSED})]
        if under_way:
            checks.skip("Every disposal has its certificate", f"still under way: {', '.join(under_way)}")
        else:
            checks.judge("Every disposal has its certificate", [], "none is under way")
    return checks.report()


def _leaf_faults(tx: Transaction) -> Iterator[str]:
    for leaf in _leaves(tx):
        if leaf_hash(leaf.body) != leaf.leaf_hash:
            yield f"leaf {leaf.index} was changed"


def _checkpoint_faults(tools: Tools, tx: Transaction) -> Iterator[str]:
    note = tx.log.checkpoint()
    if note is None:
        return
    try:
        stated = verify_checkpoint(note, tools.log_key.vkey)
    except RetentiondError as refusal:
        yield str(refusal)
        return
    hashes = [leaf_hash(leaf.body) for leaf in _leaves(tx)]
    if stated.size != len(hashes) or stated.root != tree_root(hashes):
        yield f"the checkpoint states another log than the {len(hashes)} leaves there are"


def _event_faults(tools: Tools, tx: Transaction) -> Iterator[str]:
    for leaf in _leaves(tx):
        envelope = tx.events.get(leaf.event_seq).envelope
        try:
            same = envelope is not None and leaf_body(envelope, tools.signer.public_key_der) == leaf.body
        except EvidenceRefused:
            same = False
        if not same:
            yield f"event {leaf.event_seq} is not what leaf {leaf.index} committed to"


def _adoption_faults(tools: Tools, tx: Transaction) -> Iterator[str]:
    for one in tx.schedules.adoptions():
        called = f"version {one.version} of '{one.name}'"
        if not is_proved(tools, tx, one):
            yield f"no signed event says that these people adopted {called}"
        if sha256(tx.schedules.source(one.digest)).hexdigest() != one.digest:
            yield f"what the ledger keeps as {called} is not what was adopted"


def _occurrence_faults(tools: Tools, tx: Transaction) -> Iterator[str]:
    for one in tx.occurrences.all():
        seq = tx.occurrences.last_said(one.number)
        payload = signed(tools, tx, seq) if seq else None
        said = json.loads(payload)["predicate"] if payload else {}
        if (said.get("event"), said.get("scope_commitment")) != (one.number, scope_commitment(tools, one)):
            yield f"{one.number} does not say what was signed: its event, its day or its records were changed"


def _key_faults(tools: Tools, tx: Transaction) -> Iterator[str]:
    for one in tx.pseudonym_keys.all():
        payload = signed(tools, tx, one.event_seq)
        said = json.loads(payload)["predicate"].get("key") if payload else None
        if said != {"name": one.name, "fingerprint": one.fingerprint}:
            yield f"no signed event says that the pseudonym key {one.name} was made"
        if one.begun_at is not None and not is_decided(tools, tx, one):
            yield f"no signed event says that people decided to destroy the pseudonym key {one.name}"
    yield from _forgotten_keys(tx)
    for ended in tx.pseudonym_keys.certificates():
        if signed(tools, tx, ended.event_seq) != ended.payload:
            yield f"{ended.number} is not the certificate that was logged"


def _forgotten_keys(tx: Transaction) -> Iterator[str]:
    """Yield keys of which the log tells more than the ledger's tables: their names or files would count again."""
    told = {one.event_seq for one in tx.pseudonym_keys.all()}
    told |= {one.event_seq for one in tx.pseudonym_keys.certificates()}
    for leaf in _leaves(tx):
        envelope = tx.events.get(leaf.event_seq).envelope
        try:
            payload = parse_envelope(envelope or b"", f"event {leaf.event_seq}").payload
        except EvidenceRefused:
            continue  # it is not what its leaf committed to, which another check says
        if leaf.event_seq not in told and any(kind in payload for kind in _OF_KEYS):
            name = json.loads(payload)["predicate"]["key"]["name"]
            yield f"event {leaf.event_seq} tells of the pseudonym key {name}, and that is not known any more"


_OF_KEYS = tuple(
    f'"{PREDICATE_TYPE.format(kind=kind)}"'.encode()
    for kind in ("pseudonym-key-created", "key-destruction-certificate")
)


def _sequence_faults(tx: Transaction) -> Iterator[str]:
    for at, one in enumerate(tx.certificates.all(), 1):
        if one.sequence != at:
            yield f"{one.number} has sequence {one.sequence}, and {at} was due"
        if tx.events.get(one.event_seq).envelope != one.envelope:
            yield f"{one.number} is not the certificate that was logged"


def _manifest_faults(tx: Transaction) -> Iterator[str]:
    for listed in tx.lists.all():
        kept = tx.lists.proposal(listed.number)
        if sha256(kept.payload).hexdigest() != listed.digest:
            yield f"{listed.number}: its proposal is not the one its digest names"
        for name, text in (("proposal", kept.manifest), ("outcome", kept.outcome_manifest)):
            if text is None:
                continue
            stated = kept.payload if name == "proposal" else _certificate_payload(tx, listed.number)
            try:
                root = parse_manifest(text).root
            except EvidenceRefused as refusal:
                yield f"{listed.number}: {refusal}"
                continue
            if f'"root":"{root}"'.encode() not in stated:
                yield f"{listed.number}: its {name} manifest was changed"


def _certificate_payload(tx: Transaction, number: str) -> bytes:
    certificate = tx.certificates.of_list(number)
    return certificate.payload if certificate else b""


def _leaves(tx: Transaction) -> Iterator[Leaf]:
    first = 0
    while page := tx.log.leaves(first):
        yield from page
        first = page[-1].index + 1
