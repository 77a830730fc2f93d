from __future__ import annotations

import json
import os
from itertools import product

import pytest

from retentiond.demo.run import SECOND_APPROVER, change_case
from retentiond.domain.holds import HoldScope
from retentiond.domain.lists import FATES, ListState, Standing
from retentiond.domain.periods import Period, add
from retentiond.evidence.verify import verify_certificate
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.export import export_certificate
from retentiond.lifecycle.hold import place_hold
from retentiond.lifecycle.through import carry_through
from tests.council import AFTER_COOLING_OFF, Council, standing
from tests.faults.dying import carry, die
from tests.points import POINTS

LONG = os.environ.get("RETENTIOND_FAULTS") == "long"
"""``make faults`` tries every point, several times over, with all that may happen meanwhile, on both databases."""
TIMES = (1, 2, 3) if LONG else (1,)
MEANWHILE = ("nothing", "hold", "change")
TELLING = (
    ("sqlite", "store-acted", "change"),
    ("sqlite", "intent-written", "hold"),
    ("postgresql", "store-acted", "hold"),
)
"""Where what happens between the crash and the restart matters most: between an intent and its receipt."""


def _is_tried(database: str, point: str, meanwhile: str) -> bool:
    if LONG:
        return True
    return (database, point, meanwhile) in TELLING or (database == "sqlite" and meanwhile == "nothing")


CASES = [
    pytest.param(database, point, nth, meanwhile, id=f"{database}-{point}-{nth}-{meanwhile}")
    for database, point, nth, meanwhile in product(("sqlite", "postgresql"), POINTS, TIMES, MEANWHILE)
    if _is_tried(database, point, meanwhile)
]


@pytest.mark.parametrize(("council", "point", "nth", "meanwhile"), CASES, indirect=["council"])
def test_killed_anywhere_it_ends_with_every_fate_known(council: Council, point: str, nth: int, meanwhile: str) -> None:
    """Killed at any point and run again, every record has one fate, on one certificate, and it is the true one."""
    facts = council.facts
    cases = (facts.to_destroy, facts.contact_to_destroy, facts.to_anonymise, facts.step_down)
    number = council.approved(*cases).number
    rows = council.rows()
    died = die(carry, council.settings, number, point, nth)
    assert died or nth > 1
    alive = council.episode(facts.step_down) == next(
        row for row in rows["eh_episode"] if row[0] == int(facts.step_down.ref.key)
    )
    with council.tools(later=AFTER_COOLING_OFF) as tools:
        if meanwhile == "hold":
            place_hold(
                tools,
                tools.person(SECOND_APPROVER),
                title="Claim",
                authority="Letter before action",
                scope=HoldScope(records=frozenset({str(facts.step_down.ref)})),
                review_on=add(tools.today(), Period.of_years(1)),
            )
        elif meanwhile == "change" and alive:
            change_case(tools, facts.step_down)
        certificate = carry_through(tools, number)
        again = carry_through(tools, number)
        assert again == certificate
        with tools.ledger.transaction() as tx:
            listed = tx.lists.get(number)
            receipts = tx.lists.receipts(number)
            assert len(tx.certificates.all()) == 1
        fates = {case.ref: standing(tools, number, case.ref) for case in cases}
        package = export_certificate(tools, certificate.number, council.folder / "out")
        assert audit(tools).ok
    assert listed.state is ListState.CERTIFIED
    assert set(listed.counts) <= FATES
    assert len({one.order for one in receipts}) == len(receipts)
    assert fates[facts.to_destroy.ref] == fates[facts.contact_to_destroy.ref] == Standing.DESTROYED
    assert fates[facts.to_anonymise.ref] == Standing.ANONYMISED
    spared = {"nothing": Standing.ANONYMISED, "hold": Standing.SKIPPED_HELD, "change": Standing.SKIPPED_CHANGED}
    expected = spared[meanwhile] if alive else Standing.ANONYMISED
    assert fates[facts.step_down.ref] == expected
    assert (council.episode(facts.step_down).case_ref is None) == (expected is Standing.ANONYMISED)
    assert council.episode(facts.to_destroy) is None
    assert not [key for key, _ in council.versions() if key == facts.key_with_versions]
    totals = json.loads(certificate.payload)["predicate"]["totals"]
    assert totals["destroyed"] == 2
    assert totals["already_absent"] == totals["failed"] == 0
    assert sum(totals.values()) == len(cases)
    assert verify_certificate(package, None).ok
