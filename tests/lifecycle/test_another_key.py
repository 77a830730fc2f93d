"""A signing key that was changed while lists were open."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from retentiond.domain.errors import DecisionRefused, EvidenceRefused
from retentiond.evidence.keys import Signer
from retentiond.lifecycle.adopt import adopt
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.totals import totals
from tests.lifecycle.workplace import GRACE, SAM, Workplace

WHY = r"signed with another key \([0-9a-f]{16}…\) than the 'signing-key' in use; put that key back"


def test_a_changed_signing_key_is_named_and_undone(workplace: Workplace) -> None:
    """What another key signed is not taken for ours; the refusal says so, and with that key back the list goes on."""
    workplace.file("1")
    number = workplace.approved()
    former = workplace.tools.signer
    workplace.changed(signer=Signer(ec.generate_private_key(ec.SECP256R1())))
    for step in (lambda: scan(workplace.tools), lambda: dispose(workplace.tools, number)):
        with pytest.raises(DecisionRefused, match=WHY):
            step()
    assert workplace.deeds == []
    workplace.changed(signer=former)
    dispose(workplace.tools, number)
    workplace.changed(signer=Signer(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(EvidenceRefused, match=WHY):
        certify(workplace.tools, number)
    workplace.changed(signer=former)
    assert totals(carry_through(workplace.tools, number))["destroyed"] == 1


def test_schedules_can_be_adopted_under_a_new_key(workplace: Workplace) -> None:
    """Once no list is under way a new key is taken into use by adopting what is in force once more."""
    workplace.changed(signer=Signer(ec.generate_private_key(ec.SECP256R1())))
    adopt(workplace.tools, GRACE, together_with=[SAM])
    workplace.file("1")
    assert totals(carry_through(workplace.tools, workplace.approved()))["destroyed"] == 1
