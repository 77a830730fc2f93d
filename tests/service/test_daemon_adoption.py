from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from retentiond.ledger.ledger import Ledger

if TYPE_CHECKING:
    from tests.service.conftest import RunningDaemon, Site

NOT_ADOPTED = "version 2026.2 of 'Early Help' is not adopted"


def next_version(site: Site, **changes: str) -> None:
    """Write the schedule's next version."""
    path = site.folder / "schedule.yaml"
    text = path.read_text()
    for old, new in (('"2026.1"', '"2026.2"'), *changes.items()):
        text = text.replace(old, new)
    path.write_text(text)


def test_a_version_nobody_adopted_is_reported_round_by_round(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """Started on one, the daemon says so each time and does nothing, and goes on by itself once people adopted it."""
    number = site.approved_list()
    next_version(site)
    daemon = start()
    log = daemon.wait_for_log(NOT_ADOPTED)
    daemon.wait_for_log(NOT_ADOPTED, after=len(log))
    assert "examined" not in daemon.log.read_text()
    assert site.state_of(number) == "approved"
    assert len(site.files()) == 5
    site.adopt()
    daemon.wait_for_log(f"{number} is certified", "examined")
    assert daemon.stop() == 0
    assert len(site.files()) == 1


def test_a_reload_to_one_leaves_the_lists_of_the_old_one_alone(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """After a reload to a version nobody adopted nothing is scanned or disposed of, and no list is touched."""
    (site.folder / "stop").touch()
    daemon = start()
    daemon.wait_for_log("examined")
    number = site.approved_list()
    next_version(site, **{"6 years": "90 years"})
    daemon.send(signal.SIGHUP)
    log = daemon.wait_for_log("the configuration was loaded")
    (site.folder / "stop").unlink()
    daemon.wait_for_log(NOT_ADOPTED, after=len(log))
    before = site.state_of(number), len(site.files())
    assert before == ("approved", 5)
    site.adopt()
    assert site.state_of(number) == "withdrawn"
    daemon.wait_for_log("0 due", after=len(log))
    assert daemon.stop() == 0
    assert len(site.files()) == 5


def test_a_daemon_that_was_not_reloaded_does_nothing_under_a_replaced_version(
    site: Site, start: Callable[..., RunningDaemon]
) -> None:
    """Once another version is in force, a daemon that still has the one before says so and disposes of nothing."""
    (site.folder / "stop").touch()
    daemon = start()
    daemon.wait_for_log("examined")
    next_version(site)
    site.adopt()
    number = site.approved_list()
    log = daemon.wait_for_log("version 2026.1 of 'Early Help' is no longer in force: version 2026.2 was adopted")
    (site.folder / "stop").unlink()
    daemon.wait_for_log("no longer in force", after=len(log))
    assert site.state_of(number) == "approved"
    daemon.send(signal.SIGHUP)
    daemon.wait_for_log(f"{number} is certified")
    assert daemon.stop() == 0


def test_the_ledger_keeps_what_a_daemon_judged_under(site: Site) -> None:
    """The version that was in force can be read back after its file is gone."""
    source = (site.folder / "schedule.yaml").read_bytes()
    (site.folder / "schedule.yaml").unlink()
    ledger = Ledger.open(f"sqlite:///{site.folder / 'ledger.db'}")
    with ledger.transaction() as tx:
        (adoption,) = tx.schedules.adoptions()
        assert tx.schedules.source(adoption.digest) == source
    ledger.close()
