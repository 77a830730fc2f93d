"""Records that were anonymised or pseudonymised before: still in their store, and what becomes of them."""

from __future__ import annotations

from collections.abc import Collection

from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action
from retentiond.ledger.transaction import Transaction
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
    refs = [one.ref for one in records]
    pseudonymised = tx.lists.pseudonymised(refs)
    if not pseudonymised:
        return tx.lists.anonymised(refs)
    classes = tools.classes()
    settled = {code for code, (one, _) in classes.items() if one.then is Action.PSEUDONYMISE}
    again = {one.ref for one in records if one.record_class in settled}
    return tx.lists.anonymised(refs) | (pseudonymised & again)
