from __future__ import annotations

from collections.abc import Callable

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.service.conftest import RunningDaemon, Site


def test_start(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """Try."""
    number = site.approved_list()
    d = start()
    d.wait_for_told("READY=1")
    print(d.wait_for_log("is certified"))
    print(d.stop(), d.log.read_text(), site.files(), site.state_of(number))
    assert 0
