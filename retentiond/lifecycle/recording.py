"""How an event of weight is remembered: a signed statement, a leaf of the log, a checkpoint, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from retentiond import __version__
from retentiond.domain.people import Person
from retentiond.evidence.log import leaf_body
from retentiond.evidence.merkle import Frontier, leaf_hash
from retentiond.evidence.parts import Fields, common
from retentiond.evidence.statements import statement
from retentiond.ledger.columns import JsonValue
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.tools import Tools


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a signed event stands: its row, its leaf, and the digest of its statement's exact bytes."""

    seq: int
    log_index: int
    digest: str
    payload: bytes


def record(
    tools: Tools,
    tx: Transaction,
    kind: str,
    predicate: Callable[[Fields], Fields],
    *,
    subjects: Sequence[tuple[str, str]],
    operator: Person | None = None,
    role: str = "",
    list_number: str | None = None,
    body: Mapping[str, JsonValue] | None = None,
) -> Recorded:
    """Sign an event, append it to the log and sign the log's new checkpoint, inside the caller's transaction.

    Args:
        tools: the signer and the log's key.
        tx: the transaction in which the event becomes true.
        kind: the kind of statement (``proposal``, ``approval``, …).
        predicate: given the fields common to all kinds, returns them with the kind's own.
        subjects: what the statement is about, as name and lower-case hex SHA-256.
        operator: who did it; None when the daemon did it on its own.
        role: the role in which they did it.
        list_number: the disposal list concerned, if there is one.
        body: what the ledger's own event says beside the statement; it is in no log.
    """
    size, hashes = tx.log.frontier()
    prior = Frontier(size, hashes)
    base = common(
        origin=tools.settings.log_origin,
        before=prior,
        at=tools.clock(),
        version=__version__,
        operator=operator.name if operator else "retentiond",
        role=role or "daemon",
    )
    payload = statement(kind, subjects, predicate(base))
    envelope = tools.signer.sign_statement(payload)
    leaf = leaf_body(envelope, tools.signer.public_key_der)
    hashed = leaf_hash(leaf)
    after = prior.append(hashed)
    actor = operator.id if operator else ""
    seq = tx.events.append(kind, tools.clock(), actor=actor, body=body, list_number=list_number, envelope=envelope)
    checkpoint = tools.log_key.sign_checkpoint(after.size, after.root())
    index = tx.log.append(seq, leaf, hashed, after.hashes, checkpoint)
    return Recorded(seq, index, sha256(payload).hexdigest(), payload)
