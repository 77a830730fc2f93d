"""The second half of the path in one go: dispose, verify, certify; each step where the list stands."""

from __future__ import annotations

from retentiond.domain.lists import ListState
from retentiond.domain.people import Person
from retentiond.ledger.values import Certificate
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.verify import verify


def carry_through(tools: Tools, number: str, *, by: Person | None = None) -> Certificate:
    """Take an approved list, or one that was interrupted anywhere after, through to its certificate.

    Raises:
        DecisionRefused, DisposalStopped, StoreUnavailable, EvidenceRefused: as the steps do; calling it again goes on
            where it stopped.
    """
    with tools.ledger.transaction() as tx:
        state = tx.lists.get(number).state
        issued = tx.certificates.of_list(number)
    if issued is not None:
        return issued
    if state is not ListState.DISPOSED:
        dispose(tools, number, by=by)
    verify(tools, number)
    return certify(tools, number)
