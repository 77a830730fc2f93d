"""Records that were anonymised or pseudonymised before: still in their store, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from retentiond.domain.lists import REWRITTEN, Standing
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action
from retentiond.domain.wording import in_words
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Certificate
from retentiond.lifecycle.pseudonym_keys import copies_gone_by
from retentiond.lifecycle.tools import Tools


def done_with(tools: Tools, tx: Transaction, records: Collection[Record]) -> set[RecordRef]:
    """Return which of the records no scan judges any more.

    One that was anonymised names nobody, and nothing is left to do. One that was pseudonymised is personal data still:
    only while its class would have it pseudonymised is it done with. Under a class that destroys it, because its store
    classifies it so by now or the schedule says so, it is due like any other.

    Args:
        tools: the installation.
        tx: a transaction of its ledger.
        records: as their stores describe them now.
    """
    anonymised, pseudonymised = tx.lists.rewritten([one.ref for one in records])
    if not pseudonymised:
        return anonymised
    settled = {code for code, (one, _) in tools.classes().items() if one.then is Action.PSEUDONYMISE}
    return anonymised | {one.ref for one in records if one.ref in pseudonymised and one.record_class in settled}


def was_rewritten(tx: Transaction, ref: RecordRef) -> Iterator[str]:
    """Yield what was done before to a record that is still in its store, and whether its pseudonyms lead back.

    It is never called anonymous because its key is gone: that depends on what else stands in it.
    """
    for number, entry in tx.lists.fates(ref):
        if entry.standing not in REWRITTEN:
            continue
        certificate = tx.certificates.of_list(number)
        yield f"{entry.standing.value} with disposal list {number}{f', {certificate.number}' if certificate else ''}"
        if entry.standing is Standing.PSEUDONYMISED and certificate:
            yield from _keys(tx, ref, certificate)


def _keys(tx: Transaction, ref: RecordRef, certificate: Certificate) -> Iterator[str]:
    for row in json.loads(certificate.payload)["predicate"].get("pseudonymisation", ()):
        if (row["store"], row["kind"]) != (ref.store, ref.kind):
            continue
        for name in (one["name"] for one in row["keys"]):
            key = tx.pseudonym_keys.find(name)
            if key is not None and key.destroyed_at is not None:
                destroyed = key.destroyed_at.date()
                day = copies_gone_by(key, destroyed)
                copies = f"are to be gone by {in_words(day)}" if day else "may exist: nobody has said until when"
                said = f"the key {name} was destroyed on {in_words(destroyed)}, {key.certificate}"
                yield f"{said}; copies of it in backups {copies}"
            else:
                yield f"the key {name} exists: it is personal data, and whoever has the key can find out who is meant"
