from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from retentiond.domain.errors import DecisionRefused, LedgerRefused
from retentiond.domain.lists import Standing
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt
from retentiond.domain.people import Person
from retentiond.domain.pseudonyms import fingerprint
from retentiond.evidence.pseudonym_keys import place_of
from retentiond.evidence.verify import verify_certificate, verify_log
from retentiond.ledger.ledger import Ledger
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import KeyCertificate
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.export import export_key_certificate, export_log, trust
from retentiond.lifecycle.key_destruction import destroy_key, finish_destructions
from retentiond.lifecycle.key_ring import keys_for_stores
from retentiond.lifecycle.pseudonym_keys import create_key
from retentiond.lifecycle.through import carry_through
from retentiond.lifecycle.verify import verify
from tests.lifecycle.test_pseudonym_keys import NAME, _dispose, destroyed, folder_of, research, said
from tests.lifecycle.totals import totals
from tests.lifecycle.workplace import GRACE, RITA, SAM, Died, Odd, Workplace

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


def _interrupted(research: Workplace, name: str = NAME, *, copies_gone_by: date | None = None) -> None:
    """Have the destruction of a key die once it is decided."""

    def die() -> None:
        raise Died

    research.at["key-destruction-decided"] = die
    with pytest.raises(Died):
        destroy_key(research.tools, GRACE, name, together_with=[SAM], reason="the end", copies_gone_by=copies_gone_by)
    research.at.clear()


def test_a_key_that_is_out_of_sight_is_not_certified_as_gone(research: Workplace) -> None:
    """Taken up again where its folder is not mounted, or on another machine, its destruction is not certified."""
    create_key(research.tools, GRACE, NAME)
    _interrupted(research)
    folder, away = folder_of(research), research.folder / "away"
    folder.rename(away)
    for mounted in (False, True):
        if mounted:
            folder.mkdir(mode=0o700)
        with pytest.raises(DecisionRefused, match="neither the key's file nor the trace of its end is there"):
            finish_destructions(research.tools)
    folder.rmdir()
    away.rename(folder)
    assert place_of(folder, NAME).exists()
    (ended,) = finish_destructions(research.tools)
    assert said(ended)["method"]["technique"] == "overwritten-and-removed"


def test_a_day_that_passed_before_the_end_says_nothing_of_copies(research: Workplace, tmp_path: Path) -> None:
    """Taken up again after the last copy was to be gone, later copies of the key may be anywhere."""
    create_key(research.tools, GRACE, NAME)
    day = research.now.date() + timedelta(days=7)
    _interrupted(research, copies_gone_by=day)
    research.later(days=8)
    (ended,) = finish_destructions(research.tools)
    assert said(ended)["residual_copies"] == [{"class": "backup", "gone_by": None}]
    report = verify_certificate(export_key_certificate(research.tools, ended.number, tmp_path), trust(research.tools))
    assert report.ok, [step for step in report.steps if not step.ok]


@pytest.mark.parametrize(
    ("by", "operator"),
    [
        (RITA, {"display_name": RITA.name, "role": "records-manager"}),
        (None, {"display_name": "retentiond", "role": "daemon"}),
    ],
)
def test_who_ends_what_others_decided_is_the_operator(
    research: Workplace, by: Person | None, operator: dict[str, str]
) -> None:
    """A certificate names as its operator whoever carried it out, and those who decided as such."""
    create_key(research.tools, GRACE, NAME)
    _interrupted(research)
    if by is None:
        (ended,) = finish_destructions(research.tools)
    else:
        ended = destroy_key(research.tools, by, NAME, together_with=[SAM], reason="again")
    assert said(ended)["operator"] == operator
    assert [one["person"] for one in said(ended)["decided_by"]] == [GRACE.id, SAM.id]


def test_a_decision_that_nobody_signed_destroys_no_key(research: Workplace) -> None:
    """Who writes into the ledger that people decided it has no key destroyed, and nothing certified in their names."""
    create_key(research.tools, GRACE, NAME)
    create_key(research.tools, GRACE, "other")
    _interrupted(research, "other")
    forged = "INSERT INTO key_destructions SELECT ?, at, decided_by, reason, NULL, event_seq FROM key_destructions"
    assert research.forge(forged, NAME) == 1
    with pytest.raises(DecisionRefused, match="no signed event says that these people decided it"):
        finish_destructions(research.tools)
    assert place_of(folder_of(research), NAME).exists()
    with research.ledger.transaction() as tx:
        assert [one.name for one in tx.pseudonym_keys.certificates()] == ["other"]
    assert "no signed event says that people decided to destroy" in str(audit(research.tools).steps)


