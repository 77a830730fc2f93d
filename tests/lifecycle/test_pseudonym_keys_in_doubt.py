from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from retentiond.domain.errors import DecisionRefused
from retentiond.domain.lists import Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.evidence.pseudonym_keys import place_of
from retentiond.evidence.verify import verify_certificate, verify_log
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.export import export_key_certificate, export_log, trust
from retentiond.lifecycle.pseudonym_keys import create_key
from retentiond.lifecycle.through import carry_through
from retentiond.lifecycle.verify import verify
from tests.lifecycle.test_pseudonym_keys import NAME, _dispose, destroyed, folder_of, research, said
from tests.lifecycle.totals import totals
from tests.lifecycle.workplace import GRACE, SAM, Odd, Workplace

__all__ = ["research"]


def test_pseudonymised_and_not_claimed(research: Workplace) -> None:
    """What a store pseudonymises and calls left alone is a failure, not a record that was left alone."""
    create_key(research.tools, GRACE, NAME)
    liar = research.file("1", code="EH-02")
    number = research.approved()

    def deny(orders: Sequence[DisposalOrder], clear: Any, odd: Odd) -> list[Receipt]:
        return [Receipt(one.order, Outcome.HELD) for one in _dispose(orders, clear, odd)]

    research.disposing = deny
    certificate = carry_through(research.tools, number)
    assert (totals(certificate)["failed"], totals(certificate)["skipped_held"]) == (1, 0)
    assert research.standing(number, liar) is Standing.FAILED


def test_who_decides_twice_is_named_once(research: Workplace, tmp_path: Path) -> None:
    """A certificate of ours is never one that its own check refuses: whoever is named again decides once."""
    create_key(research.tools, GRACE, NAME)
    ended = destroyed(research, together_with=[GRACE, SAM, SAM])
    assert [one["person"] for one in said(ended)["decided_by"]] == [GRACE.id, SAM.id]
    report = verify_certificate(export_key_certificate(research.tools, ended.number, tmp_path), trust(research.tools))
    assert report.ok, [step for step in report.steps if not step.ok]


def test_a_key_is_kept_while_a_list_of_another_definition_may_need_it(research: Workplace, tmp_path: Path) -> None:
    """What a list is carried out through is the definition it was approved with, whatever the files say by now."""
    create_key(research.tools, GRACE, NAME)
    create_key(research.tools, GRACE, "other")
    research.file("1", code="EH-02")
    number = research.approved()
    dispose(research.tools, number)
    verify(research.tools, number)
    definitions = research.tools.definitions
    (kind,) = definitions[0].records
    plans = {name: replace(plan, pseudonymise={"ref": "other"}) for name, plan in kind.anonymise.items()}
    now = replace(definitions[0], digest="d" * 64, records=(replace(kind, anonymise=plans),))
    research.changed(definitions=(now, *definitions[1:]))
    with pytest.raises(DecisionRefused, match=f"the open list {number} has records to pseudonymise"):
        destroyed(research)
    research.changed(definitions=definitions)
    certify(research.tools, number)
    destroyed(research)
    report = verify_log(export_log(research.tools, tmp_path / "log"), trust(research.tools))
    assert report.ok, [step for step in report.steps if not step.ok]


def test_copies_are_not_gone_before_the_key(research: Workplace) -> None:
    """A day before the decision is a slip: the key and what was copied of it were there."""
    create_key(research.tools, GRACE, NAME)
    with pytest.raises(DecisionRefused, match="is past"):
        destroyed(research, copies_gone_by=date(2020, 1, 1))
    assert place_of(folder_of(research), NAME).exists()
