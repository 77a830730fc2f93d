from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from retentiond.evidence.keys import create_keys

if TYPE_CHECKING:
    from tests.service.conftest import RunningDaemon, Site

BAD_SCHEDULE = "schedule: Early Help\nversion: yes please\nclasses: []\n"


def test_the_service_manager_is_told_in_order(start: Callable[..., RunningDaemon]) -> None:
    """READY, then signs of life, then RELOADING with its time and READY again, then STOPPING, and exit code 0."""
    daemon = start(WATCHDOG_USEC="400000")
    ready = daemon.wait_for_told("READY=1")
    assert not any("WATCHDOG=1" in one for one in daemon.told[: ready - 1])
    alive = daemon.wait_for_told("WATCHDOG=1", after=ready)
    daemon.send(signal.SIGHUP)
    reloading = daemon.wait_for_told("RELOADING=1", after=alive)
    assert daemon.told[reloading - 1].split("\n")[1].startswith("MONOTONIC_USEC=")
    again = daemon.wait_for_told("READY=1", after=reloading)
    daemon.send(signal.SIGTERM)
    daemon.wait_for_told("STOPPING=1", after=again)
    assert daemon.process.wait() == 0


def test_a_hanging_round_gives_no_sign_of_life(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """The watchdog hears nothing while the work at hand does not move, however well the other threads are."""
    site.approved_list()
    daemon = start(WATCHDOG_USEC="400000", TEST_STOP_AT="store-acted")
    daemon.is_held(site)
    daemon.wait_for_silence(seconds=1.2)
    heard = len(daemon.told)
    site.gate.touch()
    daemon.wait_for_told("WATCHDOG=1", after=heard)
    assert daemon.stop() == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_a_success(start: Callable[..., RunningDaemon], stop: signal.Signals) -> None:
    """Being told to stop, even twice, ends the daemon with exit code 0."""
    daemon = start()
    daemon.wait_for_told("READY=1")
    daemon.send(stop)
    daemon.send(stop)
    assert daemon.process.wait() == 0
    assert daemon.log.read_text().rstrip().endswith("stopped")


def test_a_refused_configuration_pauses_disposal(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """A bad file at reload is named fault by fault; scans go on, nothing is disposed of until a good one is loaded."""
    number = site.approved_list()
    (site.folder / "stop").touch()
    daemon = start()
    daemon.wait_for_log("the kill switch is set")
    schedule = site.folder / "schedule.yaml"
    good = schedule.read_text()
    schedule.write_text(BAD_SCHEDULE)
    told = len(daemon.told)
    daemon.send(signal.SIGHUP)
    log = daemon.wait_for_log(f"{schedule}:1:1: 'adopted'", f"{schedule}:3:10: ", "the running one stays in force")
    daemon.wait_for_told("RELOADING=1", after=told)
    (site.folder / "stop").unlink()
    daemon.wait_for_log("disposal is paused", "examined", after=len(log))
    assert site.state_of(number) == "approved"
    assert len(site.files()) == 5
    schedule.write_text(good)
    daemon.send(signal.SIGHUP)
    daemon.wait_for_log("the configuration was loaded", f"{number} is certified")
    assert daemon.stop() == 0


def test_a_reload_puts_a_new_configuration_in_force(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """What a good file says is in force after a reload: a store that is new is scanned."""
    daemon = start()
    daemon.wait_for_log("files letters")
    shutil.copytree(site.folder / "files", site.folder / "more-files")
    definition = (site.folder / "files.yaml").read_text().replace(f"{site.folder}/files", f"{site.folder}/more-files")
    (site.folder / "more.yaml").write_text(definition.replace("connector: files", "connector: more-files"))
    settings = site.settings.read_text()
    site.settings.write_text(settings.replace("[files.yaml]", "[files.yaml, more.yaml]"))
    daemon.send(signal.SIGHUP)
    daemon.wait_for_log("stores: files, more-files", "more-files letters: 1 records examined")
    assert daemon.stop() == 0


def test_what_only_a_restart_can_change_is_refused(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """Another ledger, log or opening key in the settings is refused at reload, every one of them named."""
    daemon = start()
    daemon.wait_for_told("READY=1")
    (site.folder / "other").mkdir()
    create_keys(*(site.folder / "other" / name for name in ("signing.pem", "log.pem", "opening.key")))
    settings = site.settings.read_text()
    for name in ("ledger.db", "log.pem", "opening.key"):
        settings = settings.replace(name, f"other/{name}")
    site.settings.write_text(settings.replace("retention-log", "another-log"))
    daemon.send(signal.SIGHUP)
    log = daemon.wait_for_log("the running one stays in force")
    assert all(f": {name}: " in log for name in ("ledger", "log-key", "log-origin", "opening-key"))
    assert daemon.stop() == 0


def test_a_second_daemon_on_the_ledger_ends_at_once(start: Callable[..., RunningDaemon]) -> None:
    """A second daemon on the same host says that there is one already, exits with 75 and leaves the first alone."""
    first = start()
    first.wait_for_told("READY=1")
    second = start()
    assert second.process.wait() == os.EX_TEMPFAIL
    assert "another daemon already works on this ledger" in second.log.read_text()
    assert first.process.poll() is None
    assert first.stop() == 0
    third = start()
    third.wait_for_told("READY=1")
    assert third.stop() == 0


def test_a_broken_settings_file_ends_the_start(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """A file that cannot be used as written ends the start with 78, every fault with its place, and no READY."""
    site.settings.write_text("organisation: X\nunknown: 1\nbelts: {cooling-off: soon}\n")
    daemon = start()
    assert daemon.process.wait() == os.EX_CONFIG
    log = daemon.log.read_text()
    assert f"{site.settings}:2:1: " in log
    assert f"{site.settings}:3:" in log
    assert "Traceback" not in log
    assert daemon.told == []


def test_a_missing_ledger_ends_the_start(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """Without its ledger the daemon does not start: exit code 74, and none is made."""
    (site.folder / "ledger.db").unlink()
    daemon = start()
    assert daemon.process.wait() == os.EX_IOERR
    assert "there is no ledger here" in daemon.log.read_text()
    assert not (site.folder / "ledger.db").exists()


def test_a_ledger_that_refuses_ends_the_daemon(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """When the ledger refuses in the middle of the work nothing more is done and the exit code is 74."""
    daemon = start()
    daemon.wait_for_log("examined")
    (site.folder / "ledger.db").write_bytes(b"no ledger at all, but a page of something else" * 200)
    assert daemon.process.wait(60) == os.EX_IOERR
    assert "the daemon ends" in daemon.log.read_text()
    assert len(site.files()) == 5
