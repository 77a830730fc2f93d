from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from retentiond.connectors.interface import Wanted
from retentiond.connectors.memory import Kept
from retentiond.domain.clauses import For, LongestOf
from retentiond.domain.definitions import Trigger
from retentiond.domain.errors import DecisionRefused
from retentiond.domain.findings import Finding
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, RecordClass, Step
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.occur import record_event, revoke_event
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.projects import CONCLUDED, EVENTS, JUNE, RECENT, concluded, found, waiting
from tests.lifecycle.workplace import CASES, GRACE, LONG_AGO, SAM, Workplace, record_class


def test_a_store_is_not_asked_about_dates_it_does_not_have(workplace: Workplace) -> None:
    """A store is asked for what is due by its own dates only; which records lack one is asked of it all the same."""
    mixed = LongestOf((For(Period.of_years(6), "case-closed"), For(Period.of_years(6), CONCLUDED)))
    workplace.adopt(workplace.version("2026.2", waiting(), waiting("EH-02", retain=mixed), events=EVENTS))
    scan(workplace.tools)
    due = [one for one in workplace.asked if one.wanted is Wanted.DUE]
    undated = [one for one in workplace.asked if one.wanted is Wanted.UNDATED]
    assert due
    assert not [window for one in due for windows in one.windows.values() for window in windows]
    assert {name for one in undated for windows in one.windows.values() for window in windows for name in window} == {
        "case-closed",
        CONCLUDED,
    }


def test_a_scan_counts_each_record_once_whatever_happens_meanwhile(projects: Workplace) -> None:
    """Events recorded and revoked while a scan runs move no record from one pass to another; the next sees them."""
    refs = [projects.file(f"{at:04}", code="EH-02" if at % 2 else "EH-01") for at in range(1900)]
    before = concluded(projects, *refs[:900])
    told: list[int] = []

    def meanwhile(_store: str, kind: str, _examined: int) -> None:
        if kind != "episode":
            return
        told.append(1)
        if len(told) == 1:
            concluded(projects, *refs[800:1000], on=JUNE)
        if len(told) == 2:
            revoke_event(projects.tools, GRACE, before, reason="All of it was wrong")

    scanned = scan(projects.tools, tell=meanwhile)
    counted = {one: scanned.total(one) for one in Finding}
    assert sum(counted.values()) == len(refs)
    assert scanned.kinds[0].failure == ""
    assert len(told) == 5
    assert {key: one for key, (one, _) in found(projects).items() if int(key) % 2 == 0} == {
        f"{at:04}": Finding.DUE if 800 <= at < 1000 else Finding.UNTRIGGERED for at in range(0, 1900, 2)
    }


def test_undated_records_are_named_up_to_the_cap_and_all_counted(projects: Workplace) -> None:
    """Of records that wait for an event a thousand are named; every one is counted."""
    for at in range(1205):
        projects.file(f"{at:04}")
    scanned = scan(projects.tools)
    with projects.ledger.transaction() as tx:
        assert len(tx.findings.current(Finding.UNTRIGGERED, limit=10**6)) == 1000
    assert scanned.total(Finding.UNTRIGGERED) == 1205


def test_a_record_that_is_gone_is_not_found(projects: Workplace) -> None:
    """An event of a record that its store no longer has brings nothing back."""
    ref = projects.file("1")
    concluded(projects, ref)
    projects.stores[CASES].remove("episode", "1")
    assert found(projects) == {}


def test_a_record_anonymised_before_is_done_with(projects: Workplace) -> None:
    """A record that was anonymised is still there, has its event, and is found by no pass."""
    projects.adopt(projects.version("2026.3", waiting("EH-02", then=Action.ANONYMISE), events=EVENTS))
    ref = projects.file("1", code="EH-02")
    concluded(projects, ref)
    carry_through(projects.tools, projects.approved())
    assert found(projects) == {}


def staged() -> RecordClass:
    """Return a class whose records are reduced two years after their case was closed, and destroyed after twenty."""
    step = Step("basic-information-only", "All but the order", For(Period.of_years(2), "case-closed"), Action.MINIMISE)
    return replace(record_class("EH-01", Action.DESTROY, years=20), steps=(step,))


def test_a_step_is_reported_until_somebody_says_it_was_done(workplace: Workplace) -> None:
    """A step that is due is found with its own action, put on no list, and gone from the findings once recorded."""
    workplace.adopt(workplace.version("2026.2", staged()))
    ref = workplace.file("1")
    workplace.file("2", code="EH-02")
    scan(workplace.tools)
    with workplace.ledger.transaction() as tx:
        (step,) = tx.findings.current(Finding.DUE, record_class="EH-01")
    assert (step.action, step.due_on) == ("minimise", date(2012, 5, 5))
    assert set(workplace.entries(gather(workplace.tools, GRACE).listed.number)) == {"2"}
    names = [str(ref)]
    record_event(workplace.tools, SAM, "basic-information-only", on=RECENT, records=names, reason="Done by the team")
    assert found(workplace)["1"][0] is Finding.NOT_YET
    workplace.later(days=365 * 5)
    assert found(workplace)["1"] == (
        Finding.DUE,
        "case closed 4 May 2010 + 20 years = 4 May 2030; due since 5 May 2030",
    )


def test_a_step_that_is_due_by_now_is_left_off_a_list(workplace: Workplace) -> None:
    """A record found due, of which by now only a step is, is left off its list: a person carries that out."""
    workplace.file("1"), workplace.file("2", code="EH-02")
    scan(workplace.tools)
    workplace.adopt(workplace.version("2026.2", staged()))
    gathered = gather(workplace.tools, GRACE)
    assert set(workplace.entries(gathered.listed.number)) == {"2"}
    assert [one.reason for one in gathered.left] == ["a person carries that out: minimise"]


def test_a_date_the_store_keeps_is_the_stores_alone(workplace: Workplace) -> None:
    """Where a definition maps a step's date nobody enters it by hand, and one entered before no longer counts."""
    workplace.adopt(workplace.version("2026.2", staged()))
    ref = workplace.file("1")
    names = [str(ref)]
    record_event(workplace.tools, SAM, "basic-information-only", on=RECENT, records=names, reason="Done")
    (cases, papers) = workplace.tools.definitions
    mapped = tuple(replace(one, triggers=(Trigger("basic-information-only", "reduced_on"),)) for one in cases.records)
    workplace.changed(definitions=(replace(cases, records=mapped), papers))
    with pytest.raises(DecisionRefused, match="the store keeps the date 'basic-information-only' itself"):
        record_event(workplace.tools, SAM, "basic-information-only", on=RECENT, records=names, reason="Done")
    workplace.alter(ref, dates={"case-closed": LONG_AGO, "basic-information-only": None})
    assert found(workplace)["1"][0] is Finding.DUE


def test_a_record_without_a_class_and_an_event(projects: Workplace) -> None:
    """A record with an event and no class is untriggered, and is named by the pass that fetches it."""
    ref = projects.file("1")
    concluded(projects, ref)
    projects.stores[CASES].put("episode", "1", Kept("FAM-1", None, {}))
    assert found(projects)["1"][0] is Finding.UNTRIGGERED
