"""One turn of the daemon's, in a process of its own: ``python -m retentiond.service.turn begin|scan|dispose``.

Started by the daemon and by nobody else, with signals kept from it: it is told to stop through its standard input, and
when that ends without a word the daemon is dead, and the turn ends where it stands, as the daemon did.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from loguru import logger

from retentiond import __version__
from retentiond.domain.errors import LedgerRefused, RetentiondError
from retentiond.lifecycle.tools import Tools
from retentiond.service.handed import BEGIN, DOING, SCAN, STEP, STOP, Asked, Began, Replaced, taken
from retentiond.service.logs import kind_and_place, refuse, set_up_logs
from retentiond.service.opening import Configuration, opened
from retentiond.service.patience import patient_collector
from retentiond.service.rounds import Rounds, lacks_a_scan
from retentiond.service.running import Running


@dataclass(frozen=True, slots=True)
class Line:
    """The way to the daemon."""

    heard: int
    """A descriptor, read without a buffer: the thread that waits for a word must hold no lock when all ends."""
    told: BinaryIO

    def tell(self, said: bytes) -> None:
        """Tell the daemon something; one that is gone is not told."""
        with suppress(BrokenPipeError):
            self.told.write(said)
            self.told.flush()

    def step(self) -> None:
        """Tell it that the work has moved."""
        self.tell(STEP)

    def doing(self, words: str) -> None:
        """Tell it what is being done; nothing of a record."""
        self.tell(DOING + words.encode() + b"\n")

    def obey(self, stop: Callable[[], None]) -> None:
        """Stop when told to, and end this process when the daemon has ended without a word."""
        while os.read(self.heard, len(STOP)):
            stop()
        # The watchdog may have ended the daemon because this turn hangs: say where, in lines and functions, no values.
        faulthandler.dump_traceback()
        os._exit(os.EX_SOFTWARE)


def main(work: str) -> int:
    """Do one turn and return the exit code: 0, or that with which the daemon must end or refuse.

    Args:
        work: what to do. With what, stands on standard input.
    """
    patient_collector()
    set_up_logs(os.environ, sys.stderr)
    # Whatever a library prints must not be taken for something told.
    line = Line(sys.stdin.fileno(), os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    level = "ERROR"
    try:
        asked = taken(line.heard)
        if work != BEGIN:
            return _work(line, work, pickle.loads(asked))  # noqa: S301 - see service/handed
        level = "ERROR" if asked.before else "CRITICAL"
        return _begin(line, asked)
    except Replaced as other:
        logger.bind(event="replaced").critical(
            "the program was replaced while the daemon ran: {} runs, and {} lies on the disk; the daemon ends, to be "
            "started anew",
            *other.args,
            __version__,
        )
        return os.EX_TEMPFAIL
    except LedgerRefused as refusal:
        refuse(refusal, "CRITICAL")
        if work != BEGIN:
            logger.bind(event="halted").critical("the ledger refuses, so that nothing may be done: the daemon ends")
        return refusal.exit_code
    except RetentiondError as refusal:
        refuse(refusal, level)
        return refusal.exit_code if work == BEGIN else 0  # it was told, and the next turn may fare better
    except Exception as error:  # noqa: BLE001 - the last resort: its text may hold values and goes nowhere
        logger.bind(event="unexpected").log(level, "the turn was broken off by {}", kind_and_place(error))
        return os.EX_SOFTWARE


def _begin(line: Line, asked: Asked) -> int:
    # What reads the files, and holds them against one another, is as large as all the rest.
    from retentiond.service.compose import mind_what_is_fixed, read_configuration  # noqa: PLC0415

    configuration = read_configuration(asked.path)
    if asked.before:
        before: Configuration = pickle.loads(asked.before)  # noqa: S301 - see service/handed
        mind_what_is_fixed(before.settings, configuration.settings, asked.path)
    with opened(configuration, pages=not asked.before) as tools:
        began = Began(configuration.settings, pickle.dumps(configuration), _summary(tools), lacks_a_scan(tools))
    line.tell(pickle.dumps(began))
    return 0


def _work(line: Line, work: str, configuration: Configuration) -> int:
    # Every page was read when the daemon began.
    with opened(configuration, pages=False) as tools:
        running = Running(tools, line.step)
        threading.Thread(target=line.obey, args=(running.stop,), daemon=True).start()
        rounds = Rounds(running, line.doing)
        if work == SCAN:
            rounds.scan()
        else:
            rounds.dispose()
    return 0


def _summary(tools: Tools) -> str:
    schedules = ", ".join(f"{one.name} {one.version}" for one in tools.schedules)
    stores = ", ".join(one.name for one in tools.definitions)
    return f"schedules: {schedules}; stores: {stores}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
