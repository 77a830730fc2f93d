"""The service manager's notification protocol: datagrams to the socket it names, as sd_notify(3) describes."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

_PATIENCE = 5.0
"""Seconds a change of state may wait for the manager to read; a status or a sign of life does not wait at all."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """Tells the service manager how the daemon is. Without one, nothing is sent."""

    address: str = ""
    """A path, or a name in the abstract namespace that begins with NUL. Empty: nobody listens."""
    watchdog: float | None = None
    """Seconds within which a sign of life is wanted; None: none is."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Notifier:
        """Read ``NOTIFY_SOCKET``, ``WATCHDOG_USEC`` and ``WATCHDOG_PID`` (sd_notify(3), sd_watchdog_enabled(3))."""
        named = environment.get("NOTIFY_SOCKET", "")
        address = "\0" + named[1:] if named.startswith("@") else named if named.startswith("/") else ""
        return cls(address, _watchdog(environment) if address else None)

    def ready(self, status: str) -> None:
        """Say that start-up, or a reload, is over."""
        self._send("READY=1", _status(status), patience=_PATIENCE)

    def status(self, status: str) -> None:
        """Say in one line what is going on."""
        self._send(_status(status))

    def reloading(self) -> None:
        """Say that the configuration is being read again."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={microseconds}", patience=_PATIENCE)

    def stopping(self, status: str) -> None:
        """Say that nothing new is begun."""
        self._send("STOPPING=1", _status(status), patience=_PATIENCE)

    def alive(self) -> None:
        """Give a sign of life. Only ever sent from real progress, never from a timer of its own."""
        self._send("WATCHDOG=1")

    def _send(self, *assignments: str, patience: float = 0.0) -> None:
        if not self.address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                # A manager that does not read must not hold up the work.
                sender.settimeout(patience)
                sender.connect(self.address)
                sender.send("\n".join(assignments).encode())
        except OSError:
            # A manager that cannot be told is no reason to stop: it draws its own conclusions from the silence.
            return


def _watchdog(environment: Mapping[str, str]) -> float | None:
    pid, microseconds = environment.get("WATCHDOG_PID", ""), environment.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or int(microseconds) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(microseconds) / 1e6


def _status(status: str) -> str:
    # A line break would begin another assignment.
    return "STATUS=" + " ".join(status.split())
