"""Export: a certificate with everything that proves it, or the whole log, for somebody who trusts nobody here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from retentiond.domain.errors import LedgerRefused
from retentiond.evidence.bundle import bundle
from retentiond.evidence.merkle import inclusion_proof
from retentiond.evidence.package import TRUST, KeyPackage, PackageParts, write_durably, write_files, write_package
from retentiond.evidence.tiles import write_tiles
from retentiond.evidence.trust import Trust
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.pseudonym_keys import found_key
from retentiond.lifecycle.tools import Tools


def export_certificate(tools: Tools, number: str, folder: Path) -> Path:
    """Write the package of one certificate below ``folder`` and return where it stands.

    Raises:
        NotFound: there is no such certificate.
        EvidenceRefused: another package of that number is there, or the folder cannot be written.
    """
    with tools.ledger.transaction() as tx:
        certificate = tx.certificates.get(number)
        proposal = tx.lists.proposal(certificate.list_number)
        started = tx.events.of_list(certificate.list_number, "run-started")[0]
        bundled = _Bundles(tools, tx)
        parts = PackageParts(
            certificate=bundled.of(certificate.event_seq),
            proposal=bundled.of(proposal.event_seq),
            approvals=[bundled.of(seq) for seq in tx.lists.approval_events(certificate.list_number)],
            run_started=bundled.of(started.seq),
            manifest_proposal=proposal.manifest,
            manifest_outcome=proposal.outcome_manifest or b"",
            trust=trust(tools),
        )
    return write_package(folder, number, parts)


def export_key_certificate(tools: Tools, number: str, folder: Path) -> Path:
    """Write the package of one certificate of key destruction below ``folder`` and return where it stands.

    Raises:
        NotFound: there is no such certificate.
        EvidenceRefused: another package of that number is there, or the folder cannot be written.
    """
    with tools.ledger.transaction() as tx:
        certificate = tx.pseudonym_keys.certificate(number)
        made = found_key(tx, certificate.name)
        bundled = _Bundles(tools, tx)
        parts = KeyPackage(bundled.of(certificate.event_seq), bundled.of(made.event_seq), trust(tools))
    return write_files(folder, number, parts.files(number))


def export_log(tools: Tools, folder: Path) -> Path:
    """Write the whole log to ``folder`` as C2SP tiles with its events, and return where it stands.

    The keys lie beside it for convenience only: an auditor uses a copy they were given by another way.
    """
    with tools.ledger.transaction() as tx:
        checkpoint = tx.log.checkpoint()
        if checkpoint is None:
            raise LedgerRefused.about(
                "log", "nothing has been logged yet", "adopt a schedule first: 'retentiond schedule adopt'"
            )
        write_tiles(folder, _bodies(tx), checkpoint, events=_envelopes(tx))
    write_durably(folder / TRUST, trust(tools).to_bytes())
    return folder


def trust(tools: Tools) -> Trust:
    """Return the public keys somebody needs to check what this installation signs."""
    return Trust(logs=(tools.log_key.vkey,), signers=(tools.signer.public_key_der,))


class _Bundles:
    """Bundles events under the newest checkpoint, reading the log's hashes once."""

    def __init__(self, tools: Tools, tx: Transaction) -> None:
        self._tools, self._tx = tools, tx
        self._hashes = tx.log.leaf_hashes()
        self._checkpoint = tx.log.checkpoint() or ""

    def of(self, seq: int) -> bytes:
        index = self._tx.log.index_of_event(seq)
        envelope = self._tx.events.get(seq).envelope
        if index is None or envelope is None:
            raise LedgerRefused.about(f"event {seq}", "it is not in the log", "run 'retentiond verify'")
        return bundle(
            envelope,
            self._tx.log.leaf(index).body,
            index,
            inclusion_proof(self._hashes, index, len(self._hashes)),
            self._checkpoint,
            signer_key_id=self._tools.signer.key_id,
            log_id=self._tools.log_key.log_id,
        )


def _bodies(tx: Transaction) -> Iterator[bytes]:
    first = 0
    while page := tx.log.leaves(first):
        yield from (leaf.body for leaf in page)
        first = page[-1].index + 1


def _envelopes(tx: Transaction) -> Iterator[bytes]:
    first = 0
    while page := tx.log.leaves(first):
        yield from (tx.events.get(leaf.event_seq).envelope or b"" for leaf in page)
        first = page[-1].index + 1