def test_another_key_put_there_meanwhile_is_not_destroyed_for_it(research: Workplace) -> None:
    """Only the key that was decided about is destroyed, also where its destruction is taken up again."""
    create_key(research.tools, GRACE, NAME)
    _interrupted(research)
    place = place_of(folder_of(research), NAME)
    kept = place.read_bytes()
    place.write_text("ab" * 32 + "\n")
    with pytest.raises(DecisionRefused, match="its file holds another key"):
        finish_destructions(research.tools)
    assert place.read_text() == "ab" * 32 + "\n"
    place.write_bytes(kept)
    assert len(finish_destructions(research.tools)) == 1


def test_one_destruction_that_cannot_be_ended_keeps_up_no_other(research: Workplace) -> None:
    """Each that was interrupted is taken up, and what stands in the way of one is said after all of them."""
    create_key(research.tools, GRACE, NAME)
    create_key(research.tools, GRACE, "other")
    _interrupted(research, NAME)
    _interrupted(research, "other")
    place_of(folder_of(research), NAME).unlink()
    with pytest.raises(DecisionRefused, match="neither the key's file"):
        finish_destructions(research.tools)
    with research.ledger.transaction() as tx:
        assert [one.name for one in tx.pseudonym_keys.certificates()] == ["other"]


@pytest.mark.parametrize("lost", [2, 3])
def test_a_key_that_the_ledger_was_made_to_forget_is_missed(research: Workplace, lost: int) -> None:
    """Who makes the ledger forget what it signed, so that a name or a file of a key counts again, is found out."""
    create_key(research.tools, GRACE, NAME)
    destroyed(research)
    assert audit(research.tools).ok
    research.forge("PRAGMA foreign_keys=OFF")
    for table in ("key_certificates", "key_destructions", "pseudonym_keys")[:lost]:
        guards = research.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", table)
        for name, _ in guards:
            research.forge(f"DROP TRIGGER {name}")
        research.forge(f"DELETE FROM {table}")  # noqa: S608 - our own names
        for _, guard in guards:
            research.forge(guard)
    faults = [str(step) for step in audit(research.tools).steps if not step.ok]
    assert any(NAME in one and "is not known any more" in one for one in faults), faults


def test_two_that_end_one_destruction_at_once_issue_one_certificate(research: Workplace) -> None:
    """The daemon may take up what a command is just doing: one of them certifies, and both tell of the same."""
    create_key(research.tools, GRACE, NAME)
    others: list[KeyCertificate] = []

    def meanwhile() -> None:
        research.at.clear()
        others.extend(finish_destructions(research.tools))

    research.at["key-erased"] = meanwhile
    ended = destroyed(research)
    assert others == [ended]
    with research.ledger.transaction() as tx:
        assert tx.pseudonym_keys.certificates() == [ended]


def test_a_key_is_kept_while_its_store_has_an_open_list(research: Workplace) -> None:
    """A store does not fit a definition whose key is gone, so what is to be destroyed in it would have to wait."""
    create_key(research.tools, GRACE, NAME)
    research.file("1", code="EH-01")
    number = research.approved()
    with pytest.raises(DecisionRefused, match=f"the open list {number} is of a store whose definition names it"):
        destroyed(research)
    carry_through(research.tools, number)
    assert said(destroyed(research))["pseudonymised"] == []


class _LosesAnswers:
    """A ledger that does what it is asked and whose answer gets lost, once; after that it may be out of reach."""

    def __init__(self, inner: Ledger, *, commits: bool, comes_back: bool) -> None:
        self.inner, self.commits, self.comes_back, self.asked = inner, commits, comes_back, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        self.asked += 1
        lost = LedgerRefused.about("ledger", "the connection was lost")
        if self.asked > 2 and not self.comes_back:
            raise lost
        with ExitStack() as stack:
            yield stack.enter_context(self.inner.transaction())
            if self.asked == 2 and not self.commits:
                raise lost
        if self.asked == 2:
            raise lost


@pytest.mark.parametrize("comes_back", [True, False])
@pytest.mark.parametrize("commits", [True, False])
def test_a_name_never_loses_its_file(research: Workplace, *, commits: bool, comes_back: bool) -> None:
    """Where the ledger's answer gets lost, the file stays wherever the ledger has the name, or may have it."""
    ledger: Any = _LosesAnswers(research.ledger, commits=commits, comes_back=comes_back)
    with pytest.raises(LedgerRefused):
        create_key(replace(research.tools, ledger=ledger), GRACE, NAME)
    with research.ledger.transaction() as tx:
        known = tx.pseudonym_keys.find(NAME)
    assert (known is not None) is commits
    assert place_of(folder_of(research), NAME).exists() is (commits or not comes_back)
    if known:
        assert fingerprint(keys_for_stores(research.ledger, folder_of(research)).secret(NAME)) == known.fingerprint
