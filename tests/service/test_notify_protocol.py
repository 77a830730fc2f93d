from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from retentiond.service.systemd import Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """Listen as a service manager does, and say how that is written in the environment."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@retentiond-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name[1:] if name.startswith("@") else name)
        listening.settimeout(10)
        yield listening, name


def test_every_message_is_one_datagram(manager: tuple[socket.socket, str]) -> None:
    """Each message arrives as one datagram of assignments, by a path and by an abstract name alike."""
    listening, name = manager
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": name})
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notifier.reloading()
    reloading, stamp = listening.recv(4096).decode().split("\n")
    assert reloading == "RELOADING=1"
    assert before <= int(stamp.removeprefix("MONOTONIC_USEC=")) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notifier.ready("waiting")
    notifier.alive()
    notifier.status("scanning")
    notifier.stopping("finishing")
    assert [listening.recv(4096).decode() for _ in range(4)] == [
        "READY=1\nSTATUS=waiting",
        "WATCHDOG=1",
        "STATUS=scanning",
        "STOPPING=1\nSTATUS=finishing",
    ]


def test_a_status_cannot_smuggle_in_an_assignment(manager: tuple[socket.socket, str]) -> None:
    """A line break in a status begins no assignment of its own."""
    listening, name = manager
    Notifier.from_environment({"NOTIFY_SOCKET": name}).status("scanning\nREADY=1\r\nMAINPID=1")
    assert listening.recv(4096).decode() == "STATUS=scanning READY=1 MAINPID=1"


def test_a_manager_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    """Signs of life beyond what the manager's queue takes are dropped, and the sender goes on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "notify"))
        notifier = Notifier(str(tmp_path / "notify"))
        for _ in range(1000):
            notifier.alive()
        deaf.setblocking(False)
        heard = 0
        with suppress(BlockingIOError):
            while deaf.recv(4096):
                heard += 1
        assert 0 < heard < 1000


@pytest.mark.parametrize("address", ["", "relative/path", "vsock:2:1"])
def test_nothing_is_sent_to_nowhere(address: str, tmp_path: Path) -> None:
    """Without a manager, with an address of another kind, or after the manager is gone, sending does nothing."""
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    assert notifier == Notifier()
    notifier.ready("waiting")
    Notifier(str(tmp_path / "gone")).ready("waiting")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "900000000"}, 900.0),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_the_watchdog_is_meant_for_this_process(environment: dict[str, str], seconds: float | None) -> None:
    """The watchdog's time is read in seconds, and only where it is meant for this process."""
    assert Notifier.from_environment({"NOTIFY_SOCKET": "/run/x"} | environment).watchdog == seconds
