"""The turns of one daemon: each is a process of its own, so that what it loaded, leaked or crashed on ends with it."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from loguru import logger

from retentiond.service.handed import BEGIN, DISPOSE, DOING, SCAN, STEP, STOP, Asked, Began, handed
from retentiond.service.progress import Progress

TURN = (sys.executable, "-P", "-m", "retentiond.service.turn")
HALTING = frozenset({os.EX_IOERR, os.EX_TEMPFAIL})
"""Exit codes of a turn after which no other is begun: the ledger refuses; the program was replaced."""
_NOT_HANDED_ON = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})


class TurnEnded(Exception):
    """A process that was to read the configuration did not answer.

    Attributes:
        exit_code: its own, where it refused and has said why.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class Turns:
    """What is in force while the daemon runs, and the turn under way.

    The thread that answers to signals says what is in force, and the one that works has the turns done.

    Args:
        progress: told of every step.
        tell: told in a few words what is going on; nothing of a record.
        turn: the command that does a turn, without the words for which.
    """

    def __init__(self, progress: Progress, tell: Callable[[str], None], turn: Sequence[str] = TURN) -> None:
        self._progress = progress
        self._tell = tell
        self._command = turn
        self._changing = threading.Lock()
        self.in_force: Began | None = None
        """The configuration in force; None until the first was read."""
        self._under_way: tuple[str, subprocess.Popen[bytes]] | None = None
        self.lock: int | None = None
        """The daemon's lock: held by each turn as well, so that none outlives the daemon beside another one."""
        self.paused = False
        """The configuration on disk was refused: nothing is disposed of until a good one was loaded."""
        self.stopping = False
        """No turn is begun, and the one under way leaves its work at the next safe point."""
        self.exit_code = 0

    def read(self, path: Path) -> Began:
        """Have the configuration read and held against the ledger.

        Args:
            path: the settings.

        Raises:
            TurnEnded: it was refused, and every fault is in the log.
        """
        before = self.in_force.configuration if self.in_force else b""
        try:
            with self._start(BEGIN) as turn:
                said, _ = turn.communicate(handed(Asked(path, before)))
        except OSError as error:
            logger.bind(event="unexpected").error("no process could be started: {}", error.strerror)
            raise TurnEnded(os.EX_SOFTWARE) from None
        if turn.returncode != 0:
            if turn.returncode < 0:
                _log_broken("to read the configuration", turn.returncode)
            raise TurnEnded(turn.returncode if turn.returncode > 0 else os.EX_SOFTWARE)
        began: Began = pickle.loads(said)  # noqa: S301 - see service/handed
        return began

    def swap(self, began: Began) -> None:
        """Put another configuration in force. What is being disposed of goes on under it from its next safe point."""
        with self._changing:
            self.in_force = began
            self.paused = False
            self._leave(DISPOSE)

    def pause(self) -> None:
        """Begin no disposal until another configuration was put in force."""
        with self._changing:
            self.paused = True
            self._leave(DISPOSE)

    def stop(self) -> None:
        """Begin nothing new."""
        with self._changing:
            self.stopping = True
            self._leave(SCAN, DISPOSE)

    def halt(self, exit_code: int) -> None:
        """Begin nothing new, and have the daemon end with an exit code."""
        self.exit_code = exit_code
        self.stopping = True
        os.kill(os.getpid(), signal.SIGTERM)

    def scan(self) -> None:
        """Have every store scanned."""
        self._take(SCAN)

    def dispose(self) -> None:
        """Have every list carried on whose time has come."""
        if self.paused:
            logger.bind(event="disposal-paused").warning(
                "disposal is paused: the configuration on disk was refused; correct it and reload"
            )
        under = None
        while not self.paused and not self.stopping and under is not self.in_force:
            if under is not None:
                logger.bind(event="configuration-changed").info("disposal goes on under the configuration now in force")
            under = self.in_force
            self._take(DISPOSE)

    def _take(self, work: str) -> None:
        """Do one turn, watched over to its end."""
        with self._progress.working():
            turn = self._begun(work)
            if turn is None:
                return
            # What could not be told is tried once more when its input is shut.
            with suppress(BrokenPipeError), turn:
                for said in turn.stdout or ():
                    self._hear(said)
                turn.wait()  # before its input is shut, which would tell it that the daemon is dead
            self._under_way = None
        self._tell("")
        if turn.returncode in HALTING:
            self.halt(turn.returncode)
        elif turn.returncode != 0:
            _log_broken(f"to {work}", turn.returncode)

    def _begun(self, work: str) -> subprocess.Popen[bytes] | None:
        with self._changing:
            under = self.in_force
            if under is None or self._is_unwanted(work):
                return None
            turn = self._start(work)
        # Waits where the turn does not read. Whoever answers to signals must not wait for that.
        _write(turn, handed(under.configuration))
        with self._changing:
            self._under_way = work, turn
            if self._is_unwanted(work) or (work == DISPOSE and under is not self.in_force):
                self._leave(work)
        return turn

    def _is_unwanted(self, work: str) -> bool:
        return self.stopping or (work == DISPOSE and self.paused)

    def _start(self, work: str) -> subprocess.Popen[bytes]:
        environment = {name: text for name, text in os.environ.items() if name not in _NOT_HANDED_ON}
        # The same program, from the same places.
        environment["PYTHONPATH"] = os.pathsep.join(str(Path(one).absolute()) for one in sys.path)
        return subprocess.Popen(  # noqa: S603 - our own program
            [*self._command, work],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            pass_fds=() if self.lock is None else (self.lock,),
        )

    def _leave(self, *works: str) -> None:
        if self._under_way is not None and self._under_way[0] in works:
            _write(self._under_way[1], STOP)

    def _hear(self, said: bytes) -> None:
        if said == STEP:
            self._progress.step()
        elif said.startswith(DOING):
            self._tell(said[len(DOING) :].decode().strip())


def _write(turn: subprocess.Popen[bytes], said: bytes) -> None:
    # One that is gone already is not told: its end is heard where its words are.
    with suppress(BrokenPipeError, ValueError):
        if turn.stdin is not None:
            turn.stdin.write(said)
            turn.stdin.flush()


def _log_broken(what: str, code: int) -> None:
    how = f"the signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    logger.bind(event="turn-broken-off").error(
        "the turn {} ended with {}; what it had in hand is looked into by the next one", what, how
    )
