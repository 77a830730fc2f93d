from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from retentiond.service.compose import installation
from retentiond.service.rounds import lacks_a_scan
from retentiond.service.running import SAFE_POINTS, Draining, Running

if TYPE_CHECKING:
    from retentiond.lifecycle.tools import Tools
    from tests.service.conftest import Site

UNSAFE = ("intent-written", "asked-again", "store-acted", "document-intent-written", "document-store-acted")


def never() -> None:
    """Take no note of a step."""


@pytest.mark.parametrize("point", [*sorted(SAFE_POINTS), *UNSAFE])
def test_the_work_is_left_at_safe_points_only(site: Site, point: str) -> None:
    """A stop takes hold where no order is without its receipt, and nowhere else."""
    with installation(site.settings) as tools:
        running = Running(tools, never)
        passing = running.for_disposal().passing
        passing(point)
        running.stop()
        if point in SAFE_POINTS:
            with pytest.raises(Draining):
                passing(point)
        else:
            passing(point)


@pytest.mark.parametrize("point", sorted(SAFE_POINTS - {"fates-learnt", "document-receipts-written"}))
def test_what_was_left_goes_on_to_its_certificate(site: Site, point: str) -> None:
    """A list left at any safe point is carried through by the next turn, and each record has exactly one fate."""
    number = site.approved_list()
    with installation(site.settings) as tools:
        wait_out_cooling_off(tools, number)

        def stopping(passed: str) -> None:
            if passed == point:
                running.stop()

        running = Running(replace(tools, passing=stopping), never)
        with pytest.raises(Draining):
            carry_through(running.for_disposal(), number)
        certificate = carry_through(Running(tools, never).for_disposal(), number)
    assert certificate.list_number == number
    assert len(site.files()) == 1


def test_a_scan_is_left_between_pages(site: Site) -> None:
    """A scan that was stopped counts as none, so that the next start scans again."""
    with installation(site.settings) as tools:
        running = Running(tools, never)
        running.stop()
        assert lacks_a_scan(tools)
        with pytest.raises(Draining):
            scan(tools, tell=running.scanned_a_page)
        assert lacks_a_scan(tools)
        scan(tools)
        assert not lacks_a_scan(tools)


def wait_out_cooling_off(tools: Tools, number: str) -> None:
    """Wait until a list's cooling-off period is over."""
    while True:
        with tools.ledger.transaction() as tx:
            if number in tx.lists.dispose_after_passed(tools.clock()):
                return
        time.sleep(0.05)
