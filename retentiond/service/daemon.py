"""The daemon: one process, one worker, a timetable, and the signals it obeys."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from loguru import logger

from retentiond import __version__
from retentiond.domain.errors import LedgerRefused, RetentiondError
from retentiond.domain.settings import Settings
from retentiond.lifecycle.tools import Tools
from retentiond.service.alone import alone, lock_beside
from retentiond.service.compose import installation, reconfigured, utc_now
from retentiond.service.logs import kind_and_place, refuse, set_up_logs
from retentiond.service.progress import Progress
from retentiond.service.rounds import Rounds, lacks_a_scan
from retentiond.service.running import Running
from retentiond.service.systemd import Notifier
from retentiond.service.timetable import Timetable, timetable

UNEXPECTED = 70
_OBEYED = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_A_DAY = 86_400.0
_SIGNS_OF_LIFE = 4
"""How many are given in the time in which the watchdog wants one."""


def run_daemon(
    settings_path: Path,
    *,
    clock: Callable[[], datetime] = utc_now,
    when: Callable[[Settings], Timetable] = timetable,
) -> int:
    """Run until told to stop; log to standard error.

    ``SIGTERM`` and ``SIGINT`` stop it: nothing new is begun, the chunk in hand is finished. ``SIGHUP`` reads the
    configuration again; a refused one keeps the running one and pauses disposal. At start nothing is done but a scan
    of what was never scanned whole; disposal waits for its time.

    Args:
        settings_path: the settings file.
        clock: the time now, in UTC.
        when: makes the timetable of settings.

    Returns:
        The process's exit code: 0 after a stop, the refusal's own where start-up or the ledger refused (78: a file
        cannot be used as written; 74: the ledger; 75: another daemon is at work), 70 after an unexpected error.
    """
    set_up_logs(os.environ, sys.stderr)
    with _signals_kept():
        try:
            with (
                installation(settings_path, clock=clock) as tools,
                alone(lock_beside(tools.settings.ledger, os.environ)),
            ):
                return _Daemon.of(settings_path, tools, when).run()
        except RetentiondError as refusal:
            refuse(refusal, "CRITICAL")
            return refusal.exit_code
        except Exception as error:  # noqa: BLE001 - the last resort: its text may hold values and goes nowhere
            logger.bind(event="unexpected").critical("the daemon was ended by {}", kind_and_place(error))
            return UNEXPECTED


@dataclass(frozen=True, slots=True)
class _Daemon:
    path: Path
    when: Callable[[Settings], Timetable]
    notifier: Notifier
    progress: Progress
    running: Running
    rounds: Rounds
    scheduler: BackgroundScheduler

    @classmethod
    def of(cls, path: Path, tools: Tools, when: Callable[[Settings], Timetable]) -> _Daemon:
        notifier = Notifier.from_environment(os.environ)
        progress = Progress()
        running = Running(tools, progress.step)

        def tell(doing: str) -> None:
            notifier.status(_status(running, doing))

        scheduler = BackgroundScheduler(
            timezone=UTC,
            # One worker: a scan and a disposal never overlap.
            executors={"default": ThreadPoolExecutor(1), "pulse": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        return cls(path, when, notifier, progress, running, Rounds(running, progress, tell), scheduler)

    def run(self) -> int:
        tools = self.running.tools
        times = self.when(tools.settings)
        self.scheduler.add_listener(_log_job, EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
        self.scheduler.add_job(self.rounds.scan, times.scan, id="scan")
        self.scheduler.add_job(self.rounds.dispose, times.dispose, id="dispose")
        if self.notifier.watchdog:
            pulse = IntervalTrigger(seconds=self.notifier.watchdog / _SIGNS_OF_LIFE, timezone=UTC)
            self.scheduler.add_job(self.progress.pulse, pulse, id="pulse", executor="pulse")
        self._scan_what_was_never_scanned(tools)
        self.scheduler.start()
        logger.bind(event="started", version=__version__).info(
            "retentiond {} started: {}", __version__, _summary(tools)
        )
        self.notifier.ready(_status(self.running))
        try:
            self._obey()
        finally:
            self.running.stop()
            self.notifier.stopping("finishing what is in hand")
            self.scheduler.shutdown(wait=True)
        logger.bind(event="stopped").info("stopped")
        return self.running.exit_code

    def _obey(self) -> None:
        """Answer signals, and the watchdog as long as there is real progress, until a stop is asked for."""
        watchdog = self.notifier.watchdog
        while True:
            given = signal.sigtimedwait(_OBEYED, watchdog / _SIGNS_OF_LIFE if watchdog else _A_DAY)
            if given is None:
                if watchdog and self.progress.alive(watchdog):
                    self.notifier.alive()
            elif given.si_signo == signal.SIGHUP:
                self._reload()
            else:
                return

    def _reload(self) -> None:
        """Read the configuration again; put it in force whole, or keep the running one and pause disposal."""
        self.notifier.reloading()
        before = self.running.tools
        try:
            tools = reconfigured(before, self.path)
            times = self.when(tools.settings)
        except LedgerRefused as refusal:
            refuse(refusal, "CRITICAL")
            self.running.halt(refusal.exit_code)
        except RetentiondError as refusal:
            self.running.pause()
            refuse(refusal)
            logger.bind(event="configuration-refused").error(
                "the configuration was refused: the running one stays in force, and disposal is paused until a good "
                "one is loaded"
            )
        else:
            self.running.swap(tools)
            if tools.settings.daemon != before.settings.daemon:
                self.scheduler.reschedule_job("scan", trigger=times.scan)
                self.scheduler.reschedule_job("dispose", trigger=times.dispose)
            self._scan_what_was_never_scanned(tools)
            logger.bind(event="reloaded").info("the configuration was loaded: {}", _summary(tools))
        self.notifier.ready(_status(self.running))

    def _scan_what_was_never_scanned(self, tools: Tools) -> None:
        if lacks_a_scan(tools):
            self.scheduler.add_job(self.rounds.scan, id="first-scan", replace_existing=True)


def _summary(tools: Tools) -> str:
    schedules = ", ".join(f"{one.name} {one.version}" for one in tools.schedules)
    stores = ", ".join(one.name for one in tools.definitions)
    return f"schedules: {schedules}; stores: {stores}"


def _status(running: Running, doing: str = "") -> str:
    waiting = "disposal is paused: the configuration was refused" if running.paused else "waiting for the next round"
    return doing or waiting


def _log_job(event: JobEvent) -> None:
    if event.code == EVENT_JOB_MAX_INSTANCES:
        logger.bind(event="turn-skipped").info("a turn to {} was left out: the one before is still at it", event.job_id)
    else:
        logger.bind(event="unexpected").error("{} was broken off by {}", event.job_id, kind_and_place(event.exception))


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Keep the obeyed signals until they are asked for; every thread begun inside inherits that.

    Nothing then runs in the middle of other code, and no signal is lost between two waits.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OBEYED)
    try:
        yield
    finally:
        # One that came while stopping, a second Ctrl-C say, must not end the process in the signal's own way.
        while signal.sigtimedwait(_OBEYED, 0):
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
