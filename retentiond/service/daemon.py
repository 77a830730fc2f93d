"""The daemon: a timetable, the signals it obeys, and one turn at a time, which other processes take."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from loguru import logger

from retentiond import __version__
from retentiond.domain.errors import RetentiondError
from retentiond.domain.settings import Settings
from retentiond.service.alone import alone, lock_beside
from retentiond.service.handed import Began
from retentiond.service.logs import kind_and_place, refuse, set_up_logs
from retentiond.service.progress import Progress
from retentiond.service.systemd import Notifier
from retentiond.service.timetable import Timetable, timetable
from retentiond.service.turns import HALTING, TURN, TurnEnded, Turns

_OBEYED = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_A_DAY = 86_400.0
_SIGNS_OF_LIFE = 4
"""How many are given in the time in which the watchdog wants one."""


def run_daemon(
    settings_path: Path,
    *,
    when: Callable[[Settings], Timetable] = timetable,
    turn: Sequence[str] = TURN,
) -> int:
    """Run until told to stop; log to standard error.

    ``SIGTERM`` and ``SIGINT`` stop it: nothing new is begun, the chunk in hand is finished. ``SIGHUP`` reads the
    configuration again; a refused one keeps the running one and pauses disposal. At start nothing is done but a scan
    of what was never scanned whole; disposal waits for its time.

    Args:
        settings_path: the settings file.
        when: makes the timetable of settings.
        turn: the command that does a turn.

    Returns:
        The process's exit code: 0 after a stop, the refusal's own where start-up or the ledger refused (78: a file
        cannot be used as written; 74: the ledger; 75: another daemon is at work, or the program was replaced),
        70 after an unexpected error.
    """
    set_up_logs(os.environ, sys.stderr)
    with _signals_kept():
        try:
            daemon = _Daemon.of(settings_path, when, turn)
            began = daemon.turns.read(settings_path)
            with alone(lock_beside(began.settings.ledger, os.environ)) as daemon.turns.lock:
                return daemon.run(began)
        except TurnEnded as ended:
            return ended.exit_code
        except RetentiondError as refusal:
            refuse(refusal, "CRITICAL")
            return refusal.exit_code
        except Exception as error:  # noqa: BLE001 - the last resort: its text may hold values and goes nowhere
            logger.bind(event="unexpected").critical("the daemon was ended by {}", kind_and_place(error))
            return os.EX_SOFTWARE


@dataclass(frozen=True, slots=True)
class _Daemon:
    path: Path
    when: Callable[[Settings], Timetable]
    notifier: Notifier
    progress: Progress
    turns: Turns
    scheduler: BackgroundScheduler

    @classmethod
    def of(cls, path: Path, when: Callable[[Settings], Timetable], turn: Sequence[str]) -> _Daemon:
        notifier = Notifier.from_environment(os.environ)
        progress = Progress()

        def tell(doing: str) -> None:
            notifier.status(_status(turns, doing))

        turns = Turns(progress, tell, turn)

        scheduler = BackgroundScheduler(
            timezone=UTC,
            # One worker: turns to scan and to dispose never overlap.
            executors={"default": ThreadPoolExecutor(1), "pulse": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        return cls(path, when, notifier, progress, turns, scheduler)

    def run(self, began: Began) -> int:
        times = self.when(began.settings)
        self.turns.swap(began)
        self.scheduler.add_listener(_log_job, EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
        self.scheduler.add_job(self.turns.scan, times.scan, id="scan")
        self.scheduler.add_job(self.turns.dispose, times.dispose, id="dispose")
        if self.notifier.watchdog:
            pulse = IntervalTrigger(seconds=self.notifier.watchdog / _SIGNS_OF_LIFE, timezone=UTC)
            self.scheduler.add_job(self.progress.pulse, pulse, id="pulse", executor="pulse")
        self._scan_what_was_never_scanned(began)
        self.scheduler.start()
        logger.bind(event="started", version=__version__).info("retentiond {} started: {}", __version__, began.summary)
        self.notifier.ready(_status(self.turns))
        try:
            self._obey()
        finally:
            self.turns.stop()
            self.notifier.stopping("finishing what is in hand")
            self.scheduler.shutdown(wait=True)
        logger.bind(event="stopped").info("stopped")
        return self.turns.exit_code

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
        try:
            began = self.turns.read(self.path)
            times = self.when(began.settings)
        except TurnEnded as ended:
            if ended.exit_code in HALTING:
                self.turns.halt(ended.exit_code)
            else:
                self._pause()
        except RetentiondError as refusal:
            refuse(refusal)
            self._pause()
        else:
            before = self.turns.in_force
            self.turns.swap(began)
            if before is None or began.settings.daemon != before.settings.daemon:
                self.scheduler.reschedule_job("scan", trigger=times.scan)
                self.scheduler.reschedule_job("dispose", trigger=times.dispose)
            self._scan_what_was_never_scanned(began)
            logger.bind(event="reloaded").info("the configuration was loaded: {}", began.summary)
        self.notifier.ready(_status(self.turns))

    def _pause(self) -> None:
        self.turns.pause()
        logger.bind(event="configuration-refused").error(
            "the configuration was refused: the running one stays in force, and disposal is paused until a good one is "
            "loaded"
        )

    def _scan_what_was_never_scanned(self, began: Began) -> None:
        if began.lacks_a_scan:
            self.scheduler.add_job(self.turns.scan, id="first-scan", replace_existing=True)


def _status(turns: Turns, doing: str = "") -> str:
    waiting = "disposal is paused: the configuration was refused" if turns.paused else "waiting for the next round"
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
