from __future__ import annotations

import re
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.service.conftest import RunningDaemon, Site

NOT_DUE = "2126-01-01"
DUE = 4


def test_an_approved_list_is_disposed_of_and_certified(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """An approved list whose cooling-off period is over is disposed of and certified; what is not due stays."""
    number = site.approved_list()
    daemon = start()
    daemon.wait_for_log(f"{number} is certified: DC-")
    assert daemon.stop() == 0
    assert site.state_of(number) == "certified"
    assert [one for one in site.files() if NOT_DUE not in one] == []
    assert len(site.files()) == 1


def test_nothing_is_disposed_of_without_approval(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """At a first start nothing runs but a scan, and rounds of disposal find nothing to do."""
    daemon = start()
    log = daemon.wait_for_log("files letters: 1 records examined, 1 due")
    daemon.wait_for_log("files letters: 1 records examined, 1 due", after=len(log))
    assert daemon.stop() == 0
    assert len(site.files()) == DUE + 1


def test_a_stop_finishes_the_chunk_in_hand_and_leaves_the_rest(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """After SIGTERM the receipts of the chunk in hand are written, no other is begun, and the next start goes on."""
    number = site.approved_list()
    first = start(TEST_STOP_AT="store-acted")
    first.is_held(site)
    first.send(signal.SIGTERM)
    first.wait_for_told("STOPPING=1")
    site.gate.touch()
    assert first.process.wait() == 0
    assert site.state_of(number) == "disposing"
    assert [one for one in site.files() if one.startswith("letters/")], "the second chunk was begun"
    assert "left at a safe point" in first.log.read_text()
    second = start()
    second.wait_for_log(f"{number} is certified: DC-")
    assert second.stop() == 0
    assert len(site.files()) == 1


def test_a_scan_and_a_disposal_never_overlap(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """While a disposal is under way turns to scan wait or are left out."""
    site.approved_list()
    daemon = start(TEST_STOP_AT="store-acted")
    daemon.is_held(site)
    before = len(daemon.log.read_text())
    meanwhile = daemon.wait_for_log("a turn to scan was left out", "a turn to dispose was left out", after=before)
    assert "examined" not in meanwhile[before:]
    site.gate.touch()
    daemon.wait_for_log("is certified", "examined", after=before)
    assert daemon.stop() == 0


def test_the_kill_switch_stops_disposal_and_not_the_daemon(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """While the kill switch is set scans go on and nothing is disposed of; it needs no restart either way."""
    number = site.approved_list()
    switch = site.folder / "stop"
    switch.touch()
    daemon = start()
    log = daemon.wait_for_log("the kill switch is set")
    daemon.wait_for_log("examined", after=len(log))
    assert len(site.files()) == DUE + 1
    switch.unlink()
    daemon.wait_for_log(f"{number} is certified")
    assert daemon.stop() == 0


@pytest.mark.parametrize("point", ["claimed", "store-acted", "sightings-written"])
def test_no_value_reaches_the_log(site: Site, start: Callable[..., RunningDaemon], point: str) -> None:
    """Neither what a record is called, nor what it holds, nor the text of an unexpected error is ever logged."""
    number = site.approved_list()
    daemon = start(TEST_RAISE_AT=point)
    log = daemon.wait_for_log(f"{number} was left where it stands: RuntimeError at retentiond/service/running.py:")
    daemon.wait_for_log("examined", after=len(log))
    assert daemon.stop() == 0
    log = daemon.log.read_text()
    assert all(part not in log for part in site.canary.split())
    assert "Traceback" not in log
    assert not re.search(r"\d{4}-\d\d-\d\d\.txt", log)
    assert all(part not in "".join(daemon.told) for part in site.canary.split())


def test_the_next_daemon_finishes_what_a_killed_one_began(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """A daemon killed after its store acted leaves a question that the next one answers before it goes on."""
    number = site.approved_list()
    first = start(TEST_STOP_AT="store-acted")
    first.is_held(site)
    first.process.kill()
    first.process.wait()
    second = start()
    second.wait_for_log(f"{number} is certified: DC-")
    assert second.stop() == 0
    assert len(site.files()) == 1
