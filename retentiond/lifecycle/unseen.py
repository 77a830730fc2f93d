"""Unseen: what to do about a list that waits for a sight nobody will ever have: certify what was seen, and no more."""

from __future__ import annotations

from contextlib import suppress

from retentiond.domain.errors import DecisionRefused, StoreRefused, StoreUnavailable
from retentiond.domain.people import Person, why_not_hold
from retentiond.ledger.values import Certificate
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.verify import verify


def certify_without_sight(tools: Tools, number: str, person: Person, *, reason: str) -> Certificate:
    """Look once more, then issue a certificate that counts as failed what gave no clear answer.

    Nothing is claimed that was not seen: the certificate says less than the receipts do, and is a partial one.

    Args:
        tools: the installation.
        number: a list that was disposed of.
        person: a records manager, who decides that there is nothing to wait for.
        reason: why; it stays in the ledger.

    Raises:
        DecisionRefused: the person may not, there is no reason, or the list has not been disposed of.
        EvidenceRefused: as :func:`retentiond.lifecycle.certify.certify`.
    """
    if why_not_hold(person):
        said = f"{person.name} is not a records manager, and only a records manager stops waiting for a clear answer"
        raise DecisionRefused.about(number, said)
    if not reason.strip():
        raise DecisionRefused.about(number, "this needs a reason", "give one with --reason")
    with suppress(StoreUnavailable, StoreRefused):
        verify(tools, number)
    return certify(tools, number, unseen=person, reason=reason)
